# SPDX-License-Identifier: MIT
"""What a job finds on a node of 2 GiB (QEMU, four processors): MemTotal and MemAvailable of /proc/meminfo,
read at the console as soon as the node is ready, so the shell is in use as well; and private memory of
PID 1 there (Private_* of smaps_rollup; Anonymous is that without the program's text), as the image is and with ten idle services besides. The peer is
BusyBox init on the same kernel, as for the boot; its ten services are lines of inittab. Medians of
three boots."""

import re
import subprocess
from pathlib import Path

import node
from figures import OURS, Figure
from tools import BOARD_OUT, OUT, CannotMeasure

TITLE = "RAM on a node of 2 GiB (QEMU)"
RUNS = 3
RAM = 2 << 30
COMMANDS = ("cat /proc/meminfo", "cat /proc/1/smaps_rollup")
IDLE = "/bin/sleep 100000"
SYSTEMS = {
    OURS: (BOARD_OUT / "initramfs.cpio.zst", "init: ready in"),
    "BusyBox": (OUT / "peer.cpio.zst", "bench: ready"),
}


def fields(text):
    """Bytes by name."""
    return {name: int(size) * 1024 for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}


def layer_of(who):
    """Ten services more, as an archive."""
    folder = OUT / "layer" / who
    services = folder / "etc/svc"
    services.mkdir(parents=True, exist_ok=True)
    if who == OURS:
        for index in range(10):
            (services / f"idle{index}").write_text(f"exec = {IDLE}\n")
    else:
        inittab = Path("test/bench/peer/inittab").read_text()
        (folder / "etc/inittab").write_text(inittab + f"::respawn:{IDLE}\n" * 10)
    archive = OUT / f"layer-{who}.cpio"
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    with archive.open("wb") as output:
        done = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=folder, input=names.encode(),
                              stdout=output, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise CannotMeasure(done.stderr.decode())
    return archive


def look(who, *layers):
    """(meminfo, rollup of PID 1)"""
    archive, ready = SYSTEMS[who]
    return [fields(text) for text in node.run([archive, *layers], ready, COMMANDS)[1:]]


def private(rollup):
    return rollup["Private_Clean"] + rollup["Private_Dirty"]


def measure():
    plain = {who: [look(who) for _ in range(RUNS)] for who in SYSTEMS}
    more = {who: look(who, layer_of(who))[1] for who in SYSTEMS}

    def of(function):
        return {who: [function(*run) for run in runs] for who, runs in plain.items()}

    return [
        Figure("MemTotal", "B", of(lambda memory, _: memory["MemTotal"])),
        Figure("MemAvailable at ready", "B", of(lambda memory, _: memory["MemAvailable"])),
        Figure("MemAvailable of 2 GiB", "%", of(lambda memory, _: memory["MemAvailable"] * 100 / RAM), target=97,
               more=True),
        Figure("PID 1, private", "B", of(lambda _, rollup: private(rollup))),
        Figure("PID 1, private, 10 services more", "B", {who: private(rollup) for who, rollup in more.items()},
               target=128 << 10),
        Figure("PID 1, anonymous, 10 services more", "B", {who: rollup["Anonymous"] for who, rollup in more.items()}),
    ]
