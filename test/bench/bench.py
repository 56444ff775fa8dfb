# SPDX-License-Identifier: MIT
"""Runs the measurements named, or all, and prints what they found. `make bench` builds what this needs
and gives it a mount namespace of its own.

A measurement is a module measure_NAME with TITLE, a docstring that says what is measured and how, and
measure(), which returns figures. One that cannot be done (no root, a peer that is not there) says
why; the others go on."""

import importlib
import os
import sys

import report
from tools import OUT, ROOT, CannotMeasure

ORDER = ("size", "memory", "idle", "respawn", "start", "status", "boot", "ram", "kernel", "scrape", "daemons",
         "chain", "cluster")


def load():
    return os.getloadavg()[0]


def run(name):
    module = importlib.import_module(f"measure_{name}")
    result = {"name": name, "title": module.TITLE, "how": module.__doc__, "load": [load()], "failed": "",
              "figures": []}
    print(f"  BENCH   {name}", file=sys.stderr, flush=True)
    try:
        result["figures"] = module.measure()
    except CannotMeasure as error:
        result["failed"] = str(error)
    result["load"].append(load())
    return result


def main(names):
    unknown = [name for name in names if name not in ORDER]
    if unknown:
        sys.exit(f"bench: no such measurement: {' '.join(unknown)}; there are: {' '.join(ORDER)}")
    os.chdir(ROOT)
    facts = report.environment(ROOT)
    results = [run(name) for name in ORDER if name in (names or ORDER)]
    report.write_json(OUT / "bench.json", facts, results)
    report.print_report(facts, results)
    print(f"\nHow each is measured, and every sample: {OUT / 'bench.json'}")


if __name__ == "__main__":
    main(sys.argv[1:])
