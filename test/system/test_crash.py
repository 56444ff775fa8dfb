# SPDX-License-Identifier: MIT
"""PID 1 and the kernel crash; the node, or at least the next boot, goes on."""

import pytest
from node import FAST_CLOCK, SPINNING_CLOCK, lines_with

# Where the kernel puts aside what the next boot is to know, other nodes of the tests, with 512 MiB, have QEMU's boot code.
KEEPS = ("-m", "1024")

FILES = {
    "etc/svc/steady": "exec = /bin/sh -c 'trap \"echo heard\" HUP; echo first words; while :; do sleep 1 & wait $!; done'\n",
    "etc/svc/waiter": "exec = /bin/sleep 1000000\nneeds = steady\nmemory-max = 8M\n",
    "etc/svc/once": "type = task\nexec = /bin/true\n",
}
ONLY = "svc.only=agent,steady,waiter,once"

# What others write where PID 1 leaves its word means nothing.
FOREIGN_WORDS = "echo init: panic >/dev/pmsg0; head -c 300 /dev/urandom >/dev/pmsg0; echo b >/proc/sysrq-trigger"


@pytest.fixture
def node(boot, helper):
    node = boot({**FILES, "test/tamper": helper("tamper")}, ONLY, reboots=True, qemu=KEEPS)
    node.ok("svctl wait ready")
    node.until("svctl logs steady | grep 'first words'")
    return node


def processes(node):
    return {name: (node.service(name)["pid"], node.service(name)["restarts"], node.service(name)["state"])
            for name in ("steady", "waiter", "once")}


def test_a_crash_of_pid_1_is_told_and_nothing_else_notices(node):
    before = processes(node)
    node.ok("/test/tamper fault 1")
    node.until("dmesg | grep 'a fresh image of PID 1 goes on'")
    assert lines_with(node.kernel_log(), "init: PID 1 crashed: SIGSEGV, address 0x4$")
    assert lines_with(node.kernel_log(), "init: +at 0x4$")
    assert processes(node) == before
    assert "PID 1 was replaced 1 time, crashed" in node.ok("svctl status")
    assert node.ok("readlink /proc/1/exe").strip() == "/init"


def test_it_goes_on_supervising(node):
    node.ok("/test/tamper fault 1")
    node.until("dmesg | grep 'a fresh image of PID 1 goes on'")
    node.ok("svctl reload steady")
    node.until("svctl logs steady | grep heard")
    assert "first words" in node.logs("steady")
    pid = node.pid("waiter")
    node.ok("svctl signal KILL waiter")
    node.until_service("waiter", lambda service: service["state"] == "ready" and service["pid"] != pid)
    node.ok("svctl restart steady; svctl wait waiter; svctl restart once")
    assert node.ok("cat /sys/fs/cgroup/svc/waiter/memory.max").strip() == str(8 << 20)


def test_the_second_crash_within_a_minute_reboots(node):
    node.ok("/test/tamper fault 1")
    node.until("dmesg | grep 'a fresh image of PID 1 goes on'")
    node.send("/test/tamper fault 1")
    node.hello()
    assert lines_with(node.log(), "init: the second crash within a minute; rebooting")
    assert node.log().count("Linux version 6.12.") == 2
    assert not lines_with(node.log(), "Kernel panic")
    node.ok("svctl wait ready")
    assert node.status()["node"]["boot_reason"] == "crash"
    assert "since a crash of PID 1" in node.ok("svctl status")


def test_one_after_a_minute_is_survived(boot, helper):
    node = boot({**FILES, "test/tamper": helper("tamper")}, ONLY, qemu=FAST_CLOCK)
    node.ok("svctl wait ready")
    before = processes(node)
    for number in (1, 2, 3):
        node.ok("/test/tamper fault 1; sleep 70")
        node.until(f"[ $(dmesg | grep -c 'a fresh image of PID 1 goes on') = {number} ]")
    assert processes(node) == before


def test_reexec_keeps_everything_and_brings_a_new_build(node):
    before = processes(node)
    node.ok("cp /init /new && mv /new /init && svctl reexec")
    assert processes(node) == before
    assert node.ok("readlink /proc/1/exe").strip() == "/init"
    assert lines_with(node.kernel_log(), "init: a fresh image of PID 1 goes on")
    assert not lines_with(node.kernel_log(), "crashed")
    # Its memory and descriptors do not grow from image to image.
    def sizes():
        return node.ok("ls /proc/1/fd | wc -l; awk '/^VmData/ {print $2}' /proc/1/status")

    node.ok("svctl reexec; svctl status; svctl reexec")
    first = sizes()
    for _ in range(3):
        node.ok("svctl reexec")
        # Its client has left by now; PID 1 need not have noticed.
        node.until(lambda: sizes() == first, f"as large as {first}")


def test_reexec_by_a_program_that_is_none_is_refused(node):
    before = processes(node)
    output, status = node.run("cp /init /saved; echo nonsense >/new; chmod +x /new; mv /new /init; svctl reexec")
    assert status == 1, output
    assert processes(node) == before
    node.ok("mv /saved /init; svctl reexec")
    assert processes(node) == before


def panic(node):
    node.send("echo the last thing it did >/dev/kmsg; echo c >/proc/sysrq-trigger")


def reason(node):
    return node.status()["node"]["boot_reason"]


def test_a_panic_reboots_and_its_last_words_are_kept(boot):
    node = boot(cmdline="svc.only=agent", qemu=(*KEEPS, *SPINNING_CLOCK), reboots=True)
    panic(node)
    node.hello()
    node.ok("svctl wait ready")
    assert lines_with(node.log(), r"Rebooting in 10 seconds\.\.")
    assert reason(node) == "panic"
    words = node.ok("cat /run/panic")
    assert "the last thing it did" in words
    assert "sysrq triggered crash" in words
    assert node.ok("stat -c %a /run/panic").strip() == "600"
    assert lines_with(node.kernel_log(), "init: the kernel before this one had trouble: /run/panic has its words")
    assert "since a kernel panic (its last words: /run/panic)" in node.ok("svctl status")
    # The next boot has another reason.
    node.send("svctl reboot")
    node.hello()
    assert reason(node) == "reboot"
    assert node.run("test -e /run/panic").status == 1


def test_the_death_of_pid_1_is_a_panic(boot, helper):
    """One that nothing can catch, because its signal was blocked. And panic= is the time until it reboots."""
    node = boot({"test/tamper": helper("tamper")}, "svc.only=agent panic=3", qemu=(*KEEPS, *SPINNING_CLOCK), reboots=True)
    node.send("/test/tamper kill 1")
    node.hello()
    assert lines_with(node.log(), "Kernel panic - not syncing: Attempted to kill init!")
    assert lines_with(node.log(), r"Rebooting in 3 seconds\.\.")
    assert reason(node) == "panic"


def test_the_next_boot_knows_why_it_happened(boot):
    node = boot(cmdline="svc.only=agent", reboots=True, qemu=KEEPS)
    # Nothing is in RAM, and nothing is made up.
    assert reason(node) is None
    assert "since" not in node.ok("svctl status").splitlines()[0]
    for command, expected in (("svctl reboot", "reboot"), ("echo b >/proc/sysrq-trigger", "reset"),
                              ("svctl reboot --now", "reboot"), (FOREIGN_WORDS, "reset")):
        node.send(command)
        node.hello()
        assert reason(node) == expected, command
        # It lasts as long as the boot, whatever becomes of PID 1.
        node.ok("svctl reexec")
        assert reason(node) == expected, command
