# SPDX-License-Identifier: MIT
"""A node and a boot server in network namespaces of this machine, joined by virtual cables.

The node has its own network, host name, /run and kernel command line; netd of the build machine runs
in it. Nothing outside of the namespaces is touched, and they vanish with the processes that hold them.
"""

import ctypes
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
NETD = Path(os.environ.get("NETD", TOP / "build/host/unit/netd"))
UDHCPC = TOP / "build/host/udhcpc/busybox"
FAKE_SERVER = Path(__file__).with_name("fake_dhcp_server.py")

PATIENCE = 60  # seconds until something that should happen is taken not to
NETMASK = "ffffff00"
POWERLESS = "setpriv", "--bounding-set", "-net_admin"
HANDED_OVER = "ip=10.77.0.55:10.77.0.1:10.77.0.1:255.255.255.0:::dhcp"
STATIC = "ip=10.77.0.5::10.77.0.1:255.255.255.0"

# ip and dnsmasq may be where only root's own shell looks.
os.environ["PATH"] += ":/usr/sbin:/sbin"


def possible():
    """Whether this user and this machine can have namespaces at all."""
    return subprocess.run(["unshare", "--net", "--mount", "--uts", "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def die_with_parent():
    """Between fork and exec: a test that is killed leaves nothing running."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def until(what, condition, timeout=PATIENCE):
    """Returns the first true value of condition(); fails naming `what` when there is none in time."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.02)


def hexed(text):
    return text.encode().hex()


def quad(*addresses):
    return "".join(socket.inet_aton(address).hex() for address in addresses)


def rdnss(seconds, *servers):
    data = b"".join(socket.inet_pton(socket.AF_INET6, server) for server in servers)
    return struct.pack("!BBHI", 25, 1 + len(data) // 8, 0, seconds) + data


def dnssl(seconds, *names):
    data = b"".join(names)
    data += bytes(-len(data) % 8)
    return struct.pack("!BBHI", 31, 1 + len(data) // 8, 0, seconds) + data


class Namespace:
    """A network namespace, with a mount and a host name namespace beside it."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--propagation", "private",
             "sh", "-c", "mount -t tmpfs run /run && echo && exec sleep infinity"],
            stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.holder.stdout.read(1) == b"\n", "cannot make a namespace"
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *arguments):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", "-u", "--", *map(str, arguments)]

    def run(self, *arguments):
        return subprocess.run(self.command(*arguments), check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def start(self, *arguments, **keywords):
        return subprocess.Popen(self.command(*arguments), preexec_fn=die_with_parent, **keywords)

    def path(self, path):
        return Path(f"/proc/{self.holder.pid}/root{path}")

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Server(Namespace):
    """The other end of the cables: 10.77.N.1 on port N, and something that answers DHCP."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory
        self.answering = None
        self.others = []
        self.log = directory / "server.log"
        self.answers = directory / "answers.json"

    def _answer(self, *arguments):
        assert self.answering is None
        self.log.touch()
        lines = len(self.log.read_text().splitlines())
        with open(self.log, "a", encoding="utf-8") as log:
            self.answering = self.start(*arguments, stdout=log, stderr=log)
        until("DHCP server started", lambda: "started" in
              " ".join(self.log.read_text().splitlines()[lines:]))

    def dnsmasq(self, *options, ports=(0,), lease="1h"):
        """A real DHCP server that does not ping addresses before it offers them."""
        ranges = [f"--dhcp-range=10.77.{port}.10,10.77.{port}.99,{lease}" for port in ports]
        interfaces = [f"--interface=port{port}" for port in ports]
        self._answer("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--no-ping",
                     "--bind-interfaces", "--user=root", "--pid-file=", "--log-facility=-", "--log-dhcp",
                     f"--dhcp-leasefile={self.directory}/leases", "--dhcp-authoritative",
                     *interfaces, *ranges, *options)

    def fake(self, **answers):
        """A server that answers what the test wants: see fake_dhcp_server.py."""
        self.change(**answers)
        self._answer("/usr/bin/python3", FAKE_SERVER, "port0", self.answers)

    def change(self, **answers):
        fresh = self.answers.with_suffix(".new")
        fresh.write_text(json.dumps(answers))
        fresh.rename(self.answers)

    def silence(self):
        self.answering.kill()
        self.answering.wait()
        self.answering = None

    def heard(self, word):
        """How many lines of the log have the word."""
        return sum(word in line for line in self.log.read_text().splitlines())

    def claim(self, address, port=0):
        """Another host, 02:00:00:00:00:99, says to all on the cable that it has the address."""
        code = ("import socket, sys; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); "
                "s.bind((sys.argv[1], 0)); me = bytes.fromhex('020000000099'); "
                "ip = socket.inet_aton(sys.argv[2]); "
                "s.send(b'\\xff' * 6 + me + bytes.fromhex('0806000108000604' '0001') + me + ip + "
                "bytes(6) + ip)")
        self.run("/usr/bin/python3", "-c", code, f"port{port}", address)

    def advertise(self, *options, port=0):
        """One router advertisement with these options, of a router that routes nothing."""
        code = ("import socket, sys; s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58); "
                "s.setsockopt(41, socket.IPV6_MULTICAST_HOPS, 255); "
                "s.sendto(bytes.fromhex('86000000400000000000000000000000' + sys.argv[2]), "
                "('ff02::1', 0, 0, socket.if_nametoindex(sys.argv[1])))")
        self.start("/usr/bin/python3", "-c", code, f"port{port}", b"".join(options).hex(),
                   stderr=subprocess.DEVNULL).wait()

    def neighbour(self, address, port=0):
        """The hardware address that belongs to it as far as the server knows."""
        entries = json.loads(self.run("ip", "-json", "neigh", "show", address, "dev", f"port{port}"))
        return entries[0].get("lladdr") if entries else None

    def routers(self, *options, port=0, network="fd77::"):
        """A real IPv6 router beside what answers DHCP; see dnsmasq's enable-ra. Returns its process."""
        self.run("ip", "address", "add", f"{network}1/64", "dev", f"port{port}", "nodad")
        log = open(self.directory / "router.log", "ab")  # pylint: disable=consider-using-with
        router = self.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
                            "--bind-interfaces", "--user=root", "--pid-file=", "--log-facility=-",
                            f"--interface=port{port}", "--enable-ra",
                            f"--dhcp-range={network},ra-only,64,1h",
                            f"--dhcp-leasefile={self.directory}/leases6", *options,
                            stdout=log, stderr=log)
        log.close()
        self.others.append(router)
        return router

    def carrier(self, on, port=0):
        self.run("ip", "link", "set", f"port{port}", "up" if on else "down")

    def close(self):
        if self.answering:
            self.silence()
        for process in self.others:
            process.kill()
            process.wait()
        super().close()


class Node(Namespace):
    """A node, its netd, and PID 1's end of the notify socket."""

    def __init__(self, directory, server):
        super().__init__()
        self.directory = directory
        self.server = server
        self.netd = None
        self.log = directory / "netd.log"
        self.log.touch()
        self.told = []
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notify.bind(str(directory / "notify"))
        self.cmdline = directory / "cmdline"
        self.cmdline.write_text("\n")
        self.run("mount", "--bind", self.cmdline, "/proc/cmdline")
        self.run("hostname", "unnamed")

    def plug(self, port=0):
        """A cable from ethN to the server's port N."""
        self.run("ip", "link", "add", f"eth{port}", "type", "veth",
                 "peer", "name", f"port{port}", "netns", str(self.server.holder.pid))
        self.server.run("ip", "address", "add", f"10.77.{port}.1/24", "dev", f"port{port}")
        self.server.carrier(True, port)

    def boot(self, cmdline="", *wrapper):
        self.cmdline.write_text(f"quiet {cmdline}\n")
        self.start_netd(*wrapper)

    def start_netd(self, *wrapper):
        self.told.clear()
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(self.directory / "notify")}
        with open(self.log, "ab") as log:
            self.netd = self.start(*wrapper, NETD, stderr=log, env=environment)

    def stop_netd(self, number=signal.SIGTERM):
        self.netd.send_signal(number)
        status = self.netd.wait(timeout=PATIENCE)
        self.netd = None
        return status

    def said(self, words):
        return words in self.log.read_text()

    def watch_addresses(self):
        """Starts to take down what happens to IPv4 addresses; stop with closing()."""
        log = open(self.directory / "monitor", "wb")  # pylint: disable=consider-using-with
        monitor = self.start("ip", "-4", "monitor", "address", stdout=log)
        log.close()
        # `ip monitor` cannot be asked whether it listens yet; an address of no meaning tells.
        until("ip monitor listens", lambda: (
            self.run("ip", "address", "add", "192.0.2.1/32", "dev", "lo"),
            self.run("ip", "address", "delete", "192.0.2.1/32", "dev", "lo"),
            "192.0.2.1" in (self.directory / "monitor").read_text())[-1])
        return monitor

    def watched(self, monitor):
        """Ends the watch; returns what it saw."""
        monitor.kill()
        monitor.wait()
        return (self.directory / "monitor").read_text()

    def listen(self):
        """Takes in what PID 1 was told."""
        while True:
            try:
                message = self.notify.recv(4096).decode()
            except BlockingIOError:
                return
            self.told.extend(message.splitlines())

    def ready(self):
        self.listen()
        return "READY=1" in self.told

    def status(self):
        self.listen()
        lines = [line for line in self.told if line.startswith("STATUS=")]
        return lines[-1][len("STATUS="):] if lines else ""

    def until_ready(self, timeout=PATIENCE):
        self.until_alive("READY=1", self.ready, timeout)

    def until_status(self, pattern, timeout=PATIENCE):
        self.until_alive(f"status {pattern}", lambda: re.search(pattern, self.status()), timeout)

    def until_alive(self, what, condition, timeout=PATIENCE):
        def alive_and_condition():
            assert self.netd.poll() is None, f"netd exited with {self.netd.returncode}"
            return condition()
        try:
            until(what, alive_and_condition, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; status: {self.status()!r}; log:\n"
                                 f"{self.log.read_text()}") from None

    def addresses(self, interface="eth0"):
        """IPv4 addresses with their prefixes."""
        links = json.loads(self.run("ip", "-json", "-4", "address", "show", interface))
        return [f"{entry['local']}/{entry['prefixlen']}"
                for link in links for entry in link.get("addr_info", [])]

    def addresses6(self, interface="eth0"):
        """Those of more than the link, once they are known to be nobody else's."""
        links = json.loads(self.run("ip", "-json", "-6", "address", "show", interface))
        return [f"{entry['local']}/{entry['prefixlen']}" for link in links
                for entry in link.get("addr_info", [])
                if entry["scope"] == "global" and not entry.get("tentative")]

    def lifetime(self, interface="eth0"):
        links = json.loads(self.run("ip", "-json", "-4", "address", "show", interface))
        return links[0]["addr_info"][0]["valid_life_time"]

    def routes(self, interface="eth0"):
        """All but the kernel's own, as (network, gateway, metric)."""
        routes = json.loads(self.run("ip", "-json", "-4", "route", "show", "dev", interface))
        return [(route["dst"], route.get("gateway"), route.get("metric"))
                for route in routes if route.get("protocol") != "kernel"]

    def gateways(self, interface="eth0"):
        return [gateway for network, gateway, _ in self.routes(interface) if network == "default"]

    def hardware(self, interface="eth0"):
        return json.loads(self.run("ip", "-json", "link", "show", interface))[0]["address"]

    def hostname(self):
        return self.run("hostname").strip()

    def file(self, name):
        """A file of /run/net; None if it does not exist."""
        path = self.path(f"/run/net/{name}")
        return path.read_text() if path.exists() else None

    def clients(self):
        """Process numbers of the node's DHCP clients."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                same = os.stat(entry / "ns/net").st_ino == os.stat(
                    f"/proc/{self.holder.pid}/ns/net").st_ino
            except OSError:
                continue
            if same and words[0] == b"udhcpc":
                found.append(int(entry.name))
        return found

    def close(self):
        if self.netd:
            self.netd.kill()
            self.netd.wait()
        self.notify.close()
        super().close()
