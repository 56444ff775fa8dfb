# SPDX-License-Identifier: MIT
"""A network of nodes on this machine, with the real boot server: network namespaces joined by a bridge.

    gh-lan    the bridge, and a TAP for each node in QEMU
    server    server/pxe-server, which is 192.168.77.1; dnsmasq, nginx, rsyslog
    router    192.168.77.254: a dnsmasq that gives addresses away, and knows nothing of booting

Namespaces are held by processes that die with the tests, so nothing is left behind, whatever ends them.
They need root."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from chain import OUT, ROOT, Chain, die_with_parent
from pexpect.popen_spawn import PopenSpawn
from signed import SIGNED

sys.path.append(str(ROOT / "test/system"))

from netd_lab import Namespace, possible, until  # noqa: E402 (the path comes first)

SERVER = "192.168.77.1"
ROUTER = "192.168.77.254"
SUBNET = "192.168.77.0/24"
VERSION = "one"
PATIENCE = 300  # seconds: says only when to give up


def impossible():
    """Why there can be no such network here; None if there can."""
    if not possible():
        return "network namespaces need root"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    for program in ("dnsmasq", "nginx", "rsyslogd", "nft"):
        if not shutil.which(program):
            return f"{program} is not installed: make deps"
    return None


def die_in_order():
    """In the child: when pytest ends, the server ends its own children (PR_SET_PDEATHSIG)."""
    die_with_parent()
    import ctypes  # noqa: PLC0415 (between fork and exec as little as possible is done)
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Network:
    """The bridge and the boot server, which is at `address` and not started yet."""

    def __init__(self, address=f"{SERVER}/24"):
        self.address = address.partition("/")[0]
        self.folder = Path(tempfile.mkdtemp(prefix="gh-network-"))
        # The servers run as nobody.
        self.folder.chmod(0o755)
        self.http = self.folder / "server/http"
        self.nodes = []
        self.daemons = []
        self.spaces = []
        self.server = None
        self.lan = self.space()
        self.lan.run("ip", "link", "add", "gh-lan", "type", "bridge")
        self.lan.run("ip", "link", "set", "gh-lan", "up")
        self.server_space = self.join("gh-server", address)
        self.publish(VERSION)

    def space(self):
        self.spaces.append(Namespace())
        return self.spaces[-1]

    def join(self, cable, address):
        """A namespace whose eth0 is on the bridge."""
        space = self.space()
        self.lan.run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns",
                     str(space.holder.pid))
        self.lan.run("ip", "link", "set", cable, "master", "gh-lan", "up")
        space.run("ip", "address", "add", address, "dev", "eth0")
        space.run("ip", "link", "set", "eth0", "up")
        return space

    def publish(self, version, *layers):
        """What was built, as this version, which becomes current; `layers` are folders or archives."""
        subprocess.run([ROOT / "server/publish", self.folder / "server", "add", version, "qemu-virt",
                        OUT / "vmlinuz.efi", OUT / "initramfs.cpio.zst", OUT / "ipxe.efi", OUT / "root",
                        "console=ttyAMA0 loglevel=6 panic=1", *layers],
                       check=True, cwd=ROOT, timeout=120, stdout=subprocess.DEVNULL)
        for name in ("nodes", "groups"):
            (self.http / name).mkdir(exist_ok=True)

    def publish_signed(self, version):
        """What was signed for the tests; nodes boot it whose scripts say so."""
        subprocess.run([ROOT / "server/publish", self.folder / "server", "add-signed", "--keep", version, "qemu-virt",
                        SIGNED / "node.efi", SIGNED / "ipxe.efi"],
                       check=True, cwd=ROOT, timeout=120, stdout=subprocess.DEVNULL)

    def write(self, path, text):
        """A script on the server."""
        (self.http / path).write_text(text)

    def serve(self, *settings):
        """Starts the boot server, and waits until it serves. Its output is added to server.log."""
        with open(self.folder / "server.log", "a", encoding="utf-8") as log:
            self.server = subprocess.Popen(
                self.server_space.command(ROOT / "server/pxe-server", self.folder / "server", "IFACE=eth0",
                                          *settings),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_in_order)
        # Until all three listen: HTTP, TFTP, syslog.
        until(f"the server serves\n{self.log()}", self.is_serving, PATIENCE)

    def is_serving(self):
        assert self.server.poll() is None, self.log()
        sockets = self.server_space.run("ss", "-Hltun")
        return all(re.search(rf"{re.escape(self.address)}:{port}\b", sockets) for port in (80, 69, 514))

    def stop_serving(self):
        self.server.terminate()
        self.server.wait(30)
        self.server = None

    def route(self, *settings):
        """A router as most networks have one: its DHCP names no boot server, unless `settings` do. Leases are as short
        as dnsmasq makes them, two minutes."""
        space = self.join("gh-router", f"{ROUTER}/24")
        with open(self.folder / "router.log", "w", encoding="utf-8") as log:
            self.daemons.append(space.start(
                "dnsmasq", "--keep-in-foreground", "--port=0", "--log-dhcp", "--log-facility=-", "--conf-file=/dev/null",
                "--interface=eth0", "--dhcp-authoritative", "--dhcp-range=192.168.77.100,192.168.77.150,2m",
                f"--dhcp-leasefile={self.folder}/router.leases", *settings, stdout=log, stderr=log))

    def log(self, name="server.log"):
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def node_log(self, node):
        """What rsyslog wrote of this node."""
        return self.log(f"server/state/log/{node.address}.log")

    def wait_log(self, pattern, name="server.log"):
        until(f"{pattern} in {name}", lambda: re.search(pattern, self.log(name)), PATIENCE)

    def node(self, number):
        self.nodes.append(NetworkNode(self, number))
        return self.nodes[-1]

    def nft(self, rules):
        subprocess.run(self.lan.command("nft", "-f", "-"), input=rules, text=True, check=True)

    def close(self):
        for node in self.nodes:
            node.close()
        if self.server:
            self.stop_serving()
        for daemon in self.daemons:
            daemon.kill()
            daemon.wait()
        for space in reversed(self.spaces):
            space.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class NetworkNode(Chain):
    """A node on the bridge; off until power_on()."""

    def __init__(self, network, number):
        self.network = network
        self.number = number
        self.mac = f"52:54:00:77:00:{number:02x}"
        self.log_path = network.folder / f"node{number}.log"
        self.console = None
        self.process = None
        self.tap = f"gh-tap{number}"
        self.bios = OUT / "u-boot.bin"
        network.lan.run("ip", "tuntap", "add", "dev", self.tap, "mode", "tap")
        network.lan.run("ip", "link", "set", self.tap, "master", "gh-lan", "up")

    @property
    def script(self):
        return f"nodes/{self.mac.replace(':', '-')}.ipxe"

    @property
    def address(self):
        """As U-Boot was given it last."""
        return re.findall(r"DHCP client bound to address ([0-9.]+)", self.log())[-1]

    def power_on(self):
        self.console = PopenSpawn(
            self.network.lan.command(
                "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "1", "-m", "384", "-nodefaults",
                "-no-user-config", "-display", "none",
                "-chardev", f"stdio,id=console,signal=off,logfile={self.log_path}", "-serial", "chardev:console",
                "-netdev", f"tap,id=net0,ifname={self.tap},script=no,downscript=no",
                "-device", f"virtio-net-pci,netdev=net0,romfile=,mac={self.mac}",
                "-bios", self.bios),
            timeout=PATIENCE, encoding="utf-8", codec_errors="replace", preexec_fn=die_with_parent)
        self.process = self.console.proc
        return self

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
