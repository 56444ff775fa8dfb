# SPDX-License-Identifier: MIT
"""What a service sees of the node's files and may ask of the kernel: tried by the service itself. valgrind does not
know mount_setattr(2), so read-only-root is not among what runs under it."""

import errno
import signal

import pytest

PYTHON = "exec = /usr/bin/python3 -IBc '{}'\nlog-size = 64K\nrestart = never\n"


def shell(script, keys=""):
    return f"exec = /bin/sh -c '{script}; echo end; exec sleep 1000'\nlog-size = 64K\n{keys}"


@pytest.fixture
def said(machine):
    """The lines a script says that runs as a service with these keys."""
    def run(script, keys="", files=None):
        m = machine({"job": shell(script, keys)}, files)
        return m, m.until_log("job", "^end$").splitlines()[:-1]

    return run


# ---- Files ----

TRY = "for f in /x /home/alice/x /tmp/x /run/x /dev/shm/x /out/x; do touch $f 2>/dev/null && echo $f; done"


@pytest.mark.parametrize("keys, written", [
    ("", "/x /home/alice/x /tmp/x /run/x /dev/shm/x /out/x"),
    ("read-only-root = yes\n", "/tmp/x /run/x /dev/shm/x"),
    ("read-only-root = no\nprivate-tmp = no\nprotect-proc = no\n",
     "/x /home/alice/x /tmp/x /run/x /dev/shm/x /out/x"),
])
def test_the_root_is_read_only_and_what_is_mounted_on_it_is_not(machine, keys, written):
    m = machine({"job": shell(TRY, keys)})
    assert m.until_log("job", "^end$").split()[:-1] == written.split()


@pytest.mark.valgrind
def test_a_private_tmp_is_empty_and_goes_with_the_service(machine):
    keys = "private-tmp = yes\nuser = alice\n"
    m = machine({"other": shell("echo mine >/tmp/other"), "job": shell("ls /tmp; echo secret >/tmp/secret", keys)})
    m.until_log("other", "^end$")
    assert m.until_log("job", "^end$").split() == ["end"]
    m.restart("job")
    assert m.until_log("job", "^end$[^$]*^end$").split() == ["end", "end"]
    inside = m.inside() / "1/root/tmp"
    assert [path.name for path in inside.iterdir()] == ["other"]
    theirs = m.inside() / str(m.main("job")) / "root/tmp"
    assert (theirs / "secret").read_text() == "secret\n" and theirs.stat().st_mode & 0o7777 == 0o1777


def test_mounts_of_its_own_are_made_only_for_who_asks(machine):
    m = machine({"plain": shell("true"), "delegate": shell("true", "delegate = yes\n"),
                 "tmp": shell("true", "private-tmp = yes\n"), "root": shell("true", "read-only-root = yes\n"),
                 "proc": shell("true", "protect-proc = others\n")})
    for name in ("plain", "delegate", "tmp", "root", "proc"):
        m.until_log(name, "^end$")

    def mounts(pid):
        return (m.inside() / str(pid) / "ns/mnt").readlink()

    assert mounts(m.main("plain")) == mounts(m.main("delegate")) == mounts(1)
    assert len({mounts(1), *(mounts(m.main(name)) for name in ("tmp", "root", "proc"))}) == 4
    # Nothing of it has come back to the node.
    assert (m.inside() / "1/mounts").read_text().count(" /tmp ") == 1


# ---- Processes ----

@pytest.mark.valgrind
@pytest.mark.parametrize("keys, sees_init, sees_memory", [
    ("", True, True), ("user = alice\n", True, True),
    ("user = alice\nprotect-proc = others\n", False, True),
    ("user = alice\nprotect-proc = all\n", False, False),
    ("user = root\ncapabilities = sys_time\nprotect-proc = others\n", False, True),
    ("user = root\ncapabilities = sys_time\nprotect-proc = all\n", False, False),
])
def test_what_is_in_proc(said, keys, sees_init, sees_memory):
    _, lines = said("[ -d /proc/1 ] && echo init; [ -e /proc/meminfo ] && echo memory; "
                    "[ -d /proc/$$ ] && echo self; [ -d /proc/sys ] && echo settings", keys)
    assert ("init" in lines, "memory" in lines, "settings" in lines) == (sees_init, sees_memory, sees_memory)
    assert "self" in lines


# ---- System calls ----

def test_without_the_key_there_is_no_filter(said):
    assert said("grep ^Seccomp: /proc/self/status")[1] == ["Seccomp:\t0"]


def test_with_it_there_is_one_also_for_what_it_runs(said):
    assert said("sh -c \"grep ^Seccomp: /proc/self/status\"", "system-calls = basic\n")[1] == ["Seccomp:\t2"]


@pytest.mark.valgrind
@pytest.mark.parametrize("keys", ["system-calls = basic\n", "system-calls = network clock mount\n"])
@pytest.mark.parametrize("user", ["", "user = alice\n"])
def test_a_forbidden_call_is_the_end_and_svctl_why_says_so(machine, user, keys):
    m = machine({"job": f"exec = /test/probe say:up new-pids say:still pause\nrestart = never\n{user}{keys}"})
    service = m.until("job", "failed")
    assert service["exit_signal"] == str(int(signal.SIGSYS))
    assert m.log("job").splitlines() == ["up"]
    assert m.kmsg.wait(r"^init: job: killed by SIGSYS \(a system call that system-calls does not allow\)")
    if m.flavour.svctl.exists():
        code, out, _ = m.svctl("why", "job")
        assert code == 0 and "it made a system call that its system-calls does not allow" in out, out


def test_an_allowed_call_is_made(machine):
    m = machine({"job": "exec = /test/probe new-pids say:done pause\nsystem-calls = namespaces\n"})
    assert m.until_log("job", "^done$")


def test_a_socket_of_another_family_is_not_to_be_had(machine):
    script = ("import socket\n"
              "for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_NETLINK, socket.AF_PACKET):\n"
              "    try: socket.socket(family, socket.SOCK_DGRAM).close(); print(family.name)\n"
              "    except OSError as error: print(family.name, error.errno)\n").replace("\n", "\\n")
    text = f'exec = /usr/bin/python3 -IBc "exec(\'{script}\')"\nrestart = never\nsystem-calls = '
    text = text.replace("\\n", "\\\\n")
    m = machine({"basic": text + "basic\n", "network": text + "network\n"})
    no = f" {int(errno.EAFNOSUPPORT)}"
    assert m.until("basic", "done") and m.log("basic").splitlines() == [
        "AF_UNIX", "AF_INET" + no, "AF_NETLINK" + no, "AF_PACKET" + no]
    assert m.until("network", "done") and m.log("network").splitlines() == [
        "AF_UNIX", "AF_INET", "AF_NETLINK", "AF_PACKET" + no]


@pytest.mark.parametrize("script", ["import threading; threading.Thread(target=print, args=(1,)).start()",
                                    "import subprocess; subprocess.run([chr(47)+\"bin/true\"], check=True); print(1)"])
def test_threads_and_children_go_on_as_ever(machine, script):
    """clone3 is not there, and the library knows another way."""
    m = machine({"job": PYTHON.format(script) + "system-calls = basic\n"})
    m.until("job", "done", "failed")
    assert m.log("job") == "1\n"


def test_a_program_that_cannot_be_run_is_told_through_the_filter(machine):
    m = machine({"job": "exec = /test/program\nrestart = never\nuser = alice\nsystem-calls = basic\n"}, start=False)
    m.write("test/program", "#!/no/such/interpreter\n", 0o755)
    m.start()
    service = m.until("job", "failed")
    assert (service["step"], int(service["errno"])) == ("exec", errno.ENOENT)


# ---- All together ----

ALL = "read-only-root = yes\nprivate-tmp = yes\nprotect-proc = all\nsystem-calls = basic\nuser = alice\n"


def test_it_still_says_that_it_is_ready_and_stops_and_comes_back(machine):
    m = machine({"job": f"exec = /test/probe notify:READY=1 pause\nready = notify\n{ALL}"})
    m.until("job", "ready")
    m.kill_main("job")
    m.until_service("job", lambda service: service["restarts"] == "1" and service["state"] == "ready")
    m.ask("reexec")
    m.poll(lambda: m.node()["reexecs"] == "1")
    m.restart("job")
    m.stop("job")


NO_MORE = "echo 0 >/proc/sys/user/max_mnt_namespaces"


@pytest.mark.parametrize("before, keys, step, error", [
    ("umount -l /tmp; rmdir /tmp", "private-tmp = yes\n", "private-tmp", errno.ENOENT),
    (NO_MORE, "private-tmp = yes\n", "mount namespace", errno.ENOSPC),
    (NO_MORE, "read-only-root = yes\n", "mount namespace", errno.ENOSPC),
    (NO_MORE, "protect-proc = others\nuser = alice\n", "mount namespace", errno.ENOSPC)])
def test_without_its_protection_it_is_not_run(machine, before, keys, step, error):
    m = machine({"idle": "exec = /test/probe pause\n"})
    m.until("idle", "ready")
    m.shell(f"cd /; {before}")
    m.service("job", f"exec = /bin/touch /out/ran\nrestart = never\n{keys}")
    m.service("plain", "exec = /test/probe pause\n")
    m.ask("rescan")
    m.poll(lambda: "job" in m.names())
    service = m.until("job", "failed", "done")
    assert (service["step"], int(service["errno"])) == (step, error)
    assert not (m.root / "out/ran").exists()
    assert m.kmsg.wait(f"^init: job: cannot run /bin/touch: {step}: ")
    m.until("plain", "ready")
