# SPDX-License-Identifier: MIT
"""Bytes: what a node fetches, and the programs that supervise.

On the wire: the kernel as iPXE fetches it (vmlinuz.efi, zstd) and as U-Boot does (Image, gzip), the base
initramfs, all of the image's own daemons in it; the peer's is the node's BusyBox with init, syslogd and
klogd, and nothing else. Programs: ours as it goes to the node; then everybody's for amd64: ours static
with musl, the peers' as Debian ships them, without the shared libraries they need: runit, runsvdir and
runsv; s6-svscan and s6-supervise. BusyBox is the whole of Debian's busybox-static, which cannot be had in
part."""

from pathlib import Path

from figures import OURS, Figure
from tools import BIN, BOARD_OUT, OUT

TITLE = "Bytes"
MIB = 1 << 20
PROGRAMS = {
    "runit": ("/sbin/runit", "/usr/bin/runsvdir", "/usr/bin/runsv"),
    "s6": ("/usr/bin/s6-svscan", "/usr/bin/s6-supervise"),
    "BusyBox": ("/bin/busybox",),
}


def size(*paths):
    """Of all together; None if one is not there."""
    paths = [Path(path) for path in paths]
    return sum(path.stat().st_size for path in paths) if all(path.exists() for path in paths) else None


def measure():
    peer_wire = size(OUT / "peer.cpio.zst")
    return [
        Figure("kernel on the wire, vmlinuz.efi", "B", {OURS: size(BOARD_OUT / "vmlinuz.efi")}, target=2.5 * MIB),
        Figure("kernel on the wire, Image", "B", {OURS: size(BOARD_OUT / "Image")}, target=2.5 * MIB),
        Figure("initramfs on the wire", "B", {OURS: size(BOARD_OUT / "initramfs.cpio.zst"), "BusyBox": peer_wire},
               target=1 * MIB),
        Figure("PID 1 for the node (arm64, static)", "B", {OURS: size(BOARD_OUT / "bin/init")}, target=150 << 10),
        Figure("PID 1 and what supervises, amd64", "B",
               {OURS: size(BIN / "init"), **{peer: size(*paths) for peer, paths in PROGRAMS.items()}},
               details={peer: {path: size(path) for path in paths} for peer, paths in PROGRAMS.items()}),
    ]
