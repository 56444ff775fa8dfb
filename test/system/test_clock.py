# SPDX-License-Identifier: MIT
"""Time: clocks that are set."""

from itertools import pairwise

from node import FAST_CLOCK

NOTED = "read -r up idle </proc/uptime; echo $up >>/run/{}"


def test_the_clock_may_be_set_by_decades_either_way(boot, helper):
    """Delays, timeouts, ages and the hardware watchdog go by a clock that nobody can set."""
    node = boot({
        "etc/svc/backing": f"exec = /bin/sh -c '{NOTED.format('backing')}; exit 1'\nbackoff = 20s 20s\n",
        "etc/svc/watched": "exec = /bin/sh -c '/test/notify READY=1; while sleep 2; do /test/notify WATCHDOG=1; "
                           "done'\nready = notify\nwatchdog = 20s\n",
        "etc/svc/steady": "exec = /bin/sleep 1000000\n",
        "test/notify": helper("notify"),
    }, "svc.only=agent,backing,watched,steady", qemu=("-device", "i6300esb", *FAST_CLOCK))
    node.ok("svctl wait watched; svctl wait steady")
    before = node.service("steady"), node.service("watched")
    for date in ("2055-06-01 12:00", "1971-01-02 00:00", "2037-12-31 23:59", "2026-11-22 12:00"):
        node.ok(f"date -s '{date}'; sleep 50")
    after = node.service("steady"), node.service("watched")
    for one, other in zip(before, after):
        assert (other["pid"], other["restarts"], other["state"]) == (one["pid"], 0, "ready")
        assert 200 <= other["since_seconds"] - one["since_seconds"] < 10000
    starts = [float(line) for line in node.ok("cat /run/backing").split()]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert len(gaps) >= 8
    assert min(gaps) >= 15 and max(gaps) < 25, gaps
    assert 0 <= node.service("backing")["next_start_seconds"] <= 20
    assert node.status()["node"]["uptime_seconds"] > 200
