# SPDX-License-Identifier: MIT
"""A fresh image of PID 1, because it was asked for or because it crashed: services do not notice."""

import os
import signal

import pytest
from client import Refused

JOB = "exec = /test/probe pause\n"
CRASHES = ("SEGV", "BUS", "ABRT", "FPE", "ILL", "TRAP", "SYS")


def reexec(m):
    count = int(m.node()["reexecs"])
    m.ask("reexec")
    m.poll(lambda: int(m.node()["reexecs"]) == count + 1)


def crash(m, name="SEGV"):
    """Once a machine: the second within a minute is another matter."""
    count = int(m.node()["reexecs"])
    m.signal(getattr(signal, f"SIG{name}"))
    m.poll(lambda: int(m.node()["reexecs"]) == count + 1)


ways = pytest.mark.parametrize("renew", [pytest.param(reexec, marks=pytest.mark.valgrind), crash])


@ways
def test_services_go_on_as_the_same_processes(machine, renew):
    m = machine({name: JOB for name in "abc"} | {"task": "exec = /test/probe\ntype = task\n"})
    m.until_node("ready")
    before = m.ask("status")
    renew(m)
    after = m.ask("status")
    changes = ("now_ms", "reexecs", "crashed_ms")
    for one, other in zip(before, after):
        assert {key: value for key, value in one.fields.items() if key not in changes} == \
            {key: value for key, value in other.fields.items() if key not in changes}


@ways
def test_they_are_still_supervised(machine, renew):
    m = machine({"a": JOB + "backoff = 0\n", "b": JOB})
    m.until_node("ready")
    renew(m)
    m.kill_main("a")
    m.until_service("a", lambda service: service["restarts"] == "1" and service["state"] == "ready")
    m.stop("b")
    assert m.pids("b") == []


@pytest.mark.parametrize("name", CRASHES)
def test_every_way_to_crash_is_survived_and_told(machine, name):
    m = machine({"a": JOB})
    before = m.until("a", "ready")["pid"]
    crash(m, name)
    assert m.status("a")["pid"] == before
    assert m.kmsg.wait(f"^init: PID 1 crashed: SIG{name}, sent by process ")
    assert m.kmsg.wait("^init: a fresh image of PID 1 goes on")
    assert "crashed_ms" in m.node().fields


def test_a_crash_leaves_a_trace(machine):
    m = machine({"a": JOB})
    m.until("a", "ready")
    crash(m)
    assert m.kmsg.wait("^init:   at 0x[0-9a-f]+$")


def test_a_service_can_not_end_it(machine):
    """Not another user's at all, and not root's with a signal that nothing can handle."""
    m = machine({"root": "exec = /test/probe kill-init:9 kill-init:19 say:done pause\n",
                 "alice": "exec = /test/probe kill-init:9 kill-init:11 kill-init:15 say:done pause\nuser = alice\n"})
    m.until_log("root", "done")
    m.until_log("alice", "done")
    m.until_node("ready")
    assert m.node()["reexecs"] == "0"


def test_the_second_crash_within_a_minute_reboots(machine):
    m = machine({"a": JOB})
    m.until("a", "ready")
    crash(m)
    m.signal(signal.SIGSEGV)
    assert m.ending() == ("signal", signal.SIGHUP)  # what reboot(2) is in a pid namespace
    assert m.kmsg.wait("^init: the second crash within a minute; rebooting")


def test_being_asked_in_between_does_not_make_it_forget(machine):
    m = machine({"a": JOB})
    m.until("a", "ready")
    crash(m)
    reexec(m)
    m.signal(signal.SIGABRT)
    assert m.ending() == ("signal", signal.SIGHUP)


@ways
def test_logs_are_kept_and_go_on(machine, renew):
    m = machine({"a": "exec = /test/probe say:before tell:10 pause\n", "big": "exec = /bin/sh -c 'i=0; while [ $i -lt "
                 "3000 ]; do echo line $i; i=$((i+1)); done; echo last; exec /test/probe pause'\nlog-size = 4K\n"})
    m.until_log("a", "before")
    m.until_log("big", "^last$")
    big = m.log("big"), m.status("big")["log_dropped"]
    renew(m)
    assert m.log("a") == "before\n"
    assert (m.log("big"), m.status("big")["log_dropped"]) == big
    m.ask("signal USR1 a")
    assert m.until_log("a", "got 10") == "before\ngot 10\n"


def test_a_flood_loses_no_line_but_the_oldest(machine):
    m = machine({"flood": "exec = /test/probe flood\nlog-size = 256K\n"})
    m.until_log("flood", r"^line \d{4,} ")
    for _ in range(5):
        reexec(m)
    m.stop("flood")
    numbers = [int(line.split()[1]) for line in m.log("flood").splitlines() if line.startswith("line ")]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@ways
def test_a_delay_ends_when_it_was_to_end(machine, renew):
    m = machine({"long": "exec = /test/probe exit:1\nbackoff = 1h 1h\n",
                 "short": "exec = /test/probe exit:1\nbackoff = 300ms 300ms\n"})
    long = m.until("long", "backoff")
    m.until("short", "backoff")
    renew(m)
    assert m.status("long")["next_start_ms"] == long["next_start_ms"]
    m.until_service("short", lambda service: int(service["restarts"]) >= 2)


@ways
def test_readiness_that_is_still_to_come_is_seen(machine, renew):
    m = machine({"fd": "exec = /test/probe gate:/gate/fd ready:3 pause\nready = fd:3\n",
                 "notify": "exec = /test/probe gate:/gate/notify notify:READY=1 pause\nready = notify\n",
                 "after": JOB + "needs = fd notify\n"}, start=False)
    m.gate("fd")
    m.gate("notify")
    m.start()
    m.until("fd", "running")
    m.until("notify", "running")
    renew(m)
    assert m.state("after") == "waiting"
    m.open_gate("fd")
    m.open_gate("notify")
    m.until("after", "ready")


@ways
def test_in_the_middle_of_a_stop(machine, renew):
    m = machine({"a": "exec = /test/probe ignore:15 { ignore:15 pause } say:up pause\nstop-timeout = 150ms\n"})
    m.until_log("a", "up")
    with m.connect("stop a") as stopping:
        stopping.state("a", "stopping")
    renew(m)
    m.until("a", "stopped")
    assert m.pids("a") == [] and m.status("a")["exit_signal"] == "9"
    m.change("start", "a", "ready")


@ways
def test_in_the_middle_of_a_restart(machine, renew):
    m = machine({"a": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n"})
    before = m.until("a", "ready")["pid"]
    m.until_log("a", "up")
    with m.connect("restart a") as restarting:
        restarting.state("a", "stopping")
    renew(m)
    m.kill_main("a")
    m.until_service("a", lambda service: service["state"] == "ready" and service["pid"] != before)


@ways
def test_in_the_middle_of_an_orderly_stop_of_several(machine, renew):
    """What was to stop after the slow one still does."""
    m = machine({"a": JOB, "b": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\nneeds = a\n"})
    m.until_log("b", "up")
    with m.connect("stop a"):
        m.until("b", "stopping")
    renew(m)
    m.kill_main("b")
    m.until("a", "stopped")
    m.until("b", "waiting")
    assert m.pids() == []


def test_in_the_middle_of_a_shutdown(machine):
    m = machine({"a": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n"})
    m.until_log("a", "up")
    m.ask("poweroff")
    m.until("a", "stopping")
    reexec(m)
    assert m.node()["state"] == "stopping"
    m.kill_main("a")
    assert m.ending() == ("signal", signal.SIGINT)
    assert m.kmsg.wait("a fresh image")


@ways
def test_a_file_that_changed_meanwhile_counts(machine, renew):
    m = machine({"a": "exec = /test/probe say:old pause\n", "b": JOB})
    m.until_log("a", "old")
    b = m.main("b")
    m.service("a", "exec = /test/probe say:new pause\n")
    renew(m)
    m.until_log("a", "new")
    assert m.main("b") == b


@ways
def test_a_service_whose_file_is_gone_is_killed(machine, renew):
    m = machine({"a": "exec = /test/probe { session pause } pause\n", "b": JOB})
    m.poll(lambda: len(m.pids("a")) == 2)
    processes = m.pids("a")
    m.remove("a")
    renew(m)
    m.poll(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in processes))
    assert m.names() == ["b"]


@ways
def test_a_service_whose_file_was_gone_can_come_back(machine, renew):
    m = machine({"a": JOB, "gone": JOB})
    m.until_node("ready")
    m.remove("gone")
    renew(m)
    m.poll(lambda: m.pids("gone") == [])
    m.service("gone", JOB)
    m.ask("rescan")
    m.until("gone", "ready")
    assert m.status("gone")["restarts"] == "0"  # its cgroup, which was killed, does not kill it again


@ways
def test_a_service_whose_file_is_broken_is_killed_and_told(machine, renew):
    m = machine({"a": JOB, "b": JOB})
    m.until_node("ready")
    m.service("a", "exec = nonsense\n")
    renew(m)
    m.poll(lambda: m.pids("a") == [])
    assert m.state("a") == "invalid"


def test_a_new_file_starts(machine):
    m = machine({"b": JOB})
    m.until("b", "ready")
    m.service("a", JOB)
    reexec(m)
    m.until("a", "ready")


def test_in_the_middle_of_a_rescan(machine):
    """The files are read anew by the next image; nobody is left half stopped."""
    m = machine({"slow": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n", "a": JOB})
    m.until_log("slow", "up")
    m.service("slow", JOB)
    m.connect("rescan")
    m.until("slow", "stopping")
    reexec(m)
    m.kill_main("slow")
    m.until("slow", "ready", "stopped")
    assert m.state("a") == "ready"
    assert m.state("slow") == "ready"


@pytest.mark.parametrize("renew", [reexec, crash])  # valgrind leaves descriptors of its own behind
def test_descriptors_do_not_grow(machine, renew):
    m = machine({"a": JOB, "b": "exec = /test/probe pause\nready = fd:3\n"})
    m.until("a", "ready")
    m.until("b", "running")
    watchers = [m.watch() for _ in range(10)]
    renew(m)
    for watcher in watchers:
        assert watcher.next() is None  # a connection is for one image
    before = m.descriptors()
    for _ in range(10):
        reexec(m)
    assert m.descriptors() == before


def test_a_program_that_is_no_program_changes_nothing(machine):
    m = machine({"a": JOB})
    before = m.until("a", "ready")["pid"]
    good = (m.root / "init").read_bytes()
    m.write("init", "not a program", 0o755)
    m.ask("reexec")
    assert m.kmsg.wait("^init: cannot become /init: .*; going on as before")
    assert m.status("a")["pid"] == before
    m.restart("a")
    m.write("init", good, 0o755)
    reexec(m)


def test_only_root_may_ask(machine):
    m = machine({"a": JOB})
    with pytest.raises(Refused):
        m.ask("reexec", uid=1000)
    assert m.node()["reexecs"] == "0"


def test_a_step_that_failed_is_told_across_an_image(machine):
    """Many starts that fail while images change: whoever reads the report, it is not lost."""
    m = machine({"a": "exec = /test/probe\ndirectory = /no/such\nbackoff = 0\n"})
    m.until_service("a", lambda service: service.get("step") == "directory")
    for _ in range(20):
        reexec(m)
        service = m.status("a")
        assert "exit_code" not in service.fields and service["step"] == "directory", service
    assert not m.kmsg.find("127")
