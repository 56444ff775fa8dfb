# SPDX-License-Identifier: MIT
"""A node whose U-Boot believes the keys of the tests, and programs for it: good ones and bad ones. What make built for
them is below build/: see netboot.mk."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

from chain import OUT, ROOT, Chain

sys.path.append(str(ROOT / "trust"))
from pe import read  # noqa: E402

SIGNED = OUT / "signed-test"
KEYS = ROOT / "build/trust-test/keys"
LOWEST = 1000  # the serial that its U-Boot accepts
ARGUMENTS = "console=ttyAMA0 loglevel=6 panic=1"
# What stands in KEYS/revoked when U-Boot is built, in place of the hash of a program that is yet to be made.
PLACEHOLDER = subprocess.run(["sha256sum"], input=b"replaced by the test", capture_output=True, check=True).stdout[:64]


def run(*command):
    subprocess.run(command, check=True, cwd=ROOT, timeout=120, stdout=subprocess.DEVNULL)


def sign(path, key="db", keys=KEYS):
    run("trust/sign", keys, key, "sign", path)
    return path


def program(path, serial=2000, arguments=ARGUMENTS, archive=OUT / "initramfs.cpio.zst"):
    """Not signed yet."""
    run("trust/program", path, OUT / "vmlinuz.efi", OUT / "entry.bin", str(serial), arguments, archive)
    return path


def with_layer(folder, path):
    """The base and a layer of this folder, as one archive. Where in it the layer is, too."""
    run("mk/concatenate", path, OUT / "root", OUT / "initramfs.cpio.zst", folder)
    return path, (OUT / "initramfs.cpio.zst").stat().st_size


def flipped(source, target, offset):
    """A copy with one bit changed."""
    content = bytearray(source.read_bytes())
    content[offset] ^= 1
    target.write_bytes(content)
    return target


def section_of(path, name):
    """Where the section is in the file, and its length."""
    _, size, _, _, at, *_ = next(one for one in read(path).sections if one[0].rstrip(b"\0") == name.encode())
    return at, size


def revoking(path, target):
    """The U-Boot of the tests, with this program's hash in the place that is kept for one."""
    uboot = bytearray((SIGNED / "u-boot.bin").read_bytes())
    variables = (SIGNED / "ubootefi.var").read_bytes()
    begin = uboot.index(variables)
    at = uboot.index(bytes.fromhex(PLACEHOLDER.decode()))
    assert begin < at < begin + len(variables)
    uboot[at:at + 32] = read(path).digest()
    struct.pack_into("<I", uboot, begin + 20, zlib.crc32(uboot[begin + 24:begin + len(variables)]))
    target.write_bytes(uboot)
    return target


class SignedChain(Chain):
    """Its boot server has one signed version; `program` is where that lies."""

    def lay_out(self, cmdline, layers):
        assert not cmdline and not layers, "they are in the program"
        for folder in ("nodes", "groups"):
            (self.http / folder).mkdir(parents=True)
        run("server/publish", self.tree, "add-signed", "test", "qemu-virt", SIGNED / "node.efi", SIGNED / "ipxe.efi")
        self.program = Path(self.http / "images/test/qemu-virt/node.efi")
        self.bios = SIGNED / "u-boot.bin"
