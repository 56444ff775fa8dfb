# SPDX-License-Identifier: MIT
"""Reading /etc/svc again: only what changed is touched."""

import pytest
from client import Refused

pytestmark = pytest.mark.valgrind
JOB = "exec = /test/probe pause\n"
# It stops when the test says so, by m.kill_main().
SLOW = "exec = /test/probe ignore:15 say:up pause\nstop-timeout = 1h\n"


def test_what_did_not_change_is_not_touched(machine):
    m = machine({name: JOB for name in ("a", "m", "z")})
    m.until_node("ready")
    before = {name: m.main(name) for name in "amz"}
    m.service("b", JOB)  # moves all the others
    m.remove("m")
    m.service("a", JOB)  # written anew, and the same
    with m.watch("a", "z") as watch:
        m.ask("rescan")
        m.until("b", "ready")
        assert m.names() == ["a", "b", "z"]
        m.stop("z")
        # A watcher may be told anew how things are; that is no change.
        watch.until(lambda record: record.word == "state" and record["name"] == "z" and record["state"] == "stopped"
                    or record.get("name") == "a" and record["pid"] != str(before["a"]))
    assert m.main("a") == before["a"]


def test_a_new_one_starts(machine):
    m = machine({"a": JOB})
    m.until("a", "ready")
    m.service("new", JOB + "needs = a\n")
    m.ask("rescan")
    m.until("new", "ready")


def test_a_changed_one_runs_by_its_new_file(machine):
    m = machine({"a": "exec = /test/probe say:old pause\n"})
    m.until_log("a", "old")
    before = m.main("a")
    m.service("a", "exec = /test/probe say:new pause\n")
    m.ask("rescan")
    m.until_log("a", "new")
    assert m.log("a") == "old\nnew\n"  # what it wrote before stays
    m.until("a", "ready")
    assert m.main("a") != before


def test_a_changed_one_stops_as_its_old_file_says(machine):
    m = machine({"a": "exec = /test/probe ignore:15 tell:10 say:up pause\nstop-signal = USR1\nstop-timeout = 1h\n"})
    m.until_log("a", "up")
    m.service("a", JOB)
    rescan = m.connect("rescan")
    m.until_log("a", "got 10")
    m.kill_main("a")
    rescan.all()
    m.until("a", "ready")


def test_one_that_a_person_is_stopping_stays_stopped(machine):
    m = machine({"a": SLOW})
    m.until_log("a", "up")
    m.connect("stop a")
    m.until("a", "stopping")
    m.service("a", JOB)
    rescan = m.connect("rescan")
    m.node()  # answered after the rescan has begun
    m.kill_main("a")
    rescan.all()
    assert m.state("a") == "stopped"


def test_one_that_is_stopped_meanwhile_stays_stopped(machine):
    m = machine({"a": SLOW})
    m.until_log("a", "up")
    m.service("a", JOB)
    rescan = m.connect("rescan")
    m.until("a", "stopping")
    m.connect("stop a")
    m.node()
    m.kill_main("a")
    rescan.all()
    assert m.state("a") == "stopped"


@pytest.mark.parametrize("verb", ("start", "restart"))
def test_one_that_is_started_meanwhile_waits_for_its_new_file(machine, verb):
    m = machine({"a": SLOW})
    m.until_log("a", "up")
    m.service("a", "exec = /test/probe say:new pause\n")
    rescan = m.connect("rescan")
    m.until("a", "stopping")
    m.connect(f"{verb} a")
    m.node()
    m.kill_main("a")
    rescan.all()
    m.until_log("a", "new")
    assert m.log("a") == "up\nnew\n"


def test_a_removed_one_is_stopped_and_forgotten(machine):
    m = machine({"a": JOB, "gone": "exec = /test/probe { session pause } pause\n"})
    m.until("gone", "ready")
    m.remove("gone")
    m.ask("rescan")
    assert m.pids("gone") == [] and m.names() == ["a"]
    assert not (m.cgroup / "svc/gone").exists()
    with pytest.raises(Refused) as refusal:
        m.status("gone")
    assert refusal.value.code == 4


def test_one_that_was_stopped_by_hand_stays_stopped_when_its_file_changes(machine):
    m = machine({"a": JOB})
    m.until("a", "ready")
    m.stop("a")
    m.service("a", JOB + "nice = 1\n")
    m.ask("rescan")
    assert m.state("a") == "stopped"


def test_one_that_failed_is_tried_again_with_its_new_file(machine):
    m = machine({"a": "exec = /test/probe exit:1\nrestart = never\n"})
    m.until("a", "failed")
    m.service("a", JOB)
    m.ask("rescan")
    m.until("a", "ready")
    m.until_node("ready")


def test_a_broken_file_is_told_and_mended_by_the_next(machine):
    m = machine({"a": JOB, "b": JOB})
    m.until("b", "ready")
    before = m.main("b")
    m.service("a", "exec = nonsense\n")
    m.ask("rescan")
    assert m.state("a") == "invalid" and m.pids("a") == []
    assert m.until_node("degraded")
    m.service("a", JOB)
    m.ask("rescan")
    m.until("a", "ready")
    assert m.main("b") == before


def test_files_that_are_no_services_are_told_and_passed_over(machine):
    m = machine({"a": JOB, "UPPER": JOB, "x" * 33: JOB, "README~": "text\n"})
    m.until("a", "ready")
    assert "a" in m.names() and "README~" not in m.names()


def test_limits_of_the_old_file_are_not_left_over(machine):
    """Its cgroup is a new one."""
    m = machine({"a": JOB})
    m.until("a", "ready")
    before = (m.cgroup / "svc/a").stat().st_ino
    m.service("a", JOB + "nice = 3\n")
    m.ask("rescan")
    m.until("a", "ready")
    assert (m.cgroup / "svc/a").stat().st_ino != before


def test_a_need_that_was_removed_makes_who_needs_it_invalid(machine):
    m = machine({"a": JOB, "b": JOB + "needs = a\n"})
    m.until("b", "ready")
    m.remove("a")
    m.ask("rescan")
    assert m.state("b") == "invalid" and m.pids() == []


def test_two_in_a_row(machine):
    """The second comes while the first waits for a slow stop: its files count."""
    m = machine({"slow": SLOW, "a": JOB})
    m.until_log("slow", "up")
    m.until("a", "ready")
    m.remove("slow")
    m.service("a", "exec = /test/probe say:first pause\n")
    first = m.connect("rescan")
    m.until("slow", "stopping")
    m.service("a", "exec = /test/probe say:second pause\n")
    second = m.connect("rescan")
    m.node()  # answered after it was taken
    m.kill_main("slow")
    first.all(), second.all()
    m.until_log("a", "second")
    assert m.names() == ["a"] and "first" not in m.log("a")


def test_one_that_comes_back_before_it_was_gone(machine):
    m = machine({"slow": SLOW})
    m.until_log("slow", "up")
    m.remove("slow")
    first = m.connect("rescan")
    m.until("slow", "stopping")
    m.service("slow", JOB)
    second = m.connect("rescan")
    m.node()  # answered after it was taken
    m.kill_main("slow")
    first.all(), second.all()
    m.until("slow", "ready")


def test_watchers_and_followers_stay_connected(machine):
    m = machine({"b": "exec = /test/probe tell:10 say:up pause\n", "c": JOB})
    m.until_log("b", "up")
    m.until("c", "ready")
    everything, one = m.watch(), m.watch("b")
    follower = m.connect("logs b follow")
    assert follower.next().data == b"up\n"
    doomed = m.connect("logs c follow")
    m.service("a", JOB)
    m.remove("c")
    m.ask("rescan")
    everything.state("a", "ready")
    m.ask("signal USR1 b")
    assert follower.next().data == b"got 10\n"
    m.stop("b")
    assert one.state("b", "stopped")
    assert everything.state("b", "stopped")
    assert doomed.next() is None  # what it followed is gone


def test_those_who_wait_for_a_change_see_it_across_a_rescan(machine):
    m = machine({"slow": SLOW, "z": JOB})
    m.until_log("slow", "up")
    stopping = m.connect("stop slow")
    stopping.state("slow", "stopping")
    m.service("a", JOB)
    m.ask("rescan")
    m.until("a", "ready")
    m.kill_main("slow")
    assert stopping.state("slow", "stopped")


def test_not_during_shutdown(machine):
    m = machine({"slow": SLOW})
    m.until_log("slow", "up")
    m.ask("reboot")
    for verb in ("rescan", "start slow", "stop slow", "restart slow"):
        with pytest.raises(Refused) as refusal:
            m.ask(verb)
        assert refusal.value.code == 1 and "going down" in refusal.value.text


def test_a_folder_that_is_gone_changes_nothing(machine):
    m = machine({"a": JOB})
    before = m.until("a", "ready")["pid"]
    (m.root / "etc/svc").rename(m.root / "etc/svc-elsewhere")
    with pytest.raises(Refused) as refusal:
        m.ask("rescan")
    assert refusal.value.code == 1
    assert m.status("a")["pid"] == before


def test_as_many_services_as_there_may_be_and_no_more(machine):
    """4096; what is beyond is told, and what runs goes on."""
    m = machine({"a": JOB})
    before = m.until("a", "ready")["pid"]
    for number in range(4096):
        (m.root / f"etc/svc/n{number:04}").write_text("exec = /test/probe pause\nwhen = cmdline:no.such.word\n")
    try:
        m.ask("rescan")
    except Refused as refusal:
        assert refusal.code == 1
    assert len(m.names()) <= 4096
    assert m.kmsg.find("(?i)too many|4096")
    assert m.status("a")["pid"] == before
    for number in range(4096):
        (m.root / f"etc/svc/n{number:04}").unlink()
    m.ask("rescan")
    assert m.names() == ["a"] and m.status("a")["pid"] == before
