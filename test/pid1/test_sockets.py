# SPDX-License-Identifier: MIT
"""The names of PID 1's sockets: /run is a folder that people clean up."""

import os
import signal

import pytest
from test_reexec import crash, reexec

JOB = "exec = /test/probe pause\n"
SPEAKER = "exec = /test/probe notify:READY=1 pause\nready = notify\nstart-timeout = 10s\nstart = no\n"
SOCKETS = {"init.sock": "svctl", "notify": "ready = notify"}


def inode(m, name):
    try:
        return os.stat(name, dir_fd=m.run).st_ino
    except FileNotFoundError:
        return None


def until_back(m, name, before):
    m.poll(lambda: inode(m, name) not in (None, before), f"{name} did not come back")


def works(m):
    """Both sockets, as a client and as a service use them."""
    assert m.node()["state"] == "ready"
    m.restart("speaker")


@pytest.fixture
def node(machine):
    m = machine({"job": JOB, "speaker": SPEAKER.replace("start = no\n", "")})
    m.until_node("ready")
    return m


LOSSES = {"remove": "rm {0}", "rename": "mv {0} aside", "replace": "echo >other; mv other {0}"}


@pytest.mark.parametrize("name", SOCKETS)
@pytest.mark.parametrize("loss", [pytest.param("remove", marks=pytest.mark.valgrind), "rename", "replace"])
def test_a_socket_without_its_name_gets_it_back(node, name, loss):
    before = inode(node, name)
    node.shell(f"cd /run; {LOSSES[loss].format(name)}")
    until_back(node, name, before)
    assert node.kmsg.wait(f"^init: /run/{name} is gone; making it again$")
    works(node)


def test_a_cleaned_run_costs_nothing_however_often(node):
    descriptors = node.descriptors()
    for _ in range(20):
        before = {name: inode(node, name) for name in SOCKETS}
        node.shell("rm -r /run/*")
        for name in SOCKETS:
            until_back(node, name, before[name])
    works(node)
    assert node.descriptors() == descriptors


def test_who_is_connected_stays_so(node):
    with node.watch() as watch:
        before = inode(node, "init.sock")
        node.shell("rm /run/init.sock")
        until_back(node, "init.sock", before)
        node.change("stop", "job", "stopped")
        watch.until(lambda record: record.word == "state" and record["state"] == "stopped")


def test_a_change_of_its_mode_is_no_loss(node):
    before = inode(node, "notify")
    node.shell("chmod 666 /run/notify")
    works(node)
    assert inode(node, "notify") == before
    assert not [line for line in node.kmsg.lines() if "making it again" in line]


def test_a_name_that_is_taken_is_told_and_tried_again_for_sighup(node):
    """A folder in its place, made while PID 1 cannot look."""
    node.signal(signal.SIGSTOP)
    node.poll(lambda: (node.inside() / "1/stat").read_text().rpartition(")")[2].split()[0] == "T")
    node.shell("cd /run; rm notify; mkdir notify")
    node.signal(signal.SIGCONT)
    assert node.kmsg.wait(r"^init: cannot open /run/notify: .*; ready = notify will not work until that is mended "
                          r"and kill -HUP 1 tries again$")
    node.shell("rmdir /run/notify")
    node.signal(signal.SIGHUP)
    until_back(node, "notify", None)
    works(node)


def test_sighup_alone_changes_nothing(node):
    before = {name: inode(node, name) for name in SOCKETS}
    node.signal(signal.SIGHUP)
    works(node)
    assert before == {name: inode(node, name) for name in SOCKETS}


def test_sighup_sees_a_file_system_that_hides_the_names(node):
    node.shell("mount -t tmpfs tmpfs /run")
    node.signal(signal.SIGHUP)
    assert node.kmsg.wait("^init: /run/init.sock is gone; making it again$")
    assert node.kmsg.wait("^init: /run/notify is gone; making it again$")
    node.poll(lambda: node.svctl("status", "job")[0] == 0)


@pytest.mark.parametrize("renew", [reexec, crash])
def test_the_next_image_watches_too(node, renew):
    renew(node)
    for name in SOCKETS:
        before = inode(node, name)
        node.shell(f"rm /run/{name}")
        until_back(node, name, before)
    works(node)
