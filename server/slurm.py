# SPDX-License-Identifier: MIT
"""SLURM=on: Slurm's controller, munge and a clock for the nodes, beside the other servers. Nodes join by themselves once
they have munge's key, which is brought to each that is ready, over SSH (docs/cluster.md). Below <folder>:

    conf/slurm/          slurm.conf and its like; SLURM_CONF for people
    state/slurm          what slurmctld remembers: jobs, nodes
    state/munge.key      the cluster's key; whoever has it is anybody on every node
    state/ssh/           the server's own key pair for nodes, of which the slurm layer has the public half
    share/               http://<server>/share/: nodes read it, and write to it by PUT
"""

import os
import socket
import subprocess
import tempfile
from collections import Counter

import services
from configuration import text_of
from settings import Refused

PROGRAMS = {"slurmctld": "slurmctld", "munged": "munge", "chronyd": "chrony", "ssh": "openssh-client",
            "sinfo": "slurm-client", "squeue": "slurm-client", "scontrol": "slurm-client"}
PORT = 6817  # slurmctld's usual one
NTP_PORT = 123
KEY_BYTES = 128  # of munge.key, as munge's own mungekey makes it
SOCKET_MAX = 107  # bytes of a Unix socket's path, <sys/un.h>
DELIVERIES_MAX = 16  # at a time
RETRY_SECONDS = (1, 2, 4, 8, 15, 30, 60)  # between tries to bring a node its key; the last one for ever
ASK_SECONDS = 60  # then that question is given up
POLL_SECONDS = 2  # so often slurmctld is asked how nodes and jobs are
JOBS_MAX = 200  # that the page shows


def host():
    """As slurmctld calls this machine: its host name without a domain."""
    return socket.gethostname().partition(".")[0]


def munge_socket(folder):
    return folder / "run/munge/socket"


def slurm_conf(settings, folder, who):
    """The same file for slurmctld, for people's commands and, fetched from slurmctld, for nodes."""
    return text_of(f"""
        # Made by pxe-server; what is changed here is gone at its next start.
        ClusterName=greyhound
        SlurmctldHost={host()}({settings.address.ip})
        SlurmctldPort={PORT}
        # Nodes are not listed anywhere: they say what they have, and fetch this file, when they start.
        SlurmctldParameters=enable_configless
        MaxNodeCount=1024
        TreeWidth=65533
        SlurmUser={who.name}
        SlurmdUser=root
        DisableRootJobs=YES
        AuthType=auth/munge
        CredType=cred/munge
        AuthInfo=socket={munge_socket(folder)}
        # Jobs are held to what they asked for, in cgroups that PID 1 of the node has delegated.
        ProctrackType=proctrack/cgroup
        TaskPlugin=task/cgroup
        JobAcctGatherType=jobacct_gather/cgroup
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core_Memory
        DefMemPerCPU=128
        # A job has a /tmp that goes with it.
        PrologFlags=Contain
        JobContainerType=job_container/tmpfs
        # A node that is gone for so long is down, and its jobs start again elsewhere.
        SlurmdTimeout=30
        ReturnToService=2
        MpiDefault=none
        MailProg=/bin/true
        SlurmdSyslogDebug=quiet
        StateSaveLocation={folder}/state/slurm
        SlurmctldPidFile={folder}/run/slurmctld.pid
        SlurmdSpoolDir=/var/spool/slurmd
        SlurmdPidFile=/run/slurmd.pid
        PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
        """)


CGROUP_CONF = """\
# Made by pxe-server. The node's service slurmd has `delegate = yes`.
CgroupPlugin=cgroup/v2
CgroupMountpoint=/sys/fs/cgroup/svc/slurmd
CgroupAutomount=no
IgnoreSystemd=yes
ConstrainRAMSpace=yes
ConstrainCores=yes
"""
JOB_CONTAINER_CONF = """\
# Made by pxe-server: each job has a /tmp and a /dev/shm of its own.
AutoBasePath=yes
BasePath=/var/lib/slurm-tmp
"""


def chrony_conf(settings, folder):
    """This machine's clock as it is, for the nodes; nothing of it is changed."""
    return text_of(f"""
        local stratum 8
        allow {settings.address.network}
        bindaddress {settings.address.ip}
        cmdport 0
        bindcmdaddress /
        pidfile {folder}/run/chronyd.pid
        """)


def ports(settings):
    """As Settings.ports(), of what SLURM=on adds."""
    found = [(socket.SOCK_STREAM, PORT, "slurmctld")]
    if "ntp" not in settings.options:
        found.append((socket.SOCK_DGRAM, NTP_PORT, "the nodes' clock (NTP= names another server)"))
    return found


def _secret(path, make, who):
    """A file that only this account reads, made if it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            file.write(make())
        new.rename(path)
    if who.privileged:
        os.chown(path, who.uid, who.gid)


class Slurm:
    """Nothing is started yet: commands() are to be run beside the others, and turn() called again and again."""

    def __init__(self, settings, folder, who, say):
        self.settings, self.folder, self.who, self.say = settings, folder, who, say
        self.programs = {name: services.find(name, PROGRAMS) for name in PROGRAMS}
        self.ssh_key = folder / "state/ssh/id_ed25519"
        reasons = []
        if len(str(munge_socket(folder))) > SOCKET_MAX:
            reasons.append(f"{munge_socket(folder)} is too long for a socket's path ({SOCKET_MAX} bytes): use a folder higher up")
        if who.privileged and not services.reachable(folder, who.uid, who.gid):
            reasons.append(f"Slurm's controller, which runs as {who.name}, cannot get to {folder}: one of the folders above it is "
                           "closed to others. Have the checkout in another place, or owned by the user who uses it")
        if not self.ssh_key.exists():
            reasons.append("the nodes have no way in for the key: publish with the layers ssh and slurm (docs/cluster.md)")
        if reasons:
            raise Refused(reasons)
        self.deliveries = {}  # number of a node: _Delivery
        self.told_down = {}  # number of a node: the boot of which slurmctld was told that it ends
        self.asking = None  # the process, while sinfo and squeue run
        self.answer = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # what they say
        self.asked = 0.0
        self.nodes, self.jobs, self.jobs_by_state = {}, [], Counter()

    def prepare(self):
        """Configuration, secrets and folders. What is not there yet is made; jobs of an earlier start are kept."""
        for name in ("conf/slurm", "state/slurm", "run/munge", "share"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            if self.who.privileged and name != "conf/slurm":
                os.chown(self.folder / name, self.who.uid, self.who.gid)
        (self.folder / "run/munge").chmod(0o755)
        (self.folder / "state/ssh").chmod(0o700)
        _secret(self.folder / "state/munge.key", lambda: os.urandom(KEY_BYTES), self.who)
        services.write(self.folder / "conf/slurm/slurm.conf", slurm_conf(self.settings, self.folder, self.who))
        services.write(self.folder / "conf/slurm/cgroup.conf", CGROUP_CONF)
        services.write(self.folder / "conf/slurm/job_container.conf", JOB_CONTAINER_CONF)
        services.write(self.folder / "conf/chrony.conf", chrony_conf(self.settings, self.folder))

    def as_account(self, command, capabilities=()):
        return services.as_account(self.who, list(capabilities), self.folder, [str(word) for word in command])

    def commands(self):
        commands = {
            # --force: the folders above are the user's, not munge's.
            "munged": self.as_account([
                self.programs["munged"], "--foreground", "--force", "--num-threads=4",
                f"--key-file={self.folder}/state/munge.key", f"--socket={munge_socket(self.folder)}",
                f"--pid-file={self.folder}/run/munge/pid", f"--seed-file={self.folder}/run/munge/seed"]),
            "slurmctld": self.as_account([
                "sh", "-c", 'until [ -S "$0" ]; do sleep 0.05; done; exec "$@"', munge_socket(self.folder),
                self.programs["slurmctld"], "-D", "-f", self.folder / "conf/slurm/slurm.conf"]),
        }
        if "ntp" not in self.settings.options:
            commands["chronyd"] = self.as_account([
                self.programs["chronyd"], "-x", "-d", "-U", "-u", self.who.name, "-f", self.folder / "conf/chrony.conf"],
                ["net_bind_service"])
        return commands

    def _run(self, command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL):
        return subprocess.Popen(self.as_account(command), env=self.environment(), text=True, stdin=stdin, stdout=stdout,
                                stderr=subprocess.STDOUT)

    def environment(self):
        return os.environ | {"SLURM_CONF": str(self.folder / "conf/slurm/slurm.conf"), "LC_ALL": "C"}

    # ---- Keys ----

    def turn(self, nodes, now):
        """`nodes` are those of nodes.py. Starts what is due and looks at what has ended; never waits."""
        for number in list(self.deliveries):
            if number not in nodes:
                self.deliveries.pop(number).end()
        under_way = sum(delivery.process is not None for delivery in self.deliveries.values())
        for number, node in nodes.items():
            # One without a stage was up before this server.
            if not node.address or node.stage not in ("ready", ""):
                continue
            delivery = self.deliveries.get(number)
            if delivery is None or delivery.boot != (node.boots, node.address):
                if delivery:
                    delivery.end()
                delivery = self.deliveries[number] = _Delivery(node)
            if delivery.process is None and not delivery.done and now >= delivery.due and under_way < DELIVERIES_MAX:
                delivery.start(self)
                under_way += 1
            self._tell(node, delivery, now)
        self._tell_who_leaves(nodes)
        self._ask(now)

    def _tell(self, node, delivery, now):
        ended = delivery.poll(now)
        if ended == "done":
            self.say(f"{node.name or node.address} has its key and joins")
        elif ended and delivery.tries == 1:
            self.say(f"{node.name or node.address} gets no key yet: {ended}")

    def _tell_who_leaves(self, nodes):
        """A node that is shut down on purpose is down at once, not when slurmctld misses it."""
        for number, node in nodes.items():
            if node.leaving and self.told_down.get(number) != node.boots and node.name in self.nodes:
                self.told_down[number] = node.boots
                self._run([self.programs["scontrol"], "update", f"NodeName={node.name}", "State=DOWN",
                           f"Reason={node.leaving}"])

    # ---- What is shown ----

    def _ask(self, now):
        if self.asking:
            if self.asking.poll() is None:
                if now - self.asked > ASK_SECONDS:
                    self.asking.kill()
                return
            self.answer.seek(0)
            self._take(self.answer.read())
            self.asking = None
        if now - self.asked >= POLL_SECONDS:
            self.asked = now
            script = ('"$0" -h -N -o "N|%N|%T|%C|%m|%e|%E"; "$1" -h -o "J|%i|%j|%u|%T|%N|%M|%r"')
            # A long queue is more than a pipe holds, and nobody reads while it runs.
            self.answer.seek(0)
            self.answer.truncate()
            self.asking = self._run(["sh", "-c", script, self.programs["sinfo"], self.programs["squeue"]], self.answer)

    def _take(self, text):
        nodes, jobs = {}, []
        for line in text.splitlines():
            kind, *words = line.split("|")
            if kind == "N" and len(words) == 6:
                name, state, processors, memory, free, reason = words
                nodes[name] = {"state": state, "cpus": processors, "memory_mib": memory, "free_mib": free,
                               "reason": "" if reason == "none" else reason}
            elif kind == "J" and len(words) == 7:
                jobs.append(dict(zip(("id", "name", "user", "state", "nodes", "time", "reason"), words)))
        self.nodes, self.jobs = nodes, jobs[:JOBS_MAX]
        self.jobs_by_state = Counter(job["state"] for job in jobs)

    def summary(self):
        return {"nodes": self.nodes, "jobs": self.jobs, "jobs_in_all": self.jobs_by_state.total()}

    def metrics(self):
        """For Prometheus."""
        lines = ["# HELP greyhound_slurm_node_state 1 for the state the node is in.", "# TYPE greyhound_slurm_node_state gauge"]
        lines += [f'greyhound_slurm_node_state{{node="{name}",state="{node["state"].rstrip("*~#!%$@^-")}"}} 1'
                  for name, node in sorted(self.nodes.items())]
        lines += ["# HELP greyhound_slurm_jobs Jobs in the queue, by state; what waits of an array is one.", "# TYPE greyhound_slurm_jobs gauge"]
        lines += [f'greyhound_slurm_jobs{{state="{state}"}} {count}' for state, count in sorted(self.jobs_by_state.items())]
        return "\n".join(lines) + "\n"


class _Delivery:
    """munge's key on its way to one node, in one of its boots."""

    def __init__(self, node):
        self.boot = (node.boots, node.address)
        self.process = None
        self.done = False
        self.tries = 0
        self.due = 0.0

    def start(self, slurm):
        """The node's layer lets this key run /usr/sbin/slurm-key only, whatever is asked for here."""
        self.tries += 1
        self.process = slurm._run([
            slurm.programs["ssh"], "-F", "/dev/null", "-i", slurm.ssh_key, "-o", "BatchMode=yes",
            # A node's host key is new at every boot unless a layer brings one (docs/ssh.md).
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=5", f"root@{self.boot[1]}", "/usr/sbin/slurm-key"],
            stdin=subprocess.PIPE)
        line = f"{slurm.settings.address.ip}:{PORT} {munge_socket(slurm.folder)} {slurm.who.name} {slurm.who.uid}\n"
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            self.process.stdin.buffer.write((slurm.folder / "state/munge.key").read_bytes())
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it says why

    def poll(self, now):
        """"done", why it did not work, or None if there is nothing new."""
        if self.process is None or self.process.poll() is None:
            return None
        said = self.process.stdout.read().strip().splitlines()
        status, self.process = self.process.returncode, None
        if status == 0:
            self.done = True
            return "done"
        self.due = now + RETRY_SECONDS[min(self.tries, len(RETRY_SECONDS)) - 1]
        return said[-1] if said else f"ssh ended with status {status}"

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
