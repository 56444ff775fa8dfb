# SPDX-License-Identifier: MIT
"""What supervision costs in memory, with idle services that never wrote a line.

Counted are the supervising processes, not the services: PID 1 for ours, runsvdir and a runsv for each
service, s6-svscan and an s6-supervise for each. "private" is Private_Clean + Private_Dirty of
/proc/PID/smaps_rollup, summed over them. A program's text counts there as private when one process maps it,
as ours does, and as shared when eleven do; "anonymous" (Anonymous) is what is left without it: data, heap and
stacks. "resident" is Rss, private and shared, summed in the same way.
What the kernel needs for a process (stack, task, page tables) is in neither; peers have one process a
service more than we. Ours is linked statically with musl, as on a node, and, to compare like with like,
with Debian's shared glibc, as its runit and s6 are. "0 services" is one that is skipped for ours, since a
node without any would run a rescue shell."""

import re
import time
from pathlib import Path

from figures import OURS, Figure
from supervised import GLIBC, KINDS, Supervised

TITLE = "Memory of supervision on the build machine (amd64)"
COUNTS = (0, 10, 1000)
SETTLE = 1.5  # seconds


def rollup(pid):
    """Bytes by field."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(size) * 1024 for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}


def memory(kind, count):
    """(private, resident, processes, anonymous)"""
    with Supervised(kind, count) as machine:
        time.sleep(SETTLE)
        fields = [rollup(pid) for pid in machine.supervisors()]
    return (sum(each["Private_Clean"] + each["Private_Dirty"] for each in fields),
            sum(each["Rss"] for each in fields), len(fields), sum(each["Anonymous"] for each in fields))


def measure():
    figures = []
    for count in COUNTS:
        found = {kind: memory(kind, count) for kind in KINDS}
        glibc = memory(GLIBC, count)
        plural = f"{count:,} services"
        figures += [
            Figure(f"private, {plural}", "B", {kind: each[0] for kind, each in found.items()},
                   target=128 << 10 if count == 10 else None),
            Figure(f"anonymous, {plural}", "B", {kind: each[3] for kind, each in found.items()}),
            Figure(f"private, {plural}, ours with glibc too", "B",
                   {**{kind: each[0] for kind, each in found.items()}, OURS: glibc[0]}),
            Figure(f"resident, {plural}", "B", {kind: each[1] for kind, each in found.items()}),
            Figure(f"processes, {plural}", "count", {kind: each[2] for kind, each in found.items()}),
        ]
    return figures
