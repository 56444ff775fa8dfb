# SPDX-License-Identifier: MIT
"""Where things are, and the one error a measurement may end with."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = Path("build/bench")  # relative to ROOT, where bench.py works
BIN = OUT / "bin"
BOARD_OUT = Path("build") / os.environ.get("BENCH_BOARD", "qemu-virt")
ENTER = Path(os.environ.get("BENCH_ENTER", "build/host/pid1/enter"))


class CannotMeasure(Exception):
    """Why a measurement cannot be done here."""


def lines_of(command, timeout=120):
    """What a program prints, as lists of integers."""
    try:
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"{command[0]} took more than {timeout} s") from None
    if done.returncode:
        raise CannotMeasure(f"{command[0]} failed: {done.stderr.strip() or done.returncode}")
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


def seconds_of(command, timeout=120):
    """The same for a program whose lines begin with nanoseconds."""
    return [line[0] / 1e9 for line in lines_of(command, timeout)]
