# SPDX-License-Identifier: MIT
"""What svctl shows of a real node, what it exits with, and who may do what."""

import json

import pytest
from node import lines_with

SERVICES = {
    "etc/svc/sleeper": "description = Sleeps\nexec = /bin/sleep 100000\nessential = yes\n",
    "etc/svc/parent": "exec = /bin/sh -c 'sleep 100000 & sleep 100000; true'\n",
    "etc/svc/worker": "exec = /bin/sh -c 'for i in $(seq 5000); do :; done; exec sleep 100000'\n",
    "etc/svc/once": "type = task\nexec = /bin/true\n",
    "etc/svc/fails": "type = task\nexec = /bin/sh -c 'exit 9'\n",
    "etc/svc/absent": "exec = /bin/sleep 1\nwhen = path:/no/such/file\n",
}

NODE_KEYS = {"hostname", "state", "uptime_seconds", "ready_seconds", "boot_reason", "clients_refused",
             "messages_dropped"}
MEMORY_KEYS = {"total_bytes", "available_bytes"}
SERVICE_KEYS = {"name", "state", "pid", "since_seconds", "restarts", "next_start_seconds", "exit",
                "memory_bytes", "memory_peak_bytes", "cpu_seconds", "essential"}
EXIT_KEYS = {"code", "signal", "oom", "step", "errno"}


@pytest.fixture(scope="module")
def node(boot_shared):
    node = boot_shared(SERVICES, "svc.skip=net,console")
    node.until_state("fails", "failed")
    node.until_state("once", "done")
    for name in ("sleeper", "parent", "worker"):
        node.until_state(name, "ready")
    return node


# ---- status ----


def test_json_has_the_contracts_keys_and_no_others(node):
    status = node.status()
    assert set(status) == {"version", "node", "memory", "services"}
    assert status["version"] == 1
    assert set(status["node"]) == NODE_KEYS
    assert set(status["memory"]) == MEMORY_KEYS
    for service in status["services"]:
        assert set(service) == SERVICE_KEYS
        assert set(service["exit"]) == EXIT_KEYS


def test_json_tells_the_nodes_memory(node):
    memory = node.status()["memory"]
    total = int(node.ok("awk '/^MemTotal:/ {print $2}' /proc/meminfo"))
    assert memory["total_bytes"] == total * 1024
    assert 0 < memory["available_bytes"] < memory["total_bytes"]


def test_json_has_every_service_once(node):
    names = [service["name"] for service in node.status()["services"]]
    assert len(names) == len(set(names))
    assert {"sleeper", "parent", "worker", "once", "fails", "absent", "agent"} <= set(names)
    assert set(node.ok("ls /etc/svc").split()) == set(names)


def test_pids_are_those_ps_shows(node):
    processes = dict(line.split(None, 1) for line in node.ok("ps -o pid,args").splitlines()[1:])
    assert processes[str(node.pid("sleeper"))] == "/bin/sleep 100000"
    assert processes[str(node.pid("parent"))].startswith("/bin/sh -c sleep 100000")


def test_what_does_not_run_has_no_pid(node):
    for name in ("once", "fails", "absent", "net"):
        assert node.service(name)["pid"] in (None, 0), name


def test_memory_and_processor_time_are_those_of_the_cgroup(node):
    for name in ("sleeper", "worker"):
        service = node.service(name)
        assert 0 < service["memory_bytes"] <= service["memory_peak_bytes"] < 16 << 20
        used = int(node.ok(f"awk '/^usage_usec/ {{print $2}}' /sys/fs/cgroup/svc/{name}/cpu.stat"))
        assert 0 < service["cpu_seconds"] <= used / 1e6


def test_a_service_has_a_cgroup_of_its_own_with_all_its_processes(node):
    node.until("[ $(wc -l </sys/fs/cgroup/svc/parent/cgroup.procs) = 3 ]")
    assert str(node.pid("parent")) in node.ok("cat /sys/fs/cgroup/svc/parent/cgroup.procs").split()


def test_exit_tells_the_code_of_a_failed_task(node):
    assert node.service("fails")["exit"] == {
        "code": 9, "signal": None, "oom": False, "step": None, "errno": None}


def test_essential_is_told(node):
    assert node.service("sleeper")["essential"] is True
    assert node.service("parent")["essential"] is False


def test_a_failed_service_degrades_the_node_and_is_named(node):
    assert node.status()["node"]["state"] == "degraded"
    output = node.ok("svctl status")
    assert "degraded" in output
    assert "fails" in output


def test_table_has_a_line_for_every_service_with_its_state(node):
    lines = node.ok("svctl status").splitlines()
    for service in node.status()["services"]:
        assert any(line.split()[:2] == [service["name"], service["state"]] for line in lines), (
            service["name"], lines)


def test_table_shows_pid_memory_and_reason(node):
    [sleeper] = lines_with(node.ok("svctl status"), r"^sleeper ")
    assert str(node.pid("sleeper")) in sleeper.split()
    [fails] = lines_with(node.ok("svctl status"), r"^fails ")
    assert "exited with code 9" in fails


def test_table_of_some_has_only_these(node):
    output = node.run("svctl status sleeper once").output
    assert lines_with(output, r"^(sleeper|once) ") and not lines_with(output, r"^(parent|net) ")
    assert {service["name"] for service in
            json.loads(node.run("svctl status --json sleeper once").output)["services"]} == {"sleeper", "once"}


def test_no_escape_codes_when_it_is_not_a_terminal(node):
    assert "\x1b" not in node.ok("svctl status; svctl why fails")


# ---- exit status ----


@pytest.mark.parametrize("command", [
    "status nobody-knows", "why nobody-knows", "stop nobody-knows", "start nobody-knows",
    "restart nobody-knows", "logs nobody-knows", "wait nobody-knows"])
def test_exit_4_when_there_is_no_such_service(node, command):
    output, status = node.run(f"svctl {command}")
    assert status == 4
    assert "nobody-knows" in output


def test_exit_2_on_bad_usage(node):
    for command in ("", "bogus", "status --bogus", "stop", "logs -n x sleeper", "wait ready --timeout soon"):
        output, status = node.run(f"svctl {command}")
        assert status == 2, f"svctl {command}: {status}\n{output}"
        assert output


def test_exit_3_when_it_is_not_running(node):
    for names in ("fails", "absent", "sleeper fails"):
        output, status = node.run(f"svctl status {names}")
        assert status == 3, output
    assert node.run("svctl status sleeper parent").status == 0


def test_exit_1_when_it_was_tried_and_failed(node):
    assert node.run("svctl start fails").status == 1
    assert node.run("svctl wait fails --timeout 60s").status == 1
    assert node.run("svctl wait absent --timeout 60s").status == 1


def test_exit_0_when_there_is_nothing_left_to_do(node):
    for command in ("start sleeper", "wait sleeper", "wait once", "stop absent"):
        assert node.run(f"svctl {command}").status == 0, command


def test_exit_5_when_pid_1_does_not_answer(node):
    for command in ("status", "stop sleeper", "poweroff"):
        output, status = node.run(f"unshare -m sh -c 'mount -t tmpfs none /run && svctl {command}'")
        assert status == 5, output
        assert "does not answer" in output


def test_an_unknown_name_among_known_ones_changes_nothing(node):
    before = node.pid("sleeper")
    assert node.run("svctl restart sleeper nobody-knows").status == 4
    assert node.pid("sleeper") == before


# ---- who may what ----


def test_nobody_may_look(node):
    for command in ("status", "status --json", "why fails", "logs fails", "wait sleeper"):
        output, status = node.run(f"setuidgid nobody svctl {command}")
        assert status == 0, f"{command}: {output}"


@pytest.mark.parametrize("command", ["stop sleeper", "start fails", "restart sleeper", "poweroff",
                                     "reboot", "halt", "poweroff --now"])
def test_nobody_may_not_change(node, command):
    before = node.pid("sleeper")
    output, status = node.run(f"setuidgid nobody svctl {command}")
    assert status == 1
    assert "root" in output
    assert node.pid("sleeper") == before
    assert node.state("fails") == "failed"
    assert node.status()["node"]["state"] == "degraded"
