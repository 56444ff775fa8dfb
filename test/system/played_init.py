# SPDX-License-Identifier: MIT
"""PID 1 for svctl's sake: a socket that answers as a test wants it, the lines it says, and what svctl made of them.
conftest.py has the fixtures."""

import contextlib
import os
import pty
import resource
import socket
import subprocess
import threading
from pathlib import Path

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


def stream(*before, changes=()):
    """An answer to start, stop, restart or watch: states, live, then changes for ever."""
    def answer(connection, words):
        connection.sendall("\n".join([NODE, *before, "live", *changes, ""]).encode())
        connection.recv(1)  # until svctl has seen enough

    return answer


def state(name, state_name, at_ms=100000, **keys):
    words = {"name": name, "state": state_name, "at_ms": at_ms, **keys}
    return "state " + " ".join(f"{key}={encode(str(value))}" for key, value in words.items())
