# SPDX-License-Identifier: MIT
"""From a service's death to the next instance: programs/kill.c sends SIGKILL, and takes the time from just
before that to the first instruction of the new process's main(), which the service itself notes
(CLOCK_MONOTONIC). Ours has `backoff = 0`. The program is the same static one for all, and no shell is
in between, which for the peers is the best case: their `run` is usually a script.

runit and s6 have a throttle that cannot be turned off: runit sleeps a second when a service dies within
one second of its start, and s6 starts one no earlier than a second after it said it was ready, or, if it
never says so, a second after its death. So that neither counts, the 1,000 kills go round 20 services
that say so, and each has been up for 1.1 s when it is killed. "among 100 services" is 200 kills more: our
PID 1 holds four descriptors for each service, and every child has to close them, while runsv and
s6-supervise have one service each. "the same service at once" is what the
throttle means: one service killed again 5 ms after it came back; five times for the peers, for it takes a
second each.

All three run at the same time and are killed in turns of 20, so that whatever else the machine does meets
them alike."""

from contextlib import ExitStack

from figures import OURS, Figure, percentile
from supervised import KINDS, Supervised
from tools import BIN, seconds_of

TITLE = "Death to respawn, 1,000 kills"
FEW, ROUNDS, UP_MS = 20, 50, 1100
MANY, ROUNDS_OF_MANY = 100, 2
AT_ONCE = {OURS: 1000, "runit": 5, "s6": 5}


def kills(machine, rounds, up_ms):
    """Seconds of each, with every service killed once a round."""
    return seconds_of(machine.beside(BIN.absolute() / "kill", machine.stamps.path, machine.count, rounds, up_ms))


def rested(services, rounds):
    with ExitStack() as stack:
        machines = {kind: stack.enter_context(Supervised(kind, services)) for kind in KINDS}
        times = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind, machine in machines.items():
                times[kind] += kills(machine, 1, UP_MS)
    return times


def at_once(kind):
    with Supervised(kind, 1) as machine:
        return kills(machine, AT_ONCE[kind], 0)


def measure():
    times, among = rested(FEW, ROUNDS), rested(MANY, ROUNDS_OF_MANY)
    hurried = {kind: at_once(kind) for kind in KINDS}
    best_peer = min(Figure("", "s", times).median(kind) for kind in KINDS if kind != OURS)
    return [
        Figure("median", "s", times, target=best_peer),
        Figure("99 of 100 are below", "s", {kind: percentile(each, 99) for kind, each in times.items()}),
        Figure("least", "s", {kind: min(each) for kind, each in times.items()}),
        Figure("among 100 services, median", "s", among),
        Figure("the same service at once, median", "s", hurried),
        Figure("the same service at once, 99 of 100", "s", {OURS: percentile(hurried[OURS], 99)}),
    ]
