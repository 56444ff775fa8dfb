# SPDX-License-Identifier: MIT
"""The way down. finit#227, infix#341, #980: hangs at reboot. talos#4563: a reboot that waits for nothing."""

import signal
import time

import pytest

JOB = "exec = /test/probe pause\n"
STUBBORN = "exec = /test/probe ignore:15 say:up pause\nstop-timeout = {}\n"
# What reboot(2) does to a pid namespace: pid_namespaces(7).
REBOOT, OFF = ("signal", signal.SIGHUP), ("signal", signal.SIGINT)


@pytest.mark.parametrize("verb, ending", [("reboot", REBOOT), ("poweroff", OFF), ("halt", OFF)])
@pytest.mark.parametrize("now", ["", " now"])
def test_each_way(machine, verb, ending, now):
    m = machine({"job": JOB})
    m.until("job", "ready")
    m.connect(verb + now)  # with `now` it may be gone before it has answered
    assert m.ending() == ending


@pytest.mark.parametrize("name, ending, word", [
    ("SIGINT", REBOOT, "rebooting"), ("SIGTERM", REBOOT, "rebooting"), ("SIGPWR", OFF, "powering off"),
    ("SIGUSR2", OFF, "powering off"), ("SIGUSR1", OFF, "halting")])
def test_each_signal(machine, name, ending, word):
    m = machine({"job": JOB})
    m.until("job", "ready")
    m.signal(getattr(signal, name))
    assert m.ending() == ending
    assert m.kmsg.wait(f"^init: {word}; services have 15(.0)?s to stop")
    assert m.kmsg.wait(f"^init: {word} now")


@pytest.mark.parametrize("number", [1, 3, 13, 14, 17, 18, 20, 21, 22, 28, 29, 34, 64])
def test_other_signals_mean_nothing(machine, number):
    m = machine({"job": JOB})
    before = m.until("job", "ready")["pid"]
    m.signal(number)
    assert m.node()["state"] == "ready" and m.status("job")["pid"] == before


def test_services_stop_in_reverse_order(machine):
    m = machine({"a": JOB, "b": JOB + "needs = a\n", "c": JOB + "after = b\n"})
    m.until("c", "ready")
    with m.watch() as watch:
        m.ask("reboot")
        seen = [(record.get("name"), record["state"]) for record in watch.records()]
    order = [name for name, state in seen if state == "stopping" and name]
    assert order == ["c", "b", "a"]
    for name, later in (("c", "b"), ("b", "a")):
        assert seen.index((name, "stopped")) < seen.index((later, "stopping"))
    assert (None, "stopping") in seen
    assert m.ending() == REBOOT


def test_one_that_takes_its_time_is_given_it(machine):
    m = machine({"job": "exec = /test/probe say:up await:15 sleep:300 touch:/out/saved\n"})
    m.until_log("job", "up")
    m.ask("reboot")
    assert m.ending() == REBOOT
    assert (m.root / "out/saved").exists()


def test_one_that_ignores_everything_is_killed_in_its_time(machine):
    m = machine({"job": STUBBORN.format("100ms"), "other": JOB})
    m.until_log("job", "up")
    m.ask("reboot")
    assert m.ending() == REBOOT
    assert m.kmsg.wait("^init: job: not stopped after 100ms; killing it")


def test_nothing_starts_on_the_way_down(machine):
    """A task that is waited for, a delay, a stop that was to be followed by a start: none comes back."""
    m = machine({"job": STUBBORN.format("1h"), "flap": "exec = /test/probe exit:1\nbackoff = 20ms 20ms\n",
                 "again": "exec = /bin/touch /out/again\nbackoff = 30ms 30ms\n"})
    m.until_log("job", "up")
    m.until_service("again", lambda service: int(service["restarts"]) >= 1)
    with m.connect("restart job") as connection:
        connection.state("job", "stopping")
    with m.watch() as watch:
        m.ask("reboot")
        time.sleep(0.2)  # many of their delays
        m.kill_main("job")
        later = [record for record in watch.records() if record["state"] == "starting"]
    assert not later
    assert m.ending() == REBOOT


def test_a_second_request_changes_where_it_leads_and_not_when(machine):
    m = machine({"job": STUBBORN.format("1h")})
    m.until_log("job", "up")
    m.ask("reboot")
    m.until("job", "stopping")
    m.ask("poweroff")
    m.kill_main("job")
    assert m.ending() == OFF
    assert len(m.kmsg.find("services have")) == 1


def test_now_does_not_wait_for_one_that_is_waited_for(machine):
    m = machine({"job": STUBBORN.format("1h")})
    m.until_log("job", "up")
    m.ask("poweroff")
    m.until("job", "stopping")
    m.connect("reboot now")
    assert m.ending() == REBOOT
    assert m.kmsg.wait("^init: rebooting at once")


def test_now_stops_nobody(machine):
    m = machine({"job": "exec = /test/probe say:up await:15 touch:/out/told pause\n"})
    m.until_log("job", "up")
    m.connect("reboot now")
    assert m.ending() == REBOOT
    assert not (m.root / "out/told").exists()


def test_the_longest_time_to_stop_counts(machine):
    m = machine({"job": STUBBORN.format("40s")})
    m.until_log("job", "up")
    m.ask("reboot")
    assert m.kmsg.wait("services have 45(.0)?s to stop")
    m.connect("reboot now")
    assert m.ending() == REBOOT


def test_processes_of_nobody_are_gone_before_it_goes_down(machine):
    """Orphans outside of every service get no chance to write on."""
    m = machine({"job": JOB})
    m.until("job", "ready")
    m.ask("poweroff")
    assert m.ending() == OFF
    assert m.pids() == []


def test_looking_is_still_allowed_on_the_way_down(machine):
    m = machine({"job": STUBBORN.format("1h")})
    m.until_log("job", "up")
    m.ask("halt")
    m.until("job", "stopping")
    assert m.node()["state"] == "stopping"
    assert "up" in m.log("job")
    assert m.ask("signal KILL job") == []
    assert m.ending() == OFF


def test_a_hundred_services_go_down_together(machine):
    m = machine({f"s{i:02}": JOB for i in range(100)})
    m.until_node("ready")
    m.ask("poweroff")
    assert m.ending() == OFF
    assert not m.kmsg.find("in time|killing it")
