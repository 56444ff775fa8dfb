# SPDX-License-Identifier: MIT
"""What the kernel command line says, and a boot that does not get ready. talos#4563: reboot after a boot that
failed. The times themselves, and the feeding of the hardware watchdog, are in test/unit/health_test.c."""

import signal

import pytest

JOB = "exec = /test/probe pause\n"
VITAL = "exec = /test/probe gate:/gate/vital ready:3 pause\nready = fd:3\nstart-timeout = 0\nessential = yes\n"
REBOOT = ("signal", signal.SIGHUP)


def boot(machine, cmdline, services):
    m = machine(services, {"test/cmdline": cmdline + "\n"}, start=False)
    m.gate("vital")
    return m.start()


def test_a_boot_that_takes_too_long_is_told_and_tried_on(machine):
    m = boot(machine, "boot.timeout=50ms", {"vital": VITAL, "other": JOB})
    m.until_node("degraded")
    assert m.kmsg.wait("^init: not ready after [0-9.]+m?s: vital is essential and missing; trying on")
    m.until("vital", "running")
    m.open_gate("vital")
    m.until_node("ready")


def test_a_boot_that_failed_reboots_in_order_if_it_is_to(machine):
    m = boot(machine, "boot.reboot=200ms", {"vital": VITAL, "other": "exec = /test/probe await:15 touch:/out/told\n"})
    assert m.ending() == REBOOT
    assert m.kmsg.wait("^init: not ready in the time of boot.reboot=: vital is missing; rebooting")
    assert not m.kmsg.find("did not stop in time") and (m.root / "out/told").exists()


def test_a_service_that_fails_for_good_is_no_way_around_it(machine):
    m = boot(machine, "boot.reboot=200ms", {"vital": "exec = /test/probe exit:1\ntype = task\nessential = yes\n"})
    assert m.ending() == REBOOT


def test_a_boot_without_that_word_goes_on_for_ever(machine):
    m = boot(machine, "boot.timeout=20ms", {"vital": VITAL})
    m.until_node("degraded")
    assert m.ending(0.2) is None
    assert m.until("vital", "running")["restarts"] == "0"


def test_services_can_be_left_out(machine):
    m = boot(machine, "quiet svc.skip=a,c", {name: JOB for name in "abcd"} | {"d": JOB + "needs = c\n"})
    m.until("b", "ready")
    assert [m.state(name) for name in "abcd"] == ["skipped", "ready", "skipped", "waiting"]
    assert m.status("a")["when"] == "svc.skip"
    m.change("start", "d", "ready")  # by hand all the same


def test_only_some_and_what_they_need_can_be_started(machine):
    m = boot(machine, "svc.only=b", {"a": JOB, "b": JOB + "needs = a\n", "c": JOB})
    m.until("b", "ready")
    assert [m.state(name) for name in "abc"] == ["ready", "ready", "skipped"]
    assert m.status("c")["when"] == "svc.only"


def test_rescue_is_a_shell_and_nothing_else(machine):
    m = boot(machine, "rescue", {"a": JOB})
    assert m.names() == ["rescue"]


def test_a_word_of_the_command_line_starts_a_service(machine):
    m = boot(machine, "debug=net extra", {"a": JOB + "when = cmdline:extra\n", "b": JOB + "when = cmdline:debug=net\n",
                                          "c": JOB + "when = cmdline:debug=all\n"})
    m.until("a", "ready")
    m.until("b", "ready")
    assert m.until("c", "skipped")["when"] == "cmdline:debug=all"


# A file takes the place of the hardware: it can be opened and kept, and knows none of its requests.


def holds_watchdog(m):
    return sum(path.endswith("/dev/watchdog") for path in m.open_files())


def test_the_hardware_watchdog_is_taken_once_and_kept_by_every_image(machine):
    m = machine({"a": JOB}, start=False)
    m.write("dev/watchdog", "", 0o666)
    m.start().until("a", "ready")
    assert holds_watchdog(m) == 1
    m.ask("reexec")
    m.poll(lambda: m.node()["reexecs"] == "1")
    assert holds_watchdog(m) == 1
    assert len(m.kmsg.find("^init: hardware watchdog: resets the node 15 s after it hangs")) == 1


def test_the_hardware_watchdog_can_be_left_alone(machine):
    m = machine({"a": JOB}, {"test/cmdline": "watchdog=off\n"}, start=False)
    m.write("dev/watchdog", "", 0o666)
    m.start().until("a", "ready")
    assert holds_watchdog(m) == 0


@pytest.mark.parametrize("cmdline, what", [
    ("boot.timeout=soon", "no time"), ("boot.reboot=-1", "no time"), ("boot.reboot=9999999999999h", "too large")])
def test_a_time_that_is_none_is_told_and_passed_over(machine, cmdline, what):
    m = boot(machine, cmdline, {"a": JOB})
    m.until("a", "ready")
    assert m.kmsg.wait(f"^init: {cmdline} on the kernel command line is {what}")


def test_the_name_is_the_files_unless_the_kernel_has_one(machine):
    m = machine({"a": JOB}, {"etc/hostname": "node-17\nand more\n"})
    assert m.node()["hostname"] == "node-17"
