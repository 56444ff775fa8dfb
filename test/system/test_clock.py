# SPDX-License-Identifier: MIT
"""Time: clocks that are set, and hours in which a service does nothing but die."""

import re
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
    }, "svc.only=agent,backing,watched,steady", settled=False, qemu=("-device", "i6300esb", *FAST_CLOCK))
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
    assert 0 <= node.until_state("backing", "backoff")["next_start_seconds"] <= 20
    assert node.status()["node"]["uptime_seconds"] > 200


def test_an_hour_of_dying_is_borne(boot):
    """One service backs off up to half a minute, another dies every two seconds: each is tried as often as its
    file says, and PID 1 is not larger afterwards."""
    node = boot({
        "etc/svc/flaps": f"exec = /bin/sh -c '{NOTED.format('flaps')}; echo dying; exit 1'\nlog-size = 1K\n",
        "etc/svc/flutters": "exec = /bin/sh -c 'echo it flutters; exit 1'\nbackoff = 2s 2s\nlog-size = 1K\n",
    }, "svc.only=agent,flaps,flutters", settled=False, qemu=FAST_CLOCK)

    names = "flaps", "flutters"
    asked = "; ".join(f"svctl status {name} --json" for name in names)

    def held():
        """Descriptors, and KiB of each mapping that are its own, while neither of the services runs."""
        def look():
            text = node.ok(f"({asked}) || true; echo; ls /proc/1/fd | wc -l; awk '/^[0-9a-f]+-/ {{name = $1 $6}} "
                           f"/^Anonymous/ {{print name, $2}}' /proc/1/smaps; echo; ({asked}) || true")
            before, found, after = text.split("\n\n")
            return before.count('"state":"backoff"') == 2 and restarts(before) == restarts(after) and found

        return node.until(look, "a moment in which both wait")

    def restarts(text):
        return [int(number) for number in re.findall(r'"restarts":(\d+)', text)]

    def counted():
        """(seconds since the start, {name: restarts}); time flies while the node has nothing to do, but not between
        the commands of a script."""
        uptime, text = node.ok(f"cut -d' ' -f1 /proc/uptime; ({asked}) || true").split("\n", 1)
        return float(uptime), dict(zip(names, restarts(text)))

    # Memory is taken at the start and touched when it is used first: the logs, the last 1,024 changes, a client.
    node.ok("sleep 1200")
    before = held()
    slabs = int(node.ok("awk '/^Slab/ {print $2}' /proc/meminfo"))
    began, first = counted()
    node.ok("sleep 3600", deadline=400)
    ended, last = counted()
    took, after = ended - began, {name: last[name] - first[name] for name in names}
    # A delay is from three quarters to the whole of what it could be.
    assert took / 31 - 2 <= after["flaps"] <= took / (30 * 0.75) + 2, (took, after)
    assert took / 3 - 2 <= after["flutters"] <= took / (2 * 0.75) + 2, (took, after)
    text = node.ok(f"cat /run/flaps; ({asked}) || true")
    starts = [float(line) for line in text.splitlines() if re.fullmatch(r"[\d.]+", line)]
    assert 0 <= restarts(text)[0] + 1 - len(starts) <= 1
    for number, (earlier, later) in enumerate(pairwise(starts)):
        longest = min(0.1 * 2 ** number, 30)
        assert longest * 0.75 <= later - earlier < longest + 1, (number, later - earlier)
    assert held() == before
    assert int(node.ok("awk '/^Slab/ {print $2}' /proc/meminfo")) < slabs + 1024
    assert "exited with code 1" in node.why("flutters")
