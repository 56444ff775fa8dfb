# SPDX-License-Identifier: MIT
"""What is looked at of the files that are to be published, before they are: layers, their images, signed programs."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "trust"))
from pe import NoProgram, read  # noqa: E402


class Refused(Exception):
    """What was asked cannot be done, and why."""


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_archive(path):
    """A node cannot notice that a layer is damaged (docs/netboot.md), so it is looked at here."""
    with open(path, "rb") as file:
        magic = file.read(6)
    if magic[:4] == b"\x28\xb5\x2f\xfd":
        if subprocess.call(["zstd", "-tq", path], stderr=subprocess.DEVNULL):
            raise Refused(f"the layer {path} is damaged: zstd cannot unpack it; nothing was published")
    elif magic != b"070701":
        raise Refused(f"the layer {path} is neither a cpio archive nor one packed by zstd; nothing was published")


def images_of(archive):
    """What a layer says of its image, {SHA-256: bytes}: of one or none, but a folder may have put in more (join-layer(8))."""
    with open(archive, "rb") as file:
        packed = file.read(4) == b"\x28\xb5\x2f\xfd"
    unpack = subprocess.run(["zstd", "-dcq", archive] if packed else ["cat", archive], stdout=subprocess.PIPE, check=True)
    texts = subprocess.run(["cpio", "--quiet", "-i", "--to-stdout", "etc/layers.d/*"], input=unpack.stdout, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, check=False).stdout.decode(errors="replace")
    return {digest: int(size) for digest, size in re.findall(r"sha256 ([0-9a-f]{64})\nsize (\d+)\n", texts)}


def is_signed(path):
    """Has an EFI program a signature? (Whose is for U-Boot to find out.)"""
    if not path.exists():
        return False
    try:
        return read(path).is_signed()
    except NoProgram:
        return False
