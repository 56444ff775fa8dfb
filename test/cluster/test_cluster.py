# SPDX-License-Identifier: MIT
"""make cluster: what is promised of jobs, nodes and secrets, on nodes that booted through the whole chain. The tests
build on each other's cluster in this order; the last ones take it apart."""

import json
import os
import re
import signal
import subprocess
import urllib.request

import pytest
from running import FOLDER, NODES, ROOT

NAMES = [f"node{i}" for i in range(1, NODES + 1)]
JOBS_CGROUP = "/sys/fs/cgroup/svc/slurmd/system.slice"


def page_port(cluster):
    return re.search(r"http://localhost:([0-9]+)/", cluster.log.read_text())[1]


def fetch(cluster, path):
    with urllib.request.urlopen(f"http://localhost:{page_port(cluster)}{path}", timeout=60) as answer:
        return answer.read().decode()


def test_every_node_joins_and_a_line_tells_it(cluster):
    assert cluster.states() == dict.fromkeys(NAMES, "idle")
    for name in NAMES:
        assert re.search(rf"cluster: {name} +10\.77\.0\.[0-9]+ +up [0-9.]+ s after .* in Slurm [0-9.]+ s", cluster.log.read_text())


def test_a_command_runs_on_all_nodes(cluster):
    assert sorted(cluster.ok(f"srun -N{NODES} hostname").split()) == NAMES


def test_jobs_are_their_users_and_never_roots(cluster):
    user = int(cluster.ok("id -u"))
    assert user != 0
    assert int(cluster.ok("srun -n1 id -u")) == user
    refused = cluster.inside("srun -n1 id -u")
    assert refused.returncode != 0 and "Invalid user id" in refused.stderr, refused


def test_memory_has_a_limit(cluster):
    said, status = cluster.run("srun -n1 --mem=64 sh -c 'head -c 200000000 /dev/zero | tail -c 150000000 | wc -c'")
    assert "oom-kill event" in said and status != 0
    said = cluster.ok("srun -n1 --mem=64 sh -c 'head -c 20000000 /dev/zero | tail -c 15000000 | wc -c'")
    assert said.split() == ["15000000"]


def test_processors_have_a_limit(cluster):
    assert cluster.ok("srun -n1 -c1 nproc").split() == ["1"]
    assert cluster.ok("srun -n1 -c2 nproc").split() == ["2"]


def test_a_jobs_tmp_is_its_own_and_goes_with_it(cluster):
    assert cluster.ok("srun -w node1 sh -c 'echo mine >/tmp/file; cat /tmp/file'").split() == ["mine"]
    assert cluster.ok("srun -w node1 ls -A /tmp") == ""
    cluster.until("nothing is left", "ssh node1 '! find /var/lib/slurm-tmp -name file | grep .'")


def test_svctl_counts_a_job_and_nothing_is_left_of_it(cluster):
    job = cluster.ok("sbatch --parsable -w node1 --mem=200 -o /dev/null --wrap "
                     "'head -c 50000000 /dev/zero >/tmp/x; sleep 1000'").strip()
    cluster.until("its memory is the service's", lambda: json.loads(
        cluster.node("node1", "svctl status slurmd --json"))["services"][0]["memory_bytes"] > 50_000_000)
    assert f"job_{job}" in cluster.node("node1", f"find {JOBS_CGROUP} -type d")
    cluster.ok(f"scancel {job}")
    cluster.until("its cgroups are gone", f"ssh node1 '! find {JOBS_CGROUP} -name \"job_*\" | grep .'")
    cluster.until_idle("node1")


def test_stopping_slurmd_leaves_nothing(cluster):
    cluster.ok("sbatch --parsable -w node1 --no-requeue -o /dev/null --wrap 'sleep 4321'")
    cluster.until("it runs", "ssh node1 'pgrep -f sleep.432[1]'")
    cluster.node("node1", "svctl stop slurmd")
    assert cluster.run("ssh node1 'pgrep -f sleep.432[1]; find /sys/fs/cgroup/svc/slurmd -mindepth 1 -type d'")[0] == ""
    cluster.node("node1", "svctl start slurmd")
    cluster.ok("scancel -u $(id -un)")
    cluster.until_idle("node1")


@pytest.mark.parametrize("example", sorted(path.parent.name for path in (ROOT / "examples").glob("*/run")))
def test_an_example(cluster, example):
    said = cluster.ok(f"cd $(mktemp -d) && BYTES=1000000 {ROOT}/examples/{example}/run")
    assert "are right" in said


def test_groups_of_nodes(cluster):
    image = json.loads(fetch(cluster, "/page/status.json"))["current"]
    assert cluster.ok("nodeset -e @ready").split() == cluster.ok("nodeset -e @all").split() == NAMES
    assert cluster.ok(f"nodeset -e @image:{image}").split() == NAMES
    assert sorted(line.split(": ")[1] for line in cluster.ok("clush -a hostname").splitlines()) == NAMES
    assert cluster.run("clush -w @group:none hostname")[1] != 0


def test_the_page_knows_nodes_and_jobs(cluster):
    cluster.ok("sbatch --parsable --hold --job-name=waits -o /dev/null --wrap true")
    def shown():
        slurm = json.loads(fetch(cluster, "/page/status.json"))["slurm"]
        return slurm if [job["name"] for job in slurm["jobs"]] == ["waits"] else None
    slurm = cluster.until("the job is shown", shown)
    assert {name: node["state"] for name, node in slurm["nodes"].items()} == dict.fromkeys(NAMES, "idle")
    metrics = fetch(cluster, "/metrics")
    assert 'greyhound_slurm_node_state{node="node1",state="idle"} 1' in metrics
    assert 'greyhound_slurm_jobs{state="PENDING"} 1' in metrics
    subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True, check=True)
    cluster.ok("scancel -u $(id -un)")


def test_the_key_is_nowhere_where_it_can_be_fetched(cluster):
    key = (FOLDER / "state/munge.key").read_bytes()
    assert len(key) == 128
    assert (FOLDER / "state/munge.key").stat().st_mode & 0o777 == 0o400
    looked_at = 0
    for top in ("http", "tftp", "share"):
        for path in (FOLDER / top).rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                if path.name.endswith(".zst"):
                    data += subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout
                looked_at += 1
                assert key not in data, path
    assert looked_at > 8
    for path in ("/state/munge.key", "/share/../state/munge.key", "/share/%2e%2e/state/munge.key", "/page/../../state/munge.key"):
        assert cluster.run(f"curl -sf --path-as-is http://10.77.0.1{path}")[1] != 0


def test_the_servers_way_in_is_for_the_key_alone(cluster):
    ssh = (f"/usr/bin/ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
           f"-o LogLevel=ERROR -i {FOLDER}/state/ssh/id_ed25519 root@node1")
    said, status = cluster.run(f"echo nonsense | {ssh} id")
    assert status == 1 and "slurm-key: the path of the socket" in said and "uid=" not in said
    assert "is no number of a user other than root" in cluster.run(f"printf 'a /b root 0\\nkey' | {ssh}")[0]
    assert "slurm-key: a key of 3 bytes; it has 32 to 1024" in cluster.run(f"printf 'a /b jan 1000\\nkey' | {ssh}")[0]
    assert cluster.states()["node1"] == "idle"


def test_a_node_that_reboots_comes_back(cluster):
    before = cluster.node("node2", "cat /proc/sys/kernel/random/boot_id")
    cluster.run("ssh node2 reboot")
    cluster.until("it is down at once, and why", lambda: "rebooting" in cluster.ok("sinfo -h -N -n node2 -o '%T %E'"))
    cluster.until_idle("node2")
    assert cluster.node("node2", "cat /proc/sys/kernel/random/boot_id") != before
    assert cluster.ok("srun -w node2 hostname").split() == ["node2"]


def test_without_a_key_a_node_says_that_it_waits(cluster):
    cluster.node("node1", "svctl stop munged; rm /run/munge/munge.key")
    assert "skipped: there is no /run/munge/munge.key" in cluster.run("ssh node1 'svctl start munged; svctl start slurmd'")[0]
    assert "munged, which is left out on this node.\nmunged: there is no /run/munge/munge.key" in cluster.node(
        "node1", "svctl why slurmd")
    assert "'when = path:/run/munge/munge.key', and there is no such path" in cluster.node("node1", "svctl why munged")
    assert cluster.node("node1", "svctl wait ready && echo ready").split() == ["ready"]


def test_the_jobs_of_a_node_that_dies_start_again(cluster):
    where = "$GREYHOUND_URL/where"
    cluster.ok("sbatch --parsable -x node1,node2 -o /dev/null --wrap "
               f"'hostname | put - {where}-$SLURM_RESTART_COUNT; [ \"$SLURM_RESTART_COUNT\" = 1 ] || sleep 1000'")
    first = cluster.until("it runs", "cat $GREYHOUND_SHARE/where-").strip()
    os.kill(cluster.qemu(first), signal.SIGSTOP)
    second = cluster.until("it runs elsewhere", "cat $GREYHOUND_SHARE/where-1").strip()
    assert {first, second} == {"node3", "node4"}
    assert "not responding" in cluster.server_log()


def test_it_ends_with_everything_it_started(cluster):
    qemu = cluster.qemu("node1")
    assert cluster.close() == 0
    assert not os.path.exists(f"/proc/{qemu}")
    assert "ended with status" not in cluster.said
