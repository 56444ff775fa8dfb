# SPDX-License-Identifier: MIT
"""Debian's rsyslog as a log server on this machine's loopback, on a port of its own, and what it
received. It is what build/host/rsyslog has, and is not installed."""

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from archive import ROOT
from node import DEADLINE, NeverCame, die_with_parent
from ports import free_port

TREE = ROOT / "build/host/rsyslog"
TEMPLATE = "%pri%|%timereported:::date-rfc3339%|%hostname%|%app-name%|%structured-data%|%msg%"


class Line(NamedTuple):
    facility: int
    severity: int
    time: str
    host: str
    name: str
    data: str
    text: str


class Rsyslog:
    def __init__(self, folder, start=True):
        self.folder = Path(folder)
        self.port = free_port()
        self.process = None
        self.output = self.folder / "received"
        (self.folder / "rsyslog.conf").write_text(f"""\
module(load="imudp")
module(load="imtcp")
global(workDirectory="{self.folder}")
$EscapeControlCharactersOnReceive off
template(name="all" type="string" string="{TEMPLATE}\\n")
ruleset(name="take") {{ action(type="omfile" file="{self.output}" template="all") }}
input(type="imudp" port="{self.port}" address="127.0.0.1" ruleset="take")
input(type="imtcp" port="{self.port}" ruleset="take")
""")
        if start:
            self.start()

    def start(self):
        libraries, = TREE.glob("usr/lib/*/rsyslog")
        self.process = subprocess.Popen(
            [TREE / "usr/sbin/rsyslogd", "-n", "-i", self.folder / "pid", "-f", self.folder / "rsyslog.conf",
             "-M", libraries],
            env={**os.environ, "LD_LIBRARY_PATH": str(libraries.parent)}, preexec_fn=die_with_parent,
            stdin=subprocess.DEVNULL, stdout=(self.folder / "log").open("ab"), stderr=subprocess.STDOUT)
        until = time.monotonic() + DEADLINE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.05)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        self.process = None

    def lines(self):
        """All that was received so far."""
        if not self.output.exists():
            return []
        found = []
        for line in self.output.read_text(errors="replace").split("\n")[:-1]:
            priority, *fields, text = line.split("|", 5)
            found.append(Line(int(priority) >> 3, int(priority) & 7, *fields, text))
        return found

    def texts(self, name):
        return [line.text for line in self.lines() if line.name == name]

    def until(self, condition, what="", deadline=DEADLINE):
        """The lines once the condition holds for them."""
        until = time.monotonic() + deadline
        while not condition(lines := self.lines()):
            if time.monotonic() > until:
                raise NeverCame(what + "\n" + "\n".join(map(str, lines[-40:])) +
                                (self.folder / "log").read_text())
            time.sleep(0.1)
        return lines

    def until_text(self, name, text):
        return self.until(lambda lines: any(line.name == name and text in line.text for line in lines),
                          f"no line of {name} with: {text}")
