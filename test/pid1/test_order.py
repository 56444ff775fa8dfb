# SPDX-License-Identifier: MIT
"""Who starts when, and who stops when."""

import pytest
from client import Refused

pytestmark = pytest.mark.valgrind
JOB = "exec = /test/probe pause\n"


def states(watch, *wanted):
    """The (name, state) of changes up to and including those wanted."""
    seen, missing = [], set(wanted)
    while missing:
        record = watch.until(lambda record: record.word == "state")
        seen.append((record["name"], record["state"]))
        missing.discard(seen[-1])
    return seen


def test_a_service_starts_after_all_it_needs_is_ready(machine):
    m = machine({
        "c": "exec = /test/probe pause\nneeds = b\n",
        "b": "exec = /test/probe gate:/gate/b ready:3 pause\nready = fd:3\nneeds = a\n",
        "a": "exec = /test/probe gate:/gate/a ready:3 pause\nready = fd:3\n",
    }, start=False)
    m.gate("a")
    m.gate("b")
    m.start()
    with m.watch() as watch:
        m.until("a", "running")
        assert m.status("b")["state"] == "waiting"
        m.open_gate("a")
        assert states(watch, ("b", "running"))[-3:] == [("a", "ready"), ("b", "starting"), ("b", "running")]
        assert m.status("c")["blocked_by"] == "b"
        m.open_gate("b")
        assert states(watch, ("c", "ready"))[:2] == [("b", "ready"), ("c", "starting")]


def test_independent_services_start_at_once(machine):
    """None waits for another: all twenty stand at their gates together."""
    names = [f"s{i}" for i in range(20)]
    m = machine({name: f"exec = /test/probe gate:/gate/{name} ready:3 pause\nready = fd:3\n" for name in names},
                start=False)
    for name in names:
        m.gate(name)
    m.start()
    for name in names:
        m.until(name, "running")
    for name in reversed(names):
        m.open_gate(name)
    m.until_node("ready")


def test_a_task_that_is_needed_has_to_be_done(machine):
    m = machine({"setup": "exec = /test/probe gate:/gate/setup\ntype = task\n",
                 "job": JOB + "needs = setup\n"}, start=False)
    m.gate("setup")
    m.start()
    m.until("setup", "running")
    assert m.state("job") == "waiting"
    m.open_gate("setup")
    m.until("job", "ready")
    assert m.state("setup") == "done"


@pytest.mark.parametrize("first, state", [
    ("exec = /test/probe exit:1\ntype = task\n", "failed"),
    ("exec = /test/probe pause\nwhen = path:/no/such\n", "skipped"),
    ("exec = pause\n", "invalid"),
])
def test_who_needs_one_that_will_not_come_waits_and_says_why(machine, first, state):
    m = machine({"first": first, "second": JOB + "needs = first\n"})
    m.until("first", state)
    second = m.status("second")
    assert (second["state"], second["blocked_by"], second["blocked_state"]) == ("waiting", "first", state)


def test_who_comes_after_one_that_failed_starts_all_the_same(machine):
    m = machine({"first": "exec = /test/probe exit:1\nrestart = never\n", "second": JOB + "after = first\n"})
    m.until("second", "ready")
    m.until("first", "failed")


def test_after_starts_nothing_and_waits_for_nobody_who_does_not_run(machine):
    m = machine({"first": JOB + "when = path:/no/such\n", "second": JOB + "after = first\n"})
    m.until("second", "ready")
    assert m.state("first") == "skipped"


def test_a_circle_is_named_and_the_others_run(machine):
    m = machine({"a": JOB + "needs = b\n", "b": JOB + "needs = c\n", "c": JOB + "needs = a\n", "good": JOB})
    m.until("good", "ready")
    for name in "abc":
        service = m.status(name)
        assert service["state"] == "invalid"
        assert all(other in service["error"] for other in "abc")
    assert m.node()["state"] == "degraded"


def test_a_need_nobody_has_a_file_for_is_an_error_that_names_it(machine):
    m = machine({"job": JOB + "needs = nothere\n", "good": JOB})
    m.until("good", "ready")
    assert m.state("job") == "invalid"
    assert "nothere" in m.status("job")["error"]


def test_start_starts_what_it_needs(machine):
    m = machine({"a": JOB, "b": JOB + "needs = a\n", "c": JOB + "needs = b\n"})
    m.until("c", "ready")
    m.stop("a")
    m.stop("b")
    m.stop("c")
    m.change("start", "c", "ready")
    assert [m.state(name) for name in "abc"] == ["ready"] * 3


def test_stopping_takes_down_first_who_needs_it_and_that_one_waits(machine):
    m = machine({"a": JOB, "b": JOB + "needs = a\n", "c": JOB + "needs = b\n", "other": JOB})
    m.until("c", "ready")
    other = m.main("other")
    with m.watch() as watch:
        m.ask("status")
        with m.connect("stop a"):
            seen = states(watch, ("a", "stopped"))
    assert seen.index(("c", "stopping")) < seen.index(("b", "stopping")) < seen.index(("a", "stopping"))
    assert [m.state(name) for name in "abc"] == ["stopped", "waiting", "waiting"]
    assert m.main("other") == other


def test_who_was_taken_down_comes_back_with_its_need(machine):
    m = machine({"a": JOB, "b": JOB + "needs = a\n", "c": JOB + "needs = b\n"})
    m.until("c", "ready")
    m.stop("a")
    m.change("start", "a", "ready")
    m.until("c", "ready")


def test_the_death_of_a_need_leaves_who_needs_it_alone(machine):
    """It comes back by itself; a daemon is not restarted because another one died."""
    m = machine({"a": JOB + "backoff = 0\n", "b": JOB + "needs = a\n"})
    m.until("b", "ready")
    before = m.main("b")
    m.kill_main("a")
    m.until_service("a", lambda service: service["state"] == "ready" and service["restarts"] == "1")
    assert m.main("b") == before


def test_a_service_whose_path_is_not_there_is_skipped_and_started_when_asked_again(machine):
    m = machine({"job": JOB + "when = path:/out/flag\n"})
    service = m.until("job", "skipped")
    assert service["when"] == "path:/out/flag"
    assert m.node()["state"] == "ready"
    m.write("out/flag", "")
    m.change("start", "job", "ready")


def test_a_word_that_is_not_on_the_command_line_skips(machine):
    m = machine({"job": JOB + "when = cmdline:no.such.word\n"})
    assert m.until("job", "skipped")["when"] == "cmdline:no.such.word"


def test_a_stopped_service_stays_stopped(machine):
    m = machine({"job": JOB})
    m.until("job", "ready")
    m.stop("job")
    assert m.pids("job") == []
    assert m.node()["state"] == "ready"


def test_unknown_names_are_refused_and_nothing_is_done(machine):
    m = machine({"job": JOB})
    m.until("job", "ready")
    with pytest.raises(Refused) as refusal:
        m.ask("stop job nobody")
    assert (refusal.value.code, refusal.value.text) == (4, "nobody")
    assert m.state("job") == "ready"


def test_the_node_is_ready_once_and_says_so_once(machine):
    m = machine({"job": JOB, "task": "exec = /test/probe exit:0\ntype = task\n"})
    m.until_node("ready")
    m.restart("job")
    m.until_node("ready")
    [line] = m.kmsg.wait("ready in")
    assert line.startswith("init: ready in ") and " s after kernel start)" in line
    assert len(m.kmsg.find("ready in")) == 1


def test_an_essential_service_that_is_missing_degrades_the_node(machine):
    m = machine({"vital": JOB + "essential = yes\nbackoff = 1h 1h\n", "other": JOB})
    m.until_node("ready")
    m.kill_main("vital")
    m.until_node("degraded")
    m.change("start", "vital", "ready")
    m.until_node("ready")
