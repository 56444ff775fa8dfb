# SPDX-License-Identifier: MIT
"""All services' logs over one connection: `logs *`, as a log shipper follows them."""

import pytest
from client import Refused

JOB = "exec = /test/probe pause\n"
FOLLOWERS = 4


def tell(m, name, line):
    """A service of the form below writes this line."""
    with open(m.root / "gate" / name, "wb", buffering=0) as gate:
        gate.write(line)


def echo(more=""):
    """Writes what comes through its gate, which it holds open for writing, too: so there is no end between two
    writers, at which the words of the second would be lost."""
    return "exec = /bin/sh -c 'exec cat <>/gate/$0' {}\n" + more


def make_gate(m, name):
    m.gate(name)
    (m.root / "gate" / name).chmod(0o666)


def echoes(machine, *names, services=None):
    m = machine({name: echo().replace("{}", name) for name in names} | (services or {}), start=False)
    for name in names:
        make_gate(m, name)
    return m.start()


def collect(connection, logs, until):
    """Reads log records into `logs` ({name: bytes}) until the condition holds for it."""
    while not until(logs):
        record = connection.next()
        if record.word != "log":
            continue
        name, position = record["name"], int(record["position"])
        assert position == len(logs.get(name, b"")) or int(record["dropped"])
        logs[name] = logs.get(name, b"") + record.data
    return logs


def test_everybody_may_follow_all_logs_and_hears_who_said_what(machine):
    m = echoes(machine, "a", "b")
    tell(m, "a", b"early\n")
    m.until_log("a", "early")
    with m.connect("logs * follow", uid=1000) as connection:
        assert connection.next().data == b"early\n"
        assert connection.next().word == "live"
        tell(m, "b", b"one\n")
        record = connection.next()
        assert (record["name"], record["position"], record["dropped"], record.data) == ("b", "0", "0", b"one\n")
        tell(m, "a", b"two\n")
        record = connection.next()
        assert (record["name"], record["position"], record.data) == ("a", "6", b"two\n")


def test_lines_come_whole_and_the_last_words_of_a_dead_one_too(machine):
    m = machine({"job": "exec = /bin/sh -c 'printf half; read x </gate/job; printf \" a line\\nlast words\"; exit 1'\n"
                 "restart = never\n"}, start=False)
    m.gate("job")
    m.start()
    m.until_log("job", "half")
    with m.connect("logs * follow") as connection:
        assert connection.next().word == "live"
        m.open_gate("job")
        assert connection.next().data == b"half a line\n"
        assert connection.next().data == b"last words"


def test_without_follow_it_is_what_there_is(machine):
    m = machine({"a": "exec = /test/probe say:one pause\n", "b": JOB, "c": "exec = /test/probe say:two pause\n"})
    m.until_log("a", "one")
    m.until_log("c", "two")
    assert {(record["name"], record.data) for record in m.ask("logs *")} == {("a", b"one\n"), ("c", b"two\n")}
    assert [record.data for record in m.ask("logs * lines=0")] == []


def test_only_four_at_a_time_and_who_leaves_makes_room(machine):
    m = machine({"a": "exec = /test/probe say:one pause\n"})
    m.until_log("a", "one")
    followers = [m.connect("logs * follow") for _ in range(FOLLOWERS)]
    for follower in followers:
        follower.live()
    with pytest.raises(Refused) as refused:
        m.connect("logs * follow").next()
    assert refused.value.code == 5
    followers[2].close()

    def again():
        try:
            return m.connect("logs * follow").live()
        except Refused:
            return None

    assert m.poll(again)


def test_a_wrong_argument_takes_no_place(machine):
    m = machine({"a": JOB})
    for _ in range(FOLLOWERS + 1):
        with pytest.raises(Refused) as refused:
            m.ask("logs * lines=many")
        assert refused.value.code == 2
    with m.connect("logs * follow") as connection:
        assert connection.live()


def test_a_rescan_neither_repeats_nor_loses(machine):
    m = echoes(machine, "b", "d", services={"c": JOB})
    with m.connect("logs * follow") as connection:
        connection.live()
        tell(m, "b", b"one\n")
        logs = collect(connection, {}, lambda logs: "b" in logs)
        make_gate(m, "a")
        m.service("a", echo().replace("{}", "a"))  # every index moves
        m.service("d", echo("log-size = 4K\n").replace("{}", "d"))
        m.remove("c")
        tell(m, "d", b"before\n")
        m.until_log("d", "before")
        m.ask("rescan")
        m.until("d", "ready")
        for name in ("a", "b", "d"):
            tell(m, name, b"two\n")
        collect(connection, logs, lambda logs: all(
            logs.get(name, b"").endswith(b"two\n") for name in ("a", "b", "d")))
        assert logs == {"a": b"two\n", "b": b"one\ntwo\n", "d": b"before\ntwo\n"}


def test_positions_go_on_in_a_fresh_image(machine):
    m = echoes(machine, "a")
    tell(m, "a", b"one\n")
    m.until_log("a", "one")
    with m.connect("logs * follow") as connection:
        connection.live()
        m.ask("reexec")
        assert connection.next() is None
    m.poll(lambda: m.node()["reexecs"] == "1")
    tell(m, "a", b"two\n")
    m.until_log("a", "two")
    with m.connect("logs * follow") as connection:
        logs = collect(connection, {}, lambda logs: logs.get("a", b"").endswith(b"two\n"))
    assert logs == {"a": b"one\ntwo\n"}


def test_a_flood_leaves_the_others_their_turn(machine):
    m = echoes(machine, "quiet", services={f"flood{i}": "exec = /test/probe flood\n" for i in range(3)})
    m.until("flood0", "ready")
    with m.connect("logs * follow") as connection:
        for count in range(1, 6):
            tell(m, "quiet", b"word\n")
            record = connection.until(lambda record: record.get("name") == "quiet")
            assert record.data == b"word\n" and record["position"] == str(5 * (count - 1))
        lost = connection.until(lambda record: int(record.get("dropped", 0)) > 0)
        assert lost["name"].startswith("flood")


def test_who_does_not_read_costs_nothing(machine):
    m = machine({"flood": "exec = /test/probe flood\n"})
    m.until("flood", "ready")
    followers = [m.connect("logs * follow") for _ in range(FOLLOWERS)]
    for _ in range(50):
        m.node()
    assert followers[0].until(lambda record: int(record.get("dropped", 0)) > 0)


@pytest.mark.plain("a thousand processes under valgrind take minutes")
def test_a_thousand_services(machine):
    m = machine({f"s{i:04}": "exec = /test/probe say:up pause\n" for i in range(1000)})
    with m.connect("logs * follow") as connection:
        logs = collect(connection, {}, lambda logs: len(logs) == 1000)
    assert set(logs.values()) == {b"up\n"}
