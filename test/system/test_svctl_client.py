# SPDX-License-Identifier: MIT
"""svctl against a PID 1 played by this file: what it asks, prints and exits with, and what it does
when the answers are slow, broken or missing. Needs neither a node nor root."""

import contextlib
import json
import os
import pty
import re
import resource
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
SVCTL = Path(os.environ.get("GREYHOUND_SVCTL", ROOT / "build/host/svctl"))
NODE = "node hostname=n7 state=ready now_ms=100000 ready_ms=12 kernel_ready_ms=48 boot_reason=power-on services=3"
ANSWER_SECONDS = 5  # svctl's patience with PID 1


class Init:
    """Serves a Unix socket. `answers` maps a verb to what is sent: text, or a function that is given
    the connection and the request's words. After text the connection is closed, as PID 1 does."""

    def __init__(self, path):
        self.path = path
        self.requests = []
        self.answers = {}
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen(16)
        self.done = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            line = b""
            while not line.endswith(b"\n"):
                byte = connection.recv(1)
                if not byte:
                    return
                line += byte
            words = line.decode().split()
            self.requests.append(line.decode().rstrip("\n"))
            answer = self.answers.get(words[1], 'error code=2 text=unknown\n')
            if callable(answer):
                answer(connection, words)
            else:
                connection.sendall(answer if isinstance(answer, bytes) else answer.encode())

    def status(self, *services, node=NODE):
        self.answers["status"] = "\n".join([node, *services, "ok"]) + "\n"

    def hang(self, connection, words):
        self.done.wait(60)

    def close(self):
        self.done.set()
        self.socket.close()


@pytest.fixture
def init(tmp_path):
    server = Init(tmp_path / "init.sock")
    yield server
    server.close()


@pytest.fixture
def environment(tmp_path):
    return {
        "PATH": "/usr/bin:/bin",
        "TERM": "xterm",
        "GREYHOUND_INIT_SOCKET": str(tmp_path / "init.sock"),
        "GREYHOUND_SERVICE_CGROUPS": str(tmp_path / "cgroups"),
    }


@pytest.fixture
def svctl(environment):
    assert SVCTL.exists(), f"{SVCTL} is missing: make build/host/svctl"

    def run(*arguments, **options):
        return subprocess.run(
            [SVCTL, *arguments], env=environment, capture_output=True, timeout=30, **options
        )

    return run


def text(result):
    return result.stdout.decode(), result.stderr.decode()


def encode(value):
    return "".join(c if "!" <= c <= "~" and c != "%" else "".join(f"%{b:02X}" for b in c.encode()) for c in value)


def children_seconds():
    """The processor time of those that were waited for, which other work on this machine does not add to."""
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def service(name, state, since_ms=90000, **keys):
    words = {"name": name, "state": state, "since_ms": since_ms, "restarts": 0, "type": "daemon",
             "essential": 0, "log_bytes": 0, "log_dropped": 0, **keys}
    return "service " + " ".join(f"{key}={encode(str(value))}" for key, value in words.items())


# ---- status ----


def test_status_shows_the_node_and_a_table(init, svctl, tmp_path):
    (tmp_path / "cgroups/net").mkdir(parents=True)
    (tmp_path / "cgroups/net/memory.current").write_text("421888\n")
    init.status(
        service("net", "ready", pid=71, status="eth0 10.0.2.15/24", description="The network"),
        service("web", "backoff", restarts=3, exit_code=1, next_start_ms=103400),
        service("job", "waiting", blocked_by="web", blocked_state="backoff"),
    )
    result = svctl("status")
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0
    assert lines[0].startswith("n7: ready, up 1m40s since power-on, ready after 12ms; memory: ")
    assert lines[1] == ""
    assert lines[2].split() == ["NAME", "STATE", "PID", "SINCE", "RESTARTS", "MEMORY", "DETAIL"]
    assert lines[3].split(None, 6) == ["net", "ready", "71", "10.0s", "0", "412.0K", "eth0 10.0.2.15/24"]
    assert lines[4].split(None, 6) == [
        "web", "backoff", "-", "10.0s", "3", "-", "exited with code 1, starts again in 3.4s"]
    assert lines[5].split(None, 6)[6] == "needs web (backoff)"
    assert b"\033" not in result.stdout
    assert init.requests == ["1 status"]


def test_status_json_has_the_promised_keys(init, svctl, tmp_path):
    cgroup = tmp_path / "cgroups/net"
    cgroup.mkdir(parents=True)
    (cgroup / "memory.current").write_text("421888\n")
    (cgroup / "memory.peak").write_text("500000\n")
    (cgroup / "cpu.stat").write_text("usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n")
    init.status(
        service("net", "ready", pid=71, essential=1),
        service("web", "backoff", restarts=3, exit_signal=9, oom=1, next_start_ms=103400),
        service("bad", "failed", step="user", errno=22),
    )
    result = svctl("status", "--json")
    document = json.loads(result.stdout)
    assert result.returncode == 0
    assert document["version"] == 1
    assert document["node"] == {"hostname": "n7", "state": "ready", "uptime_seconds": 100.0,
                                "ready_seconds": 0.012, "boot_reason": "power-on",
                                "clients_refused": None, "messages_dropped": None}
    assert set(document["memory"]) == {"total_bytes", "available_bytes"}
    assert document["memory"]["total_bytes"] > document["memory"]["available_bytes"] > 0
    nothing = {"code": None, "signal": None, "oom": None, "step": None, "errno": None}
    net, web, bad = document["services"]
    assert net == {"name": "net", "state": "ready", "pid": 71, "since_seconds": 10.0, "restarts": 0,
                   "next_start_seconds": None, "exit": nothing, "memory_bytes": 421888,
                   "memory_peak_bytes": 500000, "cpu_seconds": 1.234, "essential": True}
    assert web["exit"] == {**nothing, "signal": 9, "oom": True}
    assert web["next_start_seconds"] == 3.4
    assert web["pid"] is None and web["memory_bytes"] is None and web["cpu_seconds"] is None
    assert bad["exit"] == {**nothing, "step": "user", "errno": 22}
    assert bad["essential"] is False


def test_json_is_valid_whatever_services_say(init, svctl):
    node = 'node hostname=%22%5C%01%FF%C3%A4%ED%A0%80 state=ready now_ms=5'
    init.status(node=node)
    document = json.loads(svctl("status", "--json").stdout.decode("utf-8"))
    assert document["node"]["hostname"] == '"\\\x01\ufffdä\ufffd\ufffd\ufffd'
    assert document["node"]["ready_seconds"] is None
    assert document["node"]["uptime_seconds"] == 0.005
    assert document["services"] == []


def test_status_of_names_asks_for_them_and_tells_whether_they_run(init, svctl):
    init.status(service("net", "ready", pid=1))
    assert svctl("status", "net").returncode == 0
    init.status(service("net", "ready", pid=1), service("web", "failed", exit_code=1))
    assert svctl("status", "net", "web").returncode == 3
    assert init.requests == ["1 status net", "1 status net web"]


def test_what_services_say_cannot_break_the_table(init, svctl):
    init.status(service("web", "ready", status="\033[2Jgone\nnet ready"))
    assert r"\x1b[2Jgone\x0anet ready" in svctl("status").stdout.decode()


def test_a_degraded_node_says_because_of_whom(init, svctl):
    init.status(service("web", "failed", exit_code=1), service("net", "ready"),
                node=NODE.replace("state=ready", "state=degraded"))
    assert "\ndegraded because of web (failed)\n" in svctl("status").stdout.decode()


def test_keys_and_lines_of_later_versions_are_passed_over(init, svctl):
    init.answers["status"] = (f"{NODE} colour=green\nweather sun=1\n"
                              f"{service('net', 'ready', mood='fine')}\nok\n")
    assert len(json.loads(svctl("status", "--json").stdout)["services"]) == 1


def test_a_thousand_services_are_told_quickly(init, svctl):
    init.status(*(service(f"svc{i:04}", "ready", pid=i + 1) for i in range(1000)))
    began = children_seconds()
    document = json.loads(svctl("status", "--json").stdout)
    assert len(document["services"]) == 1000
    assert children_seconds() - began < 1


# ---- on a terminal ----


def on_terminal(arguments, environment, columns=80):
    """What svctl writes to a terminal, and its exit status."""
    leader, follower = pty.openpty()
    subprocess.run(["stty", "-F", os.ttyname(follower), "cols", str(columns), "rows", "24", "-onlcr"], check=True)
    process = subprocess.Popen([SVCTL, *arguments], env=environment, stdin=follower,
                               stdout=follower, stderr=subprocess.DEVNULL)
    os.close(follower)
    output = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(leader, 4096):
            output += chunk
    os.close(leader)
    return output.decode(), process.wait(timeout=30)


def test_on_a_terminal_states_are_coloured_and_lines_fit(init, environment):
    init.status(service("net", "ready", pid=71, description="long " * 40),
                service("web", "failed", exit_code=1))
    output, _ = on_terminal(["status"], environment, columns=60)
    assert "\033[32mready\033[0m" in output
    assert "\033[1;31mfailed\033[0m" in output
    lines = re.sub(r"\033\[[0-9;]*m", "", output).splitlines()
    table = lines[lines.index("") + 1:]
    assert max(len(line) for line in table) == 60
    assert table[1].endswith("...")


def test_no_colour_where_it_is_not_wanted(init, environment):
    init.status(service("net", "ready", pid=71))
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        output, _ = on_terminal(["status"], {**environment, **variables})
        assert "\033" not in output and "ready" in output


def test_logs_on_a_terminal_cannot_command_it(init, environment):
    init.answers["logs"] = b"log bytes=17 dropped=0\n\033[31m\xff\xc3\xa4\ta\xc2\x9bb\r\nx\nok\n"
    output, status = on_terminal(["logs", "web"], environment)
    assert status == 0
    assert output == "\\x1b[31m\\xffä\ta\\xc2\\x9bb\\x0d\nx\n"


# ---- logs ----


def test_one_log_comes_as_it_was_written(init, svctl):
    raw = bytes(range(256)) * 40  # no newline at its end, longer than one piece
    init.answers["logs"] = (b"log bytes=4096 dropped=0\n" + raw[:4096] +
                            b"log bytes=%d dropped=0\n" % (len(raw) - 4096) + raw[4096:] + b"ok\n")
    result = svctl("logs", "web")
    assert result.stdout == raw and result.stderr == b"" and result.returncode == 0
    assert init.requests == ["1 logs web"]


def test_lines_are_asked_of_pid_1(init, svctl):
    init.answers["logs"] = "log bytes=2 dropped=900\nx\nok\n"
    result = svctl("logs", "-n", "1", "web")
    assert init.requests == ["1 logs web lines=1"]
    assert text(result) == ("x\n", "")


def test_lost_bytes_are_told(init, svctl):
    init.answers["logs"] = "log bytes=2 dropped=2048\nx\nok\n"
    out, err = text(svctl("logs", "web"))
    assert out == "x\n"
    assert err.startswith("svctl: logs: web: 2.0K bytes before this are lost")


def test_several_logs_carry_names(init, svctl):
    init.answers["logs"] = lambda connection, words: connection.sendall(
        b"log bytes=%d dropped=0\n%s one\n%s two" % (2 * len(words[2]) + 9, words[2].encode(), words[2].encode()) + b"ok\n")
    out, _ = text(svctl("logs", "a", "bb"))
    assert out == "a: a one\na: a two\nbb: bb one\nbb: bb two\n"


def test_without_names_all_logs_that_hold_something_are_shown(init, svctl):
    init.status(service("a", "ready", log_bytes=4), service("b", "ready"), service("c", "ready", log_bytes=4))
    init.answers["logs"] = "log bytes=4 dropped=0\nhey\nok\n"
    assert text(svctl("logs"))[0] == "a: hey\nc: hey\n"


def test_an_unknown_name_among_logs_does_not_hide_the_others(init, svctl):
    def answer(connection, words):
        if words[2] == "nosuch":
            connection.sendall(b"error code=4 text=nosuch\n")
        else:
            connection.sendall(b"log bytes=4 dropped=0\nhey\nok\n")

    init.answers["logs"] = answer
    result = svctl("logs", "nosuch", "web")
    assert result.returncode == 4
    assert text(result) == ("web: hey\n", "svctl: there is no service 'nosuch'; 'svctl status' lists them\n")


def test_followed_logs_are_read_together_in_whole_lines(init, environment):
    go = {"a": threading.Event(), "b": threading.Event()}

    def answer(connection, words):
        connection.sendall(b"log bytes=3 dropped=0\nbeg")
        assert go[words[2]].wait(60)
        connection.sendall(b"log bytes=4 dropped=0\nun!\nok\n")

    init.answers["logs"] = answer
    with subprocess.Popen([SVCTL, "logs", "-f", "a", "b"], env=environment, stdout=subprocess.PIPE) as process:
        go["b"].set()
        assert process.stdout.readline() == b"b: begun!\n"
        go["a"].set()
        assert process.stdout.readline() == b"a: begun!\n"
        assert process.wait(60) == 0
    assert sorted(init.requests) == ["1 logs a follow", "1 logs b follow"]


def test_no_more_logs_are_followed_than_pid_1_has_places_for(init, svctl):
    init.status(*(service(f"svc{i}", "ready") for i in range(17)))
    result = svctl("logs", "-f")
    assert result.returncode == 2 and b"at most 16 logs" in result.stderr


def test_a_followed_log_shows_each_piece_at_once_and_ends_when_interrupted(init, environment):
    def answer(connection, words):
        connection.sendall(b"log bytes=5 dropped=0\nfirst")
        init.hang(connection, words)

    init.answers["logs"] = answer
    with subprocess.Popen([SVCTL, "logs", "-f", "a"], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert os.read(process.stdout.fileno(), 100) == b"first"
        process.send_signal(2)
        assert process.wait(60) == -2
        assert process.stderr.read() == b""


# ---- start, stop, restart, wait, watch ----


def stream(*before, changes=()):
    """An answer to start, stop, restart or watch: states, live, then changes for ever."""
    def answer(connection, words):
        connection.sendall("\n".join([NODE, *before, "live", *changes, ""]).encode())
        connection.recv(1)  # until svctl has seen enough

    return answer


def state(name, state_name, at_ms=100000, **keys):
    words = {"name": name, "state": state_name, "at_ms": at_ms, **keys}
    return "state " + " ".join(f"{key}={encode(str(value))}" for key, value in words.items())


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


# ---- boot, graph ----


BOOT = [
    NODE, "boot init_us=30000 mounted_us=31000 loaded_us=32000 ready_us=40000",
    "times name=app state=ready start_us=36000 exec_us=37000 ready_us=40000 needs=net",
    "times name=net state=ready start_us=33000 exec_us=34000 ready_us=36000",
    "times name=off state=skipped after=net", "ok", ""]


def test_boot_is_told(init, svctl):
    init.answers["boot"] = "\n".join(BOOT)
    out, _ = text(svctl("boot"))
    assert "* critical path: kernel 30.0 > mounts 1.0 > service files 1.0 > net 4.0 > app 4.0" in out
    assert "#" not in out


def test_boot_has_bars_on_a_terminal(init, environment):
    init.answers["boot"] = "\n".join(BOOT)
    output, status = on_terminal(["boot"], environment, columns=100)
    lines = [line for line in re.sub(r"\033\[[0-9;]*m", "", output).splitlines() if "critical" not in line]
    assert status == 0
    assert any(line.startswith("* app") and line.endswith("####") for line in lines)
    assert max(len(line) for line in lines) == 100
    narrow, _ = on_terminal(["boot"], environment, columns=50)
    assert "#" not in narrow


def test_boot_json_has_the_promised_keys(init, svctl):
    init.answers["boot"] = "\n".join(BOOT)
    document = json.loads(svctl("boot", "--json").stdout)
    assert document["version"] == 1
    assert document["node"] == {"hostname": "n7", "state": "ready", "boot_reason": "power-on"}
    assert document["boot"] == {"kernel_seconds": 0.0, "init_seconds": 0.03, "mounted_seconds": 0.031,
                                "loaded_seconds": 0.032, "ready_seconds": 0.04}
    assert [link["name"] for link in document["critical_path"]] == [
        "kernel", "mounts", "service files", "net", "app", "node ready"]
    assert document["critical_path"][3] == {"name": "net", "kind": "needs", "from_seconds": 0.032,
                                            "until_seconds": 0.036}
    app, net, off = document["services"]
    assert app == {"name": "app", "state": "ready", "start_seconds": 0.036, "exec_seconds": 0.037,
                   "ready_seconds": 0.04, "needs": ["net"], "after": [], "critical": True}
    assert off["start_seconds"] is None and off["after"] == ["net"] and off["critical"] is False


def test_boot_svg_is_well_formed_whatever_the_names(init, svctl):
    odd = ["times name=%3Cscript%3E%26%22%01%FF state=ready start_us=33000 exec_us=34000 ready_us=36000"]
    init.answers["boot"] = "\n".join(BOOT[:2] + odd + BOOT[2:])
    picture = svctl("boot", "--svg").stdout
    tree = ElementTree.fromstring(picture)
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(tree.iter("{http://www.w3.org/2000/svg}script"))
    shown = "".join(tree.itertext())
    assert "Boot of n7" in shown and '<script>&"\ufffd\ufffd' in shown


def test_a_boot_of_a_thousand_services_is_drawn_quickly(init, svctl):
    times = [f"times name=s{i:04} state=ready start_us={33000 + i} exec_us={34000 + i} ready_us={35000 + i}"
             f" needs={','.join(f's{j:04}' for j in range(max(0, i - 8), i))}" for i in range(1000)]
    init.answers["boot"] = "\n".join(BOOT[:2] + times + ["ok", ""])
    began = children_seconds()
    for form in ([], ["--json"], ["--svg"]):
        assert svctl("boot", *form).returncode == 0
    assert children_seconds() - began < 3


def test_boot_takes_one_form(init, svctl):
    result = svctl("boot", "--json", "--svg")
    assert result.returncode == 2 and init.requests == []


def test_half_a_boot_is_none(init, svctl):
    init.answers["boot"] = "\n".join(BOOT[:3])
    for arguments in (["boot"], ["boot", "--svg"], ["graph"]):
        result = svctl(*arguments)
        assert (result.returncode, result.stdout) == (5, b"")


def test_graph_is_graphviz(init, svctl):
    init.answers["boot"] = "\n".join(BOOT)
    out, _ = text(svctl("graph"))
    assert '\t"app" -> "net";\n' in out and '\t"off" -> "net" [style=dashed];\n' in out
    if dot := shutil.which("dot"):
        subprocess.run([dot, "-Tsvg"], input=out.encode(), stdout=subprocess.DEVNULL, check=True)


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


# ---- why ----


def test_why_tells_the_story_and_ends_with_the_log(init, svctl):
    init.status(service("web", "backoff", restarts=4, oom=1, exit_signal=9, memory_max=16 << 20,
                        next_start_ms=103400, log_bytes=60))
    init.answers["logs"] = "log bytes=14 dropped=0\nalloc\nalloc 2\nok\n"
    result = svctl("why", "web")
    assert result.returncode == 0
    assert result.stdout.decode() == (
        "web died 10.0s ago and is started again in 3.4s.\n"
        "It used more memory than its memory-max of 16.0M and was killed by the kernel.\n"
        "It has been started again 4 times.\n"
        "\n"
        "The log of web ends with:\n"
        "    alloc\n"
        "    alloc 2\n")
    assert init.requests == ["1 status", "1 logs web lines=5"]


def test_why_follows_the_needs_to_the_cause(init, svctl):
    init.status(service("app", "waiting", blocked_by="web"), service("db", "failed", exit_signal=11, log_bytes=9),
                service("web", "waiting", blocked_by="db"))
    init.answers["logs"] = "log bytes=5 dropped=0\noops\nok\n"
    out = svctl("why", "app").stdout.decode()
    assert out == (
        "app has been waiting for 10.0s to be started.\n"
        "It needs web, which waits as well.\n"
        "web needs db, which has failed.\n"
        "db was killed by SIGSEGV (Segmentation fault).\n"
        "Nothing goes on by itself here. When that is repaired: svctl start db\n"
        "\n"
        "The log of db ends with:\n"
        "    oops\n")


def test_why_of_nobody_suggests(init, svctl):
    init.status(service("web", "ready"))
    result = svctl("why", "wbe")
    assert result.returncode == 4
    assert text(result)[1] == "svctl: there is no service 'wbe'; did you mean 'web'?\n"


# ---- PID 1 does not answer ----


def test_no_socket(svctl):
    result = svctl("status")
    assert result.returncode == 5
    assert "No such file or directory; is Greyhound's init PID 1 here" in text(result)[1]


def test_nobody_listens(svctl, tmp_path):
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "init.sock"))
    result = svctl("status")
    assert result.returncode == 5
    assert "Connection refused" in text(result)[1]


def test_silence_ends_after_five_seconds(init, environment):
    commands = (["status"], ["start", "web"], ["logs", "web"], ["wait", "ready"], ["poweroff"])
    for verb in ("status", "start", "logs", "watch", "poweroff"):
        init.answers[verb] = init.hang
    began = time.monotonic()
    processes = [subprocess.Popen([SVCTL, *command], env=environment, stderr=subprocess.PIPE)
                 for command in commands]
    for process in processes:
        with process:
            assert process.wait(30) == 5
            assert time.monotonic() - began > ANSWER_SECONDS - 1
            assert b"nothing came within 5 s" in process.stderr.read()


def test_a_slow_answer_is_an_answer(init, svctl):
    def answer(connection, words):
        for byte in f"{NODE}\n{service('net', 'ready')}\nok\n".encode():
            connection.sendall(bytes([byte]))
            time.sleep(0.002)

    init.answers["status"] = answer
    assert svctl("status").returncode == 0


@pytest.mark.parametrize("half", ["", "node hostn", f"{NODE}\n", f"{NODE}\n{service('net', 'ready')}\n"])
def test_half_an_answer_is_none(init, svctl, half):
    init.answers["status"] = half
    result = svctl("status", "--json")
    assert result.returncode == 5
    assert result.stdout == b""
    assert "closed the connection before the answer was whole" in text(result)[1]


def test_a_log_that_breaks_off_is_told(init, svctl):
    init.answers["logs"] = "log bytes=100 dropped=0\nhalf"
    result = svctl("logs", "web")
    assert (result.returncode, result.stdout) == (5, b"half")


def test_a_line_without_end_is_refused(init, svctl):
    init.answers["status"] = "x" * 100000
    result = svctl("status")
    assert result.returncode == 5
    assert "is not init's protocol" in text(result)[1]


def test_a_pid_1_that_is_too_busy_is_told(init, svctl):
    init.answers["status"] = "error code=5 text=too%20many%20clients%20at%20once\n"
    result = svctl("status")
    assert (result.returncode, text(result)[1]) == (5, "svctl: PID 1 does not answer: too many clients at once\n")


def test_a_full_queue_is_waited_for(tmp_path, environment):
    path = tmp_path / "init.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as other:
        listener.bind(str(path))
        listener.listen(0)
        other.connect(str(path))
        with subprocess.Popen([SVCTL, "status", "--json"], env=environment, stdout=subprocess.PIPE) as process:
            time.sleep(0.3)
            listener.accept()[0].close()
            connection, _ = listener.accept()
            connection.recv(100)
            connection.sendall(f"{NODE}\nok\n".encode())
            assert json.load(process.stdout)["services"] == []
            assert process.wait(60) == 0


# ---- power ----


@pytest.mark.parametrize("verb", ["poweroff", "reboot", "halt"])
def test_power(init, svctl, verb):
    init.answers[verb] = "ok\n"
    assert svctl(verb).returncode == 0
    assert svctl(verb, "--now").returncode == 0
    assert init.requests == [f"1 {verb}", f"1 {verb} now"]


# ---- usage ----


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["status", "--nonsense"], ["start"], ["why"], ["why", "a", "b"], ["logs", "-n"],
    ["logs", "-n", "x", "a"], ["wait", "a", "--timeout", "soon"], ["status", "--follow"],
    ["poweroff", "now"], ["check"], ["start", *["x" * 32] * 200],
])
def test_bad_usage(init, svctl, arguments):
    result = svctl(*arguments)
    assert result.returncode == 2
    assert result.stdout == b"" and result.stderr != b""
    assert init.requests == []


def test_help(svctl):
    for arguments in (["help"], ["--help"], ["-h"], ["help", "logs"], ["logs", "--help"]):
        result = svctl(*arguments)
        assert result.returncode == 0 and b"svctl" in result.stdout and result.stderr == b""
    assert svctl("--version").returncode == 0
    assert b"did you mean 'restart'?" in svctl("restrat").stderr


def test_names_are_encoded(init, svctl):
    init.answers["status"] = "error code=4 text=no\n"
    svctl("status", "a b%\n")
    assert init.requests == ["1 status a%20b%25%0A"]


def test_output_that_cannot_be_written_is_a_failure(init, environment):
    init.status(service("net", "ready"))
    with open("/dev/full", "w") as full:
        result = subprocess.run([SVCTL, "status"], env=environment, stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 1
    assert b"cannot write" in result.stderr
