# SPDX-License-Identifier: MIT
"""A supervisor with any number of equal services, as process 1 of namespaces of this machine: ours, runit's
runsvdir with a runsv for each service, or s6-svscan with an s6-supervise for each.

All get the same: a root on tmpfs, test/pid1's `enter` to make the namespaces, and programs/service.c as
the service, started without a shell in between (the peers' `run` is a link to it).

Two things favour the peers. The folders of their services look an hour old, because runsvdir waits a
second for one that has just been changed. And s6's services say that they are ready (notification-fd):
s6-supervise 2.11 starts what never did so a second after its death, however long it was up."""

import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import OURS
from stamps import Stamps
from tools import BIN, ENTER, OUT, ROOT, CannotMeasure

sys.path.append(str(ROOT / "test/pid1"))
from machine import FIRST_ID, cgroup_mount  # noqa: E402

GLIBC = "with glibc"  # ours, built as Debian builds the peers
SERVICE_MAX = 1000  # what runsvdir can hold
KINDS = (OURS, "runit", "s6")

COMMANDS = {
    OURS: ["/init"],
    GLIBC: ["/init"],
    "runit": ["/usr/bin/runsvdir", "-P", "/service"],
    "s6": ["/usr/bin/s6-svscan", "-c", str(SERVICE_MAX + 1), "/service"],
}
FOLDERS = ("usr", "etc/svc", "dev/pts", "dev/shm", "proc", "sys", "run", "tmp", "bench", "service")


def need_machines():
    """Says why there can be none; mounts the tmpfs they live on, in the namespace that bench.mk made."""
    if os.geteuid() != 0:
        raise CannotMeasure("namespaces with cgroups are made by root")
    for kind in KINDS:
        if kind != OURS and not Path(COMMANDS[kind][0]).exists():
            raise CannotMeasure(f"{COMMANDS[kind][0]} is not installed")
    folder = OUT / "machines"
    if not folder.is_mount():
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(folder)], check=True)
        # A user namespace cannot raise it: PID 1 gets what we may have.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Supervised:
    """with Supervised("runit", 10) as machine: all ten have begun."""

    def __init__(self, kind, count, backoff="0"):
        need_machines()
        self.kind, self.count = kind, count
        self.root = Path(tempfile.mkdtemp(dir=OUT / "machines")).absolute()
        self.cgroup = cgroup_mount() / f"greyhound-{self.root.name}-{os.getpid()}"
        self._furnish()
        (self._write_ours if kind in (OURS, GLIBC) else self._write_theirs)(backoff)
        self.process = self.pid = None

    # ---- Making it ----

    def _furnish(self):
        self.root.chmod(0o755)
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64", "lib32"):
            if Path("/", name).is_symlink():
                (self.root / name).symlink_to(f"usr/{name}")
        for name in ("null", "zero", "random", "urandom"):
            os.mknod(self.root / "dev" / name, 0o666 | stat.S_IFCHR, os.stat(f"/dev/{name}").st_rdev)
            (self.root / "dev" / name).chmod(0o666)
        # What PID 1 says to the kernel log goes to a file.
        (self.root / "dev/kmsg").touch()
        for name in ("service", "begin", "timed"):
            shutil.copy(BIN / name, self.root / "bench")
        self.stamps = Stamps(self.root / "bench/stamps")

    def _write_ours(self, backoff):
        shutil.copy(OUT / "glibc/init" if self.kind == GLIBC else BIN / "init", self.root / "init")
        shutil.copy(BIN / "svctl", self.root / "bench")
        for index in range(self.count):
            (self.root / f"etc/svc/s{index:04}").write_text(
                f"exec = /bench/service {index}\nbackoff = {backoff}\n")
        # A node without any service would run a rescue shell.
        (self.root / "etc/svc/none").write_text("exec = /bench/service 0\nwhen = cmdline:bench.never\n")

    def _write_theirs(self, _):
        hour_ago = time.time() - 3600
        for index in range(self.count):
            folder = self.root / f"service/s{index:04}"
            folder.mkdir()
            (folder / "run").symlink_to("/bench/service")
            if self.kind == "s6":
                (folder / "notification-fd").write_text("3\n")
            os.utime(folder, (hour_ago, hour_ago))
        os.utime(self.root / "service", (hour_ago, hour_ago))

    def _hand_over(self):
        """To the namespace's root. Changing an owner leaves the times of folders alone."""
        for path in (self.root, *self.root.rglob("*")):
            os.chown(path, FIRST_ID, FIRST_ID, follow_symlinks=False)
        self.cgroup.mkdir()
        for path in (self.cgroup, *self.cgroup.glob("cgroup.*")):
            os.chown(path, FIRST_ID, FIRST_ID)

    # ---- Running it ----

    def __enter__(self):
        try:
            return self._start()
        except BaseException:
            self.close()
            raise

    def _start(self):
        self._hand_over()
        binds = [word for name in ("usr", "proc", "sys") for word in (f"/{name}", name)]
        self.process = subprocess.Popen(
            [ENTER, self.root, self.cgroup, str(FIRST_ID), *binds, "--", "/bench/begin", *COMMANDS[self.kind]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=(OUT / "machine.log").open("wb"),
            env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}, text=True)
        word, _, number = self.process.stdout.readline().partition(" ")
        if word != "pid":
            raise CannotMeasure(f"no namespaces: {(OUT / 'machine.log').read_text().strip()}")
        self.pid = int(number)
        self.stamps.wait(self.count)
        if self.kind in (OURS, GLIBC):
            self._wait_ready()
        return self

    def _wait_ready(self):
        while "init: ready in" not in (self.root / "dev/kmsg").read_text():
            time.sleep(0.005)

    def start_seconds(self):
        """From just before process 1 was executed to the beginning of the last service's main()."""
        return (max(self.stamps.times(self.count)) - self.stamps.begun()) / 1e9

    def supervisors(self):
        """Its processes other than the services, as this machine counts them."""
        found = []
        for pid in (self.cgroup / "cgroup.procs").read_text().split():
            try:
                if int(pid) != self.process.pid and not os.readlink(f"/proc/{pid}/exe").endswith("/bench/service"):
                    found.append(int(pid))
            except OSError:  # gone meanwhile
                pass
        return found

    def inside(self, *command):
        """A command to be run in its namespaces and root."""
        return ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--root", "--wd=/", *command]

    def beside(self, *command):
        """A command of this machine, with the machine's process ids."""
        return ["nsenter", f"--target={self.pid}", "--pid", *command]

    # ---- Its end ----

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process:
            self.process.kill()  # process 1 goes with it, and all others with that
            self.process.wait()
            self.process.stdout.close()
        self._remove_cgroup()
        shutil.rmtree(self.root, ignore_errors=True)

    def _remove_cgroup(self):
        until = time.monotonic() + 30
        for folder in sorted(self.cgroup.glob("**/"), reverse=True) if self.cgroup.exists() else []:
            while True:
                try:
                    folder.rmdir()
                    break
                except OSError:  # its last processes are on their way
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.01)
