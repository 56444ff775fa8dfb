# SPDX-License-Identifier: MIT
"""What goes to a node, and which commit it is: for mk/release and mk/sbom."""

import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

# What goes to a node or its flash, beside Greyhound itself: its licence in SPDX's words, its licence's text in its
# source, and the vendor and product under which vulnerabilities of it are listed (CPE).
COMPONENTS = {
    "linux": ("GPL-2.0-only WITH Linux-syscall-note", "COPYING", "linux:linux_kernel"),
    "musl": ("MIT", "COPYRIGHT", "musl-libc:musl"),
    "busybox": ("GPL-2.0-only", "LICENSE", "busybox:busybox"),
    "libnl": ("LGPL-2.1-only", "COPYING", "libnl_project:libnl"),
    "libusb": ("LGPL-2.1-or-later", "COPYING", "libusb:libusb"),
    "u-boot": ("GPL-2.0-or-later", "Licenses/gpl-2.0.txt", "denx:u-boot"),
    "tf-a": ("BSD-3-Clause", "docs/license.rst", "arm:trusted_firmware-a"),
    # Debian's package of binaries, whose source nothing is built from here.
    "ipxe-bin": ("GPL-2.0-or-later", None, "ipxe:ipxe"),
}


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=CHECKOUT, check=True, text=True, capture_output=True).stdout.strip()


def commit_time():
    """In seconds since 1970."""
    return int(git("log", "-1", "--format=%ct"))


def sources():
    """Of sources.lock: name -> (version, sha256, [place...]), of its first line: what is taken if it can be had."""
    found = {}
    for line in (CHECKOUT / "sources.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version, sha256, *places = line.split()
            found.setdefault(name, (version, sha256, places))
    return found
