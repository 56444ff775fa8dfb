# SPDX-License-Identifier: MIT
"""From power-on to ready through the whole chain: U-Boot, iPXE, kernel, userland, on the wall, with QEMU emulating
four processors and this machine's own speed; so it is for seeing which stage takes the time, and for comparing
with itself, not for what a board takes. Medians of three boots, in columns: as `make qemu-pxe` does it, with QEMU's DHCP
and TFTP and HTTP from the loopback, where iPXE waits three seconds for a DHCP proxy, which QEMU's DHCP cannot
deny; and, as root, with the real boot server as the network's DHCP server (`make pxe-server SUBNET=...`) in a network
namespace; and signed, as `make qemu-pxe SIGN=yes` does it, with the tests' keys.

Times are when the line that ends a stage came over the console. The picture is build/bench/chain.svg; it has the boot whose total is the median, of those
with the real server if there are any."""

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time

from figures import OURS, Figure
from node import Console
from tools import BOARD_OUT, OUT, ROOT

TITLE = "The whole chain, power-on to ready (QEMU, wall clock)"
SERVED = "pxe-server"
SIGNED = "signed"
RUNS = 3
TREE = BOARD_OUT / "netboot"

# What ends each stage, in the order in which it comes over the console.
STAGES = (
    ("QEMU, U-Boot", r"boot: [a-z0-9-]+ [0-9a-f:]+: "),
    ("U-Boot: DHCP", r"DHCP client bound"),
    ("U-Boot: iPXE by TFTP", r"Bytes transferred"),
    ("iPXE starts", r"Configuring [^(]*\(net0"),
    ("iPXE: DHCP", r"http://\S+/boot\.ipxe\.\.\."),
    ("iPXE: scripts by HTTP", r"http://\S+/vmlinuz\.efi\.\.\."),
    ("iPXE: kernel by HTTP", r"http://\S+/initramfs\.cpio\.zst\.\.\."),
    ("iPXE: initramfs by HTTP", r"boot\.ipxe: starting"),
    ("kernel unpacks itself", r"Linux version"),
    ("kernel", r"^Greyhound |init: ready in"),
    ("userland", r"init: ready in"),
)

# A signed program holds both. U-Boot hashes it and checks the signature when iPXE loads it, twice: to see whether it is a
# program at all, and to start it.
SIGNED_STAGES = (
    *STAGES[:5],
    ("iPXE: scripts by HTTP", r"http://\S+/node\.efi\.\.\."),
    ("iPXE: program by HTTP", r"boot\.ipxe: starting"),
    ("U-Boot: signature", r"signed program: serial"),
    *STAGES[8:],
)
NAMES = list(dict.fromkeys(name for name, _ in (*STAGES[:8], *SIGNED_STAGES)))

ROW, LEFT, WIDTH = 26, 190, 620
COLOURS = {"QEMU": "#4c78a8", "U-Bo": "#4c78a8", "iPXE": "#f58518", "kern": "#54a24b", "user": "#b279a2"}


def boot(command, stages=STAGES):
    """Seconds of each stage, and of all."""
    begin = last = time.monotonic()
    console = Console(command)
    seconds = []
    position = 0
    try:
        for _, pattern in stages:
            match = console.until(pattern, position)
            position = match.start()
            now = time.monotonic()
            seconds.append(now - last)
            last = now
    finally:
        console.close()
    return seconds, last - begin


def qemu(network, uboot="u-boot.bin"):
    return [*shlex.split(os.environ["BENCH_QEMU"]), *shlex.split(network), "-display", "none", "-monitor", "none",
            "-serial", "stdio", "-no-reboot", "-bios", str(ROOT / BOARD_OUT / uboot)]


def alone(tree=TREE, uboot="u-boot.bin", stages=STAGES):
    network = os.environ["BENCH_QEMU_NET"].replace("-netdev user,", f"-netdev user,tftp={tree}/tftp,bootfile={{http}}boot.ipxe,")
    command = ["mk/qemu-http", str(tree / "http"), *qemu(network, uboot)]
    return [boot(command, stages) for _ in range(RUNS)]


def signed():
    """Boots, and what is sent."""
    folder = ROOT / BOARD_OUT / "signed-test"
    tree = folder / "netboot"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("nodes", "groups"):
        (tree / "http" / name).mkdir(parents=True)
    subprocess.run(["server/publish", tree, "add-signed", "bench", os.environ["BENCH_BOARD"], folder / "node.efi",
                    folder / "ipxe.efi"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return alone(tree, "signed-test/u-boot.bin", SIGNED_STAGES), size(folder / "ipxe.efi") + size(folder / "node.efi")


def served():
    """None where there can be no such server."""
    sys.path.append(str(ROOT / "test/netboot"))
    try:
        from network import SUBNET, Network, impossible  # noqa: PLC0415 (it needs what only the tests need)
    except ImportError:
        return None
    if impossible():
        return None
    network = Network()
    try:
        network.serve(f"SUBNET={SUBNET}")
        node = network.node(1)
        cable = os.environ["BENCH_QEMU_NET"].replace(
            "-netdev user,", f"-netdev tap,ifname={node.tap},script=no,downscript=no,")
        return [boot([str(word) for word in network.lan.command(*qemu(cable))]) for _ in range(RUNS)]
    finally:
        network.close()


def picture(seconds):
    """Each stage a bar where it was, its name to the left, its time beside it."""
    scale = WIDTH / sum(seconds)
    rows, at = [], 0
    for index, ((name, _), took) in enumerate(zip(STAGES, seconds)):
        y = 40 + index * ROW
        x, width = LEFT + at * scale, max(1, took * scale)
        rows.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{name}</text>'
                    f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="18" fill="{COLOURS[name[:4]]}"/>'
                    f'<text x="{x + width + 5:.1f}" y="{y + 13}">{took * 1e3:.0f} ms</text>')
        at += took
    height = 50 + len(STAGES) * ROW
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 80}" height="{height}" '
            f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="10" y="22" font-size="15">From power-on to ready: {sum(seconds):.2f} s in QEMU</text>'
            + "\n".join(rows) + "</svg>\n")


def size(path):
    return path.stat().st_size


def measure():
    signed_boots, signed_sent = signed()
    boots = {OURS: alone(), SERVED: served(), SIGNED: signed_boots}
    boots = {who: found for who, found in boots.items() if found}
    OUT.mkdir(parents=True, exist_ok=True)
    shown = boots.get(SERVED, boots[OURS])
    (OUT / "chain.svg").write_text(picture(sorted(shown, key=lambda one: one[1])[RUNS // 2][0]))
    indices = {who: {name: index for index, (name, _) in enumerate(SIGNED_STAGES if who == SIGNED else STAGES)}
               for who in boots}
    stages = [Figure(name, "s", {who: [seconds[indices[who][name]] for seconds, _ in found]
                                 for who, found in boots.items() if name in indices[who]}) for name in NAMES]
    totals = {who: [total for _, total in found] for who, found in boots.items()}
    images = TREE / "http/current" / os.environ["BENCH_BOARD"]
    sent = {"ipxe.efi": size(TREE / "tftp/ipxe.efi"), "kernel": size(images / "vmlinuz.efi"),
            "initramfs": size(images / "initramfs.cpio.zst")}
    return [*stages,
            Figure("power-on to ready", "s", totals, note=f"picture: {OUT / 'chain.svg'}",
                   details={"median": statistics.median(totals[OURS])}),
            Figure("sent to a node", "B", {OURS: sum(sent.values()), SIGNED: signed_sent}, details=sent,
                   note=", ".join(f"{name} {length} bytes" for name, length in sent.items()))]
