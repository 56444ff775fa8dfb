# SPDX-License-Identifier: MIT
"""Hundreds of random things done to a node of twenty services, and what must hold all the time.

The seed is printed with a failure; PID1_SEED=N does the same again, PID1_STEPS=N does more of it."""

import os
import random
import signal

import pytest
from client import Refused

SEEDS = [pytest.param(1, marks=pytest.mark.valgrind), 2, 3]
if "PID1_SEED" in os.environ:
    SEEDS = [int(os.environ["PID1_SEED"])]
STEPS = {"valgrind": 60}
COUNT = 20
GONE = ("stopped", "done", "failed", "skipped", "backoff")

# How a service behaves. LOCK: its main process and all it forks hold a lock as long as one of them lives, and
# who finds it held says so. So no start overlaps with the remains of the one before.
KINDS = [
    "exec = /test/probe LOCK pause\n",
    "exec = /test/probe LOCK ready:3 pause\nready = fd:3\n",
    "exec = /test/probe LOCK notify:READY=1 pause\nready = notify\n",
    "exec = /test/probe LOCK { session pause } { { ignore:15 pause } } pause\n",
    "exec = /test/probe LOCK ignore:15 pause\nstop-timeout = 10ms\n",
    "exec = /test/probe LOCK sleep:5 exit:1\nbackoff = 5ms 40ms\n",
    "exec = /test/probe LOCK exit:0\nrestart = on-failure\n",
    "exec = /test/probe LOCK sleep:3 exit:0\ntype = task\n",
    "exec = /test/probe LOCK say:hello kill:11\nbackoff = 10ms 50ms\nlimit = 5/1h\n",
    "exec = /test/probe LOCK { pause } sleep:20 exit:0\nbackoff = 1ms 10ms\n",
    "exec = /test/probe LOCK pause\nready = fd:3\nstart-timeout = 30ms\nbackoff = 5ms 20ms\n",
    "exec = /test/probe\ndirectory = /no/such\nbackoff = 5ms 20ms\n",
    "exec = /test/probe LOCK orphans:20 pause\n",
    "exec = /test/probe LOCK pause\nwhen = path:/out/flag\n",
    "nonsense\n",
]


class Play:
    def __init__(self, m, seed, crashes):
        """CRASHES: a SIGSEGV is sent, too. A child that is still PID 1's program would take it into valgrind, which
        gives up: the sender is in another PID namespace, and without a sender's number it suspects a lost signal."""
        self.m, self.random, self.crashes = m, random.Random(seed), crashes
        self.names = [f"s{i:02}" for i in range(COUNT)]
        self.files = set()
        self.seed, self.history = seed, []
        self.open = []  # clients that nobody reads

    def write(self, name):
        """Needs only what comes earlier in the alphabet: no circles but those of invalid files."""
        text = self.random.choice(KINDS).replace("LOCK", f"lock:/out/lock-{name}")
        earlier = [other for other in self.files if other < name]
        for key in ("needs", "after"):
            if earlier and self.random.random() < 0.3 and "exec" in text:
                text += f"{key} = {' '.join(self.random.sample(earlier, min(2, len(earlier))))}\n"
        self.m.service(name, text)
        self.files.add(name)

    def request(self, verb):
        try:
            with self.m.connect(verb) as connection:
                connection.next()
        except Refused:  # unknown, not running: an answer as good as any
            pass

    def step(self):
        name = self.random.choice(self.names)
        act = self.random.choices(
            ["start", "stop", "restart", "reload", "kill", "status", "watch", "write", "remove", "rescan", "reexec",
             "flag"],
            [10, 10, 10, 4, 12, 5, 3, 4, 1, 4, 2, 1])[0]
        self.history.append(f"{act} {name}")
        if act in ("start", "stop", "restart", "reload", "status"):
            self.request(f"{act} {name}")
        elif act == "kill":
            if pids := self.m.pids(name):
                pid, number = self.random.choice(pids), self.random.choice([9, 9, 11, 15, 19, 18])
                if number == signal.SIGSEGV and not self.crashes:
                    number = signal.SIGKILL
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        elif act == "watch":
            self.open.append(self.m.connect(self.random.choice(["watch", "status", "1", f"logs {name} follow"])))
            if len(self.open) > 8:
                self.open.pop(0).close()
        elif act == "write":
            self.write(name)
        elif act == "remove" and name in self.files and len(self.files) > 5:
            self.m.remove(name)
            self.files.discard(name)
        elif act in ("rescan", "reexec"):
            self.request(act)
        elif act == "flag":
            flag = self.m.root / "out/flag"
            flag.unlink() if flag.exists() else flag.touch()

    def check(self):
        assert self.m.ending(0) is None, "PID 1 ended"
        assert not (self.m.root / "out/twice").exists(), "two at once: " + (self.m.root / "out/twice").read_text()
        try:
            before = self.states()
            processes = {name: self.m.pids(name) for name in before}
            after = self.states()
        except (AssertionError, ConnectionError):  # a fresh image drops its clients
            return
        for name, state in before.items():
            if state == after.get(name) and state[0] in GONE:
                assert not processes[name], f"{name} is {state[0]} and has processes"
            # A fresh image has killed what became invalid, and need not wait for that.
            if state == after.get(name) and state[0] == "invalid":
                self.m.poll(lambda: not self.m.pids(name), f"processes of {name}, invalid, are gone")

    def states(self):
        return {record["name"]: (record["state"], record["since_ms"]) for record in self.m.ask("status")[1:]}

    def settle(self):
        """Every service can be stopped, whatever it is at; then nothing is left of any."""
        for connection in self.open:
            connection.close()
        self.m.ask("rescan")
        # In one request, so that nobody comes back because one it needs is started anew.
        names = [name for name, state in self.states().items() if state[0] not in ("invalid", "stopped")]
        with self.m.connect("stop " + " ".join(names)) as watch:
            missing = set(names)
            while missing:
                record = watch.until(lambda record: record.word == "state")
                if record["state"] == "stopped":
                    missing.discard(record["name"])
        assert self.m.pids() == []
        assert self.m.count_processes() == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_asked_of_it(machine, flavour, seed):
    m = machine({"s00": "exec = /test/probe pause\n"})
    play = Play(m, seed, crashes=flavour.name != "valgrind")
    try:
        for name in play.names:
            play.write(name)
        m.ask("rescan")
        for _ in range(int(os.environ.get("PID1_STEPS", STEPS.get(flavour.name, 200)))):
            play.step()
            play.check()
        play.settle()
        m.ask("poweroff")
        assert m.ending() == ("signal", signal.SIGINT)
    except BaseException:
        print(f"PID1_SEED={seed}; what was done last: {play.history[-30:]}")
        raise
