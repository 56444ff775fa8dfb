# SPDX-License-Identifier: MIT
"""A Greyhound node in QEMU: its console, a channel to run commands in it, QEMU's own monitor.

Commands do not go over the console, where the shell's echo, its line editing and the kernel's
messages meet: a service of the test's layer, `agent`, takes them from a virtio serial port and
sends back exit status and output. The console is there for the tests that are about the console.

Nothing here waits for a fixed time. Every wait has an event and a deadline, and the deadline only
says when to give up: an emulated node on a busy machine may need ten times as long as usual."""

import base64
import ctypes
import itertools
import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from pexpect.popen_spawn import PopenSpawn

DEADLINE = 120  # seconds, for whatever a node is asked
POLL = 0.1  # seconds between two looks at a node that is to change

# An instruction takes 64 ns, and what all processors would sleep through is skipped: an hour in which
# a node does little passes in seconds. While the test itself thinks, guest time flies as well.
FAST_CLOCK = ("-icount", "shift=6,sleep=off")

# For a machine that does nothing any more but spin: a minute passes in seconds, while sleep takes its
# time. (With sleep=off QEMU's devices see no time pass then.)
SPINNING_CLOCK = ("-icount", "shift=7")

AGENT = {
    "etc/svc/agent": """\
description = Runs the commands of the test outside
exec = /test/agent
stop-timeout = 1s
""",
    "test/agent": """\
#!/bin/sh
# One line in: a shell script in base64. Out: exit status, bytes of output, newline, the output.
mkdir -p /run/agent
# The host's side of a port is announced a moment after the machine's.
until [ -c /dev/vport0p1 ]; do sleep 0.05; done
exec <>/dev/vport0p1 >&0
echo hello
while read -r line; do
	echo "$line" | base64 -d >/run/agent/script
	sh /run/agent/script </dev/null >/run/agent/output 2>&1
	echo "$? $(stat -c %s /run/agent/output)"
	cat /run/agent/output
done
""",
}


class Result(NamedTuple):
    output: str
    status: int


class NodeGone(Exception):
    """The node does not answer any more: it is off, or hangs."""


class NeverCame(AssertionError):
    """What a test waited for did not happen before the deadline."""


def die_with_parent():
    """In the child: whatever ends pytest ends its nodes as well (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Channel:
    """One connection QEMU makes to us: we listen, it connects, so nobody has to try again."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.connection = None
        self.buffer = b""

    def accept(self, deadline):
        self.listener.settimeout(deadline)
        self.connection, _ = self.listener.accept()
        self.listener.close()

    def send(self, data):
        self.connection.sendall(data)

    def _more(self, until):
        left = until - time.monotonic()
        if left <= 0:
            raise NodeGone("no answer in time")
        self.connection.settimeout(left)
        try:
            data = self.connection.recv(65536)
        except socket.timeout:
            raise NodeGone("no answer in time") from None
        except OSError as error:
            raise NodeGone(str(error)) from None
        if not data:
            raise NodeGone("the node has ended")
        self.buffer += data

    def line(self, until):
        while b"\n" not in self.buffer:
            self._more(until)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def bytes(self, count, until):
        while len(self.buffer) < count:
            self._more(until)
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def close(self):
        self.listener.close()
        if self.connection:
            self.connection.close()


class Node:
    def __init__(self, kernel, initrd, cmdline, qemu, network, reboots, agent, paused, within=()):
        self.directory = Path(tempfile.mkdtemp(prefix="node-"))
        self.log_path = self.directory / "console.log"
        self.broken = None
        self._keys = itertools.count(1)
        (self.directory / "initrd").write_bytes(initrd)
        self.agent = Channel(self.directory / "agent")
        self.monitor = Channel(self.directory / "monitor")
        self.command = [
            *within, "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
            "-nodefaults", "-no-user-config", "-display", "none",
            "-chardev", f"stdio,id=console,signal=off,logfile={self.log_path}", "-serial", "chardev:console",
            "-chardev", f"socket,id=monitor,path={self.monitor.path}", "-mon", "chardev=monitor,mode=control",
            "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=agent,path={self.agent.path}", "-device", "virtserialport,chardev=agent",
            *network, *([] if reboots else ["-no-reboot"]), *(["-S"] if paused else []), *qemu,
            "-kernel", str(kernel), "-initrd", str(self.directory / "initrd"),
            "-append", f"console=ttyAMA0 loglevel=6 panic=10 {cmdline}".strip()]
        self.console = PopenSpawn(self.command, timeout=DEADLINE, encoding="utf-8", codec_errors="replace",
                                  preexec_fn=die_with_parent)
        self.process = self.console.proc
        try:
            for channel in (self.agent, self.monitor):
                channel.accept(DEADLINE)
            self.monitor.line(time.monotonic() + DEADLINE)  # the greeting
            self.qmp("qmp_capabilities")
            if paused:
                paused(self)
                self.qmp("cont")
            if agent:
                self.hello()
        except BaseException:
            self.process.kill()
            raise

    def log(self):
        """All that came over the console so far."""
        return self.log_path.read_text(errors="replace").replace("\r", "") if self.log_path.exists() else ""

    # ---- Commands ----

    def hello(self, deadline=DEADLINE):
        """Waits for the agent: after power-on and after a reboot."""
        try:
            while self.agent.line(time.monotonic() + deadline) != "hello":
                pass
        except NodeGone as error:
            raise NodeGone(f"{error}; its console said:\n{self.log()}") from None

    def send(self, script):
        """Runs `script` in a shell on the node without waiting for it."""
        self.agent.send(base64.b64encode(script.encode()) + b"\n")

    def run(self, script, deadline=DEADLINE):
        """Runs `script` in a shell on the node: what it wrote (both ways), and its exit status."""
        if self.broken:
            raise NodeGone(f"an earlier command hung: {self.broken}")
        until = time.monotonic() + deadline
        self.send(script)
        try:
            status, length = self.agent.line(until).split()
            output = self.agent.bytes(int(length), until)
        except NodeGone as error:
            self.broken = script
            raise NodeGone(f"{error}: {script}") from None
        return Result(output.decode(errors="replace"), int(status))

    def ok(self, script, deadline=DEADLINE):
        """The output of a script that must succeed."""
        output, status = self.run(script, deadline)
        assert status == 0, f"`{script}` exits with {status}:\n{output}"
        return output

    def until(self, question, what="", deadline=DEADLINE):
        """Asks until the answer is true, and returns it. `question` is a function, or a script that
        is to succeed, whose output is then returned."""
        def succeeds():
            output, status = self.run(question)
            return (output or "yes") if status == 0 else None

        ask = succeeds if isinstance(question, str) else question
        until = time.monotonic() + deadline
        while True:
            answer = ask()
            if answer:
                return answer
            if time.monotonic() > until:
                raise NeverCame(what or question)
            time.sleep(POLL)

    # ---- What svctl says ----

    def settle(self):
        """Waits until the boot is over, well or not, and nobody is on the way from fork to exec."""
        self.ok('while :; do s=$(svctl status --json) && ! echo "$s" | grep -qE \'"state": *"(booting|starting)"\' && '
                "break; sleep 0.05; done")

    def status(self):
        return json.loads(self.ok("svctl status --json"))

    def service(self, name):
        output, status = self.run(f"svctl status {name} --json")
        assert status in (0, 3), f"svctl status {name} exits with {status}:\n{output}"  # 3: it does not run
        [service] = json.loads(output)["services"]
        return service

    def state(self, name):
        return self.service(name)["state"]

    def until_state(self, name, *states, deadline=DEADLINE):
        """The service once it is in one of the states."""
        return self.until_service(name, lambda service: service["state"] in states,
                                  " or ".join(states), deadline)

    def until_service(self, name, condition, what="", deadline=DEADLINE):
        def ask():
            service = self.service(name)
            last.append(service)
            return service if condition(service) else None

        last = []
        try:
            return self.until(ask, deadline=deadline)
        except NeverCame:
            raise NeverCame(f"{name} never became {what or 'as expected'}; it is {last[-1]}") from None

    def why(self, name):
        return self.ok(f"svctl why {name}")

    def pid(self, name):
        return self.service(name)["pid"]

    def until_asleep(self, name, seconds):
        """Returns once no thread of a service's process has run for so long: what led up to now, a boot's last
        changes say, may still have to be told to it. One that wakes up by itself never gets there."""
        count = f"cat /proc/{self.pid(name)}/task/*/status | awk '/ctxt_switches/ {{ n += $2 }} END {{ print n }}'"

        def sleeps():
            before = self.ok(count)
            time.sleep(seconds)
            return self.ok(count) == before

        self.until(sleeps, f"{name} never sleeps for {seconds} s")

    def logs(self, name):
        return self.ok(f"svctl logs {name} 2>/dev/null")

    def kernel_log(self):
        return self.ok("dmesg")

    # ---- The console ----

    def type(self, line):
        self.console.send(line + "\r")

    def expect(self, pattern, deadline=DEADLINE):
        """Waits until the console shows `pattern`, a regular expression; returns the match."""
        self.console.expect(pattern, timeout=deadline)
        return self.console.match

    def run_at_console(self, script, deadline=DEADLINE):
        """Types a command at the console's shell. What the shell echoes is not what the markers
        look like when they are printed, so an echo is never taken for an answer."""
        key = f"k{next(self._keys)}"
        self.type(f'echo "<""{key}"; {script}; echo "$?""{key}>"')
        self.expect(f"<{key}\r+\n")
        match = self.expect(f"([0-9]+){key}>")
        return Result(self.console.before.replace("\r", ""), int(match.group(1)))

    # ---- The machine ----

    def qmp(self, execute, /, **arguments):
        """One command of QEMU's monitor protocol; events in between are passed over."""
        self.monitor.send(json.dumps({"execute": execute, "arguments": arguments}).encode() + b"\n")
        while True:
            message = json.loads(self.monitor.line(time.monotonic() + DEADLINE))
            assert "error" not in message, message
            if "return" in message:
                return message["return"]

    def set_link(self, up, device="nic0"):
        self.qmp("set_link", name=device, up=up)

    def wait_off(self, deadline=DEADLINE):
        """Waits until the machine is off."""
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the node is still on after {deadline} s") from None
        assert self.process.returncode == 0, f"QEMU ended with {self.process.returncode}"

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.agent.close()
        self.monitor.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def lines_with(text, pattern):
    """The lines of `text` in which the regular expression is found."""
    return [line for line in text.splitlines() if re.search(pattern, line)]
