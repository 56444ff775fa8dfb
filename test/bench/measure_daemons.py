# SPDX-License-Identifier: MIT
"""What the daemons cost on a node of 2 GiB (QEMU, four processors) on which all of them run: the command line
names a lease to renew, a log server that is there, and a time server that is not (node.all_daemons()). For
each, all its processes together, private memory (Private_* of smaps_rollup; a program's text is shared
where two processes run it) and context switches in a minute in which nobody asks anything; CPU time of
resmond for one of 100 scrapes from the node itself, user and system as the node counts them, in the
emulated processor's time; and MemAvailable with all of them running. Read at the console. Then
blinkstickd once more on a node with a BlinkStick (test/blinkstick) that shows the steady colour of a ready
node: its memory, and its context switches in a minute. The wink that tells a living light from a frozen one
comes six times in it."""

import re
import sys
import tempfile
from pathlib import Path

import node
from figures import OURS, Figure
from tools import BOARD_OUT, ROOT, CannotMeasure

sys.path.insert(0, str(ROOT / "test/blinkstick"))

from stick import Stick  # noqa: E402
from usbredir import Player  # noqa: E402

TITLE = "Daemons on a node (QEMU)"
DAEMONS = ("netd", "udhcpc", "blinkstickd", "resmond", "logshipd", "ntpd")
MEMORY_TARGETS = {"blinkstickd": 320 << 10, "resmond": 256 << 10}
RAM = 2 << 30
SCRAPES = 100

LOOK = ("for name in " + " ".join(DAEMONS) + "; do pids=$(pidof $name) || continue; size=0 switches=0; "
        "for pid in $pids; do "
        "size=$((size + $(awk '/^Private_/ { n += $2 } END { print n }' /proc/$pid/smaps_rollup))) "
        "switches=$((switches + $(awk '/ctxt_switches/ { n += $2 } END { print n }' /proc/$pid/status))); done; "
        "echo $name $size $switches; done")
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


def with_stick():
    """Private memory of blinkstickd, and its context switches in a minute."""
    stick = Stick("square")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usb"
        player = Player(path, stick)
        try:
            said = node.run(
                [BOARD_OUT / "initramfs.cpio.zst"], "init: ready in",
                ("until blinkstickctl list | grep -q ^stick; do sleep 0.1; done; sleep 3", LOOK, "sleep 60", LOOK),
                ("-device", "qemu-xhci,id=usb", "-chardev", f"socket,id=usb,path={path},server=on,wait=off",
                 "-device", "usb-redir,bus=usb.0,chardev=usb"), started=player.plug)
        finally:
            player.unplug()
    if stick.complaints or not stick.shown:
        raise CannotMeasure(f"the BlinkStick was not lit as it should be: {stick.complaints}")
    (size, before), (_, after) = (daemons(said[i])["blinkstickd"] for i in (2, 4))
    return size, after - before


def measure():
    with node.all_daemons() as keywords:
        said = node.run([BOARD_OUT / "initramfs.cpio.zst"], "init: ready in", COMMANDS, **keywords)[1:]
    before, after, scraped = (daemons(said[i]) for i in (1, 3, 8))
    missing = set(DAEMONS) - set(before)
    if missing:
        raise CannotMeasure(f"not running: {' '.join(sorted(missing))}")
    available = number(said[4], r"^MemAvailable: +(\d+) kB") * 1024
    cpu = (number(said[7], r"total ([0-9.]+)") - number(said[5], r"total ([0-9.]+)")) / SCRAPES
    figures = [Figure(f"{name}, private memory", "B", {OURS: size}, target=MEMORY_TARGETS.get(name))
               for name, (size, _) in before.items()]
    stick_size, stick_switches = with_stick()
    figures.append(Figure("blinkstickd, private memory with a BlinkStick", "B", {OURS: stick_size},
                          target=MEMORY_TARGETS["blinkstickd"]))
    figures += [Figure(f"{name}, private memory after {SCRAPES} scrapes", "B", {OURS: scraped[name][0]},
                       target=MEMORY_TARGETS[name]) for name in ("resmond",) if name in scraped]
    figures += [Figure(f"{name}, context switches in an idle minute", "count",
                       {OURS: after[name][1] - switches}) for name, (_, switches) in before.items() if name in after]
    figures += [Figure("blinkstickd, context switches in a minute of a steady colour", "count", {OURS: stick_switches}),
                Figure("CPU time of a scrape, emulated", "s", {OURS: cpu}),
                Figure("MemAvailable of 2 GiB, all daemons running", "%", {OURS: available * 100 / RAM}, target=97,
                       more=True)]
    return figures
