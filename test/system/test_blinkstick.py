# SPDX-License-Identifier: MIT
"""The status light: blinkstickd on a node whose BlinkSticks are played over usbredir, through the real
drivers of a real controller. The sticks themselves complain about whatever a host should not do."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "blinkstick"))

from stick import DARK, MODELS, Stick  # noqa: E402
from usbredir import NEVER, STALL, SUCCESS, Player  # noqa: E402

# A node boots until somebody says go.
SLOW = {"etc/svc/slow": "type = task\nexec = /bin/sh -c 'until [ -e /run/go ]; do sleep 0.1; done'\n"}
ONLY = "svc.only=blinkstick,agent,slow"
XHCI = ("-device", "qemu-xhci,id=usb")
OHCI = ("-device", "pci-ohci,id=usb")


def is_blue(colour):
    return colour is not None and colour[2] > 0 and colour[:2] == (0, 0)


def is_green(colour):
    return colour is not None and colour[1] > 0 and (colour[0], colour[2]) == (0, 0)


class Hub:
    """The USB ports of a node, and the sticks in them."""

    def __init__(self, folder, controller=XHCI, ports=1):
        self.paths = [folder / f"usb{port}" for port in range(ports)]
        self.qemu = list(controller)
        self.players = []
        for port, path in enumerate(self.paths):
            self.qemu += ["-chardev", f"socket,id=usb{port},path={path},server=on,wait=off",
                          "-device", f"usb-redir,bus=usb.0,chardev=usb{port},id=redir{port}"]

    def plug(self, stick, port=0):
        player = Player(self.paths[port], stick)
        player.plug()
        self.players.append(player)
        return player


@pytest.fixture
def hub(tmp_path_factory):
    hubs = []

    def make(controller=XHCI, ports=1):
        hubs.append(Hub(tmp_path_factory.mktemp("usb"), controller, ports))
        return hubs[-1]

    yield make
    for each in hubs:
        for player in each.players:
            player.unplug()
            assert not player.errors
            assert not player.device.complaints


@pytest.mark.parametrize("controller", [XHCI, OHCI], ids=["xhci", "ohci"])
def test_boot_is_blue_then_green_then_dark(boot, hub, controller):
    usb = hub(controller)
    stick = Stick("square")
    node = boot(SLOW, ONLY, qemu=usb.qemu, paused=lambda node: usb.plug(stick))
    stick.wait_for(lambda: is_blue(stick.colour), "blue")
    assert stick.shown[0].leds == (DARK,) * 8, "darkness is the first thing it is told"
    stick.wait_for(lambda: len({shown.leds for shown in stick.shown}) > 3, "blue that breathes")
    assert all(shown.leds[0] == DARK or is_blue(shown.leds[0]) for shown in stick.shown)
    node.ok("touch /run/go")
    stick.wait_for(lambda: is_green(stick.colour), "green")
    node.send("poweroff")
    node.wait_off()
    assert stick.colour == DARK
    assert is_green(stick.shown[-2].leds[0])
