# SPDX-License-Identifier: MIT
"""What the build does with boot loaders before any of them runs: checks, and ways to have iPXE."""

import importlib.util
import os
import struct
import subprocess
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def load(path):
    """A program without .py as a module."""
    loader = SourceFileLoader(Path(path).name.replace("-", "_"), str(ROOT / path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


checker = load("uboot/check-spi-image")


def fit(length):
    return struct.pack(">II", 0xD00DFEED, length) + bytes(length - 8)


def spl(length=1024):
    """A first stage with a right checksum."""
    words = [0xEA000016, 0, 0, 0x5F0A6C39, length] + [7] * (length // 4 - 5)
    words[1:3] = struct.unpack("<II", b"eGON.BT0")
    words[3] = sum(words) & 0xFFFFFFFF
    return struct.pack(f"<{len(words)}I", *words)


def image(first=None, uboot=b"", ipxe=b""):
    whole = bytearray(b"\xff" * 0x100000)
    first = first or spl()
    whole[:len(first)] = first
    uboot = uboot or fit(500000)
    whole[0x8000:0x8000 + len(uboot)] = uboot
    return bytes(whole) + (ipxe or fit(1000000))


def test_a_good_flash_image_passes():
    assert checker.check(image()) == {"spl": 1024, "uboot": 0x8000 + 500000, "ipxe": 1000000}


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


@pytest.mark.parametrize("bad, why", [
    (flipped(image(), 5), "eGON.BT0"),
    (flipped(image(), 100), "checksum"),
    (flipped(image(), 16), "length"),
    (flipped(image(), 0x8000), "U-Boot: there is no FIT image at 0x8000"),
    (image(uboot=fit(0xF0000 - 0x8000 + 4)), "beyond 0xf0000"),
    # The tree is short; what it refers to, behind it, is not.
    (image(uboot=fit(4096) + bytes(0xF0000)), "beyond the environment's place"),
    (image(ipxe=b"\xff" * 4096), "iPXE: there is no FIT image at 0x100000"),
    (image(ipxe=fit(0x200004)), "iPXE: from 0x100000"),
    (image()[:0x100000], "before iPXE's place"),
    (image() + bytes(16 << 20), "the flash has"),
], ids=["magic", "checksum", "length", "second stage", "too long", "too long behind the tree", "iPXE", "iPXE too long",
        "no iPXE", "flash"])
def test_a_flash_image_that_would_not_start_is_refused(bad, why):
    with pytest.raises(checker.Wrong, match=why):
        checker.check(bad)


WFI = struct.pack("<I", 0xD503207F)
YIELD = struct.pack("<I", 0xD503203F)


def without_wfi(folder, content):
    (folder / "in").write_bytes(content)
    return subprocess.run([ROOT / "ipxe/without-wfi", folder / "in", folder / "out"], stderr=subprocess.PIPE, text=True,
                          check=False)


def test_the_one_wfi_of_the_prebuilt_ipxe_becomes_a_yield(tmp_path):
    # At an odd place the same bytes are something else.
    content = b"MZ" + bytes(30) + WFI + bytes(5) + WFI + bytes(3)
    assert without_wfi(tmp_path, content).returncode == 0
    assert (tmp_path / "out").read_bytes() == content.replace(WFI, YIELD, 1)


@pytest.mark.parametrize("content", [b"MZ" + bytes(62), b"MZ" + bytes(30) + WFI + WFI, bytes(32) + WFI])
def test_another_binary_than_the_known_one_is_left_alone(tmp_path, content):
    assert without_wfi(tmp_path, content).returncode != 0
    assert not (tmp_path / "out").exists()


def build_ipxe(folder, how, source=""):
    return subprocess.run([ROOT / "ipxe/build", how, source, folder / "ipxe.efi", folder / "log"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=ROOT,
                          env={**os.environ, "GREYHOUND_CACHE": os.environ.get("GREYHOUND_CACHE", "")
                               or os.path.expanduser("~/.cache/greyhound")})


@pytest.fixture
def source(tmp_path):
    """A tree whose makefile stands for iPXE's: it writes down what it was asked for."""
    tree = tmp_path / "tree"
    (tree / "src/config").mkdir(parents=True)
    (tree / "src/Makefile").write_text(
        "bin-arm64-efi/snp.efi:\n\tmkdir -p $(@D)\n\techo 'made for $(CROSS_COMPILE)' >$@\n"
        "\tcat config/local/*.h $(EMBED) >>$@\n")
    return tree


def test_ipxe_of_a_source_tree_has_our_settings_and_script(tmp_path, source):
    done = build_ipxe(tmp_path, "auto", source)
    assert done.returncode == 0, done.stdout
    made = (tmp_path / "ipxe.efi").read_text()
    assert "aarch64-linux-gnu-" in made and "NAP_NULL" in made and "BANNER_TIMEOUT 0" in made
    assert (ROOT / "ipxe/start.ipxe").read_text() in made
    assert "the source tree" in (tmp_path / "ipxe.made").read_text()
    assert not (source / "src/config/local").exists(), "the tree is somebody's"


def test_a_source_tree_that_cannot_be_built_fails_and_is_not_replaced_by_something_else(tmp_path, source):
    (source / "src/Makefile").write_text("all:\n")
    done = build_ipxe(tmp_path, "auto", source)
    assert done.returncode != 0 and "snp.efi" in done.stdout
    assert not (tmp_path / "ipxe.efi").exists()
    assert "no source tree" in build_ipxe(tmp_path, "auto", tmp_path).stdout
