# SPDX-License-Identifier: MIT
"""What starts when: needs, after, when, the ways to say ready, and giving up on those who do not."""

import pytest
from node import lines_with

ENOUGH = "exec sleep 100000"


def says(name, then=ENOUGH):
    """A program that leaves its name in /run/order when it starts."""
    return f"exec = /bin/sh -c 'echo {name} >>/run/order; {then}'\n"


def until_file(path):
    return f"until [ -e {path} ]; do sleep 0.05; done"


FILES = {
    # A chain behind a task that takes its time, and a daemon that says when it is ready.
    "etc/svc/prepare": "type = task\n" + says(
        "prepare", f"{until_file('/run/prepared')}; echo prepare-done >>/run/order"),
    "etc/svc/base": "needs = prepare\nready = fd:3\nstart-timeout = 0\n" + says(
        "base", f"{until_file('/run/based')}; echo base-ready >>/run/order; echo >&3; {ENOUGH}"),
    "etc/svc/top": "needs = base prepare\n" + says("top"),
    # Order only.
    "etc/svc/early": "type = task\n" + says(
        "early", f"{until_file('/run/earlied')}; echo early-done >>/run/order; exit 1"),
    "etc/svc/late": "after = early\n" + says("late"),
    "etc/svc/after-skipped": "after = absent-path\n" + says("after-skipped"),
    # Conditions.
    "etc/svc/absent-path": "when = path:/no/such/path\n" + says("absent-path"),
    "etc/svc/present-path": "when = path:/etc/hostname\n" + says("present-path"),
    "etc/svc/absent-word": "when = cmdline:test.absent\n" + says("absent-word"),
    "etc/svc/present-word": "when = cmdline:test.word\n" + says("present-word"),
    "etc/svc/other-value": "when = cmdline:test.key=blue\n" + says("other-value"),
    "etc/svc/this-value": "when = cmdline:test.key=green\n" + says("this-value"),
    "etc/svc/needs-skipped": "needs = absent-path\n" + says("needs-skipped"),
    # Ready, or not.
    "etc/svc/notifier": "ready = notify\nstart-timeout = 0\nexec = /bin/sh -c '/test/notify STATUS=reading; "
                        f"{until_file('/run/notified')}; /test/notify READY=1; {ENOUGH}'\n",
    "etc/svc/silent": f"ready = fd:3\nstart-timeout = 200ms\nrestart = never\nexec = /bin/sh -c '{ENOUGH}'\n",
    "etc/svc/hangs-up": f"ready = fd:9\nexec = /bin/sh -c 'exec 9>&-; {ENOUGH}'\nstart-timeout = 0\n",
    "etc/svc/chatters": f"ready = fd:5\nstart-timeout = 0\nexec = /bin/sh -c 'printf loading >&5; "
                        f"{until_file('/run/chattered')}; echo >&5; {ENOUGH}'\n",
}


@pytest.fixture(scope="module")
def node(boot_shared, helper):
    return boot_shared({**FILES, "test/notify": helper("notify")},
                       "svc.skip=net,console test.word test.key=green", settled=False)


def order(node):
    return node.ok("cat /run/order").split()


def test_nothing_starts_before_what_it_needs(node):
    """prepare runs until it is let go, base is not ready until it is let go."""
    node.until_state("prepare", "running")
    assert node.state("base") == node.state("top") == "waiting"
    story = node.why("top")
    assert "base" in story and "prepare" in story
    node.ok("touch /run/prepared")
    node.until_state("base", "running")
    assert node.state("prepare") == "done"
    assert node.state("top") == "waiting"
    assert "not" in node.why("base") and "ready" in node.why("base")
    node.ok("touch /run/based")
    node.until_state("top", "ready")
    node.until("grep -qx top /run/order")
    assert [name for name in order(node) if name.split("-")[0] in ("prepare", "base", "top")] == [
        "prepare", "prepare-done", "base", "base-ready", "top"]


def test_after_waits_for_the_other_to_have_had_its_try_even_if_it_fails(node):
    node.until_state("early", "running")
    assert node.state("late") == "waiting"
    assert "early" in node.why("late")
    node.ok("touch /run/earlied")
    node.until_state("late", "ready")
    assert node.state("early") == "failed"
    node.until("grep -qx late /run/order")
    names = order(node)
    assert names.index("early-done") < names.index("late")


def test_after_something_that_is_left_out_means_nothing(node):
    node.until_state("after-skipped", "ready")


@pytest.mark.parametrize("name, reason", [
    ("absent-path", "/no/such/path"), ("absent-word", "test.absent"), ("other-value", "test.key=blue")])
def test_a_condition_that_does_not_hold_skips_and_is_told(node, name, reason):
    node.until_state(name, "skipped")
    assert reason in node.why(name)
    [line] = lines_with(node.ok("svctl status"), f"^{name} ")
    assert reason in line
    assert name not in order(node)


@pytest.mark.parametrize("name", ["present-path", "present-word", "this-value"])
def test_a_condition_that_holds_lets_it_run(node, name):
    node.until_state(name, "ready")


def test_what_svc_skip_names_is_skipped_and_says_so(node):
    node.until_state("console", "skipped")
    assert "svc.skip" in node.why("console")


def test_who_needs_a_skipped_one_waits_and_tells_why(node):
    node.until_state("absent-path", "skipped")
    assert node.state("needs-skipped") == "waiting"
    story = node.why("needs-skipped")
    assert "absent-path" in story and "/no/such/path" in story
    assert "needs-skipped" not in order(node)


# ---- Ready ----


def test_notify_makes_ready_and_shows_its_status(node):
    node.until(lambda: "reading" in node.why("notifier"))
    assert node.state("notifier") == "running"
    assert "reading" in node.run("svctl status notifier").output
    node.ok("touch /run/notified")
    node.until_state("notifier", "ready")


def test_nobody_else_can_say_ready_for_a_service(node):
    """Whoever they are and whatever they send; what they pass along is not kept either."""
    def open_files():
        return set(node.ok("ls /proc/1/fd").split())

    node.ok("rm -f /run/notified; svctl restart notifier --no-wait")
    node.until_state("notifier", "running")
    files = open_files()
    for message in ("READY=1", "READY=1\nMAINPID=1", "x" * 3000, "", "\n\n="):
        for user in ("", "setuidgid nobody "):
            node.ok(f"{user}env NOTIFY_SOCKET=/run/notify /test/notify '{message}'")
    assert node.state("notifier") == "running"
    node.until(lambda: open_files() <= files, f"no more than {files}")
    node.ok("touch /run/notified; svctl wait notifier")


def test_only_a_newline_is_ready(node):
    """And not the words before it."""
    node.until_state("chatters", "running")
    node.ok("touch /run/chattered")
    node.until_state("chatters", "ready")


def test_closing_the_descriptor_is_not_ready(node):
    node.until_state("hangs-up", "running")
    assert node.run("svctl wait hangs-up --timeout 300ms").status == 1


def test_who_is_not_ready_in_time_is_stopped_and_why_says_so(node):
    service = node.until_state("silent", "failed")
    assert service["pid"] is None
    assert "start-timeout" in node.why("silent")
    assert lines_with(node.kernel_log(), "init: silent: not ready after 200ms")


def test_start_waits_until_it_is_ready(node):
    """svctl start of a daemon that says when: the shell goes on when it can be used."""
    node.ok("svctl stop chatters; rm -f /run/chattered")
    node.ok("(until svctl status chatters | grep -q running; do :; done; touch /run/chattered) >/dev/null 2>&1 &")
    node.ok("svctl start chatters && [ -e /run/chattered ]")
    assert node.state("chatters") == "ready"


def test_starting_one_starts_what_it_needs(node):
    node.ok("touch /run/prepared /run/based; svctl wait top")
    node.ok("svctl stop base")
    assert node.state("base") == "stopped"
    node.ok("svctl start top")
    assert node.state("base") == "ready"
    assert node.state("top") == "ready"


# ---- The node ----


def test_only_runs_what_is_named_and_what_it_needs(boot):
    node = boot({
        "etc/svc/wanted": "needs = needed\nexec = /bin/sleep 100000\n",
        "etc/svc/needed": "needs = deep\nexec = /bin/sleep 100000\n",
        "etc/svc/deep": "type = task\nexec = /bin/true\n",
        "etc/svc/unwanted": "exec = /bin/sleep 100000\n",
    }, "svc.only=wanted,agent")
    node.ok("svctl wait ready")
    states = {service["name"]: service["state"] for service in node.status()["services"]}
    run = {"wanted": "ready", "needed": "ready", "deep": "done", "agent": "ready"}
    assert states == {name: run.get(name, "skipped") for name in node.ok("ls /etc/svc").split()}
    assert states["unwanted"] == "skipped"
    assert "svc.only" in node.why("unwanted")
    node.ok("svctl start unwanted")
    assert node.state("unwanted") == "ready"


def test_the_node_is_ready_when_all_have_arrived_and_not_before(boot):
    node = boot({"etc/svc/slow": f"type = task\nexec = /bin/sh -c '{until_file('/run/go')}'\n"},
                "svc.only=slow,agent", settled=False)
    node.until_state("slow", "running")
    assert node.status()["node"]["state"] == "booting"
    assert node.status()["node"]["ready_seconds"] is None
    assert "ready in" not in node.kernel_log()
    node.ok("touch /run/go; svctl wait ready")
    assert node.status()["node"]["state"] == "ready"
    assert node.status()["node"]["ready_seconds"] > 0
    assert len(lines_with(node.kernel_log(), "init: ready in")) == 1
    node.ok("svctl restart slow; svctl wait ready")
    assert len(lines_with(node.kernel_log(), "init: ready in")) == 1
