# SPDX-License-Identifier: MIT
"""A node in QEMU as the bench needs it: boots an archive, waits for a line on the console, then types
commands at the console's shell, which is there in our image as in the peer's. So nothing is added to
what is measured, and what is read comes after it."""

import os
import re
import select
import shlex
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager

from tools import BOARD_OUT, CannotMeasure

ICOUNT = ("-smp", "1", "-icount", "shift=0,sleep=off")
ADDRESS = "ip=10.0.2.15::10.0.2.2:255.255.255.0"
LEASE = ADDRESS + ":::dhcp:10.0.2.3"  # as iPXE hands it over: it is renewed
DEADLINE = 180  # seconds
STEP = 0.1


class Console:
    """What QEMU's serial line says, and a way to type on it."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.text = ""

    def until(self, pattern, begin=0):
        """The match of `pattern` behind position `begin`."""
        until = time.monotonic() + DEADLINE
        while not (match := re.compile(pattern, re.MULTILINE).search(self.text, begin)):
            if time.monotonic() > until:
                raise CannotMeasure(f"the node never said {pattern}:\n{self.text[-2000:]}")
            if select.select([self.process.stdout], [], [], STEP)[0]:
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    raise CannotMeasure(f"the node ended before it said {pattern}:\n{self.text[-2000:]}")
                self.text += data.decode(errors="replace").replace("\r", "")
        return match

    def type(self, line):
        self.process.stdin.write(line.encode() + b"\r")
        self.process.stdin.flush()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@contextmanager
def all_daemons():
    """The kernel command line that makes all daemons of the image run, `address` and `cmdline` of run(): a lease to
    renew, a log server, which is there and reads nothing, and a time server, which is not there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        yield {"address": LEASE, "cmdline": f"syslog=10.0.2.2:{server.getsockname()[1]} ntp=10.0.2.2"}


def run(archives, ready, commands=(), qemu=(), cmdline="", prompt=True, address=ADDRESS, started=None):
    """Boots `archives` one behind the other; returns what the console said up to and with the line that
    matches `ready`, then the output of each of `commands`, typed at the prompt. `started` is called
    once QEMU runs."""
    with tempfile.NamedTemporaryFile() as initrd:
        for archive in archives:
            data = archive.read_bytes()
            initrd.write(data + bytes(-len(data) % 4))
        initrd.flush()
        console = Console([
            *shlex.split(os.environ["BENCH_QEMU"]), *shlex.split(os.environ["BENCH_QEMU_NET"]),
            "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", *qemu,
            "-kernel", str(BOARD_OUT / "Image"), "-initrd", initrd.name,
            "-append", f"{os.environ['BENCH_CMDLINE']} {address} {cmdline}".strip()])
        try:
            if started:
                started()
            console.until(ready)
            said = console.text
            if prompt:
                console.until("# ")  # the prompt, which may come first
            return [said, *(command_at(console, command) for command in commands)]
        finally:
            console.close()


def command_at(console, command):
    """What the shell echoes is not what the marks look like when they are printed."""
    begin = len(console.text)
    console.type(f'echo "<""<"; {command}; echo ">"">"')
    start = console.until("^<<\n", begin).end()
    end = console.until("^>>\n", start).start()
    return console.text[start:end]


def log_time(log, pattern):
    """Seconds on the kernel's clock of the first line of dmesg in which the pattern is found."""
    match = re.search(r"^\[ *([0-9]+\.[0-9]+)\] .*" + pattern, log, re.MULTILINE)
    if not match:
        raise CannotMeasure(f"not in the kernel log: {pattern}\n{log[-2000:]}")
    return float(match.group(1))
