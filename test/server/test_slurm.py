# SPDX-License-Identifier: MIT
"""SLURM=on without Slurm: its configuration, how a node is brought its key, what is shown. The programs are stand-ins."""

import functools
import http.server
import ipaddress
import json
import os
import subprocess
import threading
import time
from pathlib import Path

import configuration
import pytest
import services
import settings
import slurm
from nodes import Node
from settings import Refused, Settings

SERVER = Path(__file__).resolve().parents[2] / "server"
ADDRESS = ipaddress.IPv4Interface("192.168.50.1/24")
WHO = services.Account(os.getuid(), os.getgid(), "user", False)
SETTINGS = Settings("eth1", ADDRESS, "server", ADDRESS.ip + 9, ADDRESS.ip + 19, slurm=True)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A Slurm whose ssh takes down what it was told and what it was sent, and ends as the file `status` says."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in slurm.PROGRAMS:
        (programs / name).write_text("#!/bin/sh\n")
    (programs / "ssh").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/told\ncat >{tmp_path}/sent\necho too bad\n'
                                  f"exit $(cat {tmp_path}/status)\n")
    (programs / "sinfo").write_text('#!/bin/sh\nprintf "N|node1|idle|0/2/0/2|1000|900|none\\nN|node2|down*|0/0/2/2|1000|N/A|Not '
                                    'responding\\n"\n')
    (programs / "squeue").write_text('#!/bin/sh\necho "J|7|sort|jan|RUNNING|node1|0:07|None"\n')
    (programs / "scontrol").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/scontrol\n')
    for path in programs.iterdir():
        path.chmod(0o755)
    (tmp_path / "status").write_text("0")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(services, "as_account", lambda who, capabilities, folder, command: command)
    (tmp_path / "state/ssh").mkdir(parents=True)
    (tmp_path / "state/ssh/id_ed25519").write_text("private")
    for name in ("conf", "run"):
        (tmp_path / name).mkdir()
    said = []
    made = slurm.Slurm(SETTINGS, tmp_path, WHO, said.append)
    made.prepare()
    made.said = said
    return made


def turn_until(cluster, nodes, question, now=100.0):
    end = time.monotonic() + 30
    while not question():
        cluster.turn(nodes, now)
        assert time.monotonic() < end
        time.sleep(0.01)


def ready_node(**more):
    return Node(1, address="192.168.50.12", name="node1", stage="ready", boots=1, **more)


def test_a_ready_node_is_brought_the_key_once(cluster):
    nodes = {1: ready_node(), 2: Node(2, address="192.168.50.13", stage="booted", boots=1)}
    turn_until(cluster, nodes, lambda: cluster.said)
    assert cluster.said == ["node1 has its key and joins"]
    sent = (cluster.folder / "sent").read_bytes()
    key = (cluster.folder / "state/munge.key").read_bytes()
    assert sent == f"192.168.50.1:6817 {cluster.folder}/run/munge/socket user {os.getuid()}\n".encode() + key
    for _ in range(20):
        cluster.turn(nodes, 1000.0)
    assert len((cluster.folder / "told").read_text().splitlines()) == 1
    assert "root@192.168.50.12" in (cluster.folder / "told").read_text()
    nodes[1].boots = 2
    turn_until(cluster, nodes, lambda: len(cluster.said) == 2)


def test_one_that_refuses_it_is_asked_again_later(cluster):
    (cluster.folder / "status").write_text("1")
    nodes = {1: ready_node()}
    turn_until(cluster, nodes, lambda: cluster.said)
    assert cluster.said == ["node1 gets no key yet: too bad"]
    cluster.turn(nodes, 100.5)
    assert cluster.deliveries[1].process is None and cluster.deliveries[1].due == 101.0
    (cluster.folder / "status").write_text("0")
    turn_until(cluster, nodes, lambda: len(cluster.said) == 2, 101.0)


def test_a_node_that_is_forgotten_is_no_longer_asked(cluster):
    cluster.turn({1: ready_node()}, 100.0)
    cluster.turn({}, 100.0)
    assert cluster.deliveries == {}


def test_a_node_on_its_way_down_is_down_at_once(cluster):
    nodes = {1: ready_node(leaving="rebooting")}
    turn_until(cluster, nodes, lambda: (cluster.folder / "scontrol").exists() and (cluster.folder / "scontrol").read_text())
    cluster.turn(nodes, 200.0)
    assert (cluster.folder / "scontrol").read_text() == "update NodeName=node1 State=DOWN Reason=rebooting\n"


def test_what_is_shown(cluster):
    turn_until(cluster, {}, lambda: cluster.nodes)
    shown = cluster.summary()
    assert shown["nodes"]["node2"] == {"state": "down*", "cpus": "0/0/2/2", "memory_mib": "1000", "free_mib": "N/A",
                                       "reason": "Not responding"}
    assert shown["jobs"] == [{"id": "7", "name": "sort", "user": "jan", "state": "RUNNING", "nodes": "node1", "time": "0:07",
                              "reason": "None"}]
    metrics = cluster.metrics()
    assert 'greyhound_slurm_node_state{node="node2",state="down"} 1' in metrics
    assert 'greyhound_slurm_jobs{state="RUNNING"} 1' in metrics


def test_a_queue_longer_than_a_pipe(cluster):
    (cluster.folder / "bin/squeue").write_text('#!/bin/sh\nseq -f "J|%.0f|a-name-of-a-job-that-is-rather-long|jan|PENDING||0:00|Priority" 5000\n')
    turn_until(cluster, {}, lambda: cluster.summary()["jobs_in_all"] == 5000)
    assert len(cluster.jobs) == slurm.JOBS_MAX
    assert 'greyhound_slurm_jobs{state="PENDING"} 5000' in cluster.metrics()


def test_secrets_are_their_owners_alone_and_stay(cluster):
    path = cluster.folder / "state/munge.key"
    before = path.read_bytes()
    assert len(before) == slurm.KEY_BYTES and path.stat().st_mode & 0o777 == 0o400
    assert (cluster.folder / "state/ssh").stat().st_mode & 0o777 == 0o700
    cluster.prepare()
    assert path.read_bytes() == before


def test_its_configuration(cluster):
    text = (cluster.folder / "conf/slurm/slurm.conf").read_text()
    assert f"SlurmctldHost={slurm.host()}(192.168.50.1)" in text
    assert f"AuthInfo=socket={cluster.folder}/run/munge/socket" in text
    assert "DisableRootJobs=YES" in text and "SlurmUser=user" in text
    assert "dhcp-option=option:ntp-server,192.168.50.1" in configuration.dnsmasq(SETTINGS, cluster.folder)
    assert "location /share/" in configuration.nginx(SETTINGS, cluster.folder, "")
    plain = Settings("eth1", ADDRESS, "server", ADDRESS.ip + 9, ADDRESS.ip + 19)
    assert "/share/" not in configuration.nginx(plain, cluster.folder, "")
    assert "ntp-server" not in configuration.dnsmasq(plain, cluster.folder)


def test_what_cannot_be_is_refused(cluster, tmp_path):
    deep = tmp_path / ("x" * 100)
    (deep / "state/ssh").mkdir(parents=True)
    with pytest.raises(Refused) as caught:
        slurm.Slurm(SETTINGS, deep, WHO, print)
    assert "too long for a socket's path" in str(caught.value) and "publish with the layers ssh and slurm" in str(caught.value)


def test_on_or_off(monkeypatch):
    monkeypatch.setattr(settings, "interface_address", lambda name: ADDRESS)
    assert settings.read({"IFACE": "eth1", "SUBNET": "192.168.50.0/24", "SLURM": "on"}).slurm
    assert not settings.read({"IFACE": "eth1", "SUBNET": "192.168.50.0/24", "SLURM": "off"}).slurm
    with pytest.raises(Refused, match="SLURM=yes is neither on nor off"):
        settings.read({"IFACE": "eth1", "SUBNET": "192.168.50.0/24", "SLURM": "yes"})


def test_groups_of_nodes(tmp_path):
    """server/node-groups, as ClusterShell runs it."""
    (tmp_path / "page").mkdir()
    (tmp_path / "nodes").mkdir()
    (tmp_path / "page/status.json").write_text(json.dumps({"nodes": [
        {"number": 1, "name": "no-such-name.invalid", "address": "10.1.1.1", "mac": "52:54:00:00:00:01", "stage": "ready", "image": "a"},
        {"number": 2, "name": "localhost", "address": "127.0.0.1", "mac": "", "stage": "booted", "image": "b"},
        {"number": 3, "name": "off", "address": "", "mac": "52:54:00:00:00:03", "stage": "", "image": ""}]}))
    (tmp_path / "nodes/52-54-00-00-00-01.ipxe").write_text("#!ipxe\nset hostname x\nset group rack1\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"

        def ask(*words):
            return subprocess.run([SERVER / "node-groups", url, *words], text=True, capture_output=True, check=True).stdout.split()

        assert ask("nodes") == ["all", "ready"]
        assert ask("nodes", "all") == ["10.1.1.1", "localhost"]
        assert ask("nodes", "ready") == ask("image", "a") == ask("group", "rack1") == ["10.1.1.1"]
        assert ask("image") == ["a", "b"] and ask("group") == ["rack1"]
        assert ask("group", "none") == []
        server.shutdown()
    gone = subprocess.run([SERVER / "node-groups", url, "nodes", "all"], text=True, capture_output=True, check=False)
    assert gone.returncode == 1 and "tells nothing" in gone.stderr
