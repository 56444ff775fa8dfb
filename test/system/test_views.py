# SPDX-License-Identifier: MIT
"""What one sees of a real node beside its status: how it booted, who needs whom, what changes; and what one
can ask a service for."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from node import lines_with

FILES = {
    "etc/svc/base": "type = task\nexec = /bin/sleep 0.3\n",
    "etc/svc/store": "exec = /bin/sh -c 'sleep 0.2; echo >&3; exec sleep 1000000'\nready = fd:3\nneeds = base\n",
    "etc/svc/web": "exec = /bin/sleep 1000000\nneeds = store\nafter = log\n",
    "etc/svc/log": "exec = /bin/sh -c 'trap \"echo hup\" HUP; trap \"echo usr1\" USR1; echo >&3; "
                   "while :; do sleep 0.05; done'\nready = fd:3\n",
    "etc/svc/absent": "exec = /bin/sleep 1\nwhen = path:/nowhere\n",
    "etc/svc/wrong": "exec = /bin/false\ntype = task\n",
    "etc/svc/alive": "exec = /bin/sh -c '/test/notify READY=1; while :; do [ -e /run/mute ] || "
                     "/test/notify WATCHDOG=1 \"STATUS=at work\"; sleep 0.2; done'\n"
                     "ready = notify\nwatchdog = 10s\nbackoff = 0\n",
}
NAMES = {name.removeprefix("etc/svc/") for name in FILES}


@pytest.fixture(scope="module")
def node(boot_shared, helper):
    node = boot_shared({**FILES, "test/notify": helper("notify")}, "svc.skip=net,console,ntp")
    node.ok("svctl wait web; svctl wait log; svctl wait alive")
    node.until_state("wrong", "failed")
    return node


# ---- boot ----


def test_boot_as_text_names_the_critical_path(node):
    text = node.ok("svctl boot")
    for name in NAMES:
        assert name in text
    assert "kernel" in text
    assert max(map(len, text.splitlines())) <= 100


def test_boot_as_json_adds_up(node):
    chart = json.loads(node.ok("svctl boot --json"))
    boot = chart["boot"]
    times = [boot[key] for key in ("kernel_seconds", "init_seconds", "mounted_seconds", "loaded_seconds")]
    assert times == sorted(times) and times[0] == 0
    services = {service["name"]: service for service in chart["services"]}
    assert NAMES <= set(services)
    for name in ("base", "store", "web", "log"):
        service = services[name]
        assert boot["loaded_seconds"] <= service["start_seconds"] <= service["exec_seconds"] <= service["ready_seconds"]
    assert services["absent"]["exec_seconds"] is None
    assert services["base"]["ready_seconds"] <= services["store"]["start_seconds"]
    assert services["store"]["ready_seconds"] <= services["web"]["start_seconds"]
    assert services["base"]["ready_seconds"] - services["base"]["start_seconds"] >= 0.3
    path = chart["critical_path"]
    for one, other in zip(path, path[1:]):
        assert one["until_seconds"] == other["from_seconds"]


def test_boot_as_svg_is_a_picture_on_its_own(node):
    picture = node.ok("svctl boot --svg")
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = " ".join(element.text or "" for element in root.iter())
    for name in NAMES - {"absent"}:
        assert name in words
    assert not re.search(r"<script|href=|url\(http|@import|<image", picture)
    assert set(re.findall(r"https?://[^\"' >]+", picture)) == {"http://www.w3.org/2000/svg"}


# ---- graph ----


def test_graph_is_drawn_by_graphviz(node):
    graph = node.ok("svctl graph")
    assert re.search(r'"web" -> "store"', graph)
    assert re.search(r'"web" -> "log" \[.*dashed', graph)
    if not shutil.which("dot"):
        pytest.skip("Graphviz is not installed")
    drawn = subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, text=True, timeout=60)
    assert drawn.returncode == 0 and not drawn.stderr, drawn.stderr
    titles = [element.text for element in ElementTree.fromstring(drawn.stdout).iter("{http://www.w3.org/2000/svg}title")]
    assert "web->store" in titles and NAMES <= set(titles)


# ---- watch ----


def test_watch_tells_each_change(node):
    node.ok("svctl watch >/run/watched 2>&1 & echo $! >/run/watcher")
    # It connects when it gets to it; from then on, nothing is left out.
    node.until("svctl restart store && grep -q . /run/watched")
    node.ok("svctl stop store; svctl start store; svctl wait web")
    node.until("grep -q ' web .*ready' /run/watched")
    node.ok("kill $(cat /run/watcher)")
    lines = node.ok("cat /run/watched").splitlines()
    assert all(re.match(r" *\d+\.\d{3}  \S+ +\S", line) for line in lines), lines
    seen = [tuple(line.split()[1:3]) for line in lines]
    # Who needs it stops first and comes back after it.
    order = [("web", "stopping"), ("store", "stopping"), ("store", "stopped"), ("store", "ready"), ("web", "ready")]
    begin = seen.index(order[0])
    assert [seen.index(one, begin) for one in order] == sorted(seen.index(one, begin) for one in order), lines


# ---- what a service can be asked for ----


def test_reload_and_signal_reach_the_main_process(node):
    pid = node.pid("log")
    node.ok("svctl reload log")
    node.until("svctl logs log | grep -qx hup")
    node.ok("svctl signal USR1 log")
    node.until("svctl logs log | grep -qx usr1")
    assert (node.pid("log"), node.service("log")["restarts"]) == (pid, 0)
    output, status = node.run("svctl reload absent")
    assert status == 3, output


def test_a_status_it_sent_is_shown(node):
    [line] = node.until(lambda: lines_with(node.ok("svctl status alive"), "at work"))
    assert line.split()[:2] == ["alive", "ready"]


def test_a_service_that_gives_no_sign_of_life_is_killed_and_started_again(node):
    """The watchdog of its file; the hardware's is another story."""
    before = node.pid("alive")
    assert node.service("alive")["restarts"] == 0
    node.ok("touch /run/mute")
    node.until_service("alive", lambda service: service["restarts"] >= 1)
    node.ok("rm /run/mute")
    service = node.until_state("alive", "ready")
    assert service["pid"] != before
    assert service["exit"]["signal"] == 9
    assert lines_with(node.kernel_log(), "init: alive: no sign of life for 10.0s; killing it")
    assert "it did not send WATCHDOG=1 in time" in node.why("alive")


# ---- rescan ----


def steady(node, *names):
    return {name: (node.pid(name), node.service(name)["restarts"]) for name in names}


def test_a_layer_unpacked_at_run_time_brings_services(node, tmp_path):
    from archive import unchecked_layer
    import base64
    import gzip

    layer = unchecked_layer({"etc/svc/guest": "exec = /opt/guest/run\nneeds = store\n",
                             "opt/guest/run": "#!/bin/sh\necho hello; exec sleep 1000000\n"})
    packed = base64.b64encode(gzip.compress(layer)).decode()
    before = steady(node, "store", "log", "web")
    node.ok(f"cd / && echo '{packed}' | base64 -d | gzip -d | cpio -idu")
    output = node.ok("svctl rescan")
    assert lines_with(output, "new +guest") and not lines_with(output, "store|log|web")
    node.ok("svctl wait guest")
    assert "hello" in node.until("svctl logs guest | grep .")
    assert steady(node, "store", "log", "web") == before
    # A change touches that one alone.
    node.ok("sed -i '1s/$/ again/' /etc/svc/guest")
    guest = node.pid("guest")
    assert lines_with(node.ok("svctl rescan"), "changed +guest")
    node.until_service("guest", lambda service: service["state"] == "ready" and service["pid"] != guest)
    assert node.ok(f"tr '\\0' ' ' </proc/{node.pid('guest')}/cmdline || true")
    assert steady(node, "store", "log", "web") == before
    # What is removed is stopped, and forgotten.
    guest = node.pid("guest")
    assert lines_with(node.ok("rm /etc/svc/guest; svctl rescan"), "removed +guest")
    assert node.run("svctl status guest").status == 4
    assert node.run(f"test -e /proc/{guest}").status == 1
    assert node.run("test -e /sys/fs/cgroup/svc/guest && cat /sys/fs/cgroup/svc/guest/cgroup.procs").output == ""
    assert steady(node, "store", "log", "web") == before


def test_a_file_with_an_error_is_shown_and_harms_nobody(node):
    before = steady(node, "store", "log", "web")
    output, status = node.run("echo 'exek = /bin/true' >/etc/svc/typo; svctl rescan")
    assert status == 1
    assert "exek" in output and "typo" in output
    assert node.state("typo") == "invalid"
    node.ok("rm /etc/svc/typo; svctl rescan")
    assert steady(node, "store", "log", "web") == before
