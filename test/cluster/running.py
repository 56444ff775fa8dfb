# SPDX-License-Identifier: MIT
"""A cluster as people start it, make cluster, with a program (agent) that tests and benches talk to."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build/cluster"
NODES = 4
PATIENCE = 240  # seconds: says only when to give up


class NeverCame(AssertionError):
    pass


class Cluster:
    def __init__(self, nodes=NODES, memory=768):
        """`memory` is in MiB."""
        # Its user is not root, and has to get there.
        self.place = Path(tempfile.mkdtemp(prefix="cluster-"))
        self.place.chmod(0o777)
        self.log = self.place / "make.log"
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "LAYERS", "CMDLINE")}
        with open(self.log, "wb") as log:
            self.make = subprocess.Popen(
                ["make", "cluster", f"NODES={nodes}", f"MEM={memory}", f"RUN=test/cluster/agent {self.place}/socket"], cwd=ROOT,
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)
        self.socket = socket.socket(socket.AF_UNIX)
        self.until("the cluster is up", self.connect, 3 * PATIENCE)
        self.answers = self.socket.makefile("r", encoding="utf-8")

    def connect(self):
        assert self.make.poll() is None, self.log.read_text(errors="replace")
        try:
            self.socket.connect(str(self.place / "socket"))
        except OSError:
            return False
        return True

    def until(self, what, question, patience=PATIENCE):
        """Asks until the answer is true, and returns it. `question` is a function, or a script that is to succeed."""
        end = time.monotonic() + patience
        while True:
            if isinstance(question, str):
                said, status = self.run(question)
                answer = said or "yes" if status == 0 else None
            else:
                answer = question()
            if answer:
                return answer
            if time.monotonic() > end:
                raise NeverCame(f"never came: {what}\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)

    def run(self, script):
        """Output, errors behind it, and exit status, as the cluster's user."""
        output, errors, status = self.ask(script)
        return output + errors, status

    def ask(self, script):
        self.socket.sendall(json.dumps(script).encode() + b"\n")
        return json.loads(self.answers.readline())

    def ok(self, script):
        """The output of a script that must succeed."""
        output, errors, status = self.ask(script)
        assert status == 0, f"`{script}` exits with {status}:\n{output}{errors}"
        return output

    def node(self, name, script):
        """Output of a script on a node, as root, over SSH."""
        return self.ok(f"ssh {name} '{script}'")

    def states(self):
        """Slurm's state of each node."""
        return dict(line.split() for line in self.ok("sinfo -h -N -o '%N %T'").splitlines())

    def until_idle(self, *names):
        self.until(f"{names} idle", lambda: all(self.states().get(name) == "idle" for name in names))

    def inside(self, script):
        """As root in the cluster's namespaces."""
        # struct ucred: who listens at the other end.
        agent, _, _ = struct.unpack("3i", self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return subprocess.run(["nsenter", "-t", str(agent), "-n", "-m", "-p", "sh", "-c", script], text=True, capture_output=True,
                              env=os.environ | {"SLURM_CONF": f"{FOLDER}/conf/slurm/slurm.conf"}, check=False)

    def qemu(self, name):
        """The process of a node."""
        tap = f"ifname=tap{name.removeprefix('node')},"
        return int(subprocess.run(["pgrep", "-f", f"^qemu-system-aarch64.*{tap}"], text=True, capture_output=True,
                                  check=True).stdout.split()[0])

    def server_log(self):
        return (FOLDER / "server.log").read_text(errors="replace")

    def close(self):
        """Its program ends, and so all of it does. Returns the exit status of make."""
        self.answers.close()
        self.socket.close()
        try:
            return self.make.wait(60)
        finally:
            if self.make.poll() is None:
                os.killpg(self.make.pid, signal.SIGKILL)
            self.said = self.log.read_text(errors="replace")
            shutil.rmtree(self.place)
