# SPDX-License-Identifier: MIT
"""svctl looks: status, logs, boot, why. PID 1 is played (played_init.py): neither a node nor root is needed.
The real one is in test/pid1/test_svctl.py."""

import json
import os
import re
import shutil
import subprocess
import threading
from xml.etree import ElementTree

from played_init import NODE, SVCTL, children_seconds, on_terminal, service, text


# ---- status ----


def test_status_shows_the_node_and_a_table(init, svctl, tmp_path):
    (tmp_path / "cgroups/net").mkdir(parents=True)
    (tmp_path / "cgroups/net/memory.current").write_text("421888\n")
    init.status(
        service("net", "ready", pid=71, status="eth0 10.0.2.15/24", description="The network"),
        service("web", "backoff", restarts=3, exit_code=1, next_start_ms=103400),
        service("job", "waiting", blocked_by="web", blocked_state="backoff"),
    )
    result = svctl("status")
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0
    assert lines[0].startswith("n7: ready, up 1m40s since power-on, ready after 12ms; memory: ")
    assert re.search(r"; memory: \d+\.\d\d of \d+\.\d\d GiB available \(\d+\.\d %\)$", lines[0])
    assert lines[1] == ""
    assert lines[2].split() == ["NAME", "STATE", "PID", "SINCE", "RESTARTS", "MEMORY", "DETAIL"]
    assert lines[3].split(None, 6) == ["net", "ready", "71", "10.0s", "0", "412K", "eth0 10.0.2.15/24"]
    assert lines[4].split(None, 6) == [
        "web", "backoff", "-", "10.0s", "3", "-", "exited with code 1, starts again in 3.4s"]
    assert lines[5].split(None, 6)[6] == "needs web (backoff)"
    assert b"\033" not in result.stdout
    assert init.requests == ["1 status"]


def test_status_json_has_the_promised_keys(init, svctl, tmp_path):
    cgroup = tmp_path / "cgroups/net"
    cgroup.mkdir(parents=True)
    (cgroup / "memory.current").write_text("421888\n")
    (cgroup / "memory.peak").write_text("500000\n")
    (cgroup / "cpu.stat").write_text("usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n")
    init.status(
        service("net", "ready", pid=71, essential=1),
        service("web", "backoff", restarts=3, exit_signal=9, oom=1, next_start_ms=103400),
        service("bad", "failed", step="user", errno=22),
    )
    result = svctl("status", "--json")
    document = json.loads(result.stdout)
    assert result.returncode == 0
    assert document["version"] == 1
    assert document["node"] == {"hostname": "n7", "state": "ready", "uptime_seconds": 100.0,
                                "ready_seconds": 0.012, "boot_reason": "power-on",
                                "clients_refused": None, "messages_dropped": None}
    assert set(document["memory"]) == {"total_bytes", "available_bytes"}
    assert document["memory"]["total_bytes"] > document["memory"]["available_bytes"] > 0
    nothing = {"code": None, "signal": None, "oom": None, "step": None, "errno": None}
    net, web, bad = document["services"]
    assert net == {"name": "net", "state": "ready", "pid": 71, "since_seconds": 10.0, "restarts": 0,
                   "next_start_seconds": None, "exit": nothing, "memory_bytes": 421888,
                   "memory_peak_bytes": 500000, "cpu_seconds": 1.234, "essential": True}
    assert web["exit"] == {**nothing, "signal": 9, "oom": True}
    assert web["next_start_seconds"] == 3.4
    assert web["pid"] is None and web["memory_bytes"] is None and web["cpu_seconds"] is None
    assert bad["exit"] == {**nothing, "step": "user", "errno": 22}
    assert bad["essential"] is False


def test_json_is_valid_whatever_services_say(init, svctl):
    node = 'node hostname=%22%5C%01%FF%C3%A4%ED%A0%80 state=ready now_ms=5'
    init.status(node=node)
    document = json.loads(svctl("status", "--json").stdout.decode("utf-8"))
    assert document["node"]["hostname"] == '"\\\x01\ufffdä\ufffd\ufffd\ufffd'
    assert document["node"]["ready_seconds"] is None
    assert document["node"]["uptime_seconds"] == 0.005
    assert document["services"] == []


def test_status_of_names_asks_for_them_and_tells_whether_they_run(init, svctl):
    init.status(service("net", "ready", pid=1))
    assert svctl("status", "net").returncode == 0
    init.status(service("net", "ready", pid=1), service("web", "failed", exit_code=1))
    assert svctl("status", "net", "web").returncode == 3
    assert init.requests == ["1 status net", "1 status net web"]


def test_what_services_say_cannot_break_the_table(init, svctl):
    init.status(service("web", "ready", status="\033[2Jgone\nnet ready"))
    assert r"\x1b[2Jgone\x0anet ready" in svctl("status").stdout.decode()


def test_a_degraded_node_says_because_of_whom(init, svctl):
    init.status(service("web", "failed", exit_code=1), service("net", "ready"),
                node=NODE.replace("state=ready", "state=degraded"))
    assert "\ndegraded because of web (failed)\n" in svctl("status").stdout.decode()


def test_keys_and_lines_of_later_versions_are_passed_over(init, svctl):
    init.answers["status"] = (f"{NODE} colour=green\nweather sun=1\n"
                              f"{service('net', 'ready', mood='fine')}\nok\n")
    assert len(json.loads(svctl("status", "--json").stdout)["services"]) == 1


def test_a_thousand_services_are_told_quickly(init, svctl):
    init.status(*(service(f"svc{i:04}", "ready", pid=i + 1) for i in range(1000)))
    began = children_seconds()
    document = json.loads(svctl("status", "--json").stdout)
    assert len(document["services"]) == 1000
    assert children_seconds() - began < 1


# ---- on a terminal ----


def test_on_a_terminal_states_are_coloured_and_lines_fit(init, environment):
    init.status(service("net", "ready", pid=71, description="long " * 40),
                service("web", "failed", exit_code=1))
    output, _ = on_terminal(["status"], environment, columns=60)
    assert "\033[32mready\033[0m" in output
    assert "\033[1;31mfailed\033[0m" in output
    lines = re.sub(r"\033\[[0-9;]*m", "", output).splitlines()
    table = lines[lines.index("") + 1:]
    assert max(len(line) for line in table) == 60
    assert table[1].endswith("...")


def test_no_colour_where_it_is_not_wanted(init, environment):
    init.status(service("net", "ready", pid=71))
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        output, _ = on_terminal(["status"], {**environment, **variables})
        assert "\033" not in output and "ready" in output


def test_logs_on_a_terminal_cannot_command_it(init, environment):
    init.answers["logs"] = b"log bytes=17 dropped=0\n\033[31m\xff\xc3\xa4\ta\xc2\x9bb\r\nx\nok\n"
    output, status = on_terminal(["logs", "web"], environment)
    assert status == 0
    assert output == "\\x1b[31m\\xffä\ta\\xc2\\x9bb\\x0d\nx\n"


# ---- logs ----


def test_one_log_comes_as_it_was_written(init, svctl):
    raw = bytes(range(256)) * 40  # no newline at its end, longer than one piece
    init.answers["logs"] = (b"log bytes=4096 dropped=0\n" + raw[:4096] +
                            b"log bytes=%d dropped=0\n" % (len(raw) - 4096) + raw[4096:] + b"ok\n")
    result = svctl("logs", "web")
    assert result.stdout == raw and result.stderr == b"" and result.returncode == 0
    assert init.requests == ["1 logs web"]


def test_lines_are_asked_of_pid_1(init, svctl):
    init.answers["logs"] = "log bytes=2 dropped=900\nx\nok\n"
    result = svctl("logs", "-n", "1", "web")
    assert init.requests == ["1 logs web lines=1"]
    assert text(result) == ("x\n", "")


def test_lost_bytes_are_told(init, svctl):
    init.answers["logs"] = "log bytes=2 dropped=2048\nx\nok\n"
    out, err = text(svctl("logs", "web"))
    assert out == "x\n"
    assert err.startswith("svctl: logs: web: 2K bytes before this are lost")


def test_several_logs_carry_names(init, svctl):
    init.answers["logs"] = lambda connection, words: connection.sendall(
        b"log bytes=%d dropped=0\n%s one\n%s two" % (2 * len(words[2]) + 9, words[2].encode(), words[2].encode()) + b"ok\n")
    out, _ = text(svctl("logs", "a", "bb"))
    assert out == "a: a one\na: a two\nbb: bb one\nbb: bb two\n"


def test_without_names_all_logs_that_hold_something_are_shown(init, svctl):
    init.status(service("a", "ready", log_bytes=4), service("b", "ready"), service("c", "ready", log_bytes=4))
    init.answers["logs"] = "log bytes=4 dropped=0\nhey\nok\n"
    assert text(svctl("logs"))[0] == "a: hey\nc: hey\n"


def test_an_unknown_name_among_logs_does_not_hide_the_others(init, svctl):
    def answer(connection, words):
        if words[2] == "nosuch":
            connection.sendall(b"error code=4 text=nosuch\n")
        else:
            connection.sendall(b"log bytes=4 dropped=0\nhey\nok\n")

    init.answers["logs"] = answer
    result = svctl("logs", "nosuch", "web")
    assert result.returncode == 4
    assert text(result) == ("web: hey\n", "svctl: there is no service 'nosuch'; 'svctl status' lists them\n")


def test_followed_logs_are_read_together_in_whole_lines(init, environment):
    go = {"a": threading.Event(), "b": threading.Event()}

    def answer(connection, words):
        connection.sendall(b"log bytes=3 dropped=0\nbeg")
        assert go[words[2]].wait(60)
        connection.sendall(b"log bytes=4 dropped=0\nun!\nok\n")

    init.answers["logs"] = answer
    with subprocess.Popen([SVCTL, "logs", "-f", "a", "b"], env=environment, stdout=subprocess.PIPE) as process:
        go["b"].set()
        assert process.stdout.readline() == b"b: begun!\n"
        go["a"].set()
        assert process.stdout.readline() == b"a: begun!\n"
        assert process.wait(60) == 0
    assert sorted(init.requests) == ["1 logs a follow", "1 logs b follow"]


def test_no_more_logs_are_followed_than_pid_1_has_places_for(init, svctl):
    init.status(*(service(f"svc{i}", "ready") for i in range(17)))
    result = svctl("logs", "-f")
    assert result.returncode == 2 and b"at most 16 logs" in result.stderr


def test_a_followed_log_shows_each_piece_at_once_and_ends_when_interrupted(init, environment):
    def answer(connection, words):
        connection.sendall(b"log bytes=5 dropped=0\nfirst")
        init.hang(connection, words)

    init.answers["logs"] = answer
    with subprocess.Popen([SVCTL, "logs", "-f", "a"], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert os.read(process.stdout.fileno(), 100) == b"first"
        process.send_signal(2)
        assert process.wait(60) == -2
        assert process.stderr.read() == b""


# ---- boot, graph ----


BOOT = [
    NODE, "boot init_us=30000 mounted_us=31000 loaded_us=32000 ready_us=40000",
    "times name=app state=ready start_us=36000 exec_us=37000 ready_us=40000 needs=net",
    "times name=net state=ready start_us=33000 exec_us=34000 ready_us=36000",
    "times name=off state=skipped after=net", "ok", ""]


def test_boot_is_told(init, svctl):
    init.answers["boot"] = "\n".join(BOOT)
    out, _ = text(svctl("boot"))
    assert "* critical path: kernel 30.0 > mounts 1.0 > service files 1.0 > net 4.0 > app 4.0" in out
    assert "#" not in out


def test_boot_has_bars_on_a_terminal(init, environment):
    init.answers["boot"] = "\n".join(BOOT)
    output, status = on_terminal(["boot"], environment, columns=100)
    lines = [line for line in re.sub(r"\033\[[0-9;]*m", "", output).splitlines() if "critical" not in line]
    assert status == 0
    assert any(line.startswith("* app") and line.endswith("####") for line in lines)
    assert max(len(line) for line in lines) == 100
    narrow, _ = on_terminal(["boot"], environment, columns=50)
    assert "#" not in narrow


def test_boot_json_has_the_promised_keys(init, svctl):
    init.answers["boot"] = "\n".join(BOOT)
    document = json.loads(svctl("boot", "--json").stdout)
    assert document["version"] == 1
    assert document["node"] == {"hostname": "n7", "state": "ready", "boot_reason": "power-on"}
    assert document["boot"] == {"kernel_seconds": 0.0, "init_seconds": 0.03, "mounted_seconds": 0.031,
                                "loaded_seconds": 0.032, "ready_seconds": 0.04}
    assert [link["name"] for link in document["critical_path"]] == [
        "kernel", "mounts", "service files", "net", "app", "node ready"]
    assert document["critical_path"][3] == {"name": "net", "kind": "needs", "from_seconds": 0.032,
                                            "until_seconds": 0.036}
    app, net, off = document["services"]
    assert app == {"name": "app", "state": "ready", "start_seconds": 0.036, "exec_seconds": 0.037,
                   "ready_seconds": 0.04, "needs": ["net"], "after": [], "critical": True}
    assert off["start_seconds"] is None and off["after"] == ["net"] and off["critical"] is False


def test_boot_svg_is_well_formed_whatever_the_names(init, svctl):
    odd = ["times name=%3Cscript%3E%26%22%01%FF state=ready start_us=33000 exec_us=34000 ready_us=36000"]
    init.answers["boot"] = "\n".join(BOOT[:2] + odd + BOOT[2:])
    picture = svctl("boot", "--svg").stdout
    tree = ElementTree.fromstring(picture)
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(tree.iter("{http://www.w3.org/2000/svg}script"))
    shown = "".join(tree.itertext())
    assert "Boot of n7" in shown and '<script>&"\ufffd\ufffd' in shown


def test_a_boot_of_a_thousand_services_is_drawn_quickly(init, svctl):
    times = [f"times name=s{i:04} state=ready start_us={33000 + i} exec_us={34000 + i} ready_us={35000 + i}"
             f" needs={','.join(f's{j:04}' for j in range(max(0, i - 8), i))}" for i in range(1000)]
    init.answers["boot"] = "\n".join(BOOT[:2] + times + ["ok", ""])
    began = children_seconds()
    for form in ([], ["--json"], ["--svg"]):
        assert svctl("boot", *form).returncode == 0
    assert children_seconds() - began < 3


def test_boot_takes_one_form(init, svctl):
    result = svctl("boot", "--json", "--svg")
    assert result.returncode == 2 and init.requests == []


def test_half_a_boot_is_none(init, svctl):
    init.answers["boot"] = "\n".join(BOOT[:3])
    for arguments in (["boot"], ["boot", "--svg"], ["graph"]):
        result = svctl(*arguments)
        assert (result.returncode, result.stdout) == (5, b"")


def test_graph_is_graphviz(init, svctl):
    init.answers["boot"] = "\n".join(BOOT)
    out, _ = text(svctl("graph"))
    assert '\t"app" -> "net";\n' in out and '\t"off" -> "net" [style=dashed];\n' in out
    if dot := shutil.which("dot"):
        subprocess.run([dot, "-Tsvg"], input=out.encode(), stdout=subprocess.DEVNULL, check=True)


# ---- why ----


def test_why_tells_the_story_and_ends_with_the_log(init, svctl):
    init.status(service("web", "backoff", restarts=4, oom=1, exit_signal=9, memory_max=16 << 20,
                        next_start_ms=103400, log_bytes=60))
    init.answers["logs"] = "log bytes=14 dropped=0\nalloc\nalloc 2\nok\n"
    result = svctl("why", "web")
    assert result.returncode == 0
    assert result.stdout.decode() == (
        "web died 10.0s ago and is started again in 3.4s.\n"
        "It used more memory than its memory-max of 16M and was killed by the kernel.\n"
        "It has been started again 4 times.\n"
        "\n"
        "The log of web ends with:\n"
        "    alloc\n"
        "    alloc 2\n")
    assert init.requests == ["1 status", "1 logs web lines=5"]


def test_why_follows_the_needs_to_the_cause(init, svctl):
    init.status(service("app", "waiting", blocked_by="web"), service("db", "failed", exit_signal=11, log_bytes=9),
                service("web", "waiting", blocked_by="db"))
    init.answers["logs"] = "log bytes=5 dropped=0\noops\nok\n"
    out = svctl("why", "app").stdout.decode()
    assert out == (
        "app has been waiting for 10.0s to be started.\n"
        "It needs web, which waits as well.\n"
        "web needs db, which has failed.\n"
        "db was killed by SIGSEGV (Segmentation fault).\n"
        "Nothing goes on by itself here. When that is repaired: svctl start db\n"
        "\n"
        "The log of db ends with:\n"
        "    oops\n")


def test_why_of_nobody_suggests(init, svctl):
    init.status(service("web", "ready"))
    result = svctl("why", "wbe")
    assert result.returncode == 4
    assert text(result)[1] == "svctl: there is no service 'wbe'; did you mean 'web'?\n"
