# SPDX-License-Identifier: MIT
"""How long it takes to see the state of 1,000 services. `svctl status`: from before the fork to the end of
the process, its output thrown away; 100 times. PID 1's part: a request over its socket, read to the end
(programs/ask.c); 100 times. For runit one `sv status` with all folders; for s6, whose s6-svstat takes one
folder, a shell's loop; five times each.

svctl reads memory.current, memory.peak and cpu.stat of each service's cgroup; where this machine's
cgroup v2 lacks the memory controller, two of them are not there to be read."""

from figures import OURS, Figure
from supervised import SERVICE_MAX, Supervised
from tools import BIN, lines_of

TITLE = "Status of 1,000 services"
TIMES = 100
PEER_TIMES = 5


def timed(machine, times, *command):
    return [line[0] / 1e9 for line in lines_of(machine.inside("/bench/timed", times, *command))]


def measure():
    with Supervised(OURS, SERVICE_MAX) as machine:
        ours = timed(machine, TIMES, "/bench/svctl", "status")
        asked = lines_of([BIN / "ask", TIMES, f"/proc/{machine.pid}/root/run/init.sock", "1 status"])
        controllers = (machine.cgroup / "cgroup.controllers").read_text().split()
    with Supervised("runit", SERVICE_MAX) as machine:
        folders = [f"/service/s{index:04}" for index in range(SERVICE_MAX)]
        runit = timed(machine, PEER_TIMES, "/usr/bin/sv", "status", *folders)
    with Supervised("s6", SERVICE_MAX) as machine:
        s6 = timed(machine, PEER_TIMES, "/bin/sh", "-c", "for each in /service/*; do s6-svstat $each; done")
    return [
        Figure("svctl status", "s", {OURS: ours, "runit": runit, "s6": s6}, target=0.005,
               note="" if "memory" in controllers else "without the memory controller on this machine"),
        Figure("PID 1's part of it", "s", {OURS: [nanoseconds / 1e9 for nanoseconds, _ in asked]},
               details={"bytes": asked[0][1]}),
    ]
