# SPDX-License-Identifier: MIT
"""What a job gets from the kernel: instructions of one of each thing, kernel's and program's together, which under
QEMU with -icount shift=0,sleep=off -smp 1 are the nanoseconds of the clock, and the same in every run; but TCP, where
timers take part, differs by a fifth from run to run. Both kernels boot programs/kernel_calls.c as their only process,
with 2 GiB. The peer is Debian's cloud kernel of the same series (sources.lock, linux-debian), as it is shipped.
Sleeping processes are a thousand of that static program, each with 20 KB in use: bytes of MemAvailable that one costs."""

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import node
from figures import OURS, Figure
from tools import BOARD_OUT, OUT, CannotMeasure

TITLE = "What a job gets from the kernel (QEMU, instructions)"
PEER = "Debian 6.12"
AIM = 0.7

ROWS = {
    "getppid": "getppid()",
    "read": "read() of one byte",
    "stat": "stat()",
    "fork": "fork, exit, wait",
    "exec": "fork, exec, wait",
    "mmap": "mmap and munmap, 64 KiB",
    "touch": "touch 16 MiB of new memory",
    "shmem": "touch 16 MiB of shared memory",
    "tmpfs": "tmpfs: create, write, unlink",
    "pipe": "pipe, there and back",
    "unix": "Unix socket, there and back",
    "tcp": "TCP over loopback, a MiB",
    "threads": "futex, to a thread and back",
    "thread": "make a thread, join it",
    "futex": "futex, wake nobody",
    "epoll": "epoll_wait(), one is ready",
}
BYTES = {"sleeper": "a sleeping process", "available": "available of 2 GiB, nothing running"}


def debian():
    """Debian's kernel out of its package."""
    done = subprocess.run(["mk/fetch", "linux-debian"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    package = Path(done.stdout.strip())
    kernel = OUT / f"{package.stem}.vmlinuz"
    if not kernel.exists():
        with tempfile.TemporaryDirectory(dir=OUT) as folder:
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
            next(Path(folder).glob("boot/vmlinuz-*")).rename(kernel)
    return kernel


def run(kernel):
    """{row: number}"""
    console = node.Console([
        *shlex.split(os.environ["BENCH_QEMU"]), "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio",
        "-no-reboot", *node.ICOUNT, "-kernel", str(kernel), "-initrd", str(OUT / "kernel_calls.cpio"),
        "-append", "console=ttyAMA0 quiet panic=-1"])
    try:
        console.until("bench: over")
        return {name: int(number) for name, number in re.findall(r"bench: (\w+) (\d+)$", console.text, re.MULTILINE)}
    finally:
        console.close()


def measure():
    found = {OURS: run(BOARD_OUT / "Image")}
    peer = debian()
    if peer:
        found[PEER] = run(peer)
    for who, numbers in found.items():
        if missing := {**ROWS, **BYTES}.keys() - numbers.keys():
            raise CannotMeasure(f"the kernel of {who} did not tell {missing}")
    figures = []
    for row, what in ROWS.items():
        values = {who: numbers[row] for who, numbers in found.items()}
        figures.append(Figure(what, "count", values, target=round(AIM * values[PEER]) if peer else None))
    figures += [Figure(what, "B", {who: numbers[row] for who, numbers in found.items()}, more=row == "available")
                for row, what in BYTES.items()]
    if not peer:
        figures[0].note = "Debian's kernel cannot be had here (mk/fetch linux-debian says why)"
    return figures
