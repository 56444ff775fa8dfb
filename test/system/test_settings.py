# SPDX-License-Identifier: MIT
"""What a service file asks for is in force: looked up in /proc and /sys/fs/cgroup, not in svctl."""

import pytest
from node import lines_with

SLEEP = "exec = /bin/sleep 100000\n"

# A service that puts a process into a cgroup of its own making, with limits.
BOXES = """#!/bin/sh
set -e
cd /sys/fs/cgroup/svc/$1
mkdir box
echo 8M >box/memory.max
echo 0 >box/cpuset.cpus
sh -c 'echo 0 >box/cgroup.procs; cat /proc/self/cgroup; exec sleep 100000' &
cat /proc/self/cgroup
exec sleep 100000
"""

FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
                  "worker:x:1000:1000:Worker:/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\ntty:x:5:\nworker:x:1000:\ngpu:x:44:worker,nobody\nusb:x:46:worker\n"
                 "others:x:47:nobody\nnobody:x:65534:\n",
    "etc/svc/plain": SLEEP,
    "etc/svc/with-environment": SLEEP + "environment = GREETING=hello  world\nenvironment = EMPTY=\n"
                                        "environment = QUOTED=\"as it is\"\n",
    "etc/svc/somewhere": SLEEP + "directory = /dev/shm\n",
    "etc/svc/arguments": "exec = /test/arguments one 'two words' \"with \\\"quotes\\\"\" $HOME * a\\ b\n",
    "etc/svc/as-worker": SLEEP + "user = worker\n",
    "etc/svc/as-number": SLEEP + "user = 4242\n",
    "etc/svc/in-group": SLEEP + "user = worker\ngroup = gpu\n",
    "etc/svc/capable": SLEEP + "user = nobody\ncapabilities = net_bind_service net_raw\n",
    "etc/svc/bounded-root": SLEEP + "user = root\ncapabilities = sys_time\n",
    "etc/svc/unprivileged-root": SLEEP + "no-new-privileges = yes\n",
    "etc/svc/may-bind": "exec = /bin/nc -ll -p 80 -e /bin/true\nuser = nobody\n"
                        "capabilities = net_bind_service\nrestart = never\n",
    "etc/svc/may-not-bind": "exec = /bin/nc -ll -p 81 -e /bin/true\nuser = nobody\nrestart = never\n",
    "etc/svc/limits": SLEEP + "nofile = 77\nnice = 7\noom-score-adj = 500\n",
    "etc/svc/urgent": SLEEP + "user = worker\nnice = -5\noom-score-adj = -300\nnofile = 100000\n",
    "etc/svc/grouped": SLEEP + "memory-max = 64M\nmemory-high = 32M\npids-max = 20\ncpu-weight = 50\n",
    "etc/svc/boxes": "exec = /test/boxes boxes\ndelegate = yes\nbackoff = 0\n",
    "etc/svc/users-boxes": "exec = /test/boxes users-boxes\ndelegate = yes\nuser = worker\nbackoff = 0\n",
    "etc/svc/breeder": "exec = /test/orphans 20\npids-max = 5\nrestart = never\n",
    "test/boxes": BOXES,
    "test/arguments": "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\nexec sleep 100000\n",
}


@pytest.fixture(scope="module")
def node(boot_shared, helper):
    node = boot_shared({**FILES, "test/orphans": helper("orphans")}, "svc.skip=net,console")
    for name in FILES:
        if name.startswith("etc/svc/") and FILES[name].startswith(SLEEP):
            node.ok(f"svctl wait {name[8:]}")
    return node


def process(node, name):
    """The lines of /proc/PID/status as a dict."""
    text = node.ok(f"cat /proc/{node.pid(name)}/status")
    return {key: value.strip() for key, value in (line.split(":", 1) for line in text.splitlines())}


def limit(node, name, what):
    """Soft and hard."""
    [line] = lines_with(node.ok(f"cat /proc/{node.pid(name)}/limits"), f"^{what}")
    return line[len(what):].split()[:2]


def cgroup(node, name, file):
    return node.ok(f"cat /sys/fs/cgroup/svc/{name}/{file}").strip()


# ---- A clean start ----


def test_a_service_inherits_nothing_from_init(node):
    pid = node.pid("plain")
    assert sorted(node.ok(f"ls /proc/{pid}/fd").split()) == ["0", "1", "2"]
    assert node.ok(f"readlink /proc/{pid}/fd/0").strip() == "/dev/null"
    status = process(node, "plain")
    for key in ("SigBlk", "SigIgn", "SigCgt"):
        assert int(status[key], 16) == 0, key
    assert status["Umask"] == "0022"


def test_a_service_is_the_leader_of_its_session(node):
    fields = node.ok(f"cat /proc/{node.pid('plain')}/stat").rsplit(")", 1)[1].split()
    parent, group, session = fields[1:4]
    assert parent == "1"
    assert group == session == str(node.pid("plain"))


def test_root_by_default_with_all_it_has_and_in_the_root_folder(node):
    status = process(node, "plain")
    assert status["Uid"].split() == ["0"] * 4
    assert status["NoNewPrivs"] == "0"
    assert status["CapEff"] == status["CapBnd"]
    assert node.ok(f"readlink /proc/{node.pid('plain')}/cwd").strip() == "/"


# ---- What is run ----


def test_environment(node):
    lines = node.ok(f"tr '\\0' '\\n' </proc/{node.pid('with-environment')}/environ").splitlines()
    assert {"GREETING=hello  world", "EMPTY=", 'QUOTED="as it is"', "USER=root"} <= set(lines)
    assert [line for line in lines if line.startswith("PATH=")]


def test_environment_of_a_user(node):
    lines = node.ok(f"tr '\\0' '\\n' </proc/{node.pid('as-worker')}/environ").splitlines()
    assert {"USER=worker", "LOGNAME=worker", "HOME=/tmp"} <= set(lines)


def test_words_are_split_as_a_shell_does_and_nothing_is_expanded(node):
    node.until(lambda: "b>" in node.logs("arguments"))
    assert node.logs("arguments").splitlines() == [
        "<one>", "<two words>", '<with "quotes">', "<$HOME>", "<*>", "<a b>"]


def test_directory(node):
    assert node.ok(f"readlink /proc/{node.pid('somewhere')}/cwd").strip() == "/dev/shm"


# ---- What it may ----


def test_user_brings_its_groups_and_no_rights(node):
    status = process(node, "as-worker")
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Gid"].split() == ["1000"] * 4
    assert set(status["Groups"].split()) - {"1000"} == {"44", "46"}
    for key in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[key], 16) == 0, key
    assert status["NoNewPrivs"] == "1"


def test_user_may_be_a_number_nobody_has(node):
    status = process(node, "as-number")
    assert status["Uid"].split() == status["Gid"].split() == ["4242"] * 4
    assert set(status["Groups"].split()) <= {"4242"}


def test_group_replaces_the_main_one(node):
    status = process(node, "in-group")
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Gid"].split() == ["44"] * 4
    assert "46" in status["Groups"].split()


def test_capabilities_are_kept_and_no_others(node):
    status = process(node, "capable")
    assert status["Uid"].split() == ["65534"] * 4
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[key], 16) == 1 << 10 | 1 << 13, key


def test_a_kept_capability_works_and_one_that_is_not_does_not(node):
    """Port 80 as nobody."""
    node.until("netstat -tln | grep ':80 '")
    assert node.state("may-bind") == "ready"
    assert node.until_state("may-not-bind", "failed")["exit"]["code"] != 0
    assert "ermission denied" in node.logs("may-not-bind")


def test_root_can_be_bounded(node):
    status = process(node, "bounded-root")
    assert status["Uid"].split() == ["0"] * 4
    for key in ("CapPrm", "CapEff", "CapBnd"):
        assert int(status[key], 16) == 1 << 25, key


def test_no_new_privileges(node):
    assert process(node, "unprivileged-root")["NoNewPrivs"] == "1"


# ---- What it gets ----


def test_nofile(node):
    assert limit(node, "limits", "Max open files") == ["77", "77"]
    assert limit(node, "urgent", "Max open files") == ["100000", "100000"]
    assert limit(node, "plain", "Max open files")[0] == "1024"


@pytest.mark.parametrize("name, nice, oom", [("limits", "7", "500"), ("urgent", "-5", "-300"), ("plain", "0", "0")])
def test_nice_and_oom_score(node, name, nice, oom):
    pid = node.pid(name)
    assert node.ok(f"cat /proc/{pid}/stat").rsplit(")", 1)[1].split()[16] == nice
    assert node.ok(f"cat /proc/{pid}/oom_score_adj").strip() == oom


@pytest.mark.parametrize("file, value", [
    ("memory.max", str(64 << 20)), ("memory.high", str(32 << 20)), ("pids.max", "20"), ("cpu.weight", "50")])
def test_cgroup_limit(node, file, value):
    assert cgroup(node, "grouped", file) == value


@pytest.mark.parametrize("file, value", [("memory.max", "max"), ("pids.max", "max"), ("cpu.weight", "100")])
def test_without_a_limit_there_is_none(node, file, value):
    assert cgroup(node, "plain", file) == value


def test_pids_max_holds(node):
    """The helper, the one that makes the orphans, and three of them are five."""
    node.until_state("breeder", "failed")
    assert "3 orphans" in node.logs("breeder")
    assert "temporarily unavailable" in node.logs("breeder")
    assert int(cgroup(node, "breeder", "pids.events").split()[1]) >= 1


@pytest.mark.parametrize("name", ["boxes", "users-boxes"])
def test_a_delegated_cgroup(node, name):
    """Its own namespace, limits for what is in it, and nothing left of it after a death, a restart and a stop."""
    for after in (f"kill -9 {node.pid(name)}", f"svctl restart {name}", None):
        node.until(f"grep -q . /sys/fs/cgroup/svc/{name}/box/cgroup.procs")
        assert cgroup(node, name, "box/memory.max") == str(8 << 20)
        assert cgroup(node, name, "box/cpuset.cpus") == "0"
        assert cgroup(node, name, "main/cgroup.procs").split() == [str(node.pid(name))]
        assert cgroup(node, name, "cgroup.procs") == ""
        if after:
            before = node.pid(name)
            node.ok(after)
            node.until_service(name, lambda service, before=before: service["pid"] not in (0, before), "started anew")
    said = node.ok(f"svctl logs {name}").split()
    assert {line.split("::")[1] for line in said if "::" in line} == {"/main", "/box"}
    assert f"{1000 if name == 'users-boxes' else 0}" == node.ok(f"stat -c %u /sys/fs/cgroup/svc/{name}/box").strip()
    node.ok(f"svctl stop {name}")
    assert node.ok(f"find /sys/fs/cgroup/svc/{name} -mindepth 1 -type d") == ""
