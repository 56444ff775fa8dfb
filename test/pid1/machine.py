# SPDX-License-Identifier: MIT
"""A machine made of namespaces, with the real PID 1 as its process 1.

Its root directory is a folder of this machine, so service files are written and what services leave is
read from here. /usr is this machine's. /dev has the devices bound that a service needs; console and
tty9 are pseudo terminals, and kmsg is a FIFO, so that no word of a test gets into the kernel's log.
User 0 in there is user FIRST_ID here: whatever a test does, nothing of this machine's root is its own.

With a file test/cmdline that is the kernel command line."""

import itertools
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from client import DEADLINE, Connection, Gone, Late
from kernel_log import KernelLog

FIRST_ID = 200000
numbers = itertools.count(1)

PASSWD = """\
root:x:0:0:root:/root:/bin/sh
alice:x:1000:1000:Alice:/home/alice:/bin/sh
bob:x:1001:100::/home/bob:/bin/sh
"""
GROUP = "root:x:0:\nalice:x:1000:\nusers:x:100:\naudio:x:29:alice,bob\nvideo:x:44:alice\n"
FOLDERS = ("usr", "etc/svc", "dev/pts", "dev/shm", "proc", "sys", "run", "tmp", "out", "report", "gate",
           "test", "home/alice")


def cgroup_mount():
    """Where this machine has cgroup version 2."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, kind = line.split(" - ")
        if kind.split()[0] == "cgroup2" and fields.split()[3] == "/":
            return Path(fields.split()[4])
    raise RuntimeError("cgroup version 2 is not mounted on this machine")


class Machine:
    def __init__(self, flavour, services=None, files=None):
        self.flavour = flavour
        self.folder = Path(tempfile.mkdtemp(prefix="pid1-"))
        self.root = self.folder / "root"
        self.cgroup = cgroup_mount() / f"greyhound-test-{os.getpid()}-{next(numbers)}"
        self.process = self.pid = self.run = self.kmsg = None
        self.terminals, self.connections = {}, []
        self._furnish()
        for name, content in (services or {}).items():
            self.write(f"etc/svc/{name}", content)
        for path, content in (files or {}).items():
            self.write(path, content)

    # ---- Making it ----

    def _furnish(self):
        self.folder.chmod(0o755)
        self.root.mkdir()
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for folder in (self.root, *(self.root / folder for folder in FOLDERS)):
            os.chown(folder, FIRST_ID, FIRST_ID)
        for folder in ("out", "report"):
            (self.root / folder).chmod(0o1777)
        for name in ("bin", "sbin", "lib", "lib64", "lib32"):
            if Path("/", name).is_symlink():
                (self.root / name).symlink_to(f"usr/{name}")
            elif Path("/", name).is_dir():
                (self.root / name).mkdir()
        self.write("etc/passwd", PASSWD)
        self.write("etc/group", GROUP)
        self.write("etc/hostname", "greyhound\n")
        shutil.copy(self.flavour.init, self.root / "init")
        shutil.copy(self.flavour.probe, self.root / "test/probe")
        if self.flavour.svctl.exists():
            shutil.copy(self.flavour.svctl, self.root / "test/svctl")
        (self.root / "dev/ptmx").symlink_to("pts/ptmx")
        self.kmsg = KernelLog(self.root / "dev/kmsg")
        os.chown(self.root / "dev/kmsg", FIRST_ID, FIRST_ID)
        (self.root / "dev/kmsg").chmod(0o600)
        self.cgroup.mkdir()
        for path in (self.cgroup, *self.cgroup.glob("cgroup.*")):
            os.chown(path, FIRST_ID, FIRST_ID)

    def _bindings(self):
        yield from (("/usr", "usr"), ("/proc", "proc"), ("/sys", "sys"))
        yield from self.flavour.bindings(self.root)
        for name in ("bin", "sbin", "lib", "lib64", "lib32"):
            if not Path("/", name).is_symlink() and Path("/", name).is_dir():
                yield f"/{name}", name
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            (self.root / "dev" / name).touch()
            yield f"/dev/{name}", f"dev/{name}"
        for name in ("console", "tty9"):
            ours, theirs = os.openpty()
            os.set_blocking(ours, False)
            os.fchown(theirs, FIRST_ID, FIRST_ID)
            self.terminals[name] = ours
            self.terminals[f"{name} inside"] = theirs
            if (self.root / "dev" / name).is_fifo():
                continue
            (self.root / "dev" / name).touch()
            yield os.ttyname(theirs), f"dev/{name}"

    def start(self):
        pairs = [word for pair in self._bindings() for word in pair]
        self.process = subprocess.Popen(
            [self.flavour.enter, self.root, self.cgroup, str(FIRST_ID), *pairs, "--", *self.flavour.command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=(self.folder / "stderr").open("wb"),
            env={"HOME": "/", "TERM": "linux"}, text=True)
        word, _, number = self.process.stdout.readline().partition(" ")
        assert word == "pid", f"no machine: {self.stderr()}"
        self.pid = int(number)
        self._wait_for_socket()
        return self

    def _wait_for_socket(self):
        """Mounted over by PID 1 itself, so nothing can be watched for from here."""
        until = time.monotonic() + DEADLINE
        while True:
            try:
                self.run = os.open(f"/proc/{self.pid}/root/run", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
                self.connect(None).close()
                return
            except OSError:
                if self.run is not None:
                    os.close(self.run)
                    self.run = None
            assert self.ending(0) is None, f"PID 1 ended: {self.stderr()}\n" + "\n".join(self.kmsg.lines())
            if time.monotonic() > until:
                raise Late("PID 1 does not listen: " + self.stderr() + "\n".join(self.kmsg.lines()))
            time.sleep(0.001)

    def stderr(self):
        return (self.folder / "stderr").read_text(errors="replace")

    # ---- Its files ----

    def write(self, path, content, mode=None):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        fresh = target.with_name(target.name + "~")  # which is no service's name
        fresh.write_bytes(content)
        fresh.chmod(mode or (0o755 if content.startswith(b"#!") else 0o644))
        fresh.rename(target)

    def service(self, name, content):
        self.write(f"etc/svc/{name}", content)

    def remove(self, name):
        (self.root / "etc/svc" / name).unlink()

    def gate(self, name):
        """A FIFO that a service waits at with gate:/gate/NAME."""
        path = self.root / "gate" / name
        os.mkfifo(path)
        path.chmod(0o644)

    def open_gate(self, name):
        os.close(os.open(self.root / "gate" / name, os.O_WRONLY))

    # ---- Asking ----

    def connect(self, request, uid=0):
        connection = Connection(self.run, FIRST_ID + uid, request)
        self.connections.append(connection)
        return connection

    def ask(self, request, uid=0):
        """The records of an answer that ends by itself."""
        with self.connect(request, uid) as connection:
            return connection.all()

    def watch(self, *names):
        """Changes from now on."""
        return self.connect(" ".join(["watch", *names])).live()

    def node(self):
        return self.ask("status")[0]

    def status(self, name):
        return self.ask(f"status {name}")[1]

    def names(self):
        return [record["name"] for record in self.ask("status")[1:]]

    def state(self, name):
        return self.status(name)["state"]

    def main(self, name):
        """The process id of its main process, as the machine counts."""
        return int(self.status(name)["pid"])

    def until(self, name, *states):
        """Its status once it is in one of these states."""
        return self.until_service(name, lambda service: service["state"] in states)

    def until_service(self, name, condition):
        """Its status once the condition holds for it; looked at whenever its state changes."""
        with self.connect(f"watch {name}") as watch:
            watch.live()
            while not condition(service := self.status(name)):
                assert service["state"] != "invalid", service["error"]
                try:
                    watch.next()
                except Late:
                    raise Late(f"never came; now: {service.fields}") from None
            return service

    def until_node(self, state):
        with self.connect("watch") as watch:
            return watch.until(lambda record: record.word == "node" and record["state"] == state)

    def poll(self, question, what=""):
        """For what sends no event."""
        until = time.monotonic() + DEADLINE
        while not (answer := question()):
            if time.monotonic() > until:
                raise Late(what or "it never came")
            time.sleep(0.001)
        return answer

    def change(self, verb, name, *states):
        """Asks for it and waits until the service is in one of the states."""
        with self.connect(f"{verb} {name}") as connection:
            return connection.state(name, *states)

    def stop(self, name):
        return self.change("stop", name, "stopped")

    def restart(self, name):
        """Stops and starts it: the record of its being ready, or done, again."""
        with self.connect(f"restart {name}") as connection:
            connection.state(name, "starting")
            return connection.state(name, "ready", "done")

    def log(self, name, lines=None):
        """What its log holds."""
        request = f"logs {name}" + ("" if lines is None else f" lines={lines}")
        return b"".join(record.data for record in self.ask(request)).decode(errors="replace")

    def until_log(self, name, pattern):
        """Its log once the pattern is found in it, or, of a flood, in its newest 64 KB."""
        text, until = b"", time.monotonic() + DEADLINE
        with self.connect(f"logs {name} follow") as connection:
            while not re.search(pattern.encode(), text[-65536:], re.MULTILINE):
                left = until - time.monotonic()
                try:
                    record = connection.next(left)
                except Late:
                    record = None
                if left < 0 or record is None and not connection.ended:
                    raise Late(f"not in the log of {name}: {pattern}; but: {text[-4000:]}")
                if record is None:
                    raise Gone(text[-4000:])
                text += record.data
        return text.decode(errors="replace")

    def terminal(self, name, pattern):
        """What was written to console or tty9, once the pattern is found in it."""
        text, until = "", time.monotonic() + DEADLINE
        while not re.search(pattern, text, re.MULTILINE):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.terminals[name]], [], [], left)[0]:
                raise Late(f"not on {name}: {pattern}; but: {text}")
            text += os.read(self.terminals[name], 65536).decode(errors="replace").replace("\r", "")
        return text

    # ---- Its processes, as this machine counts ----

    def pids(self, name=None):
        """Every process of a service, or of all services."""
        top = self.cgroup / "svc" / (name or "")
        found = []
        for path in [top / "cgroup.procs", *top.glob("**/cgroup.procs")]:
            try:
                found += [int(word) for word in path.read_text().split()]
            except OSError:  # gone meanwhile
                pass
        return sorted(set(found))

    def outside(self, pid):
        """The process that the machine calls `pid`."""
        for candidate in self.pids():
            try:
                status = Path(f"/proc/{candidate}/status").read_text()
            except OSError:
                continue
            if int(re.search(r"^NSpid:.*\s(\d+)$", status, re.MULTILINE).group(1)) == pid:
                return candidate
        raise LookupError(f"no process {pid} in there")

    def kill_main(self, name, number=signal.SIGKILL):
        os.kill(self.outside(self.main(name)), number)

    def inside(self):
        """The machine's own /proc."""
        return Path(f"/proc/{self.pid}/root/proc")

    def count_processes(self):
        return sum(path.name.isdigit() for path in self.inside().iterdir())

    def open_files(self):
        """What PID 1 has open."""
        paths = []
        for link in (self.inside() / "1/fd").iterdir():
            try:
                paths.append(os.readlink(link))
            except FileNotFoundError:  # closed meanwhile
                pass
        return paths

    def descriptors(self):
        """How many PID 1 has, once it has noticed that earlier clients left: an answer's end is behind that."""
        self.node()
        self.node()
        return len(list((self.inside() / "1/fd").iterdir()))

    def signal(self, number):
        """To process 1."""
        os.kill(self.pid, number)

    # ---- Its programs ----

    def _entering(self, uid):
        """The command in front of one that is to run in there, as that user."""
        return ["nsenter", "-t", str(self.pid), "-U", "-m", "-n", "-u", "-C", "-p", "-r", "-w", "-S", str(uid), "-G",
                str(uid), "--"]

    def shell(self, text):
        """Runs this machine's shell as root in there."""
        subprocess.run([*self._entering(0), "/bin/sh", "-ec", text], check=True, timeout=DEADLINE)

    def start_svctl(self, *words, uid=0):
        """A process that runs svctl as somebody in there would, its output in pipes."""
        return subprocess.Popen(
            [*self._entering(uid), "/test/svctl", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.flavour.environment, text=True, errors="replace", start_new_session=True,
            umask=0)  # for the counts of Coverage, which several users write

    @staticmethod
    def end_svctl(process):
        """nsenter's child is svctl: both go."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()

    def svctl(self, *words, uid=0):
        """Runs svctl to its end: (exit status, stdout, stderr)."""
        process = self.start_svctl(*words, uid=uid)
        try:
            out, err = process.communicate(timeout=DEADLINE)
        finally:
            if process.returncode is None:
                self.end_svctl(process)
        return process.returncode, out, err

    # ---- Its end ----

    def ending(self, deadline=DEADLINE):
        """How PID 1 ended, ("signal", 1) or ("exit", 0); None if it has not by the deadline."""
        if not select.select([self.process.stdout], [], [], deadline)[0]:
            return None
        word, _, number = self.process.stdout.readline().partition(" ")
        return (word, int(number)) if word else ("enter", self.process.wait())

    def close(self):
        for connection in self.connections:
            connection.close()
        if self.run is not None:
            self.flavour.before_end(self)
        if self.run is not None:
            os.close(self.run)
        if self.process:
            if self.pid and self.process.poll() is None and Path(f"/proc/{self.pid}").exists():
                self.signal(signal.SIGKILL)
            self.process.stdout.read()
            self.process.wait()
            self.process.stdout.close()
        for fd in self.terminals.values():
            os.close(fd)
        for folder in sorted(self.cgroup.glob("**/"), reverse=True):
            folder.rmdir()

    def reports(self):
        """What sanitizers or valgrind had to say. Only then the folder goes."""
        said = "\n".join(self.flavour.complaints(self.root / "report"))
        self.kmsg.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return said
