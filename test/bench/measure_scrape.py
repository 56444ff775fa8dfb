# SPDX-License-Identifier: MIT
"""What being watched costs: CPU time of a scrape, and memory of the monitor idle and after 100 scrapes, beside
Debian's node_exporter as it comes, on this machine, each scraped 100 times over one connection, one after the
other. CPU time is user and system of the whole process at its end (wait4), less that of a run without a scrape,
over the number of scrapes. Private memory is Private_* of smaps_rollup. Ours has no PID 1 to ask
here, so a scrape of ours has no services in it; on a node each service adds six small files to read, and
measure_daemons tells the cost there."""

import http.client
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from figures import OURS, Figure
from tools import BIN, CannotMeasure

TITLE = "Cost of a scrape on the build machine"
SCRAPES = 100
WARM = 3  # scrapes in both runs
DEADLINE = 20
PEER = "node_exporter"


def command(who, port):
    if who == OURS:
        return [str(BIN / "resmond"), f"--port={port}"]
    return ["/usr/bin/prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def private(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(size) for size in re.findall(r"^Private_\w+: +(\d+) kB", text, re.MULTILINE)) * 1024


def scrape(connection):
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise CannotMeasure(f"a scrape was answered with {answer.status}")
    return sum(1 for line in text.splitlines() if not line.startswith("#"))


def connect(port):
    until = time.monotonic() + DEADLINE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
            connection.connect()
            return connection
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise CannotMeasure(f"nothing listens on port {port}") from None
            time.sleep(0.02)


def run(who, scrapes):
    """(CPU seconds in all, private memory idle, private memory at the end, samples of a scrape)"""
    port = free_port()
    process = subprocess.Popen(command(who, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        connection = connect(port)
        idle = private(process.pid)
        samples = [scrape(connection) for _ in range(WARM + scrapes)][-1]
        end = private(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        use = os.wait4(process.pid, 0)[2]
        process.returncode = 0
    return use.ru_utime + use.ru_stime, idle, end, samples


def measure():
    if not Path(command(PEER, 0)[0]).exists():
        raise CannotMeasure("prometheus-node-exporter is not installed")
    without = {who: run(who, 0) for who in (OURS, PEER)}
    found = {who: run(who, SCRAPES) for who in (OURS, PEER)}
    seconds = {who: (found[who][0] - without[who][0]) / SCRAPES for who in found}
    return [
        Figure("CPU time of a scrape", "s", seconds, target=seconds[PEER] / 10, note="to reach: a tenth of "
               "node_exporter's"),
        Figure("samples of a scrape", "count", {who: each[3] for who, each in found.items()}),
        Figure("private memory, idle", "B", {who: each[1] for who, each in found.items()}),
        Figure("private memory after 100 scrapes", "B", {who: each[2] for who, each in found.items()},
               target=256 << 10),
    ]
