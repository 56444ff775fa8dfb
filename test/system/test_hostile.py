# SPDX-License-Identifier: MIT
"""One node among hostile peers: what its daemons may do, as docs/trust.md has it, and that nothing that is sent to
it keeps it from being ready, or makes it grow. Its lease names servers of logs and of time, so that all run."""

import contextlib
import re
from pathlib import Path

import pytest
from archive import ROOT
from netd_lab import Server, possible

pytestmark = pytest.mark.skipif(not possible() or not Path("/dev/net/tun").exists(), reason="needs root, and /dev/net/tun")

CAPABILITIES = re.findall(r'^\t"(\w+)",$', (ROOT / "init/service/capability.c").read_text(), re.M)
TABLE = (ROOT / "docs/trust.md").read_text().partition("## What each daemon may do")[2].partition("\n## ")[0]
ROWS = [[cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in TABLE.splitlines() if line.startswith("| `")]
DAEMONS = ["net", "ntp", "logship", "resmon", "blinkstick"]
USERS = {"root": 0, "blinkstick": 100, "resmon": 103, "logship": 110}

# A process in the namespace of the peers that does as the words say, to the node at sys.argv[1].
PEER = Path(__file__).with_name("hostile_peer.py")


@pytest.fixture(scope="module")
def lan(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("lan"))
    try:
        server.run("ip", "tuntap", "add", "dev", "port0", "mode", "tap")
        server.run("ip", "address", "add", "10.77.0.1/24", "dev", "port0")
        server.carrier(True)
        server.dnsmasq("--dhcp-option=7,10.77.0.1", "--dhcp-option=option:ntp-server,10.77.0.1",
                       "--dhcp-host=52:54:00:12:34:56,10.77.0.50")
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def node(boot_shared, lan):
    node = boot_shared(cmdline="hostname=node-07", within=lan.command(), network=(
        "-netdev", "tap,id=net0,ifname=port0,script=no,downscript=no",
        "-device", "virtio-net-pci,netdev=net0,id=nic0,mac=52:54:00:12:34:56,romfile="))
    for name in DAEMONS:
        node.until(f"svctl wait {name}")
    node.until(lambda: node.status()["node"]["state"] == "ready")
    return node


# ---- What each may do ----


def mask(words):
    return (1 << len(CAPABILITIES)) - 1 if words == "all" else sum(
        1 << CAPABILITIES.index(word) for word in words.split() if word != "none")


def test_the_table_has_every_service_of_the_image():
    assert {row[0] for row in ROWS} == {path.name for path in (ROOT / "initramfs/rootfs/etc/svc").iterdir()}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_daemon_may_do_what_the_table_says(node, row):
    name, user, capabilities, calls, view, _ = row
    pids = node.ok(f"cat /sys/fs/cgroup/svc/{name}/cgroup.procs").split()
    main = str(node.pid(name))
    assert main in pids
    root, tmp, proc = view.split(", ")
    for pid in pids:
        status = dict(line.split(":", 1) for line in node.ok(f"cat /proc/{pid}/status").splitlines())
        assert status["Uid"].split() == [str(USERS[user])] * 4
        assert int(status["CapBnd"], 16) == mask(capabilities), pid
        given_up = name == "blinkstick" and pid == main
        for which in ("CapEff", "CapPrm"):
            assert int(status[which], 16) == (0 if given_up else mask(capabilities)), (which, pid)
        assert status["NoNewPrivs"].strip() == ("0" if calls == "all" else "1")
        assert status["Seccomp"].strip() == ("0" if calls == "all" else "2")
        mounts = [line.split() for line in node.ok(f"cat /proc/{pid}/mounts").splitlines()]
        top = {fields[1]: fields[3].split(",") for fields in mounts}
        assert ("ro" in top["/"]) == (root == "read-only")
        assert len([fields for fields in mounts if fields[1] == "/tmp"]) == (2 if tmp == "private" else 1)
        assert ("hidepid=ptraceable" in top["/proc"]) == (proc != "no")
        assert ("subset=pid" in top["/proc"]) == (proc == "all")
    said = dict(re.findall(r"^([a-z-]+) = (.*)$", (ROOT / f"initramfs/rootfs/etc/svc/{name}").read_text(), re.M))
    assert said.get("system-calls", "all") == calls


# ---- Hostile peers ----


def memory(node):
    """KiB of each daemon's own, and of PID 1."""
    pids = {"init": 1, **{name: node.pid(name) for name in DAEMONS}}
    return {name: int(node.ok(f"awk '/^(Private|Swap:)/ {{sum += $2}} END {{print sum}}' /proc/{pid}/smaps_rollup"))
            for name, pid in pids.items()}


@contextlib.contextmanager
def unharmed(node):
    """The same processes as before, ready, and hardly larger."""
    before, pids = memory(node), {name: node.pid(name) for name in DAEMONS}
    yield
    node.until(lambda: node.status()["node"]["state"] == "ready")
    assert {name: node.pid(name) for name in DAEMONS} == pids
    after = memory(node)
    assert {name: after[name] - before[name] for name in after if after[name] > before[name] + 256} == {}


def peer(lan, *words):
    return lan.run("/usr/bin/python3", PEER, *words)


def scrape(lan):
    return "node_load1" in lan.run("curl", "-s", "-m", "60", "http://10.77.0.50:9100/metrics")


@pytest.mark.parametrize("what", ["many", "slow", "garbage", "flood"])
def test_the_monitor_bears_it(node, lan, what):
    """10,000 connections; 200 at once that say a byte a second; noise; requests whose answers nobody takes."""
    with unharmed(node):
        peer(lan, "http", what)
    assert scrape(lan)


def test_forged_leases_change_nothing(node, lan):
    """Offers and refusals that nobody asked for, half of them cut or noise."""
    look = "ip -4 address show dev eth0 | grep inet; ip route; cat /run/net/resolv.conf /run/net/ntp /run/net/syslog; hostname"
    before = node.ok(look)
    with unharmed(node):
        peer(lan, "dhcp", "5000")
    assert node.ok(look) == before


def test_forged_routers_are_bounded(node, lan):
    """3,000 routers with prefixes, DNS servers and noise: what is kept of them has a limit."""
    with unharmed(node):
        peer(lan, "router", "3000")
    # The kernel believes some: that it heard them is seen by this.
    assert 1 < int(node.ok("ip -6 address show dev eth0 | grep -c inet6")) <= 17
    assert int(node.ok("wc -l </run/net/resolv.conf")) < 16


def test_frames_of_noise_are_no_harm(node, lan):
    with unharmed(node):
        peer(lan, "noise", "20000")
