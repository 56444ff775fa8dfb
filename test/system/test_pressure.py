# SPDX-License-Identifier: MIT
"""A node that runs out of everything: memory, processes, space, files. What took too much is told so, and
the node stays under control."""

import pytest
from node import lines_with

FILES = {
    "etc/svc/steady": "exec = /bin/sleep 1000000\noom-score-adj = -500\n",
    "etc/svc/spawner": "type = task\nexec = /bin/true\n",
    "etc/svc/bounded": "exec = /test/eat memory\nmemory-max = 16M\nbackoff = 50ms 50ms\n",
    "etc/svc/greedy": "exec = /test/eat memory\nbackoff = 1s 2s\noom-score-adj = 500\n",
    "etc/svc/greedy-too": "exec = /test/eat memory\nbackoff = 1s 2s\noom-score-adj = 500\n",
    "etc/svc/bomb": "exec = /test/bomb\npids-max = 64\nmemory-max = 64M\n",
    "test/bomb": "#!/bin/sh\nbomb() { bomb | bomb & }\nwhile :; do bomb 2>/dev/null; sleep 0.01; done\n",
    "etc/svc/hoarder": "exec = /test/eat files\nnofile = 1048576\nuser = nobody\n",
}


@pytest.fixture(scope="module")
def node(boot_shared, helper):
    node = boot_shared({**FILES, "test/eat": helper("eat"), "test/tamper": helper("tamper")},
                       "svc.only=agent,steady,spawner loglevel=4")
    node.ok("svctl wait ready; echo -500 >/proc/$PPID/oom_score_adj")
    return node


@pytest.fixture(autouse=True)
def unharmed(node):
    """Whatever a test did: PID 1 is the one it was, does its work, and the service has not noticed."""
    before = node.service("steady")
    yield
    node.ok("svctl restart spawner")
    after = node.service("steady")
    assert (after["state"], after["pid"]) == ("ready", before["pid"])
    assert not lines_with(node.kernel_log(), "PID 1 crashed")


# ---- Memory ----


def test_a_service_that_takes_more_than_its_own_is_told_so_each_time(node):
    node.run("svctl start bounded --no-wait")
    service = node.until_service("bounded", lambda service: service["restarts"] >= 5 and service["exit"]["oom"])
    assert service["exit"]["signal"] == 9
    assert service["memory_peak_bytes"] <= 16 << 20
    story = node.why("bounded")
    assert "memory-max" in story and "16" in story
    node.ok("svctl stop bounded")


def test_services_that_take_all_there_is_are_the_ones_that_go(node):
    """Without a limit of their own, two of them, again and again."""
    node.run("svctl start greedy greedy-too --no-wait")
    for name in ("greedy", "greedy-too"):
        service = node.until_service(name, lambda service: service["restarts"] >= 2 and service["exit"]["oom"])
        assert service["exit"]["signal"] == 9
    for _ in range(3):
        node.ok("svctl restart spawner; svctl status")
    assert "memory" in node.why("greedy")
    assert lines_with(node.kernel_log(), r"init: greedy: killed by SIGKILL \(out of memory\)")
    node.ok("svctl stop greedy greedy-too")
    node.until("[ $(awk '/^MemAvailable/ {print $2}' /proc/meminfo) -gt 300000 ]")


# ---- Processes ----


def test_a_fork_bomb_stays_inside_its_limit_and_is_gone_when_told(node):
    node.ok("svctl start bomb")
    node.until("[ $(awk '/^max/ {print $2}' /sys/fs/cgroup/svc/bomb/pids.events) -ge 100 ]")
    assert int(node.ok("cat /sys/fs/cgroup/svc/bomb/pids.peak")) == 64
    for _ in range(3):
        node.ok("svctl restart spawner; svctl status")
    node.ok("svctl stop bomb")
    assert node.ok("cat /sys/fs/cgroup/svc/bomb/cgroup.procs 2>/dev/null || true") == ""
    assert node.run("pgrep -f /test/bomb").status == 1


# ---- Space ----


@pytest.mark.parametrize("folder", ["/run", "/tmp", "/dev/shm"])
def test_a_full_folder_stops_nothing(node, folder):
    """A service is started, stopped, told of; PID 1 is replaced."""
    # In one go, since the agent's own files are in /run; what is told goes elsewhere.
    node.run(f"""
        exec >/outcome 2>&1
        dd if=/dev/zero of={folder}/full bs=64k 2>/dev/null
        cat /dev/zero >{folder}/full-to-the-last-byte 2>/dev/null
        df {folder} | awk 'NR == 2 && $4 == 0 {{print "full"}}'
        svctl restart spawner && svctl restart bounded --no-wait && svctl stop bounded && svctl why steady &&
            svctl logs steady && svctl reexec && svctl status && echo well
        rm -f {folder}/full {folder}/full-to-the-last-byte""")
    outcome = node.ok("cat /outcome").splitlines()
    assert (outcome[0], outcome[-1]) == ("full", "well"), outcome


# ---- Files ----


def test_all_files_of_the_node_taken_by_a_user(node):
    """The kernel's own limit binds users, not root."""
    before = node.ok("cat /proc/sys/fs/file-max").strip()
    node.ok("echo 2000 >/proc/sys/fs/file-max; svctl start hoarder; svctl wait hoarder")
    node.until("svctl logs hoarder | grep files")
    # But for those that others had open at that moment, and have closed since.
    assert int(node.ok("cut -f1 /proc/sys/fs/file-nr")) >= 1900
    node.ok("svctl restart spawner; svctl status; svctl reexec")
    node.ok(f"svctl stop hoarder; echo {before} >/proc/sys/fs/file-max")


def test_pid_1_without_a_file_to_spare(node):
    """What cannot be started is tried again; what cannot be answered waits; nobody dies, nothing spins."""
    script = """
        /test/tamper files 1 0
        timeout 3 svctl restart spawner --no-wait
        before=$(awk '{print $14 + $15}' /proc/1/stat)
        sleep 2
        echo $(($(awk '{print $14 + $15}' /proc/1/stat) - before)) >/run/ticks
        /test/tamper files 1 3000
        svctl status
        svctl restart spawner"""
    node.ok(script)
    assert int(node.ok("cat /run/ticks")) < 100
