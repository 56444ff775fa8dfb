# SPDX-License-Identifier: MIT
"""The hardware watchdog: a node that hangs, in whatever way, comes back by itself.

Guest time is counted in instructions and flies while the node sleeps, so that the minutes a node is
given here pass in a moment."""

from node import FAST_CLOCK, SPINNING_CLOCK, lines_with

WATCHDOG = ("-device", "i6300esb", "-smp", "1", *FAST_CLOCK)
SPINS = ("-device", "i6300esb", "-smp", "1", *SPINNING_CLOCK)
ONLY = "svc.only=agent"


def came_back(node, times=2):
    """It was reset, booted once more, and knows why."""
    node.hello()
    node.ok("svctl wait ready || true")
    assert node.log().count("Linux version 6.12.") == times
    assert node.status()["node"]["boot_reason"] == "watchdog"


def test_a_node_that_is_well_is_left_alone(boot):
    """For twenty minutes, in which the watchdog is fed 240 times."""
    node = boot(cmdline=ONLY, qemu=WATCHDOG, reboots=True)
    node.ok("sleep 1200")
    assert node.log().count("Linux version 6.12.") == 1
    assert node.status()["node"]["boot_reason"] != "watchdog"


def test_a_pid_1_that_hangs_is_reset(boot, helper):
    node = boot({"test/tamper": helper("tamper")}, ONLY, qemu=WATCHDOG, reboots=True)
    assert lines_with(node.kernel_log(), "init: hardware watchdog: resets the node 15 s after it hangs$")
    node.send("/test/tamper hold 1")
    came_back(node)
    assert lines_with(node.kernel_log(), "after it hangs; it has done so")
    assert "a reset by the hardware watchdog" in node.ok("svctl status")


def test_a_kernel_that_hangs_is_reset(boot):
    """A kernel that panicked and was told never to reboot does nothing any more, on any processor."""
    node = boot(cmdline=f"{ONLY} panic=0", qemu=SPINS, reboots=True)
    node.send("echo c >/proc/sysrq-trigger")
    node.hello()
    assert lines_with(node.log(), "Kernel panic - not syncing: sysrq triggered crash")
    assert node.log().count("Linux version 6.12.") == 2


def test_a_program_that_runs_before_all_others_leaves_pid_1_its_share(boot, helper):
    """On the only processor, without an end. The kernel sees to it; so nothing has to be reset."""
    node = boot({"test/tamper": helper("tamper")}, ONLY, qemu=SPINS, reboots=True)
    node.ok("echo -1 >/proc/sys/kernel/sched_rt_runtime_us")
    node.ok("/test/tamper seize 1; sleep 40; svctl status")
    assert node.log().count("Linux version 6.12.") == 1


ESSENTIAL = """\
exec = /bin/sh -c '[ ! -e /run/broken ] && exec sleep 1000000'
essential = yes
backoff = 10s 10s
"""


def test_a_node_without_its_essential_service_is_reset(boot):
    """PID 1 is well, and feeds the watchdog no more: a watchdog that is fed whatever happens is none."""
    node = boot({"etc/svc/job": ESSENTIAL}, "svc.only=agent,job", qemu=WATCHDOG, reboots=True)
    node.ok("svctl wait ready")
    node.send("touch /run/broken; svctl signal KILL job")
    came_back(node)
    log = node.log()
    assert lines_with(log, "init: job is essential and missing; the hardware watchdog is not fed any more")
    assert node.service("job")["state"] == "ready"


def test_one_that_comes_back_in_time_is_forgiven(boot):
    node = boot({"etc/svc/job": ESSENTIAL}, "svc.only=agent,job", qemu=WATCHDOG, reboots=True)
    node.ok("svctl wait ready")
    node.ok("touch /run/broken; svctl signal KILL job; sleep 50; rm /run/broken; sleep 200")
    assert node.state("job") == "ready"
    assert not lines_with(node.log(), "not fed any more")


def test_a_way_down_that_hangs_is_cut_short(boot):
    """One with a stop-timeout of an hour, which it means to take."""
    node = boot({"etc/svc/job": "exec = /bin/sh -c 'trap \"\" TERM; while :; do sleep 10; done'\n"
                                "stop-timeout = 1h\n"}, "svc.only=agent,job", qemu=WATCHDOG, reboots=True)
    node.ok("svctl wait ready")
    node.send("svctl reboot")
    came_back(node)
    assert lines_with(node.log(), "init: the way down hangs; the hardware watchdog is not fed any more")


def test_it_stays_armed_to_the_very_last_step(boot):
    """A halt is a kernel that was told to stop and never comes back: were this a reboot that hung in the
    firmware, nobody else could help."""
    node = boot(cmdline=ONLY, qemu=SPINS, reboots=True)
    node.send("svctl halt --now")
    came_back(node)
    assert lines_with(node.log(), "reboot: System halted")


def test_it_is_still_fed_after_a_fresh_image_took_over(boot, helper):
    """The descriptor is handed on; and the fresh image hangs as the old one did."""
    node = boot({"test/tamper": helper("tamper")}, ONLY, qemu=WATCHDOG, reboots=True)
    node.ok("svctl reexec; sleep 600")
    assert node.log().count("Linux version 6.12.") == 1
    node.send("/test/tamper hold 1")
    came_back(node)


def test_watchdog_off_leaves_it_alone(boot):
    node = boot(cmdline=f"{ONLY} watchdog=off", qemu=WATCHDOG)
    assert not lines_with(node.kernel_log(), "hardware watchdog")
    assert node.ok("readlink /proc/1/fd/* || true").find("watchdog") < 0
    node.ok("sleep 60")


NEVER_READY = "exec = /bin/sleep 1000000\nready = notify\nessential = yes\nstart-timeout = 0\n"


def test_a_boot_that_never_gets_ready_is_given_its_time_and_no_more(boot):
    node = boot({"etc/svc/job": NEVER_READY}, "svc.only=agent,job boot.timeout=5m", settled=False, qemu=WATCHDOG, reboots=True)
    node.send("sleep 10000")
    node.hello()
    [late] = lines_with(node.log(), "init: not ready after 5m00s: job is essential and missing; trying on")
    [hungry] = lines_with(node.log(), "init: job is essential and missing; the hardware watchdog is not fed any more")
    late, hungry = (float(line.strip("[ ").split("]")[0]) for line in (late, hungry))
    assert late > 300 and 60 <= hungry - late < 70


def test_a_boot_that_never_gets_ready_is_tried_again_if_wanted(boot):
    """And in order, without the watchdog."""
    # One processor: with -icount QEMU runs all of them in one thread, and one that waits for another to stop, as a reboot
    # does, may be all that it runs.
    node = boot({"etc/svc/job": NEVER_READY}, "svc.only=agent,job boot.reboot=1m", settled=False,
                qemu=("-smp", "1", *FAST_CLOCK), reboots=True)
    node.send("sleep 10000")
    node.hello()
    assert lines_with(node.log(), "init: not ready in the time of boot.reboot=: job is missing; rebooting")
    assert node.status()["node"]["boot_reason"] == "reboot"
