# SPDX-License-Identifier: MIT
"""Many: orphans, forks, restarts, requests, rescans; and that PID 1 is no larger afterwards."""

import random
import re

import pytest

JOB = "exec = /test/probe pause\n"
ORPHANS = 5000


def test_orphans_are_reaped(machine):
    m = machine({"job": f"exec = /test/probe orphans:{ORPHANS} say:done pause\n", "other": JOB + "backoff = 0\n"})
    m.until("other", "ready")
    m.kill_main("other")
    m.until_service("other", lambda service: service["restarts"] == "1" and service["state"] == "ready")
    m.until_log("job", "done")
    m.poll(lambda: m.count_processes() == 3)
    assert m.until("job", "ready")["restarts"] == "0"


def test_a_heap_of_orphans_that_die_at_once(machine):
    """All of a service's 1,000 children are left to process 1 by one kill."""
    m = machine({"job": "exec = /bin/sh -c 'i=0; while [ $i -lt 1000 ]; do /test/probe pause & i=$((i+1)); done; "
                 "echo up; wait'\nbackoff = 0\n"})
    m.until_log("job", "up")
    m.kill_main("job")
    m.until_log("job", "up\nup")
    m.stop("job")
    m.poll(lambda: m.count_processes() == 1)


def test_a_fork_storm_does_not_silence_the_others(machine):
    m = machine({"storm": "exec = /test/probe orphans:1000000\n", "other": JOB})
    m.until("storm", "ready")
    m.until("other", "ready")
    for _ in range(50):
        assert m.state("other") == "ready"
    m.restart("other")
    m.stop("storm")
    m.poll(lambda: m.count_processes() == 2)


def test_three_hundred_services(machine):
    m = machine({f"s{i:03}": JOB for i in range(300)} | {"last": JOB + "after = " + ",".join(
        f"s{i:03}" for i in range(0, 300, 10)) + "\n"})
    m.until_node("ready")
    assert len(m.pids()) == 301
    for i in range(0, 300, 50):
        m.restart(f"s{i:03}")
    m.ask("reexec")
    m.poll(lambda: m.node()["reexecs"] == "1")
    assert len(m.pids()) == 301


# ---- No larger afterwards ----


def private_kib(m):
    text = (m.inside() / "1/smaps_rollup").read_text()
    return sum(int(number) for number in re.findall(r"^Private_\w+: +(\d+) kB", text, re.MULTILINE))


SERVICES = {f"s{i}": JOB for i in range(10)} | {"flap": "exec = /test/probe exit:0\nbackoff = 0\n"}


def restarts(m, count):
    m.change("start", "flap", "starting")
    m.poll(lambda: int(m.status("flap")["restarts"]) >= count)
    m.stop("flap")


def requests(m, count):
    for i in range(count // 10):
        for request in ("status", "status s1", "boot", "logs s1", "signal 18 s2", "status nobody"):
            with m.connect(request) as connection:
                while (data := connection.socket.recv(65536)):
                    assert data
        with m.watch("s1"), m.watch(), m.connect("logs s1 follow"):
            m.restart(f"s{i % 10}")


def rescans(m, count):
    """Of which every other one changes a file, adds one or takes it away."""
    for i in range(count):
        if i % 4 == 0:
            m.service("more", JOB)
        elif i % 4 == 2:
            m.remove("more")
        elif i % 4 == 1:
            m.service("s3", JOB + f"description = {i}\n")
        m.ask("rescan")
    m.until("s3", "ready")


def strangers(m, count):
    """Users who are not root: noise, half a request, or nothing, of whom 40 at a time stay; more than have room."""
    dice, held = random.Random(11), []
    for _ in range(count):
        held.append(m.connect(None, uid=1000))
        try:
            held[-1].send(dice.choice((b"", b"1 status", b"1 watch\n", b"1 stop s1\n", dice.randbytes(3000))))
        except OSError:  # turned away before it said a word
            pass
        if len(held) == 40:
            for connection in held:
                connection.close()
            held.clear()
            assert m.node()["state"] == "ready"  # root is answered meanwhile
    for connection in held:
        connection.close()
    assert m.state("s1") == "ready"


@pytest.mark.plain("the sanitizers and valgrind keep memory that is given back")
@pytest.mark.parametrize("act, count, first", [(restarts, 1000, 200), (requests, 1000, 200), (rescans, 100, 20),
                                               (strangers, 10000, 7000)])
def test_memory_and_descriptors_are_what_they_were(machine, act, count, first):
    m = machine(SERVICES)
    m.stop("flap")
    m.until_node("ready")
    act(m, first)  # what is used for the first time is used up now: each place for a client has its pages
    m.poll(lambda: m.count_processes() == 11)
    before = private_kib(m), m.descriptors()
    act(m, count)
    m.poll(lambda: m.count_processes() == 11)
    after = private_kib(m), m.descriptors()
    assert after[1] == before[1]
    assert after[0] <= before[0] + 8, f"{before[0]} KiB before, {after[0]} KiB after"  # two pages


@pytest.mark.parametrize("act, count", [(restarts, 200), (requests, 200), (rescans, 40), (strangers, 400)])
def test_descriptors_are_what_they_were(machine, act, count):
    m = machine(SERVICES)
    m.stop("flap")
    m.until_node("ready")
    act(m, 8)
    before = m.descriptors()
    act(m, count)
    assert m.descriptors() == before
