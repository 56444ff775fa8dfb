# SPDX-License-Identifier: MIT
"""Service files with errors that reached a node, past the checks of the build: they are shown with
file and line, never run, and harm nobody."""

import pytest
from node import lines_with

RUN = "exec = /bin/touch /run/{}\n"

BROKEN = {
    "etc/svc/typo": RUN.format("typo") + "restrat = never\n",
    "etc/svc/twice": "description = one\n" + RUN.format("twice") + "description = two\n",
    "etc/svc/bad-size": RUN.format("bad-size") + "# a comment\n\nmemory-max = lots\n",
    "etc/svc/no-program": "exec = /bin/no-such-program\n",
    "etc/svc/no-exec": "description = Nothing to run\n",
    "etc/svc/no-equals": RUN.format("no-equals") + "essential\n",
    "etc/svc/open-quote": "exec = /bin/sh -c 'touch /run/open-quote\n",
    "etc/svc/unknown-need": RUN.format("unknown-need") + "needs = nobody-knows\n",
    "etc/svc/circle-a": RUN.format("circle-a") + "needs = circle-b\n",
    "etc/svc/circle-b": RUN.format("circle-b") + "needs = circle-c\n",
    "etc/svc/circle-c": RUN.format("circle-c") + "needs = circle-a\n",
    "etc/svc/itself": RUN.format("itself") + "needs = itself\n",
    "etc/svc/not-text": "exec = /bin/touch /run/not-text\n\x01\x02\x1b[2J = \x7f\n",
    "etc/svc/too-long": RUN.format("too-long") + "description = " + "x" * 20000 + "\n",
    "etc/svc/empty": "",
    "etc/svc/needs-typo": "exec = /bin/sleep 100000\nneeds = typo\n",
    "etc/svc/Bad Name": RUN.format("bad-name"),
    "etc/svc/ntp": "what is this\n",
    "etc/svc/good": "exec = /bin/sleep 100000\n",
    "etc/svc/good-task": "type = task\nexec = /bin/true\nneeds = good\n",
}
INVALID = ["typo", "twice", "bad-size", "no-program", "no-exec", "no-equals", "open-quote", "unknown-need",
           "circle-a", "circle-b", "circle-c", "itself", "not-text", "too-long", "empty", "ntp"]


@pytest.fixture(scope="module")
def node(boot_shared):
    node = boot_shared(unchecked=BROKEN, cmdline="svc.skip=net,console")
    node.ok("svctl wait good-task")
    return node


@pytest.mark.parametrize("name", INVALID)
def test_is_invalid_and_does_not_run(node, name):
    service = node.service(name)
    assert (service["state"], service["pid"]) == ("invalid", None)
    assert node.run(f"test -e /run/{name}").status == 1


def test_the_others_run(node):
    assert node.state("good") == "ready"
    assert node.state("good-task") == "done"


def test_the_node_is_degraded_and_says_because_of_whom(node):
    assert node.status()["node"]["state"] == "degraded"
    [line] = lines_with(node.ok("svctl status"), "^degraded because")
    assert "invalid" in line
    assert lines_with(node.kernel_log(), "init: ready in") == []


@pytest.mark.parametrize("name, line, words", [
    ("typo", 2, ["restrat", "restart"]),
    ("twice", 3, ["description"]),
    ("bad-size", 4, ["memory-max", "lots"]),
    ("no-program", 1, ["/bin/no-such-program"]),
    ("no-equals", 2, ["essential"]),
    ("unknown-need", 2, ["nobody-knows"]),
    ("circle-a", 2, ["circle-b"]),
    ("itself", 2, ["itself"]),
])
def test_why_tells_file_line_and_what_was_meant(node, name, line, words):
    story = node.why(name)
    assert f"/etc/svc/{name}" in story
    assert str(line) in story
    for word in words:
        assert word in story


@pytest.mark.parametrize("name", INVALID)
def test_the_kernel_log_tells_it(node, name):
    assert lines_with(node.kernel_log(), rf"init: {name}[:,]")


def test_the_table_tells_the_error_in_the_line(node):
    [line] = lines_with(node.ok("svctl status"), "^typo ")
    assert "invalid" in line and "restrat" in line


def test_nothing_a_file_says_commands_the_terminal(node):
    assert "\x1b" not in node.ok("svctl status; svctl why not-text; dmesg")


def test_who_needs_an_invalid_one_waits_and_tells_the_cause(node):
    assert node.state("needs-typo") == "waiting"
    story = node.why("needs-typo")
    assert "typo" in story and "restrat" in story


def test_starting_an_invalid_one_fails_and_says_why(node):
    output, status = node.run("svctl start typo")
    assert status == 1
    assert "restrat" in output or "invalid" in output
    assert node.run("test -e /run/typo").status == 1


def test_starting_who_needs_an_invalid_one_fails_at_once(node):
    output, status = node.run("svctl start needs-typo")
    assert status == 1
    assert "typo" in output


def test_svctl_check_on_the_node_names_every_error(node):
    output, status = node.run("svctl check /etc/svc")
    assert status == 1
    assert lines_with(output, r"etc/svc/typo:2: ")
    assert lines_with(output, r"etc/svc/bad-size:4: ")
    assert node.run("svctl check /etc/svc/good").status == 0
