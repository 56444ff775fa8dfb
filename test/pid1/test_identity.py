# SPDX-License-Identifier: MIT
"""Who a service is, and what it is handed: read by the service itself from its own /proc."""

import re

import pytest

CAP = {"chown": 0, "setuid": 7, "net_bind_service": 10, "net_raw": 13, "sys_nice": 23}
ALL = 0x1fffffeffff  # what this machine's root has: all but CAP_SYS_MODULE


class Report:
    def __init__(self, text):
        self.text = text

    def all(self, key):
        return re.findall(rf"^{key} (.*)$", self.text, re.MULTILINE)

    def status(self, key):
        [value] = re.findall(rf"^status {key}:[ \t]*(.*?)[ \t]*$", self.text, re.MULTILINE)
        return value

    def capabilities(self):
        return {key: int(self.status(f"Cap{key}"), 16) for key in ("Inh", "Prm", "Eff", "Bnd", "Amb")}

    def ids(self):
        [uids], [gids] = {*self.status("Uid").split()}, {*self.status("Gid").split()}
        return int(uids), int(gids), [int(word) for word in self.status("Groups").split()]


@pytest.fixture
def report(machine):
    def run(keys=""):
        m = machine({"job": f"exec = /test/probe report pause\nlog-size = 64K\n{keys}"})
        return Report(m.until_log("job", "^end$"))

    return run


def bits(*names):
    return sum(1 << CAP[name] for name in names)


@pytest.mark.parametrize("keys, ids", [
    ("", (0, 0, [])),
    ("user = alice\n", (1000, 1000, [29, 44])),
    ("user = bob\n", (1001, 100, [29])),
    ("user = alice\ngroup = users\n", (1000, 100, [29, 44])),
    ("group = users\n", (0, 100, [])),
    ("user = 1000\n", (1000, 1000, [29, 44])),
    ("user = 5000\n", (5000, 5000, [])),
    ("user = 5000\ngroup = 77\n", (5000, 77, [])),
    ("user = root\n", (0, 0, [])),
])
def test_user_and_groups(report, keys, ids):
    """Real, effective, saved and file system id are the same; groups are those of /etc/group."""
    assert report(keys).ids() == ids


@pytest.mark.parametrize("keys", ["user = alice\n", "user = 5000\n", "user = alice\nno-new-privileges = no\n"])
def test_a_user_keeps_no_capability_and_can_get_none(report, keys):
    """Not from a program with file capabilities either."""
    assert report(keys).capabilities() == {"Inh": 0, "Prm": 0, "Eff": 0, "Bnd": 0, "Amb": 0}


@pytest.mark.parametrize("keys", ["user = root\n", "user = 0\n", "group = users\n", "delegate = yes\n"])
def test_root_stays_root_however_it_is_named(report, keys):
    """A batch system as root, with cgroups of its own, hands its jobs to their users."""
    assert report(keys).capabilities() == {"Inh": 0, "Prm": ALL, "Eff": ALL, "Bnd": ALL, "Amb": 0}


def test_a_user_keeps_those_its_file_names_and_no_other(report):
    kept = bits("net_bind_service", "net_raw")
    assert report("user = alice\ncapabilities = net_bind_service net_raw\n").capabilities() == {
        "Inh": kept, "Prm": kept, "Eff": kept, "Bnd": kept, "Amb": kept}


def test_root_keeps_all_without_and_only_those_named_with_a_list(report):
    assert report().capabilities() == {"Inh": 0, "Prm": ALL, "Eff": ALL, "Bnd": ALL, "Amb": 0}


def test_root_with_a_list_has_no_others(report):
    kept = bits("sys_nice")
    assert report("user = root\ncapabilities = sys_nice\n").capabilities() == {
        "Inh": kept, "Prm": kept, "Eff": kept, "Bnd": kept, "Amb": kept}


@pytest.mark.parametrize("keys, value", [
    ("", "0"), ("user = alice\n", "1"), ("user = alice\nno-new-privileges = no\n", "0"),
    ("no-new-privileges = yes\n", "1"), ("system-calls = basic\n", "1"),
])
def test_no_new_privileges(report, keys, value):
    assert report(keys).status("NoNewPrivs") == value


def test_nothing_is_handed_on_that_was_not_meant(report):
    it = report()
    assert [line.split()[0] for line in it.all("fd")] == ["0", "1", "2"]
    assert it.all("fd")[0] == "0 /dev/null"
    assert it.all("fd")[1].split()[1] == it.all("fd")[2].split()[1]
    for signals in ("SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd"):
        assert int(it.status(signals), 16) == 0, signals
    assert it.status("Seccomp") == "0"
    assert it.all("umask") == ["22"]


def test_nothing_leaks_after_a_busy_life_either(machine):
    """Restarts, a rescan, a fresh image, watchers: a service started then has the same descriptors."""
    m = machine({"job": "exec = /test/probe report pause\nlog-size = 64K\n",
                 **{f"s{i}": "exec = /test/probe pause\nready = notify\n" for i in range(10)}})
    m.until_log("job", "^end$")
    watchers = [m.watch() for _ in range(5)]
    followers = [m.connect(f"logs s{i} follow") for i in range(5)]
    m.service("late", "exec = /test/probe pause\n")
    m.ask("rescan")
    m.ask("reexec")
    m.poll(lambda: m.node()["reexecs"] == "1")
    again = [m.watch() for _ in range(5)]
    m.restart("job")
    it = Report(m.until_log("job", "^end$[^$]*^end$").split("\nend\n")[1])
    assert [line.split()[0] for line in it.all("fd")] == ["0", "1", "2"]
    assert int(it.status("SigBlk"), 16) == int(it.status("SigIgn"), 16) == 0
    assert len(watchers + followers + again) == 15


def test_the_ready_descriptor_is_the_one_more(report):
    it = report("ready = fd:9\n")
    assert [line.split()[0] for line in it.all("fd")] == ["0", "1", "2", "9"]
    assert it.all("fd")[3].startswith("9 pipe:")


@pytest.mark.parametrize("number", range(3, 24))
def test_any_number_will_do_for_it(machine, number):
    """Also one that PID 1 itself uses."""
    m = machine({"job": f"exec = /test/probe ready:{number} report pause\nready = fd:{number}\nlog-size = 64K\n"})
    m.until("job", "ready")
    it = Report(m.until_log("job", "^end$"))
    assert [line.split()[0] for line in it.all("fd")] == ["0", "1", "2", str(number)]


def test_its_own_session(report):
    [line] = report().all("session")
    pid, session, group = line.split()
    assert pid == session == group


@pytest.mark.parametrize("keys, cwd", [("", "/"), ("directory = /home/alice\n", "/home/alice")])
def test_directory(report, keys, cwd):
    assert report(keys).all("cwd") == [cwd]


PATH = "PATH=/bin:/sbin:/usr/bin:/usr/sbin"


@pytest.mark.parametrize("keys, environment", [
    ("", [PATH, "HOME=/root", "USER=root", "LOGNAME=root"]),
    ("user = alice\n", [PATH, "HOME=/home/alice", "USER=alice", "LOGNAME=alice"]),
    ("user = 5000\n", [PATH, "HOME=/"]),
    ("ready = notify\n", [PATH, "HOME=/root", "USER=root", "LOGNAME=root", "NOTIFY_SOCKET=/run/notify"]),
    ("environment = A=b c\nenvironment = HOME=/else\nenvironment = PATH=/bin\n",
     ["USER=root", "LOGNAME=root", "A=b c", "HOME=/else", "PATH=/bin"]),
])
def test_the_environment_is_what_is_documented(report, keys, environment):
    assert report(keys).all("env") == environment


def test_files(report):
    [line] = [line for line in report("nofile = 333\n").all("limits") if line.startswith("Max open files")]
    assert line.split()[3:5] == ["333", "333"]


def test_few_files_are_enough_however_many_pid_1_has_open(report):
    """Until exec the child has PID 1's files, too; the limit is for the program."""
    it = report("nofile = 8\nuser = alice\n")
    [line] = [line for line in it.all("limits") if line.startswith("Max open files")]
    assert line.split()[3:5] == ["8", "8"]


def test_files_without_a_word_are_what_select_bears(report):
    [line] = [line for line in report().all("limits") if line.startswith("Max open files")]
    assert line.split()[3:5] == ["1024", "4096"]


def test_nice_and_oom_score(report):
    it = report("nice = 7\noom-score-adj = 300\n")
    assert it.all("oom") == ["300"]
    assert it.all("stat")[0].rsplit(")", 1)[1].split()[16] == "7"


def test_its_cgroup_bears_its_name(report):
    assert "0::/svc/job" in report().all("cgroup")


def test_a_console_is_its_controlling_terminal(machine):
    m = machine({"job": "exec = /test/probe report pause\nconsole = /dev/tty9\n"})
    m.until("job", "ready")
    text = m.terminal("tty9", "^end")
    it = Report(text)
    assert [line.split()[0] for line in it.all("fd")] == ["0", "1", "2"]
    assert it.all("stat")[0].rsplit(")", 1)[1].split()[4] != "0"  # tty_nr
    assert "TERM=linux" in it.all("env")
