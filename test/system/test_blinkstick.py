# SPDX-License-Identifier: MIT
"""The status light: blinkstickd on a node whose BlinkSticks are played over usbredir, through the real
drivers of a real controller. The sticks themselves complain about whatever a host should not do."""

import re
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


def is_red(colour):
    return colour is not None and colour[0] > 0 and colour[1:] == (0, 0)


def is_amber(colour):
    return colour is not None and colour[0] > colour[1] > 0 and colour[2] == 0


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
    node = boot(SLOW, ONLY, settled=False, qemu=usb.qemu, paused=lambda node: usb.plug(stick))
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


# ---- A node whose sticks come and go -----------------------------------------------------------


@pytest.fixture(scope="module")
def shared(boot_shared, tmp_path_factory):
    """A node that is up, with four empty ports; each test leaves it as it found it."""
    usb = Hub(tmp_path_factory.mktemp("usb"), ports=4)
    node = boot_shared({"etc/blinkstick.conf": QUIET, "etc/svc/job": JOB}, "svc.only=blinkstick,agent,job",
                       qemu=usb.qemu)
    node.usb = usb
    yield node


QUIET = "heartbeat = off\npro-leds = 8 8 2\n"
# What a user's job does with the light: the script that a test puts there.
JOB = "type = task\nuser = nobody\nexec = /bin/sh -c '[ ! -e /tmp/job ] || sh /tmp/job'\n"


@pytest.fixture
def plug(shared):
    """plug(stick, port): unplugged, and found to have had nothing to complain about, in the end."""
    players = []

    def plug(stick, port=0):
        players.append(shared.usb.plug(stick, port))
        return players[-1]

    yield plug
    for player in players:
        player.unplug()
    shared.until("svctl status blinkstick | grep -q 'no BlinkStick'")
    for player in players:
        assert not player.errors
        assert not player.device.complaints
        assert not player.device.eeprom_writes


def ctl(node, words):
    return node.ok(f"blinkstickctl {words}")


def is_lit(stick):
    """True once a stick that was plugged into a node that is well shows so."""
    return is_green(stick.colour)


def list_of(node, kind):
    """The lines of one kind of `blinkstickctl list` as dictionaries."""
    lines = [line.split() for line in ctl(node, "list").splitlines()]
    return [dict(word.split("=", 1) for word in line[1:] if "=" in word) for line in lines if line[0] == kind]


def test_ready_at_once_and_asleep_without_a_stick(shared):
    shared.until_state("blinkstick", "ready")
    assert "no BlinkStick" in shared.ok("svctl status blinkstick")
    shared.until_asleep("blinkstick", 3)


def test_rights_are_the_childs_alone(shared):
    pid = shared.pid("blinkstick")
    of = "grep -E 'Uid|CapPrm|CapEff|CapAmb|NoNewPrivs'"
    mine = shared.ok(f"{of} /proc/{pid}/status").split()
    child = shared.ok(f"{of} /proc/$(pgrep -P {pid})/status").split()
    nothing, override = "0000000000000000", "0000000000000002"
    assert mine == ["Uid:", *["100"] * 4, "CapPrm:", nothing, "CapEff:", nothing, "CapAmb:", nothing, "NoNewPrivs:", "1"]
    assert child == ["Uid:", *["100"] * 4, "CapPrm:", override, "CapEff:", override, "CapAmb:", override,
                     "NoNewPrivs:", "1"]


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_painted_whole(shared, plug, model):
    stick = Stick(model)
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    assert all(led == DARK for led in stick.shown[0].leds)
    [listed] = list_of(shared, "stick")
    assert (listed["model"], listed["serial"], listed["errors"]) == (model, stick.serial, "0")


def test_a_pro_with_a_chain_of_leds(shared, plug):
    """Three channels, of 8, 8 and 2 LEDs as configured; the third frame has room for more."""
    stick = Stick("pro", mode=2)
    plug(stick)
    stick.wait_for(lambda: is_green(stick.leds[0][7]) and is_green(stick.leds[1][7]) and is_green(stick.leds[2][1]),
                   "green on 18 LEDs")
    assert stick.leds[0][8:] == [DARK] * 56
    assert stick.leds[2][2:] == [DARK] * 62
    frames = len(stick.shown)
    ctl(shared, "set red -l 16-17 -t 1h")
    stick.wait_for(lambda: stick.leds[2][:2] == [(255, 0, 0)] * 2, "red at the end")
    ctl(shared, "release")
    stick.wait_for(lambda: is_green(stick.leds[2][1]), "green again")
    assert len(stick.shown) - frames == 2, "only the channel that changed is sent"


def test_mirrored_leds_take_one_colour(shared, plug):
    stick = Stick("strip", mode=3)
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    assert stick.shown[-1].report == 1


def test_what_does_not_change_is_not_sent(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    shared.until(lambda: list_of(shared, "stick")[0]["colour"] == "#001000")
    requests = len(stick.requests)
    ctl(shared, "set '#001000' -t 1s")
    shared.until(lambda: not list_of(shared, "request"))
    assert len(stick.requests) == requests


def test_two_sticks_and_requests_for_one(shared, plug):
    one, other = Stick("nano", number=1), Stick("original", number=2)
    plug(one, 0)
    plug(other, 1)
    one.wait_for(lambda: is_lit(one), "green")
    other.wait_for(lambda: is_lit(other), "green")
    ctl(shared, f"set '#f00' -s {other.serial} -t 1h -n mine")
    other.wait_for(lambda: other.colour == (255, 0, 0), "red")
    assert is_lit(one)
    [request] = list_of(shared, "request")
    assert (request["name"], request["colour"], request["priority"]) == ("mine", "#ff0000", "50")
    ctl(shared, "release -n mine")
    other.wait_for(lambda: is_lit(other), "green again")


def test_priorities_and_times(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    ctl(shared, "set blue -t 1h -p 40 -n low")
    stick.wait_for(lambda: stick.colour == (0, 0, 255), "blue")
    ctl(shared, "show critical -t 2s -p 90 -n high")
    stick.wait_for(lambda: stick.colour == (255, 0, 0), "critical")
    stick.wait_for(lambda: stick.colour == (0, 0, 255), "blue again, when its time is over")
    ctl(shared, "morph red -d 2s -t 1h -n low")
    stick.wait_for(lambda: stick.colour == (255, 0, 0), "red")
    way = [shown.leds[0] for shown in stick.shown if shown.leds[0][0] and shown.leds[0][2]]
    assert way == sorted(way) and way, "from blue to red by and by"
    ctl(shared, "release -n low")
    stick.wait_for(lambda: is_lit(stick), "green again")


def test_users_get_little(shared, plug):
    """A job's user is seen on a node that is well; a fifth request of his is one too many."""
    def job(script):
        shared.ok(f"echo '{script}' >/tmp/job; svctl start job")
        assert shared.until_state("job", "done", "failed")["state"] == "done", shared.logs("job")

    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    job("for i in 1 2 3 4; do blinkstickctl set blue -t 1h -p 99 -n job$i || exit; done")
    stick.wait_for(lambda: stick.colour == (0, 0, 255), "blue")
    assert {request["priority"] for request in list_of(shared, "request")} == {"25"}
    job("blinkstickctl set blue -n job5; [ $? = 1 ]")
    assert "there are too many requests already" in shared.logs("job")
    ctl(shared, "set red -p 25 -t 1h")
    stick.wait_for(lambda: stick.colour == (255, 0, 0), "red, which is newer")
    ctl(shared, "release")
    stick.wait_for(lambda: stick.colour == (0, 0, 255), "blue again")
    job("for i in 1 2 3 4; do blinkstickctl release -n job$i || exit; done")
    stick.wait_for(lambda: is_lit(stick), "green again")


@pytest.mark.parametrize("words, says", [
    ("set", "usage"), ("set greenish", "is not a colour"), ("set red -t 0", "is not a time"),
    ("set red -p 100", "is not a number from 0 to 99"), ("show done", "is not one of"), ("dance", "no request"),
    ("blink red -d 1ms", "is not a time"), ("list -n x", "takes no name"), ("set red -l 4-2", "is not one LED"),
    ("set red green", "usage")])
def test_bad_usage(shared, words, says):
    output, status = shared.run(f"blinkstickctl {words}")
    assert status == 2 and says in output


def test_unplugged_in_mid_animation(shared, plug):
    stick, other = Stick("square", number=7), Stick("square", number=8)
    plug(other, 1)
    other.wait_for(lambda: is_lit(other), "green")
    ctl(shared, "pulse white -t 1h")
    for _ in range(3):
        player = plug(stick)
        frames = len(stick.shown)
        stick.wait_for(lambda before=frames: len(stick.shown) > before + 5, "a pulse")
        player.unplug()
    moved = len(other.shown)
    other.wait_for(lambda: len(other.shown) > moved + 5, "the pulse that goes on")
    ctl(shared, "release")
    other.wait_for(lambda: is_lit(other), "green again")
    shared.until(lambda: len(list_of(shared, "stick")) == 1)
    log = shared.logs("blinkstick")
    assert log.count("BS000007-3.0: found at") == log.count("BS000007-3.0: gone") == 3
    assert not re.search("BS00000[78]-3.0: cannot", log)


# ---- What goes wrong ---------------------------------------------------------------------------


def on_frames(stick, answer, times):
    """A fault: the next so many frames are answered like this, once the stick is lit."""
    left = [times]

    def fault(request):
        if request.type == 0x20 and left[0] > 0 and stick.armed:
            left[0] -= 1
            return answer
        return None

    stick.armed = False
    stick.faults = fault
    return left


@pytest.mark.parametrize("answer", [(STALL, b""), (NEVER, b"")], ids=["stall", "nak"])
def test_one_error_is_mended_at_once_and_silently(shared, plug, answer):
    stick = Stick("square", number=20 + answer[0])
    left = on_frames(stick, answer, 1)
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    stick.armed = True
    ctl(shared, "set blue -t 1h")
    stick.wait_for(lambda: stick.colour == (0, 0, 255), "blue")
    assert left == [0]
    [listed] = list_of(shared, "stick")
    assert listed["errors"] == "1"
    assert stick.serial + ": cannot" not in shared.logs("blinkstick")
    ctl(shared, "release")
    stick.wait_for(lambda: is_lit(stick), "green again")


def test_late_answers_are_no_errors(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    stick.faults = lambda request: (SUCCESS, b"", 0.1)  # five times what a real one takes
    ctl(shared, "blink blue -t 2s")
    shared.until(lambda: not list_of(shared, "request"))
    assert list_of(shared, "stick")[0]["errors"] == "0"
    stick.faults = None


def test_a_stick_that_only_stalls_backs_off_and_is_told_once(shared, plug):
    """Its neighbour does not notice."""
    bad, good = Stick("square", number=30), Stick("square", number=31)
    bad.faults = lambda request: (STALL, b"")
    plug(good, 1)
    good.wait_for(lambda: is_lit(good), "green")
    plug(bad)
    shared.until(lambda: any(listed["serial"] == bad.serial and int(listed["errors"]) >= 4
                             for listed in list_of(shared, "stick")))
    log = shared.logs("blinkstick")
    assert log.count("BS000030-3.0: cannot make it dark: the stick refuses (STALL)") == 1
    # At once, then after 1 and 2 s: errors come ever more slowly.
    assert len(bad.requests) <= 6
    bad.faults = None
    bad.wait_for(lambda: is_lit(bad), "green at last")
    ctl(shared, "set blue -t 1h")
    good.wait_for(lambda: good.colour == (0, 0, 255), "blue")
    ctl(shared, "release")
    good.wait_for(lambda: is_lit(good), "green again")


class Garbage(Stick):
    """Same vendor and product; the rest is what a broken, or a hostile, device might say."""

    def __init__(self, **wrong):
        super().__init__("square")
        for name, value in wrong.items():
            setattr(self, name, value)


@pytest.mark.parametrize("wrong", [
    {"product": 0x4242},
    {"serial": "BS000001-9.0"},
    {"serial": "x" * 120},
    {"version": 0x0999},
    {"strings": {3: bytes([2, 3])}},
    {"strings": {3: bytes([255, 3]) + bytes(range(1, 254))}},
    {"strings": {1: b"", 2: bytes([1]), 3: bytes([0, 0])}},
    {"configuration": bytes([9, 2, 255, 255, 255, 1, 0, 0x80, 50]) + bytes(range(200))},
], ids=["product", "major", "long", "version", "empty", "binary", "short", "configuration"])
def test_strangers_are_left_alone(shared, plug, wrong):
    stick, stranger = Stick("square", number=40), Garbage(**wrong)
    if "configuration" in wrong:
        stranger.serial = "?"
    plug(stranger, 2)
    plug(stick)  # comes later: when it is lit, the stranger has been looked at
    stick.wait_for(lambda: is_lit(stick), "green")
    assert [listed["serial"] for listed in list_of(shared, "stick")] == [stick.serial]
    assert not stranger.requests


# ---- The life of the daemon --------------------------------------------------------------------


def test_killed_it_shows_nothing_wrong_for_longer_than_it_is_gone(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    ctl(shared, "set red -t 1h")
    stick.wait_for(lambda: stick.colour == (255, 0, 0), "red")
    frames = len(stick.shown)
    shared.ok(f"kill -9 {shared.pid('blinkstick')}")
    stick.wait_for(lambda: is_lit(stick), "green")
    assert stick.shown[frames].leds == (DARK,) * 8, "first of all it is dark"


def test_stopped_it_is_dark(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    shared.ok("svctl stop blinkstick")
    assert stick.colour == DARK
    output, status = shared.run("blinkstickctl list")
    assert status == 3 and "is the service blinkstick running?" in output
    shared.ok("svctl start blinkstick")
    stick.wait_for(lambda: is_lit(stick), "green")


def test_pid_1_may_be_replaced(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    frames = len(stick.shown)
    shared.ok("svctl reexec")
    shared.ok("sleep 1; echo 'exec = /bin/false\nrestart = never' >/etc/svc/sad; svctl rescan; svctl start sad; true")
    stick.wait_for(lambda: stick.colour and stick.colour[0] > stick.colour[1] > 0, "amber")
    assert not any(is_blue(shown.leds[0]) for shown in stick.shown[frames:])
    shared.ok("rm /etc/svc/sad; svctl rescan")
    stick.wait_for(lambda: is_lit(stick), "green again")


def test_without_pid_1_it_is_critical(shared, plug):
    """PID 1 lives on, but a daemon that is new finds no way to it."""
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    pid = shared.pid("blinkstick")
    # PID 1 makes its socket again, unless a folder is there first.
    shared.ok(f"until rm -f /run/init.sock && mkdir /run/init.sock; do :; done; kill -9 {pid}")
    stick.wait_for(lambda: is_red(stick.colour), "critical")
    shared.ok("rmdir /run/init.sock; kill -HUP 1")
    stick.wait_for(lambda: is_lit(stick), "green again")
    assert "PID 1 has not answered at /run/init.sock for 10 s" in shared.logs("blinkstick")


def test_the_configuration_is_read_again(shared, plug):
    stick = Stick("square")
    plug(stick)
    stick.wait_for(lambda: is_lit(stick), "green")
    shared.ok("cp /etc/blinkstick.conf /tmp/kept")
    shared.ok("printf 'ready = steady white\\nbrightness = 50%%\\nheartbeat = off\\nbooting = dance red\\n' "
              ">/etc/blinkstick.conf; svctl reload blinkstick")
    stick.wait_for(lambda: stick.colour == (127, 127, 127), "white, half as bright")
    assert "/etc/blinkstick.conf:4: booting: 'dance' is none of steady, blink, pulse" in shared.logs("blinkstick")
    shared.ok("cp /tmp/kept /etc/blinkstick.conf; svctl reload blinkstick")
    stick.wait_for(lambda: is_lit(stick), "green again")


# ---- What the monitor asks for -----------------------------------------------------------------


def test_the_monitor_tells_by_the_light(boot, hub):
    """resmond shows a failed service and an out-of-memory kill, and takes both back."""
    usb = hub()
    stick = Stick("square")
    node = boot({
        "etc/blinkstick.conf": QUIET,
        "etc/svc/sad": "exec = /bin/false\nrestart = never\nwhen = path:/run/sad\n",
        "etc/svc/eater": "exec = /bin/dd if=/dev/zero of=/dev/null bs=64M\nmemory-max = 4M\ntype = task\n"
                         "when = path:/run/eat\n",
    }, "svc.only=blinkstick,resmon,agent", qemu=usb.qemu, paused=lambda node: usb.plug(stick))
    stick.wait_for(lambda: is_green(stick.colour), "green")

    def names():
        return {request["name"] for request in list_of(node, "request")}

    node.run("touch /run/sad; svctl start sad")
    node.until(lambda: names() == {"resmon-service"})
    stick.wait_for(lambda: is_amber(stick.colour), "amber")
    node.run("touch /run/eat; svctl start eater")
    node.until(lambda: "resmon-oom" in names())
    stick.wait_for(lambda: is_red(stick.colour), "critical")
    node.ok("rm /etc/svc/sad /etc/svc/eater; svctl rescan")
    stick.wait_for(lambda: is_amber(stick.colour) or is_green(stick.colour), "no longer critical", 120)
    node.until(lambda: not names())
    stick.wait_for(lambda: is_green(stick.colour), "green again")
