# SPDX-License-Identifier: MIT
"""A program that cannot be given exactly what its file says is not run, and the step and errno are told.
finit runs it as root when setuid fails."""

import errno
import os
import signal

import pytest

RAN = "exec = /bin/touch /out/ran\nrestart = never\n"

# What is set up here, and what becomes of it. This machine's root is no root of the kernel's own
# things, and has no CAP_SYS_MODULE.
CASES = {
    "no such user": ("user = ghost", "user", errno.ENOENT),
    "no such group": ("group = ghosts", "group", errno.ENOENT),
    "a user that cannot be mapped": ("user = 4000000", "group", errno.EINVAL),
    "a group that cannot be mapped": ("group = 4000000", "group", errno.EINVAL),
    "too many groups": ("user = joiner", "group", errno.E2BIG),
    "no such directory": ("directory = /no/such", "directory", errno.ENOENT),
    "a directory that is a file": ("directory = /etc/passwd", "directory", errno.ENOTDIR),
    "a directory the user may not enter": ("user = alice\ndirectory = /secret", "directory", errno.EACCES),
    "no such console": ("console = /dev/tty77", "console", errno.ENOENT),
    "a console that is no terminal": ("console = /dev/null", "console", errno.ENOTTY),
    "a capability nobody has": ("user = root\ncapabilities = sys_module", "capabilities", errno.EPERM),
    "that for a user": ("user = alice\ncapabilities = net_raw sys_module", "capabilities", errno.EPERM),
    "more files than there may be": ("nofile = 1000000", "nofile", errno.EPERM),
    "a better rank than may be": ("nice = -10", "nice", errno.EACCES),
    "safer from memory than may be": ("oom-score-adj = -500", "oom-score-adj", errno.EACCES),
    "a limit of memory no controller keeps": ("memory-max = 64M", "cgroup", errno.ENOENT),
    "a high mark of memory": ("memory-high = 64M", "cgroup", errno.ENOENT),
    "a limit of processes": ("pids-max = 10", "cgroup", errno.ENOENT),
    "a share of the processor": ("cpu-weight = 50", "cgroup", errno.ENOENT),
}


@pytest.mark.parametrize("keys, step, error", CASES.values(), ids=CASES)
def test_it_is_not_run(machine, keys, step, error):
    joined = "".join(f"group{i}:x:{2000 + i}:joiner\n" for i in range(33))
    m = machine({"job": RAN + keys + "\n"}, start=False)
    m.write("etc/passwd", (m.root / "etc/passwd").read_text() + "joiner:x:1002:1002::/:/bin/sh\n")
    m.write("etc/group", (m.root / "etc/group").read_text() + joined)
    (m.root / "secret").mkdir(mode=0o700)
    m.start()
    service = m.until("job", "failed", "done")
    assert (service.get("step"), int(service.get("errno", 0))) == (step, error), service
    assert "exit_code" not in service.fields and "exit_signal" not in service.fields
    assert not (m.root / "out/ran").exists()
    assert m.kmsg.wait(f"^init: job: cannot run /bin/touch: {step}: ")


@pytest.mark.parametrize("content, mode, error", [
    ("#!/no/such/interpreter\n", 0o755, errno.ENOENT),
    ("\x7fELF and nothing else", 0o755, errno.ENOEXEC),
    ("#!/bin/sh\n", 0o700, errno.EACCES),
])
def test_what_exec_says_is_told(machine, content, mode, error):
    m = machine({"job": "exec = /test/program\nuser = alice\nrestart = never\n"}, start=False)
    m.write("test/program", content, mode)
    m.start()
    service = m.until("job", "failed")
    assert (service["step"], int(service["errno"])) == ("exec", error)


def test_a_program_that_vanished_after_the_start(machine):
    m = machine({"job": "exec = /test/program\nbackoff = 1h 1h\n"},
                {"test/program": "#!/bin/sh\nexec /test/probe say:up pause\n"})
    m.until_log("job", "up")  # the shell has read its script
    (m.root / "test/program").unlink()
    m.kill_main("job")
    m.until_service("job", lambda service: service["state"] == "backoff" and service.get("exit_signal") == "9")
    with m.connect("start job") as connection:
        connection.state("job", "starting")
        connection.state("job", "backoff")
    service = m.status("job")
    assert (service["step"], int(service["errno"])) == ("exec", errno.ENOENT)


@pytest.mark.parametrize("name", ["passwd", "group"])
def test_half_of_an_account_file_decides_nothing(machine, name):
    """Longer than what is looked at: it is not run, rather than by what the first part says."""
    m = machine({"job": RAN + "user = alice\n"}, start=False)
    text = (m.root / "etc" / name).read_text()
    m.write(f"etc/{name}", text + "x" * 70000 + "\n")
    m.start()
    service = m.until("job", "failed")
    assert (service["step"], int(service["errno"])) == ("user" if name == "passwd" else "group", errno.EFBIG)
    assert not (m.root / "out/ran").exists()


def test_a_service_of_root_needs_no_account_files(machine):
    m = machine({"job": "exec = /test/probe report pause\n"}, start=False)
    (m.root / "etc/passwd").unlink()
    (m.root / "etc/group").unlink()
    m.start()
    assert "env HOME=/\n" in m.until_log("job", "^end$")


@pytest.mark.parametrize("text, why", [
    ("exec = /test/none\n", "/test/none"),
    ("exec = probe\n", "absolute"),
    ("exec = /test/probe\nexec = /test/probe\n", "exec"),
    ("exec = /test/probe\nwhat = ever\n", "what"),
    ("exec = /test/probe 'open\n", "closed"),
    ("nothing = here\n", "nothing"),
    ("", "exec"),
    ("\xff\xfe\x00garbage" * 100, "line 1"),
])
def test_a_file_with_an_error_is_invalid_and_the_others_run(machine, text, why):
    m = machine({"bad": text, "good": "exec = /test/probe pause\n"})
    m.until("good", "ready")
    bad = m.status("bad")
    assert bad["state"] == "invalid" and why in bad["error"]
    assert m.kmsg.wait("^init: bad")
    assert m.node()["state"] == "degraded"


def test_no_services_at_all_is_a_shell_on_the_console(machine):
    m = machine({})
    assert m.names() == ["rescue"]


# ---- Held up before exec ----


def stuck(machine, start_timeout):
    """A service whose process hangs in a step: its console is a FIFO nobody reads, and opening that waits."""
    m = machine({"job": "exec = /test/probe pause\nlog = console\nrestart = never\n"
                 f"start-timeout = {start_timeout}\n",
                 "other": "exec = /test/probe pause\n"}, start=False)
    os.mkfifo(m.root / "dev/console")
    (m.root / "dev/console").chmod(0o666)
    m.start()
    m.until("other", "ready")
    return m


def test_a_step_that_hangs_holds_up_its_service_alone_and_ends_with_its_time(machine):
    m = stuck(machine, "80ms")
    m.restart("other")
    service = m.until("job", "failed")
    assert (service["exit_cause"], service["exit_signal"]) == ("start-timeout", "9")


@pytest.mark.parametrize("name", ["SEGV", "BUS", "ABRT", "FPE", "ILL", "TRAP", "SYS"])
def test_a_child_that_crashes_before_exec_is_no_crash_of_process_1(machine, name):
    """It still has PID 1's handlers; twice, since the second crash within a minute reboots."""
    m = stuck(machine, "1h")
    number = getattr(signal, f"SIG{name}")
    for _ in range(2):
        with m.connect("start job") as watch:
            watch.state("job", "starting")
            os.kill(m.poll(lambda: m.pids("job"))[0], number)
            watch.state("job", "failed")
        assert m.status("job").get("exit_signal") == str(int(number))
    assert not m.kmsg.find("PID 1 crashed")
    assert m.node()["reexecs"] == "0"


def test_a_service_may_have_large_blocks_of_memory_and_pid_1_does_without(machine):
    m = machine({"job": "exec = /test/probe pause\n"})
    m.until("job", "ready")
    assert "THP_enabled:\t0\n" in (m.inside() / "1/status").read_text()
    assert "THP_enabled:\t1\n" in (m.inside() / f"{m.main('job')}/status").read_text()
