# SPDX-License-Identifier: MIT
"""Stopping, starting and restarting by hand."""

import pytest
from node import lines_with

SLEEP = "exec = /bin/sleep 100000\n"



# A shell that sleeps like this sees a signal soon; ready = fd:3 tells that it is prepared for it.
SLEEPS = "while :; do sleep 0.05; done"


def tells_its_end(name):
    """Its name is in /run/ends when it has been told to stop."""
    return f"ready = fd:3\nexec = /bin/sh -c 'trap \"echo {name} >>/run/ends; exit\" TERM; echo >&3; {SLEEPS}'\n"


FILES = {
    "etc/svc/plain": SLEEP,
    "etc/svc/again": "exec = /bin/sh -c 'exit 1'\nbackoff = 1h 1h\n",
    # Writes down which signal it got.
    "etc/svc/polite": f"""\
exec = /bin/sh -c 'trap "echo HUP >>/run/polite; exit" HUP; trap "echo TERM >>/run/polite" TERM; echo >&3; {SLEEPS}'
ready = fd:3
stop-signal = HUP
stop-timeout = 1h
""",
    "etc/svc/stubborn": f"""\
exec = /bin/sh -c 'trap "echo TERM >>/run/stubborn" TERM; echo >&3; {SLEEPS}'
ready = fd:3
stop-timeout = 2s
""",
    "etc/svc/stopped-itself": SLEEP,
    # What the main process leaves behind: a grandchild in a session of its own that ignores signals.
    "etc/svc/leaves": "exec = /test/leaves\nready = fd:3\nstop-timeout = 1h\n",
    "test/leaves": """\
#!/bin/sh
rm -f /run/grandchild
(setsid sh -c 'trap "" TERM HUP INT; echo $$ >/run/grandchild; while :; do sleep 0.1; done' &)
until [ -s /run/grandchild ]; do sleep 0.05; done
echo >&3
exec sleep 100000
""",
    # top needs middle needs bottom; aside only comes after bottom.
    "etc/svc/bottom": tells_its_end("bottom"),
    "etc/svc/middle": "needs = bottom\n" + tells_its_end("middle"),
    "etc/svc/top": "needs = middle\n" + tells_its_end("top"),
    "etc/svc/aside": "after = bottom\n" + tells_its_end("aside"),
}


@pytest.fixture(scope="module")
def node(boot_shared):
    node = boot_shared(FILES, "svc.skip=net,console", settled=False)
    for name in ("plain", "polite", "stubborn", "leaves", "top", "aside", "stopped-itself"):
        node.ok(f"svctl wait {name}")
    return node


def lives(node, pid):
    return node.run(f"kill -0 {pid}").status == 0


def test_stop_ends_it_and_it_stays_down(node):
    node.ok("svctl start plain")
    pid = node.pid("plain")
    node.ok("svctl stop plain")
    service = node.service("plain")
    assert (service["state"], service["pid"]) == ("stopped", None)
    assert not lives(node, pid)
    assert "somebody asked" in node.why("plain")


def test_stopping_what_is_stopped_is_no_error(node):
    node.ok("svctl stop plain; svctl stop plain")
    assert node.state("plain") == "stopped"


def test_start_brings_it_back(node):
    node.ok("svctl stop plain; svctl start plain")
    service = node.service("plain")
    assert service["state"] == "ready"
    assert lives(node, service["pid"])


def test_starting_what_runs_leaves_it_alone(node):
    node.ok("svctl start plain")
    pid = node.pid("plain")
    node.ok("svctl start plain")
    assert node.pid("plain") == pid


def test_restart_gives_a_new_process(node):
    node.ok("svctl start plain")
    pid = node.pid("plain")
    node.ok("svctl restart plain")
    assert node.state("plain") == "ready"
    assert node.pid("plain") != pid
    assert not lives(node, pid)


def test_restart_starts_what_was_stopped(node):
    node.ok("svctl stop plain; svctl restart plain")
    assert node.state("plain") == "ready"


def test_several_at_once(node):
    node.ok("svctl stop plain aside")
    assert node.state("plain") == node.state("aside") == "stopped"
    node.ok("svctl start plain aside")
    assert node.state("plain") == node.state("aside") == "ready"


def test_a_death_that_was_asked_for_is_none_to_complain_of(node):
    node.ok("svctl restart plain; svctl stop plain; svctl start plain")
    assert lines_with(node.kernel_log(), "init: plain: ") == []
    assert node.service("plain")["restarts"] == 0


def test_stopping_what_waits_to_start_again_keeps_it_down(node):
    node.until_state("again", "backoff")
    node.ok("svctl stop again")
    service = node.service("again")
    assert (service["state"], service["next_start_seconds"]) == ("stopped", None)


def test_stop_sends_the_signal_the_file_names_once(node):
    node.ok("rm -f /run/polite; svctl restart polite; svctl stop polite")
    assert node.ok("cat /run/polite").split() == ["HUP", "HUP"]  # of the restart, and of the stop
    node.ok("svctl start polite")


def test_who_ignores_the_signal_is_killed_after_its_time(node):
    node.ok("rm -f /run/stubborn")
    pid = node.pid("stubborn")
    node.ok("svctl stop stubborn")
    assert node.ok("cat /run/stubborn").split() == ["TERM"]
    assert not lives(node, pid)
    assert node.service("stubborn")["exit"]["signal"] == 9
    assert lines_with(node.kernel_log(), r"init: stubborn: not stopped after 2(\.0)?s; killing it")
    node.ok("svctl start stubborn")


def test_a_process_that_was_halted_by_a_signal_can_be_stopped(node):
    pid = node.pid("stopped-itself")
    node.ok(f"kill -STOP {pid}")
    node.ok("svctl stop stopped-itself")
    assert not lives(node, pid)
    assert node.service("stopped-itself")["exit"]["signal"] == 15
    node.ok("svctl start stopped-itself")


def test_stop_leaves_nothing_of_the_service_behind(node):
    grandchild = node.ok("cat /run/grandchild").strip()
    assert lives(node, grandchild)
    node.ok("svctl stop leaves")
    assert not lives(node, grandchild)
    assert node.ok("cat /sys/fs/cgroup/svc/leaves/cgroup.procs") == ""
    node.ok("svctl start leaves")


def test_neither_does_a_death(node):
    grandchild = node.ok("svctl wait leaves; cat /run/grandchild").split()[-1]
    node.ok(f"kill -KILL {node.pid('leaves')}")
    node.until_service("leaves", lambda service: service["restarts"] >= 1 and service["state"] == "ready")
    assert not lives(node, grandchild)
    assert len(node.ok("cat /sys/fs/cgroup/svc/leaves/cgroup.procs").split()) >= 2


def test_who_needs_it_goes_down_with_it_first_and_comes_back(node):
    node.ok("svctl start bottom; svctl wait top; rm -f /run/ends")
    before = {name: node.pid(name) for name in ("bottom", "middle", "top", "aside")}
    node.ok("svctl stop bottom")
    states = {name: node.state(name) for name in before}
    assert states == {"bottom": "stopped", "middle": "waiting", "top": "waiting", "aside": "ready"}
    for name in ("bottom", "middle", "top"):
        assert not lives(node, before[name]), name
    assert node.pid("aside") == before["aside"]
    assert "bottom" in node.why("top")

    node.ok("svctl start bottom; svctl wait top")
    for name in ("bottom", "middle", "top"):
        assert node.state(name) == "ready"
        assert node.pid(name) != before[name], name
    assert node.ok("cat /run/ends").split() == ["top", "middle", "bottom"]


def test_stopping_who_needs_does_not_stop_what_is_needed(node):
    node.ok("svctl start bottom; svctl wait top")
    before = node.pid("bottom")
    node.ok("svctl stop top")
    assert node.pid("bottom") == before
    node.ok("svctl start top")


def test_what_dies_takes_nobody_down_with_it(node):
    """needs is about starting and about being stopped; a death is mended by a restart."""
    node.ok("svctl start bottom; svctl wait top")
    top = node.pid("top")
    node.ok(f"kill -KILL {node.pid('bottom')}")
    node.until_service("bottom", lambda service: service["restarts"] >= 1 and service["state"] == "ready")
    assert node.pid("top") == top


def test_watch_tells_every_change(node):
    node.ok("svctl watch plain >/run/changes 2>&1 & echo $! >/run/watcher")
    node.until("svctl restart plain; grep -q 'plain .*ready' /run/changes")
    node.ok("svctl stop plain")
    node.until("grep -q 'plain .*stopped' /run/changes")
    changes = node.ok("kill $(cat /run/watcher); cat /run/changes")
    assert lines_with(changes, r"^ *[0-9]+\.[0-9]+ +plain .*stopping")
    assert not lines_with(changes, "bottom|aside")
    node.ok("svctl start plain")
