# SPDX-License-Identifier: MIT
"""How long 1,000 services take to start: from just before process 1 is executed to the first instruction of
main() of the last of them. For ours also until PID 1 calls the node ready, as it counts itself from
its own main(): then it has read that every program was executed. Medians of five starts."""

import re

from figures import OURS, Figure
from supervised import KINDS, SERVICE_MAX, Supervised

TITLE = "Start of 1,000 services"
RUNS = 5


def ready_seconds(machine):
    return float(re.search(r"ready in ([0-9.]+) s", (machine.root / "dev/kmsg").read_text()).group(1))


def measure():
    times, ready = {kind: [] for kind in KINDS}, []
    for _ in range(RUNS):
        for kind in KINDS:
            with Supervised(kind, SERVICE_MAX) as machine:
                times[kind].append(machine.start_seconds())
                if kind == OURS:
                    ready.append(ready_seconds(machine))
    return [
        Figure("exec of process 1 to the last main()", "s", times),
        Figure("main() of PID 1 to the node's `ready`", "s", {OURS: ready}),
    ]
