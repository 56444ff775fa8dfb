# SPDX-License-Identifier: MIT
"""What the daemons cost on a node of 2 GiB (QEMU, four processors), as it boots with nothing added: for each that
is there, private memory (Private_* of smaps_rollup) and context switches in a minute in which nobody
asks anything; CPU time of resmond for one of 100 scrapes from the node itself, user and system as the node
counts them, in the emulated processor's time; and MemAvailable with all of them running. Read
at the console."""

import re

import node
from figures import OURS, Figure
from tools import BOARD_OUT, CannotMeasure

TITLE = "Daemons on a node (QEMU)"
DAEMONS = ("netd", "blinkstickd", "resmond", "logshipd")
MEMORY_TARGETS = {"blinkstickd": 320 << 10, "resmond": 256 << 10}
RAM = 2 << 30
SCRAPES = 100

LOOK = ("for name in " + " ".join(DAEMONS) + "; do pid=$(pidof $name) || continue; set -- $pid; "
        "echo $name $(awk '/^Private_/ { n += $2 } END { print n }' /proc/$1/smaps_rollup) "
        "$(awk '/ctxt_switches/ { n += $2 } END { print n }' /proc/$1/status); done")
CPU = "wget -qO- http://127.0.0.1:9100/metrics | grep ^process_cpu_seconds_total"
COMMANDS = ("svctl wait ready; sleep 3", LOOK, "sleep 60", LOOK, "cat /proc/meminfo", CPU,
            f"i=0; while [ $i -lt {SCRAPES} ]; do wget -qO /dev/null http://127.0.0.1:9100/metrics; i=$((i + 1)); "
            "done", CPU, LOOK)


def daemons(text):
    """{name: (bytes, switches)}"""
    return {name: (int(size) * 1024, int(switches)) for name, size, switches in
            re.findall(r"^(\w+) (\d+) (\d+)$", text, re.MULTILINE)}


def number(text, pattern):
    match = re.search(pattern, text, re.MULTILINE)
    if not match:
        raise CannotMeasure(f"the node did not say {pattern}: {text[-500:]}")
    return float(match.group(1))


def measure():
    said = node.run([BOARD_OUT / "initramfs.cpio.zst"], "init: ready in", COMMANDS)[1:]
    before, after, scraped = (daemons(said[i]) for i in (1, 3, 8))
    if not before:
        raise CannotMeasure(f"no daemon runs: {said[1]}")
    available = number(said[4], r"^MemAvailable: +(\d+) kB") * 1024
    cpu = (number(said[7], r"total ([0-9.]+)") - number(said[5], r"total ([0-9.]+)")) / SCRAPES
    figures = [Figure(f"{name}, private memory", "B", {OURS: size}, target=MEMORY_TARGETS.get(name))
               for name, (size, _) in before.items()]
    figures += [Figure(f"{name}, private memory after {SCRAPES} scrapes", "B", {OURS: scraped[name][0]},
                       target=MEMORY_TARGETS[name]) for name in ("resmond",) if name in scraped]
    figures += [Figure(f"{name}, context switches in an idle minute", "count",
                       {OURS: after[name][1] - switches}) for name, (_, switches) in before.items() if name in after]
    figures += [Figure("CPU time of a scrape, emulated", "s", {OURS: cpu}),
                Figure("MemAvailable of 2 GiB, all daemons running", "%", {OURS: available * 100 / RAM}, target=97,
                       more=True)]
    return figures
