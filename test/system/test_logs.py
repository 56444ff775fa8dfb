# SPDX-License-Identifier: MIT
"""What services write, and where it can be read."""

import re

import pytest
from node import lines_with

# Writes what it is handed: node.ok("echo hello >/run/speaker") makes the service say hello. It holds its FIFO open
# for writing, too: so there is no end between two writers, at which the words of the second would be lost.
SPEAKER = "exec = /bin/sh -c 'mkfifo /run/{0}; echo {0} is there; exec cat <>/run/{0}'\n"

FILES = {
    "etc/svc/hundred": "type = task\nexec = /bin/sh -c 'for i in $(seq 100); do echo line $i; done'\n",
    "etc/svc/both": "type = task\nexec = /bin/sh -c 'echo to stdout; echo to stderr >&2'\n",
    "etc/svc/speaker": SPEAKER.format("speaker"),
    "etc/svc/other": SPEAKER.format("other"),
    "etc/svc/flooded": SPEAKER.format("flooded"),
    "etc/svc/restarted": SPEAKER.format("restarted"),
    "etc/svc/mute": "exec = /bin/sleep 100000\n",
    "etc/svc/loud": "type = task\nlog-size = 4K\nexec = /bin/seq 1000000 1009999\n",
    "etc/svc/roomy": "type = task\nlog-size = 128K\nexec = /bin/seq 1000000 1009999\n",
    "etc/svc/to-kmsg": "type = task\nlog = kmsg\nexec = /bin/sh -c 'echo first words; echo second words'\n",
    "etc/svc/to-null": "type = task\nlog = null\nexec = /bin/echo never seen\n",
    "etc/svc/to-console": "type = task\nlog = console\nexec = /bin/echo seen on the console\n",
    "etc/svc/thrice": "type = task\nrestart = on-failure\nbackoff = 10ms 10ms\nexec = /test/thrice\n",
    "test/thrice": "#!/bin/sh\necho >>/run/thrice\necho life $(wc -l </run/thrice)\n[ $(wc -l </run/thrice) = 3 ]\n",
    "etc/svc/binary": "type = task\nexec = /bin/printf '\\001\\033[2Jred\\000end'\n",
}


@pytest.fixture(scope="module")
def node(boot_shared):
    node = boot_shared(FILES, "svc.skip=net,console")
    for name in ("hundred", "both", "loud", "roomy", "to-kmsg", "to-null", "to-console", "binary", "thrice"):
        node.ok(f"svctl wait {name}")
    for name in ("speaker", "other", "flooded", "restarted"):
        node.until(f"svctl logs {name} | grep 'is there'")
    return node


def test_logs_shows_all_that_was_written(node):
    assert node.logs("hundred").splitlines() == [f"line {number}" for number in range(1, 101)]


def test_both_outputs_are_there(node):
    assert sorted(node.logs("both").splitlines()) == ["to stderr", "to stdout"]


def test_n_shows_the_last_lines(node):
    assert node.ok("svctl logs -n 3 hundred").splitlines() == ["line 98", "line 99", "line 100"]
    assert node.ok("svctl logs -n 0 hundred") == ""
    assert len(node.ok("svctl logs -n 1000 hundred").splitlines()) == 100


def test_several_names_put_the_name_before_each_line(node):
    lines = node.ok("svctl logs -n 2 hundred both").splitlines()
    assert [line for line in lines if line.startswith("hundred: ")] == [
        "hundred: line 99", "hundred: line 100"]
    assert len([line for line in lines if line.startswith("both: to std")]) == 2
    assert len(lines) == 4


def test_no_name_is_all(node):
    lines = node.ok("svctl logs 2>/dev/null").splitlines()
    assert {"hundred: line 1", "both: to stdout", "speaker: speaker is there"} <= set(lines)


def test_a_service_that_says_nothing_has_an_empty_log(node):
    assert node.ok("svctl logs mute 2>&1") == ""


def test_follow_shows_what_was_and_what_comes(node):
    node.ok("svctl logs -f speaker >/run/followed 2>&1 & echo $! >/run/follower")
    node.until("grep -q 'is there' /run/followed")
    for word in ("alpha", "beta", "gamma"):
        node.ok(f"echo {word} >/run/speaker")
        node.until(f"grep -qx {word} /run/followed")
    assert node.ok("cat /run/followed").split("\n")[-4:] == ["alpha", "beta", "gamma", ""]
    node.ok("kill $(cat /run/follower)")


def test_follow_of_several_from_now_on(node):
    node.ok("svctl logs -f -n 0 speaker other >/run/both 2>&1 & echo $! >/run/follower")
    # It has begun once it shows what is said over and over.
    node.until("echo now >/run/other; grep -q 'other: now' /run/both")
    node.ok("echo one >/run/speaker; echo two >/run/other")
    node.until("grep -q 'speaker: one' /run/both && grep -q 'other: two' /run/both")
    assert "is there" not in node.ok("cat /run/both")
    node.ok("kill $(cat /run/follower)")


def test_follow_goes_on_over_a_restart(node):
    node.ok("svctl logs -f restarted >/run/over 2>&1 & echo $! >/run/follower")
    node.until("grep -q 'is there' /run/over")
    node.ok("rm /run/restarted; svctl restart restarted")
    node.until("[ $(grep -c 'is there' /run/over) -ge 2 ]")
    node.ok("kill $(cat /run/follower)")


def test_a_follower_that_does_not_read_holds_nobody_up(node):
    """It is stopped while the service writes far more than its connection holds."""
    node.ok("svctl logs -f flooded >/run/flood 2>&1 & echo $! >/run/follower")
    node.until("grep -q 'is there' /run/flood")
    node.ok("kill -STOP $(cat /run/follower); seq 200000 >/run/flooded; echo the end >/run/flooded")
    node.until("svctl logs -n 1 flooded | grep -qx 'the end'")
    assert node.ok("svctl status flooded")
    node.ok("kill -KILL $(cat /run/follower)")


def test_the_ring_keeps_the_newest_and_tells_what_is_lost(node):
    output, lost = (node.ok("svctl logs loud 2>/dev/null"), node.ok("svctl logs loud 2>&1 >/dev/null"))
    lines = output.splitlines()
    assert lines[-1] == "1009999"
    assert lines[1:] == [str(number) for number in range(1010000 - len(lines) + 1, 1010000)]
    assert len(output) <= 4096
    assert len(output) > 4096 - 8
    assert "lost" in lost and "loud" in lost


def test_the_count_of_lost_bytes_is_exact(node):
    """As PID 1 tells it to programs: what is there and what is not make up all that was written."""
    answer = node.ok(r"printf '1 logs loud\n' | nc local:/run/init.sock")
    sizes = re.findall(r"^log bytes=(\d+)(?: dropped=(\d+))?$", answer, re.M)
    kept = sum(int(size) for size, _ in sizes)
    dropped = max(int(count or 0) for _, count in sizes)
    assert kept == 4096
    assert kept + dropped == 10000 * len("1000000\n")


def test_log_size_makes_room(node):
    output, lost = node.ok("svctl logs roomy 2>/dev/null"), node.ok("svctl logs roomy 2>&1 >/dev/null")
    assert output.splitlines() == [str(number) for number in range(1000000, 1010000)]
    assert lost == ""


def test_the_log_outlives_the_process(node):
    assert node.logs("thrice").splitlines() == ["life 1", "life 2", "life 3"]


def test_bytes_come_through_as_they_are_and_why_shows_them_harmless(node):
    assert node.ok("svctl logs binary | xxd -p").strip() == b"\x01\x1b[2Jred\0end".hex()
    story = node.why("binary")
    assert "red" in story and "\x1b" not in story and "\x01" not in story


def test_kmsg_is_in_the_kernel_log_with_the_name_and_in_the_ring(node):
    assert len(lines_with(node.kernel_log(), r"\] to-kmsg: (first|second) words$")) == 2
    assert node.logs("to-kmsg").splitlines() == ["first words", "second words"]


def test_null_is_nowhere(node):
    assert node.logs("to-null") == ""
    assert "never seen" not in node.log() + node.kernel_log()


def test_console_is_on_the_console(node):
    node.until(lambda: lines_with(node.log(), "seen on the console"))
    assert node.logs("to-console") == ""
