# SPDX-License-Identifier: MIT
"""Services that run only for others: start = need, needed-by, and programs that a task brings."""

import pytest

pytestmark = pytest.mark.valgrind
JOB = "exec = /test/probe pause\n"
TASK = "exec = /test/probe exit:0\ntype = task\nstart = need\n"


def test_what_nobody_needs_does_not_start(machine):
    m = machine({"a": JOB, "image": TASK + "essential = yes\n"})
    m.until_node("ready")
    assert m.state("image") == "stopped" and m.status("image")["start"] == "need"
    m.change("start", "image", "done")


def test_what_a_service_needs_starts_with_it_at_any_depth(machine):
    m = machine({"a": JOB + "needs = b\n", "b": JOB + "start = need\nneeds = image\n", "image": TASK, "other": TASK})
    m.until_node("ready")
    assert [m.state(name) for name in ("a", "b", "image", "other")] == ["ready", "ready", "done", "stopped"]


def test_one_that_is_left_out_needs_nothing(machine):
    m = machine({"a": JOB + "needs = image\n", "b": JOB, "image": TASK},
                {"test/cmdline": "svc.skip=a\n"})
    m.until_node("ready")
    assert m.state("image") == "stopped"
    m.change("start", "a", "ready")
    assert m.state("image") == "done"


def test_needed_by_holds_the_other_back(machine):
    m = machine({"a": JOB, "image": "exec = /test/probe gate:/gate/go exit:0\ntype = task\nneeded-by = a nobody\n"},
                start=False)
    m.gate("go")
    m.start()
    m.until("image", "running")
    assert m.state("a") == "waiting" and m.status("a")["blocked_by"] == "image" and m.status("a")["needs"] == "image"
    m.open_gate("go")
    m.until_node("ready")
    assert m.state("a") == "ready"


def test_a_program_may_be_brought_by_a_task(machine):
    m = machine({"a": "exec = /out/program pause\nneeds = image\n", "b": "exec = /out/program pause\n",
                 "image": "exec = /bin/cp /test/probe /out/program\ntype = task\nstart = need\n"})
    m.until("a", "ready")
    assert m.state("b") == "invalid"


def test_a_program_that_does_not_come_is_told_at_the_start(machine):
    m = machine({"a": "exec = /out/program pause\nneeds = image\nrestart = never\n", "image": TASK})
    assert m.until("a", "failed")["step"] == "exec"
    assert m.kmsg.wait("a: cannot run /out/program: exec: No such file or directory")


def test_a_task_has_a_status_to_tell(machine):
    m = machine({"image": "exec = /test/probe notify:STATUS=half gate:/gate/go exit:0\ntype = task\n"}, start=False)
    m.gate("go")
    m.start()
    m.until("image", "running")
    m.poll(lambda: m.status("image").get("status") == "half", "its status")
    m.open_gate("go")
    m.until("image", "done")


def test_a_service_that_is_new_brings_what_it_needs(machine):
    m = machine({"a": JOB, "image": TASK, "kept": TASK})
    m.until_node("ready")
    m.change("start", "kept", "done")
    since = m.status("kept")["since_ms"]
    m.service("new", JOB + "needs = image kept\n")
    m.ask("rescan")
    m.until("new", "ready")
    assert m.state("image") == "done" and m.status("kept")["since_ms"] == since


def test_a_fresh_image_of_pid_1_starts_nothing_more(machine):
    m = machine({"a": JOB, "image": TASK})
    m.until_node("ready")
    m.ask("reexec")
    m.poll(lambda: m.node()["reexecs"] == "1", "the fresh image")
    assert m.state("image") == "stopped"
