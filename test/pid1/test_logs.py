# SPDX-License-Identifier: MIT
"""What a service writes. dinit#315: a log in RAM that drops the newest lines."""

import re

import pytest

LOUD = "/bin/sh -c 'i=0; while [ $i -lt {} ]; do echo line $i; i=$((i+1)); done; echo last; exec /test/probe pause'"


def test_the_ring_keeps_the_newest_and_counts_the_rest(machine):
    m = machine({"job": f"exec = {LOUD.format(5000)}\nlog-size = 4K\n"})
    text = m.until_log("job", "^last$")
    kept = m.log("job")
    assert kept.endswith("line 4998\nline 4999\nlast\n") and len(kept) == 4096
    written = sum(len(f"line {i}\n") for i in range(5000)) + 5
    service = m.status("job")
    assert (int(service["log_bytes"]), int(service["log_dropped"])) == (4096, written - 4096)
    assert text.endswith("last\n")


def test_a_reader_is_told_what_it_missed(machine):
    m = machine({"job": f"exec = {LOUD.format(5000)}\nlog-size = 4K\n"})
    m.until_log("job", "^last$")
    [first, *rest] = m.ask("logs job")
    assert int(first["dropped"]) == int(m.status("job")["log_dropped"])
    assert all(record["dropped"] == "0" for record in rest)


@pytest.mark.parametrize("lines, text", [(0, ""), (1, "last\n"), (2, "line 9\nlast\n"), (100000, None)])
def test_the_last_lines(machine, lines, text):
    m = machine({"job": f"exec = {LOUD.format(10)}\n"})
    whole = m.until_log("job", "^last$")
    assert m.log("job", lines) == (whole if text is None else text)


def test_it_goes_on_across_restarts(machine):
    m = machine({"job": "exec = /test/probe say:up pause\n"})
    for count in range(1, 5):
        m.until_log("job", "up\n" * count)
        m.restart("job")
    m.until_log("job", "up\n" * 5)


def test_the_last_words_before_a_death_are_there(machine):
    """And all of them: 60 KB that nobody had read yet when the process died."""
    m = machine({"job": "exec = /test/probe write:60000 'say:last words' kill:11\nrestart = never\nlog-size = 128K\n"})
    m.until("job", "failed")
    text = m.log("job")
    assert len(text) == 60001 + len("last words\n") and text.endswith("last words\n")


def test_the_first_words_are_there(machine):
    """dinit#243: no early log."""
    m = machine({"job": "exec = /test/probe 'say:first words' pause\n"})
    assert m.until_log("job", "first words") == "first words\n"


def test_both_streams_come_in_order(machine):
    m = machine({"job": "exec = /bin/sh -c 'echo 1; echo 2 >&2; echo 3; echo 4 >&2; exec /test/probe pause'\n"})
    assert m.until_log("job", "4") == "1\n2\n3\n4\n"


def test_bytes_are_kept_as_they_are(machine):
    m = machine({"job": "exec = /bin/sh -c 'printf \"\\000\\001\\377\\r%%\\n\"; exec /test/probe say:end pause'\n"})
    m.until_log("job", "end")
    assert b"".join(record.data for record in m.ask("logs job")) == b"\0\1\377\r%\nend\n"


def test_what_is_left_of_it_can_still_write(machine):
    """A stop whose child says something after the main process is gone."""
    m = machine({"job": "exec = /bin/sh -c '(trap \"\" TERM; read x </gate/job; echo late; sleep 10) & echo up; wait'\n"
                 "stop-timeout = 1h\n"}, start=False)
    m.gate("job")
    m.start()
    m.until_log("job", "up")
    m.open_gate("job")
    m.until_log("job", "late")


def numbers(data):
    """Of whole lines: before a loss there may be the beginning of one, with half a number."""
    return [int(number) for number in re.findall(rb"^line (\d+) ", data, re.MULTILINE)]


def test_a_service_that_writes_as_fast_as_it_can_slows_only_itself(machine):
    """Answers are counted, not timed: each comes although the flood goes on before and after it, and
    another service's life goes on."""
    m = machine({"flood": "exec = /test/probe flood\nlog-size = 64K\n", "quiet": "exec = /test/probe pause\nbackoff = 0\n"})
    m.until("quiet", "ready")
    positions = []
    while len(positions) < 200 or len(set(positions)) < 20:
        flood = m.status("flood")
        positions.append(int(flood["log_bytes"]) + int(flood["log_dropped"]))
    assert positions == sorted(positions)
    m.kill_main("quiet")
    m.until_service("quiet", lambda service: service["restarts"] == "1" and service["state"] == "ready")
    m.restart("quiet")
    m.stop("flood")
    kept = numbers(m.log("flood").encode())
    assert kept == list(range(kept[0], kept[0] + len(kept)))  # the newest, without a gap


def test_twenty_floods_do_not_silence_the_control_socket(machine):
    m = machine({f"flood{i}": "exec = /test/probe flood\n" for i in range(20)})
    for _ in range(50):
        assert len(m.names()) == 20
    m.change("stop", "flood0", "stopped")


def test_a_follower_of_a_flood_is_told_what_it_missed_and_nothing_twice(machine):
    m = machine({"flood": "exec = /test/probe flood\nlog-size = 64K\n"})
    m.until("flood", "ready")
    pieces = []
    with m.connect("logs flood follow") as follower:
        while sum(len(piece.data) for piece in pieces) < 500000:
            pieces.append(follower.next())
    text = b""
    for piece in pieces:
        text += (b"\n" if int(piece["dropped"]) else b"") + piece.data
    got = numbers(text)
    assert got == sorted(set(got))


def test_a_follower_who_does_not_read_costs_nothing(machine):
    m = machine({"flood": "exec = /test/probe flood\n"})
    m.until("flood", "ready")
    followers = [m.connect("logs flood follow") for _ in range(10)]
    for _ in range(50):
        m.node()
    assert followers[0].until(lambda piece: int(piece["dropped"]) > 0)


def test_null_goes_nowhere(machine):
    m = machine({"job": "exec = /test/probe report pause\nlog = null\n"})
    m.until("job", "ready")
    m.stop("job")
    assert m.log("job") == "" and m.status("job")["log_bytes"] == "0"


def test_kmsg_goes_to_the_kernel_log_line_by_line_and_to_the_ring(machine):
    m = machine({"job": "exec = /test/probe say:one 'say:two words' pause\nlog = kmsg\n"})
    m.kmsg.wait("^job: two words$")
    assert m.kmsg.find("^job: ") == ["job: one", "job: two words"]
    assert m.log("job") == "one\ntwo words\n"


def test_a_long_line_for_kmsg_is_split_and_whole(machine):
    m = machine({"job": "exec = /test/probe write:3000 say:end pause\nlog = kmsg\n"})
    m.kmsg.wait("^job: end$")
    parts = [line[len("job: "):] for line in m.kmsg.find("^job: ")][:-1]
    assert "".join(parts) == "0" * 3000


def test_the_end_of_a_line_that_death_cut_off_is_told_too(machine):
    m = machine({"job": "exec = /bin/sh -c 'printf \"no newline\"; exit 1'\nlog = kmsg\nrestart = never\n"})
    m.until("job", "failed")
    assert m.log("job") == "no newline"


def test_console_goes_to_the_console(machine):
    m = machine({"job": "exec = /test/probe 'say:hello console' pause\nlog = console\n"})
    assert "hello console\n" in m.terminal("console", "console$")


def test_a_console_that_is_held_up_holds_up_its_service_alone(machine):
    """finit#227, infix#62: hangs because of a console. Nobody reads this one, and it is full."""
    m = machine({"flood": "exec = /test/probe flood\nlog = console\n", "quiet": "exec = /test/probe pause\n"})
    m.until("quiet", "ready")
    main = m.outside(m.main("flood"))
    m.poll(lambda: b"n_tty_write" in open(f"/proc/{main}/stack", "rb").read()
           or b"wait_woken" in open(f"/proc/{main}/wchan", "rb").read())
    m.restart("quiet")
    m.stop("flood")
    m.signal(10)  # halt
    assert m.ending() == ("signal", 2)
