# SPDX-License-Identifier: MIT
"""The real svctl and the real PID 1: what people read and scripts rely on. How svctl bears a PID 1 that
misbehaves is in test/system/test_svctl_without_pid_1.py."""

import json
import os
import re
import select
import signal
import time
import xml.etree.ElementTree
from contextlib import contextmanager

import pytest
from client import DEADLINE, Late

JOB = "exec = /test/probe pause\n"
FAILS = "restart = never\n"


@pytest.fixture
def m(machine):
    made = machine({"a": JOB + "description = the first\n", "b": JOB + "needs = a\n",
                    "task": "exec = /test/probe exit:0\ntype = task\n"})
    made.until_node("ready")
    return made


# ---- Why ----

# It names the step before exec that failed, and what the system said of it.
STEPS = {
    "user = ghost": "there is no user 'ghost'",
    "group = ghosts": "there is no group 'ghosts'",
    "user = alice\ngroup = 4000000": "group: Invalid argument",
    "user = root\ncapabilities = sys_module": "capabilities: Operation not permitted",
    "nofile = 1000000": "nofile: Operation not permitted",
    "nice = -10": "nice: Permission denied",
    "oom-score-adj = -500": "oom-score-adj: Permission denied",
    "memory-max = 64M": "cgroup: No such file or directory",
    "directory = /no/such": "directory: No such file or directory",
    "console = /dev/tty77": "console: No such file or directory",
}


@pytest.mark.parametrize("keys, words", STEPS.items(), ids=STEPS)
def test_why_names_the_step_that_failed_and_the_error(machine, keys, words):
    m = machine({"job": "exec = /bin/touch /out/ran\n" + FAILS + keys + "\n"})
    m.until("job", "failed")
    code, out, err = m.svctl("why", "job")
    assert (code, err) == (0, "") and f"could not be started: {words}" in out, out
    assert not (m.root / "out/ran").exists()


def test_why_shows_the_last_words_before_a_death(machine):
    """dinit#315: 'I want to see the messages just before the crash'."""
    m = machine({"job": "exec = /bin/sh -c 'i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; "
                 "echo cannot open the door; kill -SEGV $$'\nlog-size = 4K\n" + FAILS})
    m.until("job", "failed")
    code, out, _ = m.svctl("why", "job")
    assert code == 0 and "SIGSEGV" in out and "cannot open the door" in out and "line 4999" in out
    assert "line 4990" not in out  # the last five


def test_why_tells_which_timeout_it_was(machine):
    """s6-overlay#467: an opaque 'timed out'."""
    m = machine({"start": "exec = /test/probe pause\nready = fd:3\nstart-timeout = 50ms\n" + FAILS,
                 "silent": "exec = /test/probe notify:READY=1 pause\nready = notify\nwatchdog = 50ms\n" + FAILS})
    for name, words in (("start", "was not ready within its start-timeout of 50ms"),
                        ("silent", "did not send WATCHDOG=1 in time")):
        m.until(name, "failed")
        assert words in m.svctl("why", name)[1]


def test_why_follows_needs_to_the_cause(machine):
    m = machine({"a": "exec = /test/probe 'say:out of coffee' exit:3\ntype = task\n", "b": JOB + "needs = a\n",
                 "c": JOB + "needs = b\n"})
    m.until("a", "failed")
    code, out, _ = m.svctl("why", "c")
    assert code == 0
    for words in ("waiting", "b", "a", "code 3", "out of coffee"):
        assert words in out, out


def test_why_names_a_circle(machine):
    m = machine({"a": JOB + "needs = b\n", "b": JOB + "needs = a\n", "c": JOB})
    m.until("c", "ready")
    for name in "ab":
        assert re.search("a.*b.*a|b.*a.*b", m.svctl("why", name)[1])


def test_why_of_one_that_flaps_says_how_often_and_when_next(machine):
    m = machine({"job": "exec = /test/probe exit:7\nbackoff = 1h 1h\n"})
    m.until("job", "backoff")
    out = m.svctl("why", "job")[1]
    assert "code 7" in out and re.search(r"again in \d+m", out), out


# ---- Looking ----


@pytest.mark.parametrize("words", [["status"], ["status", "a"], ["status", "--json"], ["why", "a"], ["logs"],
                                   ["logs", "-n", "5", "a"], ["boot"], ["boot", "--json"], ["boot", "--svg"],
                                   ["graph"], ["wait", "ready"], ["wait", "a"]])
def test_anybody_may_look(m, words):
    code, out, err = m.svctl(*words, uid=1000)
    assert (code, err) == (0, ""), (out, err)


@pytest.mark.parametrize("words", [["start", "a"], ["stop", "a"], ["restart", "a"], ["reload", "a"],
                                   ["signal", "TERM", "a"], ["rescan"], ["reexec"], ["poweroff"],
                                   ["reboot", "--now"], ["halt", "--now"]])
def test_only_root_may_change(m, words):
    before = m.main("a")
    code, _, err = m.svctl(*words, uid=1000)
    assert code == 1 and "only root may change the node" in err
    assert m.main("a") == before and m.node()["state"] == "ready"


def test_status_as_table_and_json_agree(m):
    table = m.svctl("status")[1]
    whole = json.loads(m.svctl("status", "--json")[1])
    assert whole["version"] == 1 and whole["node"]["state"] == "ready"
    assert [(service["name"], service["state"]) for service in whole["services"]] == [
        ("a", "ready"), ("b", "ready"), ("task", "done")]
    for service in whole["services"]:
        assert re.search(rf"^{service['name']} +{service['state']} ", table, re.MULTILINE), table
    assert whole["services"][0]["pid"] == m.main("a")


def test_a_status_that_was_sent_is_shown(machine):
    m = machine({"job": "exec = /test/probe 'notify:STATUS=serving 3 users\\nREADY=1' pause\nready = notify\n"})
    m.until("job", "ready")
    assert "serving 3 users" in m.svctl("status")[1]


def test_a_reload_that_goes_on_is_shown(machine):
    m = machine({"job": "exec = /test/probe notify:READY=1 notify:RELOADING=1 barrier say:up pause\nready = notify\n"})
    m.until_log("job", "up")
    assert "reloading" in m.svctl("status")[1]


def test_boot_tells_the_chain_that_decided(m):
    text = m.svctl("boot")[1]
    assert re.search(r"^\* critical path: kernel .* > (b|task) .* > node ready", text, re.MULTILINE), text
    data = json.loads(m.svctl("boot", "--json")[1])
    assert data["version"] == 1
    picture = xml.etree.ElementTree.fromstring(m.svctl("boot", "--svg")[1])
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [node for node in picture.iter() if "href" in node.attrib]  # self-contained


def test_graph_has_an_edge_for_each_need(m):
    graph = m.svctl("graph")[1]
    assert "\ndigraph services {\n" in graph and re.search(r'"b" -> "a"|"a" -> "b"', graph)


# ---- Changing ----


def test_stop_start_restart_wait_until_it_is_so(m):
    assert m.svctl("stop", "a")[0] == 0
    assert (m.state("a"), m.state("b")) == ("stopped", "waiting")
    assert m.svctl("status", "a")[0] == 3
    assert m.svctl("start", "b")[0] == 0  # and what it needs
    assert (m.state("a"), m.state("b")) == ("ready", "ready")
    before = m.main("a")
    assert m.svctl("restart", "a")[0] == 0
    assert m.main("a") != before


def test_a_start_that_fails_says_why_at_once(machine):
    m = machine({"job": "exec = /test/probe exit:9\ntype = task\n"})
    m.until("job", "failed")
    code, _, err = m.svctl("start", "job")
    assert code == 1 and "code 9" in err, err


def test_rescan_says_what_changed(m):
    m.service("new", JOB)
    m.service("b", JOB)
    m.remove("task")
    code, out, err = m.svctl("rescan")
    assert (code, err) == (0, "")
    assert all(name in out for name in ("new", "b", "task")), out
    m.service("bad", "nonsense\n")
    code, out, err = m.svctl("rescan")
    assert code == 1 and "bad" in out + err


def test_reexec_waits_for_the_fresh_image(m):
    before = m.main("a")
    assert m.svctl("reexec")[0] == 0
    assert m.node()["reexecs"] == "1" and m.main("a") == before


def test_signal_and_reload(m):
    assert m.svctl("reload", "a")[0] == 0
    assert m.svctl("signal", "KILL", "b")[0] == 0
    assert m.svctl("signal", "TERM", "task")[0] == 3
    assert m.svctl("signal", "TERM", "nobody")[0] == 4


@pytest.mark.parametrize("words, number", [(["reboot"], signal.SIGHUP), (["reboot", "--now"], signal.SIGHUP),
                                           (["poweroff"], signal.SIGINT), (["poweroff", "--now"], signal.SIGINT),
                                           (["halt"], signal.SIGINT), (["halt", "--now"], signal.SIGINT)])
def test_the_ways_down(m, words, number):
    process = m.start_svctl(*words)
    assert m.ending() == ("signal", number)
    process.communicate()


def test_now_waits_for_nothing(machine):
    """talos#11782: a reboot that waits for what will never end."""
    m = machine({"job": "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n"})
    m.until_log("job", "up")
    m.start_svctl("reboot", "--now").communicate()
    assert m.ending() == ("signal", signal.SIGHUP)


# ---- Following ----


@contextmanager
def running(m, *words):
    """svctl, and a function that gives what it has printed once a pattern is found in that."""
    process, text = m.start_svctl(*words), ""

    def until(pattern, deadline=DEADLINE):
        nonlocal text
        end = time.monotonic() + deadline
        while not re.search(pattern, text, re.MULTILINE):
            left = end - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise Late(f"svctl never printed {pattern}, but {text}")
            data = os.read(process.stdout.fileno(), 65536)
            assert data, f"svctl ended: {text}"
            text += data.decode(errors="replace")
        return text

    try:
        yield until
    finally:
        m.end_svctl(process)


def test_watch_is_a_line_a_change(m):
    with running(m, "watch") as until:
        for _ in range(1000):  # from when on it watches, nothing tells
            m.restart("b")
            try:
                until(r"\bb\b.*\bready\b", 0.05)
                break
            except Late:
                pass
        m.stop("b")
        until(r"\bb\b.*\bstopped\b")


def test_logs_are_followed_over_a_restart(machine):
    m = machine({"job": "exec = /test/probe say:up pause\n"})
    m.until_log("job", "up")
    with running(m, "logs", "-f", "job") as until:
        until("^up\n")
        m.restart("job")
        until("^up\nup\n")


def test_what_a_ring_lost_is_told(machine):
    m = machine({"job": "exec = /bin/sh -c 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo end; "
                 "exec /test/probe pause'\nlog-size = 4K\n"})
    m.until_log("job", "^end$")
    code, out, err = m.svctl("logs", "job")
    dropped = int(m.status("job")["log_dropped"])
    assert code == 0 and out.endswith("line 2999\nend\n")
    assert str(dropped) in err.replace(",", "") or "lost" in err or "dropped" in err
