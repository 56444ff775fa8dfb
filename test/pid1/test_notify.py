# SPDX-License-Identifier: MIT
"""Readiness and sd_notify. finit#440: an sd_notify that only half works."""

import os
import socket

import pytest
from client import as_user
from machine import FIRST_ID

NOTIFY = "exec = /test/probe {}\nready = notify\n"


# ---- A newline on a descriptor ----


def test_a_newline_on_its_descriptor_is_ready(machine):
    m = machine({"job": "exec = /test/probe gate:/gate/job ready:7 pause\nready = fd:7\n"}, start=False)
    m.gate("job")
    m.start()
    assert m.until("job", "running")["ready_wait"] == "fd"
    m.open_gate("job")
    assert "ready_wait" not in m.until("job", "ready").fields


def test_a_descriptor_that_is_closed_without_a_word_is_not_ready(machine):
    m = machine({"job": "exec = /test/probe close:3 say:closed pause\nready = fd:3\nstart-timeout = 50ms\n"
                 "restart = never\n"})
    assert m.until("job", "failed")["exit_cause"] == "start-timeout"


def test_bytes_before_the_newline_mean_nothing_yet(machine):
    m = machine({"job": "exec = /bin/sh -c 'printf almost >&3; read x </gate/job; echo >&3; exec /test/probe pause'\n"
                 "ready = fd:3\n"}, start=False)
    m.gate("job")
    m.start()
    m.until("job", "running")
    m.open_gate("job")
    m.until("job", "ready")


# ---- sd_notify: who may speak ----


def test_ready_from_the_main_process(machine):
    m = machine({"job": NOTIFY.format("gate:/gate/job notify:READY=1 pause")}, start=False)
    m.gate("job")
    m.start()
    assert m.until("job", "running")["ready_wait"] == "notify"
    m.open_gate("job")
    m.until("job", "ready")


@pytest.mark.parametrize("words", ["{ notify:READY=1 pause } pause", "{ { session notify:READY=1 pause } } pause"])
def test_ready_from_a_child_of_its_cgroup(machine, words):
    m = machine({"job": NOTIFY.format(words)})
    m.until("job", "ready")


def test_another_service_can_not_speak_for_it(machine):
    m = machine({"job": NOTIFY.format("pause"),
                 "other": "exec = /test/probe notify:READY=1 notify:STATUS=mine say:said pause\n"})
    m.until_log("other", "said")
    m.poll(lambda: m.status("other").get("status") == "mine")
    assert m.state("job") in ("starting", "running")
    assert "status" not in m.status("job").fields


def test_nobody_from_outside_can_speak(machine):
    """The harness itself, as root and as another user; then a message of the service shows that the
    earlier ones were read."""
    m = machine({"job": NOTIFY.format("gate:/gate/job notify:STATUS=real pause")}, start=False)
    m.gate("job")
    m.start()
    m.until("job", "running")
    for uid in (0, 1000):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, as_user(FIRST_ID + uid):
            sender.connect(f"/proc/self/fd/{m.run}/notify")
            sender.send(b"READY=1\nSTATUS=forged")
    m.open_gate("job")
    m.poll(lambda: m.status("job").get("status") == "real")
    assert m.node()["messages_dropped"] == "2"
    assert m.state("job") == "running" and m.status("job")["ready_wait"] == "notify"


def test_a_user_s_service_can_speak(machine):
    m = machine({"job": NOTIFY.format("notify:READY=1 pause") + "user = alice\n"})
    m.until("job", "ready")


# ---- sd_notify: what is said ----


def test_a_status_is_shown_and_gone_with_the_next_start(machine):
    m = machine({"job": "exec = /bin/sh -c '[ -e /out/again ] || exec /test/probe notify:STATUS=all%20is=well "
                 "pause; exec /test/probe pause'\n"})
    m.poll(lambda: m.status("job").get("status") == "all%20is=well")
    m.write("out/again", "")
    m.restart("job")
    assert "status" not in m.status("job").fields


def test_a_status_of_any_bytes_is_cut_and_does_no_harm(machine):
    m = machine({"job": "exec = /bin/sh -c 'exec /test/probe \"notify:STATUS=$(printf \"\\001\\177\\377 %0300d\" 1)\" "
                 "notify:READY=1 pause'\nready = notify\n"})
    m.until("job", "ready")
    status = m.status("job")["status"]
    assert 100 < len(status) < 128 and status.startswith("\x01\x7f")


def test_several_lines_are_one_message(machine):
    m = machine({"job": NOTIFY.format("'notify:NONSENSE\\nSTATUS=both\\nREADY=1\\n' pause")})
    m.until("job", "ready")
    assert m.status("job")["status"] == "both"


def test_reloading_lasts_until_ready(machine):
    m = machine({"job": NOTIFY.format("notify:READY=1 gate:/gate/job notify:RELOADING=1 gate:/gate/job "
                                      "notify:READY=1 pause")}, start=False)
    m.gate("job")
    m.start()
    m.until("job", "ready")
    assert "reloading" not in m.status("job").fields
    m.open_gate("job")
    m.poll(lambda: m.status("job").get("reloading") == "1")
    assert m.state("job") == "ready"
    m.open_gate("job")
    m.poll(lambda: "reloading" not in m.status("job").fields)


def test_stopping_is_believed_and_has_the_time_of_a_stop(machine):
    m = machine({"job": NOTIFY.format("ignore:15 notify:READY=1 gate:/gate/job notify:STOPPING=1 pause")
                 + "stop-timeout = 40ms\nrestart = never\n"}, start=False)
    m.gate("job")
    m.start()
    m.until("job", "ready")
    with m.watch("job") as watch:
        m.open_gate("job")
        assert [watch.next()["state"] for _ in range(2)] == ["stopping", "failed"]
    assert m.status("job")["exit_signal"] == "9"


def test_more_time_to_start_is_given(machine):
    m = machine({"job": NOTIFY.format("notify:EXTEND_TIMEOUT_USEC=60000000 sleep:1300 notify:READY=1 pause")
                 + "start-timeout = 1s\nrestart = never\n"})
    m.until("job", "ready", "failed")
    assert m.state("job") == "ready"


def test_more_time_to_stop_is_given(machine):
    m = machine({"job": NOTIFY.format("notify:READY=1 await:15 notify:EXTEND_TIMEOUT_USEC=60000000 sleep:1300 exit:0")
                 + "stop-timeout = 1s\n"})
    m.until("job", "ready")
    m.stop("job")
    assert m.status("job").get("exit_code") == "0"


@pytest.mark.parametrize("value", ["18446744073709551615", "99999999999999999999999", "-1", "0", "", "x", "1x"])
def test_more_time_than_an_hour_or_nonsense_is_not(machine, value):
    """Bounded: whatever was asked for, it starts to be stopped. Here the deadline stays what the file says or
    becomes an hour; never does it wrap around into the past and kill the service."""
    m = machine({"job": NOTIFY.format(f"notify:EXTEND_TIMEOUT_USEC={value} notify:READY=1 pause")
                 + "start-timeout = 30s\n"})
    m.until("job", "ready")
    m.stop("job")


def test_another_main_process_is_refused(machine):
    m = machine({"job": NOTIFY.format("{ 'notify:MAINPID=1\\nREADY=1' pause } pause")})
    service = m.until("job", "ready")
    main = m.outside(int(service["pid"]))
    assert m.status("job")["pid"] == service["pid"] != "1"
    [child] = [pid for pid in m.pids("job") if pid != main]
    os.kill(child, 9)
    m.poll(lambda: m.pids("job") == [main])
    assert m.state("job") == "ready"


def test_signs_of_life_keep_it_alive(machine):
    """It is up for longer than its watchdog's time, and dies of silence only."""
    m = machine({"job": NOTIFY.format("notify:READY=1 " + "sleep:400 notify:WATCHDOG=1 " * 4 + "say:silent pause")
                 + "watchdog = 1500ms\nrestart = never\n"})
    service = m.until("job", "failed")
    assert service["exit_cause"] == "watchdog"
    assert "silent" in m.log("job")  # it lived until it was silent


def test_signs_of_life_before_it_is_ready_start_no_watchdog(machine):
    """The time to start is the start-timeout's business: one ping, then nothing for longer than the watchdog."""
    m = machine({"job": NOTIFY.format("notify:WATCHDOG=1 barrier sleep:60 gate:/gate/job notify:READY=1 pause")
                 + "watchdog = 20ms\nrestart = never\n"}, start=False)
    m.gate("job")
    m.start()
    m.until("job", "running")
    m.open_gate("job")
    assert m.until("job", "failed")["exit_cause"] == "watchdog"


def test_a_barrier_ends_when_all_before_it_is_taken(machine):
    """sd_notify_barrier(3). A process that is gone when its message is read belongs to no cgroup; behind a barrier
    it may go: twenty short ones, and each was understood."""
    m = machine({"job": "exec = /bin/sh -c 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); "
                 "/test/probe notify:STATUS=$i barrier; echo done $i; read x </gate/job; done; exec /test/probe pause'\n"
                 "ready = notify\nstart-timeout = 0\n"}, start=False)
    m.gate("job")
    m.start()
    for i in range(1, 21):
        m.until_log("job", f"^done {i}$")
        assert m.status("job")["status"] == str(i)
        m.open_gate("job")


@pytest.mark.parametrize("words", ["notify-bytes:2048", "notify-bytes:65536", "notify-bytes:100000"])
def test_a_huge_message_is_dropped_whole(machine, words):
    m = machine({"job": NOTIFY.format(f"{words} notify:STATUS=after pause")})
    m.poll(lambda: m.status("job").get("status") == "after")
    assert m.state("job") in ("starting", "running")


def test_descriptors_that_come_along_are_closed(machine):
    m = machine({"job": NOTIFY.format(" ".join(["notify-fd:STATUS=1"] * 50) + " notify-fd:READY=1 pause")})
    m.until("job", "ready")
    before = m.descriptors()
    m.restart("job")
    assert m.descriptors() == before


def test_messages_of_ones_that_are_gone_hurt_nobody(machine):
    """A sender that is reaped before its message is read belongs to no cgroup any more."""
    m = machine({"job": "exec = /bin/sh -c 'while :; do /test/probe notify:READY=1; done'\n",
                 "quiet": NOTIFY.format("pause")})
    m.until("job", "ready")
    for _ in range(50):
        m.node()
    assert m.state("quiet") in ("starting", "running")
