# SPDX-License-Identifier: MIT
"""PID 1 under pressure: orphans by the thousand, and clients of its socket that mean no good."""

import re

import pytest
from node import DEADLINE

FILES = {
    "etc/svc/steady": "exec = /bin/sleep 100000\n",
    "etc/svc/spawner": "type = task\nexec = /bin/true\n",
}
NOBODY = "setuidgid nobody "


@pytest.fixture(scope="module")
def node(boot_shared, helper):
    node = boot_shared({**FILES, "test/orphans": helper("orphans"), "test/clients": helper("clients")},
                       "svc.skip=net,console")
    node.ok("svctl wait steady")
    return node


@pytest.fixture(autouse=True)
def unharmed(node):
    """Whatever a test did: PID 1 answers afterwards, and the service has not noticed."""
    before = node.service("steady")
    yield
    node.ok("killall -q -KILL clients; true")
    after = node.service("steady")
    assert (after["state"], after["pid"]) == ("ready", before["pid"])


def zombies(node):
    return node.ok("grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null || true").split()


def no_orphan_is_left(node):
    """Neither at work nor dead and waiting to be reaped."""
    return node.run("grep -qs '^Name:.orphans' /proc/[0-9]*/status").status != 0


# ---- Orphans ----


def test_two_thousand_orphans_that_die_at_once_are_all_reaped(node):
    assert "2000 orphans" in node.ok("/test/orphans 2000", DEADLINE * 3)
    node.until(lambda: no_orphan_is_left(node))
    node.until(lambda: zombies(node) == [])


def test_init_answers_while_orphans_rain(node):
    """The storms go on as long as PID 1 has not answered often enough in the middle of one."""
    node.ok("(while [ ! -e /run/enough ]; do /test/orphans 500; done) >/run/storms 2>&1 &")
    node.until("grep -q '500 orphans' /run/storms")
    for _ in range(5):
        node.ok("svctl restart spawner && svctl status")
    node.until("[ $(grep -c '500 orphans' /run/storms) -ge 4 ]")
    node.ok("touch /run/enough")
    node.until("! pgrep -f '[!] -e /run/enough'")
    node.until(lambda: no_orphan_is_left(node))
    node.until(lambda: zombies(node) == [])


# ---- Clients ----


def test_silent_clients_of_others_keep_root_from_nothing(node):
    """More of them than there are places, and none says a word."""
    node.ok(f"{NOBODY}/test/clients hold 40 >/run/holding 2>&1 &")
    node.until("grep -q holding /run/holding")
    for _ in range(3):
        node.ok("svctl status")
    node.ok("svctl restart spawner")


def test_half_a_request_is_given_up_on(node):
    """Even root's own hanging clients free their places by and by."""
    node.ok("/test/clients hold 32 '1 stat' >/run/holding 2>&1 &")
    node.until("grep -q holding /run/holding")
    node.until("svctl status")


def test_clients_that_never_read_their_answer_hold_nobody_up(node):
    """Each asks for all changes, and changes come by the hundred."""
    node.ok(f"{NOBODY}/test/clients hold 20 '1 watch\\n' >/run/holding 2>&1 &")
    node.until("grep -q holding /run/holding")
    for _ in range(20):
        node.ok("svctl restart spawner")


def test_forty_at_once_are_answered_or_told(node):
    """Each gets a whole answer, or is turned away in words; nobody is left hanging."""
    answer = node.ok("/test/clients flood 40")
    answered, refused = map(int, re.match(r"(\d+) answered (\d+) refused", answer).groups())
    assert answered + refused == 40
    assert answered >= 16


def test_forty_svctl_at_once_do_not_crowd_each_other_out(node):
    node.ok("for i in $(seq 40); do svctl status >/dev/null || echo $? >>/run/crowded & done; wait")
    assert node.run("cat /run/crowded").status == 1, node.run("cat /run/crowded").output


@pytest.mark.parametrize("request_text", [
    "\\n", "hello\\n", "1\\n", "2 status\\n", "1 bogus\\n", "1 status %zz\\n", "1 status ../../etc/passwd\\n",
    "1 stop\\n", "1 logs steady lines=-1\\n", "1 logs steady lines=99999999999999999999\\n",
    "1 logs steady bogus\\n", "1 poweroff maybe\\n", "GET / HTTP/1.0\\n\\n", "A" * 5000])
def test_a_bad_request_gets_an_error_in_one_line(node, request_text):
    answer = node.ok(f"/test/clients send '{request_text}'")
    assert re.fullmatch(r"error code=[24] text=\S+\n", answer), answer


def test_noise_is_no_request(node):
    assert "200 times" in node.ok("/test/clients noise 200")


def test_two_requests_on_one_connection_are_one(node):
    answer = node.ok("/test/clients send '1 status steady\\n1 stop steady\\n'")
    assert answer.endswith("\nok\n")


def test_the_socket_can_not_be_replaced_by_others(node):
    assert node.run(f"{NOBODY}rm -f /run/init.sock").status != 0
    assert node.run(f"{NOBODY}mv /run/init.sock /tmp/x").status != 0


def test_signals_that_mean_nothing_do_nothing(node):
    for signal in ("HUP", "QUIT", "ALRM", "PIPE", "WINCH", "CONT", "STOP", "KILL", "SEGV"):
        node.run(f"kill -{signal} 1")
    assert node.status()["node"]["state"] == "ready"


def test_its_memory_does_not_grow_with_what_it_went_through(node):
    """No allocation once the services are loaded: the heap is the same after thirty restarts."""
    def heap():
        return node.ok("awk '/\\[heap\\]/ {print $1}' /proc/1/maps; awk '/^VmData/ {print $2}' /proc/1/status")

    before = heap()
    node.ok("for i in $(seq 30); do svctl restart spawner; svctl status; done >/dev/null")
    assert heap() == before


def test_neither_do_its_open_files(node):
    node.ok("svctl restart spawner")
    before = int(node.ok("ls /proc/1/fd | wc -l"))
    node.ok("for i in $(seq 20); do svctl restart spawner; svctl logs spawner; done >/dev/null")
    node.until(lambda: int(node.ok("ls /proc/1/fd | wc -l")) <= before)
