# SPDX-License-Identifier: MIT
"""The way down: always to the end, whatever services do."""

import re

import pytest
from node import lines_with

SLEEPS = "while :; do sleep 0.05; done"


def tells_its_end(name):
    """It says so in the kernel log, which outlives it."""
    return (f"exec = /bin/sh -c 'trap \"echo {name} ends; exit\" TERM; echo >&3; {SLEEPS}'\n"
            "ready = fd:3\nlog = kmsg\n")


FILES = {
    "etc/svc/first": tells_its_end("first"),
    "etc/svc/second": "needs = first\n" + tells_its_end("second"),
    "etc/svc/stubborn": f"ready = fd:3\nexec = /bin/sh -c 'trap \"\" TERM; echo >&3; {SLEEPS}'\nstop-timeout = 500ms\n",
    "etc/svc/child-hangs": "ready = fd:3\nexec = /test/child-hangs\n",
    "test/child-hangs": f"""\
#!/bin/sh
(setsid sh -c 'trap "" TERM HUP INT; touch /run/hanging; {SLEEPS}' &)
until [ -e /run/hanging ]; do sleep 0.05; done
echo >&3
exec sleep 100000
""",
}
ALL = "svc.only=first,second,stubborn,child-hangs,agent loglevel=7"


def up(node):
    for name in ("second", "stubborn", "child-hangs"):
        node.ok(f"svctl wait {name}")
    return node


def test_poweroff_ends_although_services_ignore_it(boot):
    node = up(boot(FILES, ALL))
    node.send("svctl poweroff")
    node.wait_off()
    log = node.log()
    assert lines_with(log, "init: powering off; services have .* to stop")
    assert lines_with(log, "init: stubborn: not stopped after 500ms; killing it")
    assert not lines_with(log, "did not (stop|end) in time")
    assert lines_with(log, "reboot: Power down")
    # In the order of their needs.
    assert re.search(r"second: second ends\n(.*\n)*?.*first: first ends\n", log)


def test_poweroff_now_waits_for_nobody(boot):
    node = up(boot(FILES, ALL))
    node.send("svctl poweroff --now")
    node.wait_off()
    assert not lines_with(node.log(), "first ends|second ends|services have")
    assert lines_with(node.log(), "reboot: Power down")


@pytest.mark.parametrize("command", ["poweroff", "kill -USR2 1", "kill -PWR 1"])
def test_powers_off_as_people_are_used_to(boot, command):
    """The commands on the node, and the signals of BusyBox's programs and of a UPS."""
    node = boot(FILES, "svc.only=second,agent loglevel=7")
    node.ok("svctl wait second")
    node.send(command)
    node.wait_off()
    assert lines_with(node.log(), "second: second ends")
    assert lines_with(node.log(), "reboot: Power down")


@pytest.mark.parametrize("command", ["svctl reboot", "kill -TERM 1", "kill -INT 1", "svctl reboot --now"])
def test_reboot_boots_again(boot, command):
    node = boot(cmdline="svc.only=agent", reboots=True)
    node.ok("svctl wait ready; touch /run/before")
    node.send(command)
    node.hello()
    node.ok("svctl wait ready")
    assert node.run("test -e /run/before").status == 1
    assert node.log().count("Linux version 6.12.") == 2
    assert len(lines_with(node.log(), "init: ready in")) == 2


def test_nothing_starts_any_more_on_the_way_down(boot):
    node = boot({**FILES, "etc/svc/slow": "ready = fd:3\nexec = /bin/sh -c 'trap \"\" TERM; echo >&3; "
                                          "until [ -e /run/go ]; do sleep 0.05; done'\nstop-timeout = 1h\n",
                 "etc/svc/agent": "exec = /test/agent\nstop-timeout = 1h\nstop-signal = URG\n"},
                "svc.only=slow,first,agent")
    node.ok("svctl wait slow; svctl stop first; svctl poweroff")
    output, status = node.run("svctl start first")
    assert status == 1
    assert "going down" in output
    assert node.status()["node"]["state"] == "stopping"
    node.send("touch /run/go; exec 0<&-; kill $PPID")
    node.wait_off()


def test_halt_stops_the_processor_without_power_off(boot):
    node = boot(cmdline="svc.only=agent")
    node.ok("svctl wait ready")
    node.send("svctl halt")
    node.expect("reboot: System halted")
    assert node.process.poll() is None
