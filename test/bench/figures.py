# SPDX-License-Identifier: MIT
"""What a measurement returns: figures, ours and the peers' side by side, and how they are written.

A value is a number in its unit's base (bytes, seconds, a count), or a list of samples, of which the median
is shown and everything is kept in the JSON."""

import math
import statistics
from dataclasses import dataclass, field

OURS = "Greyhound"
# pxe-server and signed are no peers but other ways to boot ours: measure_chain.py.
PEERS = ("runit", "s6", "BusyBox", "node_exporter", "Debian 6.12", "pxe-server", "signed", "sort", "multiprocessing")


@dataclass
class Figure:
    what: str
    unit: str  # "B", "s" or "count"
    values: dict  # {OURS or a peer: number or list of numbers}
    target: float = None  # ours is to be no more than this (with `more`: no less)
    more: bool = False
    note: str = ""
    details: dict = field(default_factory=dict)  # whatever else the JSON should have

    def median(self, who):
        value = self.values.get(who)
        return statistics.median(value) if isinstance(value, list) else value

    def reached(self):
        ours = self.median(OURS)
        if self.target is None or ours is None:
            return None
        return ours >= self.target if self.more else ours <= self.target

    def as_json(self):
        record = {"what": self.what, "unit": self.unit, "target": self.target, "reached": self.reached(),
                  "note": self.note, "details": self.details, "values": {}}
        for who, value in self.values.items():
            samples = value if isinstance(value, list) else [value]
            if samples[0] is None:
                continue
            record["values"][who] = {
                "median": statistics.median(samples), "p99": percentile(samples, 99), "least": min(samples),
                "most": max(samples), "count": len(samples), "samples": samples}
            if who != OURS and self.median(OURS):
                record["values"][who]["ratio"] = self.median(who) / self.median(OURS)
        return record


def percentile(samples, percent):
    """The least sample that so many percent are not above."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def written(value, unit):
    """For people: three digits."""
    if value is None:
        return "-"
    if unit == "count":
        return f"{value:g}"
    if unit == "%":
        return f"{value:.2f} %"
    steps = {"B": ((1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")),
             "s": ((1, "s"), (1e-3, "ms"), (1e-6, "us"))}[unit]
    for size, name in steps:
        if abs(value) >= size or size == steps[-1][0]:
            number = value / size
            return f"{number:.{0 if number >= 100 or unit == 'B' and name == 'B' else 1 if number >= 10 else 2}f} {name}"
