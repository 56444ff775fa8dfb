# SPDX-License-Identifier: MIT
"""From the kernel's start to ready, in guest time of QEMU with -icount shift=0,sleep=off -smp 1, where an
instruction is a nanosecond: nearly the same from run to run, whatever the build machine does; not what a
processor with caches takes. Medians of five boots. The address comes with ip=.

Times are those of the kernel log, read with dmesg at the console when all is over: "Run /init", then our
PID 1's "ready", which says that every service of the image is ready; for the peer the line its console's
shell writes first. The peer is BusyBox init on the same kernel, with an archive that has nothing
but BusyBox, doing the same by /etc/rcS (test/bench/peer): mounts, hostname, loopback, the address, syslogd,
klogd, then the shell. Its smaller archive helps it before /init, and not after.

"All daemons" is ours where the command line gives each service of the image its work: a lease to renew, a
log server and a time server. Without these, logshipd and ntpd are skipped and udhcpc is not started.

The kernel's clock begins when it has found its timer; how long it has run by then is told by a PID 1
that reads the processor's counter (programs/clock.c), and is in none of the other figures."""

import re

import node
from figures import OURS, Figure
from tools import BOARD_OUT, OUT, CannotMeasure

TITLE = "Boot in guest time (QEMU, icount)"
RUNS = 5
INIT = "Run /init as init process"
SYSTEMS = {
    OURS: (BOARD_OUT / "initramfs.cpio.zst", "init: ready in"),
    "BusyBox": (OUT / "peer.cpio.zst", "bench: ready"),
}


def boot(archive, ready, **keywords):
    """(seconds to /init, to ready, the kernel log)"""
    log = node.run([archive], ready, ["dmesg"], node.ICOUNT, **keywords)[1]
    return node.log_time(log, INIT), node.log_time(log, ready), log


def before_the_clock():
    said = node.run([OUT / "clock.cpio"], "bench: counter.*\n", qemu=node.ICOUNT, prompt=False)[0]
    match = re.search(r"bench: counter (\d+) clock (\d+)", said)
    if not match:
        raise CannotMeasure(said[-2000:])
    return (int(match.group(1)) - int(match.group(2))) / 1e6


def measure():
    boots = {who: [boot(*system) for _ in range(RUNS)] for who, system in SYSTEMS.items()}
    with node.all_daemons() as keywords:
        daemons = [boot(*SYSTEMS[OURS], **keywords) for _ in range(RUNS)]
    whole = {who: [ready for _, ready, _ in runs] for who, runs in boots.items()}
    userland = {who: [ready - init for init, ready, _ in runs] for who, runs in boots.items()}
    peer = Figure("", "s", userland).median("BusyBox")
    scripted = node.log_time(boots["BusyBox"][0][2], "bench: rcS is done") - boots["BusyBox"][0][0]
    return [
        Figure("kernel's clock to /init", "s", {who: [init for init, _, _ in runs] for who, runs in boots.items()}),
        Figure("/init to ready", "s", userland, target=min(0.010, peer * 2 / 3),
               note=f"the peer's rcS ends at {scripted * 1e3:.2f} ms, before its shell is started"),
        Figure("/init to ready, all daemons", "s", {OURS: [ready - init for init, ready, _ in daemons]}, target=0.010),
        Figure("kernel's clock to ready", "s", whole, target=0.050),
        Figure("kernel's clock to ready, all daemons", "s", {OURS: [ready for _, ready, _ in daemons]}, target=0.050),
        Figure("before the kernel's clock", "s", {OURS: before_the_clock()}),
    ]
