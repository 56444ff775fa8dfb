# SPDX-License-Identifier: MIT
"""kernel/check-absent and kernel/check-dtb: what a kernel leaves out is named with a reason, or it is told."""

import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
CONFIG = "CONFIG_A=y\n# CONFIG_B is not set\n# CONFIG_NET_VENDOR_X is not set\n# CONFIG_D is not set\n"
DEFAULTS = "CONFIG_A=y\nCONFIG_B=y\nCONFIG_NET_VENDOR_X=y\nCONFIG_HIDDEN=y\n"


@pytest.fixture
def absent(tmp_path):
    """absent(base list, board's list): what check-absent says of one board's kernel."""
    shutil.copy(TOP / "kernel/check-absent", tmp_path)
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "defaults").write_text(DEFAULTS)

    def run(base, board=""):
        (tmp_path / "base.absent").write_text(base)
        (tmp_path / "x.absent").write_text(board)
        done = subprocess.run([tmp_path / "check-absent", f"board:base,x:{tmp_path}/config:{tmp_path}/defaults"], text=True,
                              capture_output=True, check=False)
        assert done.returncode == bool(done.stderr)
        return done.stderr

    return run


def test_what_is_named_with_a_reason_may_be_off(absent):
    assert absent("# Menus,\n# of no effect.\nNET_VENDOR_*\n", "# No B here.\nB\n") == ""


@pytest.mark.parametrize("base, board, told", [
    ("# Menus.\nNET_VENDOR_*\n", "", "board: CONFIG_B is on by default and off here"),
    ("# Menus.\nNET_VENDOR_*\n\nB\n", "", "base.absent:4: B: there is no reason above it"),
    # HIDDEN cannot be chosen; A is on; D is off by default.
    ("# Both.\nB NET_VENDOR_* HIDDEN\n", "", "HIDDEN: no board lacks such a symbol"),
    ("# Both.\nB NET_VENDOR_*\n", "# More.\nA D\n", "x.absent:2: D: no board lacks such a symbol"),
])
def test_what_is_not_is_told(absent, base, board, told):
    assert told in absent(base, board)


TREE = """\
/dts-v1/;
/ {
	compatible = "maker,board";
	soc {
		compatible = "maker,bus";
		wire@1 { compatible = "maker,new-wire", "maker,wire"; };
		lamp@2 { compatible = "maker,lamp"; };
		gone { status = "disabled"; below { compatible = "maker,gone"; }; };
	};
};
"""
SOURCE = {
    "drivers/wire/Makefile": "obj-$(CONFIG_WIRE)\t+= wires.o\nwires-y := core.o \\\n\twire.o\nobj-$(CONFIG_LAMP) += lamp.o\n",
    "drivers/wire/wire.c": '{ .compatible = "maker,wire" },\n',
    "drivers/wire/core.c": '{ .of_compatible = "maker,lamp" },\n',
    "drivers/wire/lamp.c": '\t.compatible\t= "maker,lamp",\n',
    "drivers/bus/Makefile": "obj-y += bus.o\n",
    "drivers/bus/bus.c": 'BUS_DECLARE(bus,\n\t"maker,bus", init);\n',
    "sound/none.c": "", "arch/arm64/kernel/none.c": "",
}


@pytest.fixture
def undriven(tmp_path):
    """undriven(config, list): what check-dtb says."""
    for path, text in SOURCE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    subprocess.run(["dtc", "-q", "-o", tmp_path / "tree.dtb", "-"], input=TREE, text=True, check=True)

    def run(config, wanted):
        (tmp_path / "config").write_text(config)
        (tmp_path / "list").write_text(wanted)
        done = subprocess.run([TOP / "kernel/check-dtb", "board", tmp_path, tmp_path / "config", tmp_path / "list",
                               tmp_path / "tree.dtb"], text=True, capture_output=True, check=False)
        assert done.returncode == bool(done.stderr), done.stderr
        return done.stderr

    return run


def test_every_device_that_is_on_has_a_driver_or_a_reason(undriven):
    assert undriven("CONFIG_WIRE=y\nCONFIG_LAMP=y\n", "") == ""
    assert undriven("CONFIG_WIRE=y\n", "# It is dark anyway.\nmaker,lamp\n") == ""
    assert undriven("CONFIG_WIRE=y\n", "# Driven by CONFIG_WIRE.\n/soc/lamp@?\n") == ""


@pytest.mark.parametrize("config, wanted, told", [
    ("CONFIG_LAMP=y\n", "", "/soc/wire@1 (maker,new-wire maker,wire) has no driver that is on"),
    # The MFD's cell names it, and drives nothing.
    ("CONFIG_WIRE=y\n", "", "/soc/lamp@2 (maker,lamp) has no driver that is on"),
    ("CONFIG_WIRE=y\n", "maker,lamp\n", "list:1: maker,lamp: there is no reason above it"),
    ("CONFIG_WIRE=y\nCONFIG_LAMP=y\n", "# Dark.\nmaker,lamp\n", "no device without a driver is called so"),
    ("CONFIG_WIRE=y\n", "# Driven by CONFIG_SUN.\nmaker,lamp\n", "CONFIG_SUN, which the reason counts on, is off"),
])
def test_one_without_either_is_told(undriven, config, wanted, told):
    assert told in undriven(config, wanted)
