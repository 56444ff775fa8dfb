# SPDX-License-Identifier: MIT
"""uboot/check-env: of two values of one name U-Boot takes the last, which has to be ours."""

import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OURS = "kernel_addr_r=0x40080000\nboot=run this;\nstdin=serial\n"


def checked(folder, *variables):
    """What check-env says of a binary with these variables and OURS."""
    binary = folder / "u-boot.bin"
    binary.write_bytes(b"code\0not=this\0" + b"\0".join(text.encode() for text in variables) + b"\0\0more=code\0")
    (folder / "uboot.env").write_text(OURS)
    return subprocess.run([TOP / "uboot/check-env", binary, folder / "uboot.env"], text=True, capture_output=True, check=False)


def test_ours_in_any_order_at_the_end_are_right(tmp_path):
    done = checked(tmp_path, "arch=arm", "bootcmd=run boot", "stdin=serial,usbkbd", "boot=run this;", "stdin=serial",
                   "kernel_addr_r=0x40080000")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("variables, words", [
    (("bootcmd=x", *OURS.splitlines(), "fdtfile=a", "stdin=serial,usbkbd"), "fdtfile of U-Boot's own: after ours"),
    (("bootcmd=x", "kernel_addr_r=1", "stdin=serial"), "boot: not in the environment"),
    (("arch=arm",), "no environment with a bootcmd"),
])
def test_what_would_win_over_ours_or_lack_is_named(tmp_path, variables, words):
    done = checked(tmp_path, *variables)
    assert done.returncode == 1
    assert words in done.stderr
