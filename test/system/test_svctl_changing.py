# SPDX-License-Identifier: MIT
"""svctl changes something, and waits until it is so. PID 1 is played (played_init.py): neither a node nor
root is needed. The real one is in test/pid1/test_svctl.py."""

import json
import subprocess
import time

import pytest
from played_init import ANSWER_SECONDS, NODE, SVCTL, service, state, stream, text


# ---- start, stop, restart, wait, watch ----


def test_start_waits_until_all_are_ready_or_done(init, svctl):
    init.answers["start"] = stream(
        state("web", "starting"), state("job", "running"),
        changes=[state("web", "ready"), state("job", "done")])
    result = svctl("start", "web", "job")
    assert result.returncode == 0
    assert text(result) == ("web: ready\njob: done\n", "")
    assert init.requests == ["1 start web job"]


def test_start_of_what_runs_already_is_done(init, svctl):
    init.answers["start"] = stream(state("web", "ready", at_ms=5))
    assert svctl("start", "web").returncode == 0


def test_a_start_that_fails_says_why(init, svctl):
    init.answers["start"] = stream(state("web", "starting"), changes=[state("web", "backoff")])
    init.status(service("web", "backoff", step="exec", errno=2, next_start_ms=100098))
    result = svctl("start", "web")
    assert result.returncode == 1
    assert text(result)[1] == ("svctl: start web: backoff: could not be started: exec: "
                               "No such file or directory, starts again in 98ms\n")


def test_a_start_that_can_never_come_names_the_cause(init, svctl):
    init.answers["start"] = stream(state("web", "waiting", blocked_by="db"))
    init.status(service("db", "waiting", blocked_by="net"), service("net", "failed", exit_code=7),
                service("web", "waiting", blocked_by="db"))
    result = svctl("start", "web")
    assert result.returncode == 1
    assert text(result)[1] == ("svctl: start web: waiting: needs db (waiting); "
                               "net is failed: exited with code 7\n")


def test_a_start_that_only_waits_goes_on_waiting(init, svctl):
    init.answers["start"] = stream(state("web", "waiting", blocked_by="net"))
    init.status(service("net", "running"), service("web", "waiting", blocked_by="net"))
    began = time.monotonic()
    result = svctl("start", "web", "--timeout", "800ms")
    assert time.monotonic() - began > 0.7
    assert result.returncode == 1
    assert "not ready within 800ms; it is waiting: needs net (running)" in text(result)[1]


def test_no_wait_only_asks(init, svctl):
    init.answers["start"] = stream(state("web", "starting"))
    assert svctl("start", "--no-wait", "web").returncode == 0


def test_stop_waits_until_it_is_down(init, svctl):
    init.answers["stop"] = stream(state("web", "ready", at_ms=5), changes=[
        state("web", "stopping"), state("web", "stopped")])
    result = svctl("stop", "web")
    assert (result.returncode, result.stdout) == (0, b"web: stopped\n")


def test_a_stop_that_takes_too_long_fails(init, svctl):
    init.answers["stop"] = stream(state("web", "stopping"))
    init.status(service("web", "stopping"))
    result = svctl("stop", "web", "--timeout=900ms")
    assert result.returncode == 1
    assert "not stopped within 900ms; it is stopping" in text(result)[1]


def test_restart_is_not_done_while_the_old_one_is_still_ready(init, svctl):
    """What needs it stops first; until then it is ready since before it was asked."""
    init.answers["restart"] = stream(state("web", "ready", at_ms=99999), changes=[
        state("web", "stopping"), state("web", "waiting"), state("web", "starting"),
        state("web", "ready", at_ms=100500)])
    result = svctl("restart", "web")
    assert (result.returncode, result.stdout) == (0, b"web: ready\n")
    init.answers["restart"] = stream(state("web", "ready", at_ms=99999))
    init.status(service("web", "ready"))
    assert svctl("restart", "web", "--timeout=900ms").returncode == 1


def test_who_may_not_is_told_so(init, svctl):
    init.answers["stop"] = "error code=1 text=only%20root%20may%20stop%20services\n"
    result = svctl("stop", "web")
    assert (result.returncode, result.stderr) == (1, b"svctl: only root may stop services\n")


def test_an_unknown_name_has_its_own_status(init, svctl):
    for verb in ("start", "stop", "restart", "status", "watch", "logs"):
        init.answers[verb] = "error code=4 text=x\n"
    for command in ("start", "stop", "restart", "status", "watch", "wait", "logs"):
        result = svctl(command, "x")
        assert (command, result.returncode) == (command, 4)
        assert result.stderr == b"svctl: there is no service 'x'; 'svctl status' lists them\n"


def test_follows_on_over_a_new_connection_and_never_asks_twice(init, svctl):
    def closed(connection, words):
        connection.sendall(f"{NODE}\n{state('web', 'starting')}\nlive\n".encode())

    init.answers["start"] = closed
    init.answers["watch"] = stream(state("web", "ready"))
    result = svctl("start", "web")
    assert result.returncode == 0
    assert init.requests == ["1 start web", "1 watch web"]


def test_wait_for_a_service(init, svctl):
    init.answers["watch"] = stream(state("web", "backoff"), changes=[state("web", "starting"), state("web", "ready")])
    result = svctl("wait", "web")
    assert (result.returncode, result.stdout) == (0, b"")
    for end in ("failed", "invalid", "skipped", "stopped"):
        init.answers["watch"] = stream(state("web", end))
        init.status(service("web", end))
        result = svctl("wait", "web")
        assert result.returncode == 1
        assert f"svctl: wait web: {end}" in text(result)[1]


def test_wait_for_the_node(init, svctl):
    init.answers["watch"] = lambda connection, words: (
        connection.sendall(b"node state=booting now_ms=1\nlive\nnode state=degraded\nnode state=ready\n"),
        connection.recv(1))
    assert svctl("wait", "ready").returncode == 0
    init.answers["watch"] = lambda connection, words: (
        connection.sendall(b"node state=booting now_ms=1\nlive\n"), connection.recv(1))
    result = svctl("wait", "ready", "--timeout", "900ms")
    assert result.returncode == 1
    assert "the node is not ready in time; it is booting" in text(result)[1]


def test_watch_prints_a_line_a_change(init, environment):
    init.answers["watch"] = stream(state("web", "ready", at_ms=500), changes=[
        state("web", "ready", at_ms=500), "lost count=3", state("web", "backoff", at_ms=12345),
        state("web", "starting", at_ms=12445, pid=9), "node state=degraded now_ms=12500"])
    with subprocess.Popen([SVCTL, "watch"], env=environment, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline().split(None, 2) for _ in range(4)]
        process.terminate()
    assert lines[0][2].startswith("3 changes were passed over")
    assert lines[1] == ["12.345", "web", "backoff\n"]
    assert lines[2] == ["12.445", "web", "starting  process 9\n"]
    assert lines[3] == ["12.500", "(node)", "degraded\n"]


# ---- reload, signal ----


def test_reload_and_signal_ask_once(init, svctl):
    init.answers["reload"] = init.answers["signal"] = "ok\n"
    assert svctl("reload", "web", "db").returncode == 0
    for name in ("USR1", "SIGUSR1", "10"):
        assert svctl("signal", name, "web", "db").returncode == 0
    assert init.requests == ["1 reload web db"] + ["1 signal 10 web db"] * 3


@pytest.mark.parametrize("arguments", [["signal", "web"], ["signal", "web", "TERM"], ["signal", "0", "web"],
                                       ["signal", "TERM"], ["reload"]])
def test_a_signal_comes_first(init, svctl, arguments):
    result = svctl(*arguments)
    assert result.returncode == 2 and init.requests == []


def test_a_service_that_does_not_run_gets_no_signal(init, svctl):
    init.answers["signal"] = init.answers["reload"] = "error code=3 text=web\n"
    for arguments in (["signal", "HUP", "web"], ["reload", "web"]):
        result = svctl(*arguments)
        assert (result.returncode, result.stderr) == (3, b"svctl: web is not running\n")


# ---- rescan ----


def statuses(init, before, after):
    """PID 1's answers to `status`: before the rescan, and from then on."""
    def answer(connection, words):
        services = after if "1 rescan" in init.requests else before
        connection.sendall("\n".join([NODE, *services, "ok", ""]).encode())

    init.answers["status"] = answer


def test_rescan_says_what_changed(init, svctl):
    init.answers["rescan"] = "ok\n"
    statuses(init, [service("a", "ready", digest="1"), service("b", "ready", digest="2"), service("c", "ready")],
             [service("a", "starting", digest="9", since_ms=100001), service("b", "ready", digest="2"),
              service("d", "ready", digest="4")])
    result = svctl("rescan")
    assert (result.returncode, text(result)) == (0, (
        "changed  a: starting\nnew      d: ready\nremoved  c\n", ""))
    assert init.requests == ["1 status", "1 rescan", "1 status"]


def test_rescan_shows_errors_of_new_files_and_fails(init, svctl):
    init.answers["rescan"] = "ok\n"
    statuses(init, [], [service("a", "invalid", error="line 3: unknown key 'exce'")])
    result = svctl("rescan")
    assert result.returncode == 1
    assert text(result) == ("new      a: invalid: line 3: unknown key 'exce'\n",
                            "svctl: rescan: 1 invalid; all errors: svctl check /etc/svc\n")


def test_rescan_without_a_change(init, svctl):
    init.answers["rescan"] = "ok\n"
    init.status(service("a", "ready"))
    result = svctl("rescan")
    assert (result.returncode, result.stdout) == (0, b"nothing changed\n")


def test_a_refused_rescan_is_told(init, svctl):
    init.status()
    init.answers["rescan"] = "error code=1 text=the%20node%20is%20going%20down\n"
    result = svctl("rescan")
    assert (result.returncode, result.stderr) == (1, b"svctl: the node is going down\n")


def test_a_rescan_waits_for_what_stops_as_long_as_pid_1_lives(init, svctl):
    def answer(connection, words):
        time.sleep(ANSWER_SECONDS + 1)
        connection.sendall(b"ok\n")

    init.status(service("a", "stopping"))
    init.answers["rescan"] = answer
    result = svctl("rescan", "--timeout", "900ms")
    assert result.returncode == 1 and "not done within 900ms" in text(result)[1]
    init.requests.clear()
    assert svctl("rescan").returncode == 0
    assert init.requests == ["1 status", "1 rescan", "1 status", "1 status"]


# ---- reexec ----


def test_reexec_makes_sure(init, svctl):
    def answer(connection, words):
        count = 4 if "1 reexec" in init.requests else 3
        connection.sendall(f"{NODE} reexecs={count}\nok\n".encode())

    init.answers["status"] = answer
    init.answers["reexec"] = "ok\n"
    result = svctl("reexec")
    assert result.returncode == 0 and b"it was replaced 4 times" in result.stdout
    assert init.requests == ["1 status", "1 reexec", "1 status"]


def test_a_reexec_that_did_not_happen_fails(init, svctl):
    init.status(node=f"{NODE} reexecs=3")
    init.answers["reexec"] = "ok\n"
    result = svctl("reexec")
    assert result.returncode == 1 and b"(dmesg)" in result.stderr


def test_what_became_of_pid_1_is_shown(init, svctl):
    init.status(node=f"{NODE} reexecs=2 crashed_ms=40000".replace("power-on", "watchdog"))
    lines = svctl("status").stdout.decode().splitlines()
    assert lines[0].startswith("n7: ready, up 1m40s since a reset by the hardware watchdog, ready")
    assert lines[1].startswith("PID 1 was replaced 2 times, crashed 1m00s ago")


def test_what_was_turned_away_is_shown(init, svctl):
    init.status(node=f"{NODE} clients_refused=68 messages_dropped=2")
    lines = svctl("status").stdout.decode().splitlines()
    assert lines[1:3] == ["clients turned away, too many at once: 68",
                          "sd_notify messages dropped, too long or not from a service: 2"]
    node = json.loads(svctl("status", "--json").stdout)["node"]
    assert (node["clients_refused"], node["messages_dropped"]) == (68, 2)


# ---- a service whose file is removed meanwhile ----


def test_what_is_removed_is_not_waited_for(init, svctl):
    init.answers["watch"] = stream(state("web", "starting"))
    init.status(service("other", "ready"))
    result = svctl("wait", "web")
    assert (result.returncode, result.stderr) == (4, b"svctl: wait web: its file is not there any more\n")


def test_watch_tells_what_is_removed(init, environment):
    init.answers["watch"] = stream(
        state("net", "ready"), state("web", "ready"),
        changes=[state("web", "stopping"), "lost count=1", NODE, state("net", "ready"), "live"])
    with subprocess.Popen([SVCTL, "watch"], env=environment, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline().split(None, 2) for _ in range(3)]
        process.terminate()
    assert lines[0][1:] == ["web", "stopping\n"]
    assert lines[1][2].startswith("1 change was passed over")
    assert lines[2] == ["-", "web", "removed\n"]


def test_watch_tells_what_changed_while_the_connection_was_away(init, environment):
    answers = [f"{NODE}\n{state('web', 'ready')}\nlive\n", f"{NODE}\n{state('web', 'failed', at_ms=100500)}\nlive\n"]

    def answer(connection, words):
        if answers:
            connection.sendall(answers.pop(0).encode())
        else:
            init.hang(connection, words)

    init.answers["watch"] = answer
    with subprocess.Popen([SVCTL, "watch"], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().split() == ["100.500", "web", "failed"]
        process.terminate()


# ---- power ----


@pytest.mark.parametrize("verb", ["poweroff", "reboot", "halt"])
def test_power(init, svctl, verb):
    init.answers[verb] = "ok\n"
    assert svctl(verb).returncode == 0
    assert svctl(verb, "--now").returncode == 0
    assert init.requests == [f"1 {verb}", f"1 {verb} now"]


@pytest.mark.parametrize("words, said", [
    (["wait", "ready", "--timeout", "9999999h"], "--timeout 9999999h: too large: 1193h (49 days) is the most"),
    (["wait", "ready", "--timeout", "soon"], "--timeout soon: not a time (such as 500ms, 30s, 5m)"),
    (["logs", "-n", "99999999999999999999", "a"], "-n 99999999999999999999: not a number of lines, 0 to 16777216"),
])
def test_a_number_that_cannot_be_is_told_with_its_bounds(init, svctl, words, said):
    result = svctl(*words)
    assert result.returncode == 2 and said in result.stderr.decode()
    assert init.requests == []
