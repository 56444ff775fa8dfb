# SPDX-License-Identifier: MIT
"""The control socket: who may ask, what is understood, and that no client costs the others anything."""

import time

import pytest
from client import Refused

JOB = "exec = /test/probe pause\n"
SLOTS, SLOTS_NOT_ROOT = 32, 24  # init-control(7), LIMITS


@pytest.fixture
def m(machine):
    made = machine({"job": JOB, "other": JOB})
    made.until_node("ready")
    return made


def refusal_of(m, request, uid=0):
    with pytest.raises(Refused) as refusal:
        with m.connect(None, uid) as connection:
            connection.send(request)
            list(connection.records())
    return refusal.value


# ---- Who ----


@pytest.mark.parametrize("request_", ["status", "status job", "watch", "boot", "logs job"])
def test_anybody_may_look(m, request_):
    with m.connect(request_, uid=1000) as connection:
        assert connection.next() is not None


@pytest.mark.parametrize("request_", [
    "start job", "stop job", "restart job", "reload job", "signal 9 job", "rescan", "reexec", "poweroff", "reboot",
    "halt", "poweroff now", "reboot now", "halt now"])
def test_only_root_may_change(m, request_):
    before = m.main("job")
    refusal = refusal_of(m, request_, uid=1000)
    assert (refusal.code, refusal.text) == (1, "only root may change the node")
    assert m.main("job") == before and m.node()["state"] == "ready"


# ---- What ----


@pytest.mark.parametrize("bytes_", [
    b"\n", b"1\n", b"2 status\n", b"status\n", b"1 nothing\n", b"1  status\n", b"1 STATUS\n", b"1 start\n",
    b"1 stop \n", b"1 logs job lines=x\n", b"1 logs job lines=99999999999\n", b"1 logs job what\n",
    b"1 signal\n", b"1 signal NOSUCH job\n", b"1 signal 0 job\n", b"1 signal 65 job\n", b"1 poweroff later\n",
    b"1 status\0\n", b"\0\0\0\0\n", b"\xff\xfe\xfd\n", b"1 \x01\n", b"GET / HTTP/1.1\r\n", b"1 status" + b" " * 4000 + b"x\n",
])
def test_what_is_not_understood_is_refused_with_a_word(m, bytes_):
    assert refusal_of(m, bytes_).code in (2, 4)
    assert m.node()["state"] == "ready"


@pytest.mark.parametrize("name", ["nobody", "%00", "job%00x", "%zz", "%", "..", "job/", "x" * 3000])
def test_a_name_that_is_no_service_s_is_refused(m, name):
    assert refusal_of(m, f"status {name}").code == 4


def test_a_name_may_be_encoded(m):
    assert m.status("%6a%6F%62")["name"] == "job"


def test_a_request_of_the_longest_length_is_taken_and_one_more_byte_is_not(m):
    line = b"1 status" + b" job" * ((4096 - 9) // 4)
    line += b" " * (4095 - len(line)) + b"\n"
    assert len(line) == 4096
    with m.connect(None) as connection:
        connection.send(line)
        assert connection.all()[1]["name"] == "job"
    assert refusal_of(m, line[:-1] + b" \n").code == 2


def test_a_request_in_pieces_is_taken(m):
    with m.connect(None) as connection:
        for byte in b"1 status job\n":
            connection.send(bytes([byte]))
        assert connection.all()[1]["name"] == "job"


def test_what_comes_behind_a_request_is_passed_over(m):
    with m.connect(None) as connection:
        connection.send(b"1 status job\n1 stop job\n")
        connection.all()
    assert m.state("job") == "ready"


def test_signal_to_one_that_does_not_run(m):
    m.stop("job")
    for request in ("signal 9 job", "reload job"):
        assert refusal_of(m, request).code == 3


# ---- Clients that are no good ----


def answers(m):
    """False while PID 1 has not noticed yet that earlier clients of root left."""
    try:
        return m.node()
    except Refused as refusal:
        assert refusal.code == 5


def test_one_that_says_half_a_line_and_leaves(m):
    for text in (b"", b"1 sta", b"1 status job"):
        for _ in range(50):
            with m.connect(None, uid=1000) as connection:
                connection.send(text)
    assert m.state("job") == "ready"


def test_one_that_asks_and_leaves_without_reading(m):
    for request in ("status", "watch", "logs job follow", "stop other", "start other"):
        for _ in range(50):
            m.connect(request).close()
        m.poll(lambda: answers(m))
    m.change("start", "other", "ready")


def test_one_that_shuts_one_direction_gets_its_answer(m):
    with m.connect("status job") as connection:
        connection.socket.shutdown(1)
        assert connection.all()[1]["name"] == "job"


def test_one_that_writes_on_and_on(m):
    """6 MB of a request: the first 4 KB are refused, and nobody reads the rest."""
    with m.connect(None) as connection:
        for _ in range(100):
            connection.send(b"x" * 65536)
        with pytest.raises(Refused) as refusal:
            connection.next()
        assert refusal.value.code == 2
    assert m.node()["state"] == "ready"


def test_one_that_never_asks_is_dropped_and_others_are_answered_meanwhile(m):
    with m.connect(None) as connection:
        for _ in range(100):
            m.node()
        assert connection.next(deadline=60) is None  # after the five seconds of init-control(7)


def test_those_who_never_ask_do_not_keep_root_out(m):
    """All places other users may have are taken by ones that say nothing."""
    began = time.monotonic()
    silent = [m.connect(None, uid=1000) for _ in range(SLOTS_NOT_ROOT)]
    with pytest.raises(Refused) as refusal:
        m.ask("status", uid=1000)
    assert refusal.value.code == 5
    for _ in range(20):
        assert m.node()["state"] == "ready"
    still_there = all(connection.is_open() for connection in silent)
    assert still_there or time.monotonic() - began > 5  # the five seconds of init-control(7)


def test_a_hundred_at_once_are_all_told_something(m):
    connections = [m.connect("watch") for _ in range(100)]
    served = refused = 0
    for connection in connections:
        try:
            connection.live()
            served += 1
        except Refused as refusal:
            assert refusal.code == 5
            refused += 1
    assert (served, refused) == (SLOTS, 100 - SLOTS)
    for connection in connections:
        connection.close()
    assert m.node()["clients_refused"] == str(refused)
    m.stop("job")


def test_a_place_is_free_again_when_its_client_left(m):
    for _ in range(5):
        connections = [m.connect("watch").live() for _ in range(SLOTS)]
        for connection in connections:
            connection.close()
    assert m.node()["state"] == "ready"


def flap(m, times):
    """Until the job has died and come back so many times."""
    m.poll(lambda: int(m.status("job")["restarts"]) > times)


def test_a_watcher_that_slept_is_told_what_it_lost_and_how_it_is_now(machine):
    """16,000 changes, more than a socket and the ring of changes hold: services that are skipped anew each time."""
    names = [f"s{number:03}" for number in range(400)]
    m = machine({"other": JOB} | {name: JOB + "when = cmdline:no.such.word\n" for name in names})
    m.until("other", "ready")
    sleeper = m.watch()
    for _ in range(20):
        with m.connect("start " + " ".join(names)) as connection:
            connection.live()
    m.stop("other")
    m.until("s399", "skipped")
    lost = sleeper.until(lambda record: record.word == "lost")
    assert int(lost["count"]) > 0
    states = {}
    while (record := sleeper.next()).word != "live" or len(states) < len(names):
        if record.word == "state":
            states[record["name"]] = record["state"]
    assert states["other"] == "stopped" and states["s399"] == "skipped"
    m.change("start", "other", "ready")
    sleeper.state("other", "ready")


def test_watchers_that_sleep_are_no_burden(machine):
    """Twenty who never read, while a service flaps; another one sees every answer."""
    m = machine({"job": "exec = /test/probe exit:0\nbackoff = 0\n"})
    sleepers = [m.watch() for _ in range(20)]
    flap(m, 300)
    for _ in range(100):
        m.node()
    assert len(sleepers) == 20


def test_a_watch_of_some_tells_of_them_only(m):
    with m.watch("job") as watch:
        m.restart("other")
        m.stop("job")
        assert {watch.next().get("name", "job") for _ in range(2)} == {"job"}


def test_long_answers_are_taken_at_any_pace(machine):
    """300 services; a reader of one byte at a time, and a thousand requests of others meanwhile."""
    m = machine({f"service-{i:03}": JOB + "description = " + "x" * 200 + "\nwhen = cmdline:no.such.word\n"
                 for i in range(300)})
    with m.connect("status") as slow:
        taken = b""
        for _ in range(1000):
            m.status("service-000")
            taken += slow.socket.recv(1)
        slow.buffer = taken
        assert len(slow.all()) == 301


def test_every_line_of_every_answer_is_as_documented(m):
    """parse() checks each: at most 4096 bytes, ASCII, single spaces, no key twice."""
    m.service("loud", JOB + "description = " + "ü % = \t" * 30 + "\n" + "environment = A=" + "x" * 900 + "\n")
    m.service("bad", "exec = " + "\x01ü" * 200 + "\n")
    m.ask("rescan")
    m.until("loud", "ready")
    assert {record.word for record in m.ask("status")} == {"node", "service"}
    assert {record.word for record in m.ask("boot")} == {"node", "boot", "times"}
    assert m.status("loud")["description"].startswith("ü % = \t")


def test_boot_tells_when_each_was_started_ran_and_was_ready(m):
    node, boot, *times = m.ask("boot")
    assert int(boot["init_us"]) <= int(boot["mounted_us"]) <= int(boot["loaded_us"]) <= int(boot["ready_us"])
    for record in times:
        assert int(boot["loaded_us"]) <= int(record["start_us"]) <= int(record["exec_us"]) <= int(record["ready_us"])
