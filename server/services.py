# SPDX-License-Identifier: MIT
"""Starts dnsmasq, nginx and rsyslog, hands on what they write line by line, and ends them all when one of
them ends or the user does. They run without root: as the user who owns this checkout (or who typed
sudo), with the capabilities their ports need and no others."""

import contextlib
import os
import pwd
import selectors
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from settings import Refused

STOP_SECONDS = 5  # after SIGTERM; then SIGKILL
LOG_MAX = 16 << 20  # bytes of a node's log; then it becomes NAME.1, whose earlier content goes
LOGS_MAX = 4096  # files of logs, and
LOGS_BYTES_MAX = 4 << 30  # bytes of all; the nodes' logs have their sender's address, which may be forged
LINE_MAX = 16384  # bytes; the rest of a longer line is another line

# Where Debian has them; /usr/sbin is not in everybody's PATH.
PROGRAMS = {"dnsmasq": "dnsmasq-base", "nginx": "nginx-light", "rsyslogd": "rsyslog"}


def find(program, packages=PROGRAMS):
    """Its path. `packages` names the package of each program."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Refused([f"{program} is not installed; as root: apt install {packages[program]}"])
    return path


@dataclass(frozen=True)
class Account:
    """Who the servers run as. `privileged`: we are root and give our rights up for it."""

    uid: int
    gid: int
    name: str
    privileged: bool


def account(folder):
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), pwd.getpwuid(os.geteuid()).pw_name, False)
    uid = int(os.environ.get("SUDO_UID", "0")) or folder.stat().st_uid
    try:
        entry = pwd.getpwuid(uid) if uid else pwd.getpwnam("nobody")
    except KeyError:  # in a container nobody knows the owner's name
        return Account(uid, folder.stat().st_gid, f"user {uid}", True)
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, True)


def reachable(folder, uid, gid):
    """Can this user look into the folder by the rights of the folders above it?"""
    for path in [folder, *folder.parents]:
        status = path.stat()
        shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
        if not status.st_mode >> shift & 1:
            return False
    return True


def as_account(who, capabilities, folder, command):
    """The command behind setpriv(1), which gives up all but the capabilities; it ends when we do, however we do."""
    if not who.privileged:
        return ["setpriv", "--pdeathsig=TERM", "--", *command]
    wanted = list(capabilities)
    # The user's own scripts may be elsewhere.
    places = [folder, *(path.resolve() for path in (folder / "http/nodes", folder / "http/groups"))]
    if not all(reachable(place, who.uid, who.gid) for place in places if place.is_dir()):
        # A checkout below /root, say: it may read what it likes, and write nothing more.
        wanted.append("dac_read_search")
    names = ",".join(f"+{name}" for name in wanted)
    return ["setpriv", "--pdeathsig=TERM", f"--reuid={who.uid}", f"--regid={who.gid}", "--clear-groups", "--no-new-privs",
            f"--bounding-set=-all{',' if names else ''}{names}", f"--inh-caps=-all{',' if names else ''}{names}",
            f"--ambient-caps=-all{',' if names else ''}{names}", "--", *command]


class Service:
    """A running server and the pipe with what it says."""

    def __init__(self, name, command, who):
        self.name = name
        self.rest = b""
        self.pipe, theirs = os.pipe()
        # nginx and rsyslog open /dev/stdout anew, which takes the right to.
        os.fchown(theirs, who.uid, who.gid)
        # Its own process group: ^C is ours, we end it in order.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                                        process_group=0)
        os.close(theirs)

    def read(self):
        """The lines that came; None at the end."""
        data = os.read(self.pipe, 65536)
        if not data:
            return None
        *lines, self.rest = (self.rest + data).split(b"\n")
        while len(self.rest) > LINE_MAX:
            lines.append(self.rest[:LINE_MAX])
            self.rest = self.rest[LINE_MAX:]
        return [line.decode("utf-8", "replace") for line in lines]


def run(commands, who, on_line, on_turn):
    """Runs {name: command} until one of them ends or SIGINT or SIGTERM comes. on_line(name, line) gets what
    they write; on_turn() is called after each batch of it, and at least once a second. Returns the name and
    exit status of the one that ended by itself, or None."""
    stop = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.append(True))
    services = []
    ended = None
    selector = selectors.DefaultSelector()
    try:
        for name, command in commands.items():
            service = Service(name, command, who)
            services.append(service)
            selector.register(service.pipe, selectors.EVENT_READ, service)
        while not stop and ended is None:
            for key, _ in selector.select(timeout=1):
                lines = key.data.read()
                if lines is None:
                    selector.unregister(key.fd)
                    continue
                for line in lines:
                    on_line(key.data.name, line)
            on_turn()
            for service in services:
                if ended is None and service.process.poll() is not None:
                    ended = (service.name, service.process.returncode)
    finally:
        end(services)
    for service in services:  # their last words
        os.set_blocking(service.pipe, False)
        try:
            while lines := service.read():
                for line in lines:
                    on_line(service.name, line)
        except BlockingIOError:
            pass
    on_turn()
    return ended


def end(services):
    for service in services:
        if service.process.poll() is None:
            service.process.terminate()
    for service in services:
        try:
            service.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()


def prepare(folder, who):
    """The folders below <folder> that the servers write to, theirs; and what else they need to be there."""
    for name in ("conf", "run/nginx", "state/log", "tftp", "http/page/node"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if not who.privileged:
        return
    # What is in it may be of an earlier start as somebody else.
    for name in ("run", "state"):
        for path in (folder / name, *(folder / name).rglob("*")):
            os.chown(path, who.uid, who.gid, follow_symlinks=False)
    owner = folder.stat()
    for name in ("conf", "http", "http/page", "http/page/node"):
        # Who owns the checkout can remove it, though root made this.
        os.chown(folder / name, owner.st_uid, owner.st_gid)


def bound_logs(folder, known):
    """Bounds each node's log and all of them together. Those of addresses that are not `known` go first, and of them, or
    else of all, those not written to for the longest. Returns how many files were removed. rsyslog goes on with new
    files when it is told to (SIGHUP)."""
    logs = {path: path.stat() for path in (folder / "state/log").iterdir()}
    full = [path for path, status in logs.items() if path.suffix == ".log" and status.st_size > LOG_MAX]
    for path in full:
        earlier = path.with_name(path.name + ".1")
        path.replace(earlier)
        logs[earlier] = logs.pop(path)
    count, size, removed = len(logs), sum(status.st_size for status in logs.values()), 0
    if count > LOGS_MAX or size > LOGS_BYTES_MAX:
        first = sorted(logs, key=lambda path: (path.name.partition(".log")[0] in known, logs[path].st_mtime_ns))
        for path in first:
            if count - removed <= LOGS_MAX and size <= LOGS_BYTES_MAX:
                break
            path.unlink()
            removed += 1
            size -= logs[path].st_size
    if full or removed:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has none open when it is not there yet
            os.kill(int((folder / "run/rsyslog.pid").read_text(encoding="ascii")), signal.SIGHUP)
    return removed


def empty(folder):
    for path in folder.iterdir():
        path.unlink()


def write(path: Path, text):
    """Replaces the file whole."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
