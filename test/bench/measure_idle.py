# SPDX-License-Identifier: MIT
"""How often supervision wakes a processor that has nothing to do: voluntary and other context switches of
the supervising processes in ten seconds, with ten idle services, all supervisors at the same time. Ours
has no hardware watchdog to feed there; with one it would wake as often as that asks."""

import re
import time
from contextlib import ExitStack
from pathlib import Path

from figures import Figure
from supervised import KINDS, Supervised

TITLE = "Wakeups when idle, 10 services, 10 s"
SETTLE = 3  # seconds
TIME = 10


def switches(machine):
    return sum(int(count) for pid in machine.supervisors() for count in
               re.findall(r"ctxt_switches:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()))


def measure():
    with ExitStack() as stack:
        machines = {kind: stack.enter_context(Supervised(kind, 10)) for kind in KINDS}
        time.sleep(SETTLE)
        before = {kind: switches(machine) for kind, machine in machines.items()}
        time.sleep(TIME)
        counted = {kind: switches(machine) - before[kind] for kind, machine in machines.items()}
    return [Figure("context switches", "count", counted, target=0)]
