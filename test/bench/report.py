# SPDX-License-Identifier: MIT
"""The table for people and the JSON for programs."""

import json
import os
import subprocess
import textwrap
import time
from pathlib import Path

from figures import OURS, PEERS, written


def output_of(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=False).stdout.strip()
    except OSError:
        return ""


def environment(root):
    """What the figures depend on besides the sources."""
    model = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    versions = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}\n", "runit", "s6", "busybox-static",
                         "musl-tools", "prometheus-node-exporter", "qemu-system-arm")
    return {
        "commit": output_of("git", "-C", str(root), "describe", "--always", "--dirty"),
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": model[0] if model else "",
        "processors": os.cpu_count(),
        "kernel": os.uname().release,
        "packages": dict(line.split(" ", 1) for line in versions.splitlines() if " " in line),
    }


def goal(figure):
    if figure.target is None:
        return ""
    reached = {True: "reached", False: "missed", None: "?"}[figure.reached()]
    return f"{'>=' if figure.more else '<='} {written(figure.target, figure.unit)}: {reached}"


def cell(figure, who):
    value, ours = figure.median(who), figure.median(OURS)
    if value is None:
        return ""
    text = written(value, figure.unit)
    return text if who == OURS or not ours else f"{text}  x{value / ours:.2g}" if value / ours < 99.5 else \
        f"{text}  x{value / ours:.0f}"


def print_rows(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:-1], widths[1:-1]))]
        print(("  ".join(cells) + "  " + row[-1]).rstrip())


def load_warning(most):
    if most <= 1:
        return f"Load average at most {most:.1f}."
    return f"WARNING: the load average was up to {most:.1f}; above 1 no time here is to be trusted."


def print_report(facts, results):
    print(f"\nGreyhound {facts['commit']}, {facts['begun']}; {facts['processors']} x {facts['processor']}, "
          f"Linux {facts['kernel']}")
    print("Peers: " + ", ".join(f"{name} {version}" for name, version in facts["packages"].items()))
    print(load_warning(max(load for result in results for load in result["load"])))
    for result in results:
        print(f"\n{result['title']}  (load {result['load'][0]:.1f} to {result['load'][1]:.1f})")
        if result["failed"]:
            print(f"  could not be measured: {result['failed']}")
        if not result["figures"]:
            continue
        peers = [peer for peer in PEERS if any(peer in figure.values for figure in result["figures"])]
        print_rows([["", OURS, *peers, "to reach"]] +
                   [["  " + figure.what, *(cell(figure, who) for who in (OURS, *peers)), goal(figure)]
                    for figure in result["figures"]])
        for figure in result["figures"]:
            if figure.note:
                print(textwrap.fill(f"{figure.what}: {figure.note}", 110, initial_indent="    ",
                                    subsequent_indent="      "))


def write_json(path, facts, results):
    record = {"version": 1, **facts, "measurements": [
        {**result, "figures": [figure.as_json() for figure in result["figures"]]} for result in results]}
    path.write_text(json.dumps(record, indent=1) + "\n")
