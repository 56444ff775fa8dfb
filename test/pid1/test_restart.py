# SPDX-License-Identifier: MIT
"""What becomes of a service whose main process ends."""

import signal

import pytest

JOB = "exec = /test/probe pause\n"


def deaths(m, name, count):
    """The status once it was started again `count` times."""
    return m.until_service(name, lambda service: int(service["restarts"]) >= count)


def test_a_daemon_that_dies_is_started_again(machine):
    m = machine({"job": JOB + "backoff = 0\n"})
    first = m.until("job", "ready")["pid"]
    m.kill_main("job")
    service = m.until_service("job", lambda service: service["state"] == "ready" and service["restarts"] == "1")
    assert service["pid"] != first
    assert service["exit_signal"] == "9" and "exit_code" not in service.fields


def starts(watch, name, count):
    """When the service was started, in ms, the next `count` times."""
    return [int(watch.state(name, "starting")["at_ms"]) for _ in range(count)]


def test_delays_double_up_to_the_longest(machine):
    """finit#351: a restart without backoff. Jitter takes up to a quarter off."""
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 20ms 160ms\n"})
    with m.watch("job") as watch:
        m.change("restart", "job", "starting")
        times = starts(watch, "job", 8)
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    for gap, delay in zip(gaps, [20, 40, 80, 160, 160, 160, 160]):
        assert gap >= delay * 3 // 4, gaps  # and as much longer as this machine is busy


def test_a_service_that_waits_tells_until_when(machine):
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 1h 1h\n"})
    service = m.until("job", "backoff")
    now = int(m.node()["now_ms"])
    assert 44 * 60 * 1000 < int(service["next_start_ms"]) - now <= 60 * 60 * 1000
    assert "pid" not in service.fields


def test_start_cuts_a_delay_short(machine):
    m = machine({"job": "exec = /bin/sh -c '[ -e /out/well ] && exec /test/probe pause; exit 1'\nbackoff = 1h\n"})
    m.until("job", "backoff")
    m.write("out/well", "")
    m.change("start", "job", "ready")
    assert m.status("job")["restarts"] == "0"


def test_stop_ends_a_delay(machine):
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 50ms 50ms\n"})
    m.until("job", "backoff")
    m.stop("job")
    assert m.status("job").get("next_start_ms") is None


def test_a_quiet_exit_is_not_the_end_of_a_daemon(machine):
    """dae-installer#34: given up for good while the node looks healthy."""
    m = machine({"job": "exec = /test/probe exit:0\nbackoff = 1ms 1ms\n"})
    deaths(m, "job", 20)
    assert m.state("job") != "failed"


@pytest.mark.parametrize("kind, restart, end, state", [
    ("daemon", "always", "exit:0", "backoff"),
    ("daemon", "on-failure", "exit:0", "done"),
    ("daemon", "on-failure", "exit:1", "backoff"),
    ("daemon", "on-failure", "kill:9", "backoff"),
    ("daemon", "never", "exit:0", "done"),
    ("daemon", "never", "exit:1", "failed"),
    ("daemon", "never", "kill:15", "failed"),
    ("task", None, "exit:0", "done"),
    ("task", None, "exit:3", "failed"),
    ("task", "on-failure", "exit:3", "backoff"),
    ("task", "on-failure", "exit:0", "done"),
])
def test_policy(machine, kind, restart, end, state):
    policy = f"restart = {restart}\n" if restart else ""
    m = machine({"job": f"exec = /test/probe {end}\ntype = {kind}\nbackoff = 1h 1h\n{policy}"})
    service = m.until("job", "done", "failed", "backoff")
    assert service["state"] == state
    if end.startswith("exit"):
        assert service["exit_code"] == end[5:]
    else:
        assert service["exit_signal"] == end[5:]


def test_more_deaths_than_its_limit_is_failed_and_seen(machine):
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 1ms 1ms\nlimit = 3/1h\n"})
    service = m.until("job", "failed")
    assert service["restarts"] == "3"
    assert m.until_node("degraded")
    assert m.kmsg.wait(r"^init: job: exited with code 1.*; failed")


def test_a_start_by_hand_begins_the_limit_anew(machine):
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 1ms 1ms\nlimit = 3/1h\n"})
    m.until("job", "failed")
    with m.connect("start job") as watch:
        watch.state("job", "backoff")
        watch.state("job", "failed")
    assert m.status("job")["restarts"] == "3"


def test_slow_deaths_never_reach_the_limit(machine):
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 60ms 60ms\nlimit = 2/50ms\n"})
    deaths(m, "job", 6)
    assert m.state("job") != "failed"


def test_not_ready_in_time_is_stopped_and_told(machine):
    m = machine({"job": "exec = /test/probe pause\nready = fd:3\nstart-timeout = 300ms\nbackoff = 1h 1h\n"})
    service = m.until("job", "backoff")
    assert service["exit_cause"] == "start-timeout"
    assert service["exit_signal"] == str(int(signal.SIGTERM))
    assert m.kmsg.wait("^init: job: not ready after 300ms")


def test_one_that_ignores_that_is_killed(machine):
    m = machine({"job": "exec = /test/probe ignore:15 pause\nready = fd:3\nstart-timeout = 30ms\n"
                 "stop-timeout = 30ms\nbackoff = 1h 1h\n"})
    service = m.until("job", "backoff")
    assert (service["exit_cause"], service["exit_signal"]) == ("start-timeout", "9")


def test_a_start_timeout_of_0_is_never(machine):
    m = machine({"job": "exec = /test/probe gate:/gate/job ready:3 pause\nready = fd:3\nstart-timeout = 0\n"},
                start=False)
    m.gate("job")
    m.start()
    assert "start_timeout_ms" not in m.until("job", "running").fields
    m.open_gate("job")
    m.until("job", "ready")


def test_a_task_may_take_its_time(machine):
    """The default start-timeout is not for work; one that is asked for is."""
    m = machine({"long": "exec = /test/probe pause\ntype = task\n",
                 "bounded": "exec = /test/probe pause\ntype = task\nstart-timeout = 30ms\n"})
    assert m.until("bounded", "failed")["exit_cause"] == "start-timeout"
    m.until("long", "running")


def test_a_silent_watchdog_is_death(machine):
    m = machine({"job": "exec = /test/probe notify:READY=1 pause\nready = notify\nwatchdog = 50ms\nbackoff = 1h 1h\n"})
    service = m.until("job", "backoff")
    assert (service["exit_cause"], service["exit_signal"]) == ("watchdog", "9")
    assert m.kmsg.wait("^init: job: no sign of life for 50ms")


def test_many_deaths_a_second_are_one_line_with_a_count(machine):
    m = machine({"job": "exec = /test/probe exit:1\nbackoff = 0\n"})
    deaths(m, "job", 100)
    m.stop("job")
    lines = m.kmsg.find("^init: job: exited")
    assert 1 <= len(lines) <= 20
    restarted = deaths(m, "job", 1)
    assert int(restarted["restarts"]) >= 100


def test_a_program_that_cannot_run_is_not_tried_without_end(machine):
    m = machine({"job": "exec = /test/gone\nbackoff = 0\n"}, {"test/gone": "#!/no/such/shell\n"})
    with m.watch("job") as watch:
        times = starts(watch, "job", 3)
    assert times[2] - times[1] >= 75
