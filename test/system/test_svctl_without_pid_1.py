# SPDX-License-Identifier: MIT
"""svctl when PID 1 is slow, broken or not there, and when it is used wrongly itself. PID 1 is played (played_init.py):
neither a node nor root is needed."""

import json
import socket
import subprocess
import time

import pytest
from played_init import ANSWER_SECONDS, NODE, SVCTL, service, text


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
