# SPDX-License-Identifier: MIT
"""Services that die: what becomes of them, and that every death is explained."""

import json

import pytest
from node import lines_with

# Each start leaves a line with the node's uptime in /run/NAME.
STARTS = "read -r up idle </proc/uptime; echo $up >>/run/{}"

FILES = {
    "etc/svc/crash": f"exec = /bin/sh -c '{STARTS.format('crash')}; exit 7'\n",
    "etc/svc/counted": f"exec = /bin/sh -c '{STARTS.format('counted')}; exit 7'\n",
    "etc/svc/by-hand": "exec = /bin/false\n",
    "etc/svc/fault": "exec = /bin/sh -c 'kill -SEGV $$'\nrestart = never\n",
    "etc/svc/vanish": "exec = /test/vanish\nbackoff = 30s 30s\n",
    "test/vanish": "#!/bin/sh\nexec sleep 100000\n",
    "etc/svc/ghost": "exec = /bin/touch /run/ghost-ran\nuser = ghost\nbackoff = 30s 30s\n",
    "etc/svc/lost": "exec = /bin/touch /run/lost-ran\ndirectory = /no/such/folder\nrestart = never\n",
    "etc/svc/greedy": """\
exec = /bin/dd if=/dev/zero of=/dev/null bs=64M count=1
memory-max = 8M
restart = never
""",
    "etc/svc/greedy-child": """\
exec = /bin/sh -c 'dd if=/dev/zero of=/dev/null bs=64M count=1; exit 5'
memory-max = 8M
restart = never
""",
    **{f"etc/svc/{name}": f"""\
exec = /bin/sh -c '{STARTS.format(name)}; exit 1'
backoff = 10ms 10ms
limit = 3/10m
""" for name in ("limited", "limited-too")},
    "etc/svc/clean-always": f"exec = /bin/sh -c '{STARTS.format('clean-always')}; exit 0'\nbackoff = 10ms 10m\n",
    "etc/svc/clean-on-failure": "exec = /bin/true\nrestart = on-failure\n",
    "etc/svc/clean-never": "exec = /bin/true\nrestart = never\n",
    "etc/svc/dirty-on-failure": "exec = /bin/false\nrestart = on-failure\nbackoff = 1h 1h\n",
    "etc/svc/dirty-never": "exec = /bin/false\nrestart = never\n",
    "etc/svc/task-done": "type = task\nexec = /bin/true\n",
    "etc/svc/task-failed": "type = task\nexec = /bin/sh -c 'exit 3'\n",
    "etc/svc/task-third-time": f"""\
type = task
exec = /bin/sh -c '{STARTS.format('third')}; [ "$(wc -l </run/third)" -ge 3 ]'
restart = on-failure
backoff = 10ms 10ms
""",
    "etc/svc/task-again": f"type = task\nexec = /bin/sh -c '{STARTS.format('again')}'\n",
    "etc/svc/good": "exec = /bin/sleep 100000\n",
    "etc/svc/killed": "exec = /bin/sleep 100000\n",
}


@pytest.fixture(scope="module")
def node(boot_shared):
    return boot_shared(FILES, "svc.skip=net,console")


@pytest.fixture
def vanish(node):
    """Its program is there and runs, whatever an earlier test did to it."""
    node.ok("printf '#!/bin/sh\\nexec sleep 100000\\n' >/test/vanish; chmod +x /test/vanish; svctl start vanish")


def starts(node, name):
    return [float(line) for line in node.ok(f"cat /run/{name}").split()]


# ---- Backing off ----


def test_a_crashing_service_is_started_again_ever_more_slowly(node):
    node.until_service("crash", lambda service: service["restarts"] >= 5)
    times = starts(node, "crash")
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    # 100 ms, then twice as much each time; jitter may shorten a delay, a slow machine makes it longer.
    for number, gap in enumerate(gaps[:5]):
        assert gap >= 0.1 * 2 ** number * 0.5, gaps


def test_restarts_are_counted(node):
    def look():
        """Both in a moment in which nothing happened to it."""
        text = node.run("svctl status counted --json; echo; wc -l </run/counted; svctl status counted --json").output
        before, rest = text.split("\n\n", 1)
        count, after = rest.split("\n", 1)
        first, second = (json.loads(part)["services"][0] for part in (before, after))
        keys = "state", "restarts"
        return first["state"] == "backoff" and all(first[key] == second[key] for key in keys) and \
            first["restarts"] >= 5 and (first["restarts"], int(count))

    restarts, count = node.until(look)
    assert count == restarts + 1


def test_a_service_that_waits_tells_when_it_starts_again(node):
    service = node.until_state("crash", "backoff")
    assert 0 <= service["next_start_seconds"] <= 30
    assert service["pid"] is None
    assert node.service("good")["next_start_seconds"] is None


def test_a_start_by_hand_counts_from_the_beginning(node):
    before = node.until_service("by-hand", lambda service: service["restarts"] >= 6)["restarts"]
    node.run("svctl start by-hand --no-wait")
    # They would only become more.
    node.until_service("by-hand", lambda service: service["state"] == "backoff" and service["restarts"] < before)


def test_the_kernel_log_tells_every_slow_death(node):
    assert lines_with(node.until("dmesg | grep 'init: crash'"), r"init: crash: .*\b7\b.*again in")


def test_a_crashing_service_leaves_the_others_alone(node):
    assert node.service("good")["restarts"] == 0
    assert node.state("good") == "ready"


# ---- Why ----


def test_why_tells_the_exit_code(node):
    node.until_service("crash", lambda service: service["exit"]["code"] == 7)
    assert "code 7" in node.why("crash")


def test_why_tells_the_signal(node):
    service = node.until_state("fault", "failed")
    assert service["exit"] == {"code": None, "signal": 11, "oom": False, "step": None, "errno": None}
    assert "SIGSEGV" in node.why("fault")
    assert lines_with(node.kernel_log(), "init: fault: .*SIGSEGV")


def test_why_shows_the_last_words(node, vanish):
    node.ok("svctl stop vanish; printf '#!/bin/sh\\necho my last words\\nexit 4\\n' >/test/vanish")
    node.run("svctl start vanish")
    node.until_state("vanish", "backoff")
    assert "my last words" in node.why("vanish")


def test_a_program_that_vanished_is_told_with_step_and_errno_and_runs_again(node, vanish):
    node.ok("mv /test/vanish /test/vanished")
    assert node.run("svctl restart vanish").status == 1
    service = node.until_state("vanish", "backoff")
    assert service["exit"] == {"code": None, "signal": None, "oom": False, "step": "exec", "errno": 2}
    story = node.why("vanish")
    assert "No such file or directory" in story and "/test/vanish" in story
    assert lines_with(node.kernel_log(), "init: vanish: .*No such file or directory")


    node.ok("mv /test/vanished /test/vanish; svctl start vanish")
    assert node.state("vanish") == "ready"


def test_a_program_that_may_not_be_executed_is_told(node, vanish):
    node.ok("chmod -x /test/vanish")
    assert node.run("svctl restart vanish").status == 1
    assert node.until_state("vanish", "backoff")["exit"]["errno"] == 13


# ---- Never with more rights than its file says ----


def test_a_user_that_does_not_exist_keeps_the_program_from_running(node):
    service = node.until_service("ghost", lambda service: service["exit"]["step"])
    assert service["exit"] == {"code": None, "signal": None, "oom": False, "step": "user", "errno": 2}
    assert "user" in node.why("ghost")
    assert node.run("test -e /run/ghost-ran").status == 1


def test_a_folder_that_does_not_exist_keeps_the_program_from_running(node):
    service = node.until_state("lost", "failed")
    assert (service["exit"]["step"], service["exit"]["errno"]) == ("directory", 2)
    assert node.run("test -e /run/lost-ran").status == 1


# ---- Out of memory ----


def test_an_out_of_memory_kill_is_named_as_one(node):
    service = node.until_state("greedy", "failed")
    assert service["exit"]["oom"] is True
    assert service["exit"]["signal"] == 9
    assert service["memory_peak_bytes"] <= 8 << 20
    story = node.why("greedy")
    assert "memory" in story and "memory-max" in story and "8" in story
    [line] = lines_with(node.run("svctl status greedy").output, "^greedy ")
    assert "memory" in line
    assert lines_with(node.kernel_log(), r"init: greedy: .*out of memory")


def test_so_is_one_of_a_child_whose_parent_lives_on(node):
    service = node.until_state("greedy-child", "failed")
    assert service["exit"]["oom"] is True
    assert service["exit"]["code"] == 5
    story = node.why("greedy-child")
    assert "code 5" in story and "memory" in story


def test_a_service_killed_by_hand_is_not_taken_for_out_of_memory(node):
    node.ok(f"kill -KILL {node.pid('killed')}")
    service = node.until_service("killed", lambda service: service["restarts"] >= 1)
    assert (service["exit"]["signal"], service["exit"]["oom"]) == (9, False)


# ---- Policies ----


def test_more_deaths_than_its_limit_is_failed(node):
    service = node.until_state("limited", "failed")
    assert len(starts(node, "limited")) == 4
    assert service["restarts"] == 3
    assert node.status()["node"]["state"] == "degraded"


def test_after_its_limit_it_can_be_started_by_hand(node):
    node.until_state("limited-too", "failed")
    before = len(starts(node, "limited-too"))
    node.run("svctl start limited-too --no-wait")
    node.until(lambda: len(starts(node, "limited-too")) == before + 4)
    node.until_state("limited-too", "failed")


def test_a_daemon_that_exits_well_is_started_again(node):
    node.until_service("clean-always", lambda service: service["restarts"] >= 3)


@pytest.mark.parametrize("name, state", [
    ("clean-on-failure", "done"), ("clean-never", "done"), ("dirty-on-failure", "backoff"),
    ("dirty-never", "failed"), ("task-done", "done"), ("task-failed", "failed")])
def test_restart_policy(node, name, state):
    service = node.until_state(name, state)
    assert service["restarts"] == 0
    assert service["pid"] is None


def test_a_task_may_be_tried_until_it_succeeds(node):
    service = node.until_state("task-third-time", "done")
    assert service["restarts"] == 2
    assert len(starts(node, "third")) == 3


def test_wait_tells_the_end_of_a_task(node):
    assert node.run("svctl wait task-done").status == 0
    output, status = node.run("svctl wait task-failed")
    assert status == 1
    assert "failed" in output


def test_a_done_task_can_be_run_again(node):
    node.until_state("task-again", "done")
    node.ok("svctl start task-again")
    assert node.state("task-again") == "done"
    assert len(starts(node, "again")) == 2
