# SPDX-License-Identifier: MIT
"""Stopping: the signal, the time, the whole cgroup; and that nothing is left over."""

import os
import signal
import subprocess

import pytest
from machine import FIRST_ID

JOB = "exec = /test/probe pause\n"


def test_stop_sends_term_and_that_is_enough(machine):
    m = machine({"job": JOB})
    m.until("job", "ready")
    m.stop("job")
    service = m.status("job")
    assert (service["exit_signal"], service["exit_cause"]) == ("15", "asked")


def test_the_stop_signal_is_the_files(machine):
    m = machine({"job": JOB + "stop-signal = INT\n"})
    m.until("job", "ready")
    m.stop("job")
    assert m.status("job")["exit_signal"] == str(int(signal.SIGINT))


def test_one_that_ignores_it_is_killed_after_its_own_time(machine):
    """s6-overlay#467, void-runit#133: opaque, and one time for all."""
    m = machine({"job": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 40ms\n"})
    m.until_log("job", "up")
    began = int(m.node()["now_ms"])
    m.stop("job")
    assert int(m.status("job")["since_ms"]) - began >= 40
    assert m.status("job")["exit_signal"] == "9"
    assert m.kmsg.wait("^init: job: not stopped after 40ms; killing it")


def test_a_process_that_was_stopped_with_a_signal_can_be_stopped(machine):
    m = machine({"job": "exec = /test/probe kill:19 pause\n"})
    m.until("job", "ready")
    m.poll(lambda: m.pids("job") and b") T" in open(f"/proc/{m.pids('job')[0]}/stat", "rb").read())
    m.stop("job")
    assert m.status("job")["exit_signal"] == "15"


LEAVERS = {
    "children": "{ ignore:15 pause } { ignore:15 pause } say:up pause",
    "a double fork": "{ { ignore:15 session pause } } say:up pause",
    "a session of its own": "{ session ignore:15 ignore:1 pause } say:up pause",
}


@pytest.mark.parametrize("words", LEAVERS.values(), ids=LEAVERS)
def test_whatever_it_forked_is_gone_when_it_is_stopped(machine, words):
    m = machine({"job": f"exec = /test/probe {words}\n"})
    m.until_log("job", "up")
    processes = m.pids("job")
    assert len(processes) >= 2
    m.stop("job")
    assert m.pids("job") == []
    assert not any(os.path.exists(f"/proc/{pid}") for pid in processes)


# What cgroup.kill alone does not end, or could be thought not to. Each ignores TERM and, in the end, must be gone.
UNWILLING = {
    # A main thread that has ended: a zombie with threads, to which cgroup.kill does nothing.
    "headless": "ignore:15 say:up headless",
    "a headless child": "ignore:15 { headless } say:up pause",
    "a headless child two cgroups below": "ignore:15 { cgroup:a cgroup:b headless } sleep:50 say:up pause",
    "in a threaded cgroup": "ignore:15 { threaded:t pause } sleep:50 say:up pause",
    "headless in a threaded cgroup": "ignore:15 { threaded:t headless } sleep:50 say:up pause",
    "process 1 of a PID namespace": "ignore:15 new-pids { ignore:15 { pause } pause } say:up pause",
    "traced": "ignore:15 { ignore:15 pause } trace say:up pause",
}


@pytest.mark.parametrize("words", UNWILLING.values(), ids=UNWILLING)
def test_nothing_is_left_of_one_that_cannot_be_killed_in_the_usual_way(machine, words):
    m = machine({"job": f"exec = /test/probe {words}\nstop-timeout = 20ms\n"})
    m.until_log("job", "up")
    m.stop("job")
    assert m.pids("job") == []
    assert [path.name for path in (m.cgroup / "svc/job").iterdir() if path.is_dir()] == []


def test_what_an_earlier_pid_1_left_is_gone_before_the_first_start(machine, flavour):
    """Here it is of this machine, where PID 1 does not see it, and cgroup.kill does nothing to it: so it is the test
    that ends it."""
    m = machine({"job": JOB, "other": JOB}, start=False)
    group = m.cgroup / "svc/job"
    for folder in (m.cgroup / "svc", group):
        folder.mkdir()
        for path in (folder, *folder.glob("cgroup.*")):
            os.chown(path, FIRST_ID, FIRST_ID)
    left = subprocess.Popen([flavour.probe, "ignore:15", "say:up", "headless"], stdout=subprocess.PIPE)
    try:
        assert left.stdout.readline() == b"up\n"
        (group / "cgroup.procs").write_text(str(left.pid))
        m.start()
        m.until("other", "ready")
        for _ in range(3):
            m.restart("other")  # turns of the loop, in each of which it could start
            assert m.state("job") == "waiting"
    finally:
        left.kill()
        left.wait()
        left.stdout.close()
    assert m.until("job", "ready")


def test_a_frozen_one_is_stopped(machine):
    m = machine({"job": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 20ms\n"})
    m.until_log("job", "up")
    (m.cgroup / "svc/job/cgroup.freeze").write_text("1")
    m.stop("job")
    assert m.pids("job") == []


def test_cgroups_that_a_service_made_go_with_it(machine):
    """Each that stayed would keep memory of the kernel for ever."""
    m = machine({"job": JOB})
    svc = m.cgroup / "svc"
    made = [svc / "job" / f"inner-{number}" / "below" for number in range(20)]
    m.until("job", "ready")
    before = sum(1 for _ in svc.glob("**/"))
    for _ in range(50):
        for folder in made:
            for path in (folder.parent, folder):
                path.mkdir()
                os.chown(path, FIRST_ID, FIRST_ID)  # as if the service had made it
        m.stop("job")
        m.poll(lambda: sum(1 for _ in svc.glob("**/")) == before)
        m.change("start", "job", "ready")


@pytest.mark.plain("the same as above, many times more")
def test_a_thousand_starts_and_stops_leave_as_many_cgroups_as_before(machine):
    m = machine({"job": JOB})
    svc = m.cgroup / "svc"
    m.until("job", "ready")
    before = sum(1 for _ in svc.glob("**/"))
    for _ in range(1000):
        (svc / "job/inner").mkdir()
        m.stop("job")
        m.change("start", "job", "ready")
    m.stop("job")
    m.poll(lambda: sum(1 for _ in svc.glob("**/")) == before)


def test_more_cgroups_than_are_removed_in_one_turn_go_as_well(machine):
    m = machine({"job": JOB})
    m.until("job", "ready")
    for number in range(700):
        (m.cgroup / f"svc/job/{number}").mkdir()
    m.stop("job")
    m.poll(lambda: not [path for path in (m.cgroup / "svc/job").iterdir() if path.is_dir()])


@pytest.mark.parametrize("words", LEAVERS.values(), ids=LEAVERS)
def test_what_a_dead_main_left_is_gone_before_it_starts_again(machine, words):
    m = machine({"job": f"exec = /test/probe {words}\nbackoff = 0\n"})
    m.until_log("job", "up")
    old = set(m.pids("job"))
    with m.watch("job") as watch:
        m.kill_main("job")
        assert watch.state("job", "stopping", "starting")["state"] == "stopping"
        watch.state("job", "ready")
    assert not old & set(m.pids("job"))
    assert m.status("job")["exit_signal"] == "9"


def test_a_daemon_that_puts_itself_into_the_background_does_not_multiply(machine):
    """A file that should have said --foreground: the death is told, and no second daemon piles up."""
    m = machine({"job": "exec = /test/probe { session { touch:/out/up pause } }\nbackoff = 5ms 5ms\n"})
    m.until_service("job", lambda service: int(service["restarts"]) >= 10)
    m.stop("job")
    assert m.pids("job") == []


def test_a_service_that_was_killed_with_leftovers_starts_again_and_again(machine):
    """A kernel kills what is born by CLONE_INTO_CGROUP in a cgroup that was ever killed."""
    m = machine({"job": "exec = /test/probe ignore:15 { ignore:15 pause } say:up pause\nstop-timeout = 5ms\n"})
    for _ in range(5):
        m.poll(lambda: len(m.pids("job")) == 2)
        m.stop("job")
        m.change("start", "job", "ready")
    m.poll(lambda: len(m.pids("job")) == 2)
    assert m.status("job")["restarts"] == "0"


def test_a_service_that_keeps_forking_cannot_escape_its_end(machine):
    """A fork storm: every process forks anew whenever it can."""
    script = "fork() { while :; do (fork) & wait; done; }; echo up; fork"
    m = machine({"job": f"exec = /bin/sh -c '{script}'\nstop-timeout = 20ms\n"})
    m.until_log("job", "up")
    m.poll(lambda: len(m.pids("job")) > 20)
    m.stop("job")
    assert m.pids("job") == []


def test_restart_ends_ready_with_another_process(machine):
    m = machine({"job": JOB})
    before = m.until("job", "ready")["pid"]
    assert m.restart("job")["pid"] != before
    assert m.status("job")["restarts"] == "0"


def test_a_start_while_it_stops_is_done_afterwards(machine):
    m = machine({"job": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n"})
    before = m.until("job", "ready")["pid"]
    m.until_log("job", "up")
    m.connect("stop job").state("job", "stopping")
    start = m.connect("start job").live()
    m.kill_main("job")
    assert start.state("job", "ready")["pid"] != before


def test_a_stop_while_it_starts_again_ends_stopped(machine):
    m = machine({"job": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n"})
    m.until_log("job", "up")
    restart = m.connect("restart job")
    restart.state("job", "stopping")
    stop = m.connect("stop job")
    stop.live()
    m.kill_main("job")
    stop.state("job", "stopped")
    assert restart.state("job", "stopped") and m.pids("job") == []


def test_stopping_one_that_never_got_ready(machine):
    m = machine({"job": "exec = /test/probe pause\nready = fd:3\n"})
    m.until("job", "running")
    m.stop("job")
    assert m.pids("job") == []


def test_reload_sends_hup_and_only_that(machine):
    m = machine({"job": "exec = /test/probe tell:1 say:up pause\n", "other": "exec = /test/probe tell:10 say:up pause\n"
                 "reload-signal = USR1\n"})
    m.until_log("job", "up")
    m.until_log("other", "up")
    before = m.main("job")
    m.ask("reload job other")
    m.until_log("job", "^got 1$")
    m.until_log("other", "^got 10$")
    assert m.main("job") == before


def test_a_signal_goes_to_the_main_process(machine):
    m = machine({"job": "exec = /test/probe tell:12 { pause } say:up pause\n"})
    m.until_log("job", "up")
    m.ask("signal USR2 job")
    m.until_log("job", "^got 12$")
    assert m.log("job").count("got") == 1
