# SPDX-License-Identifier: MIT
"""What is known of each node, from what dnsmasq, nginx and rsyslog say: who it is, how far its boot got, what went
wrong, and its last log lines. Pure but for the clock it is handed. What it keeps is bounded.

Who asks by DHCP is told by the vendor class, which dnsmasq logs (log-dhcp) before the request, under the same
transaction id: U-Boot and iPXE call themselves PXEClient, and iPXE has a user class as well. A running node's
client does neither: it renews a lease and is not booting."""

import json
import re
from dataclasses import dataclass, field

NODES_MAX = 4096  # then some make room: see make_room()
ROOM = 64  # so many at once, since to choose takes time
TRANSACTIONS_MAX = 1024  # DHCP exchanges that are remembered, the newest
LINES_MAX = 40  # of a node's log
EVENTS_MAX = 40  # of a node's boot
TEXT_MAX = 400  # characters of a line, an event, a name
# What a node is called that nobody has given a name (initramfs/rootfs/etc/hostname): tells none from another.
NO_NAME = "greyhound"

# How far a boot got, in order.
STAGES = ("dhcp", "tftp", "ipxe", "kernel", "initramfs", "booted", "ready")
RANK = {"": -1, **{stage: rank for rank, stage in enumerate(STAGES)}}

DHCP = re.compile(r"dnsmasq-dhcp\[\d+\]: (?P<id>\d+) (?P<text>.*)")
PACKET = re.compile(r"(?P<word>DHCP[A-Z]+|PXE)\([^)]*\) (?P<rest>.*)")
MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")
IPV4 = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
TFTP = re.compile(r"dnsmasq-tftp\[\d+\]: (?P<text>.*)")
LEAVING = re.compile(r"^(?:init: )?(powering off|rebooting|halting); services have")
READY = re.compile(r"\bready in (?P<init>[\d.]+) ?s \((?P<kernel>[\d.]+) ?s after kernel start\)")

# What a file says of how far the boot got, by the end of its path.
OWN_SCRIPT = re.compile(r"/nodes/((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\.ipxe")
FILES = (("/boot.ipxe", "ipxe"), ("/vmlinuz.efi", "kernel"), ("/initramfs.cpio.zst", "initramfs"),
         ("/node.efi", "initramfs"))  # a signed program holds both


def clean(text):
    """Bounded, and nothing in it that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in str(text)[:TEXT_MAX])


@dataclass
class Node:
    number: int
    mac: str = ""  # "" while only its address is known: without our DHCP, or with a lease of old
    address: str = ""
    name: str = ""
    stage: str = ""  # of STAGES: how far this boot, or this try of it, got; "" if none was seen
    image: str = ""  # version
    boots: int = 0  # seen by this run of the server
    tries: int = 0  # how often this boot began again with DHCP
    fetched: bool = False  # it has asked for files by TCP or TFTP: its address is not forged, as a log line's may be
    asked: bool = False  # a try has begun and no address was given yet
    transaction: str = ""  # of its last request
    started: float = 0  # when this boot was first heard of
    seen: float = 0  # when the node was last heard of
    ready_seconds: float | None = None  # after the kernel's start, as the node says
    leaving: str = ""  # why it is on its way down, in this boot, as PID 1 says
    problem: str = ""  # what went wrong last and is not overcome
    problem_rank: int = -1  # of the stage it had got to
    times: dict = field(default_factory=dict)  # stage: when it got there
    events: list = field(default_factory=list)  # [time, text] of this boot
    lines: list = field(default_factory=list)  # [time, text] of its log


class Nodes:
    def __init__(self):
        self.by_number = {}
        self.by_mac = {}
        self.by_address = {}
        self.classes = {}  # transaction id: [vendor class, user class]
        self.changed = set()  # numbers of nodes that are to be told of
        self.dropped = 0  # nodes that made room for others
        self.forgotten = []  # numbers of nodes that are gone, for who has files of them
        self.last_number = 0

    def known(self, mac="", address=""):
        return self.by_mac.get(mac) or self.by_address.get(address)

    def node(self, now, mac="", address=""):
        """The node of this hardware address, or else of this address; a new one if there is none."""
        found = self.by_mac.get(mac) if mac else None
        by_address = self.by_address.get(address) if address else None
        if found is None and by_address is not None and (not mac or not by_address.mac):
            found = by_address
        if found is None:
            if len(self.by_number) >= NODES_MAX:
                self.make_room()
                by_address = self.by_address.get(address) if address else None
            self.last_number += 1
            found = Node(self.last_number)
            self.by_number[found.number] = found
        if by_address is not None and by_address is not found:
            if by_address.mac:
                by_address.address = ""  # somebody else has it now
                self.changed.add(by_address.number)
            else:
                self.join(found, by_address)
        if mac:
            found.mac = mac
            self.by_mac[mac] = found
        if address:
            if found.address != address and self.by_address.get(found.address) is found:
                del self.by_address[found.address]
            found.address = address
            self.by_address[address] = found
        found.seen = now
        self.changed.add(found.number)
        return found

    def make_room(self):
        """Forgets who fetched nothing, and of those, or else of all, who was not heard of for the longest: so a flood of
        log lines from forged addresses drives no real node away."""
        worst = sorted(self.by_number.values(), key=lambda node: (node.fetched, node.seen))
        for node in worst[:min(ROOM, len(worst) // 4 + 1)]:
            self.forget(node)
            self.dropped += 1

    def join(self, node, other):
        """The other, of whom only the address was known, turns out to be this node."""
        node.events = sorted(node.events + other.events)[-EVENTS_MAX:]
        node.lines = sorted(node.lines + other.lines)[-LINES_MAX:]
        if RANK[other.stage] > RANK[node.stage]:
            node.stage = other.stage
        node.times = other.times | node.times
        node.tries = max(node.tries, other.tries)
        node.started = min(node.started or other.started, other.started or node.started)
        node.image = other.image or node.image
        node.name = other.name or node.name
        node.fetched = node.fetched or other.fetched
        if other.problem:
            node.problem, node.problem_rank = other.problem, other.problem_rank
        self.forget(other)

    def forget(self, node):
        del self.by_number[node.number]
        for table, key in ((self.by_mac, node.mac), (self.by_address, node.address)):
            if table.get(key) is node:
                del table[key]
        self.changed.discard(node.number)
        self.forgotten.append(node.number)

    def event(self, node, now, text, stage=""):
        """Something that happened to the node, which got it to `stage`. Returns the line for people."""
        if stage:
            self.advance(node, now, stage)
        text = clean(text)
        node.events.append([now, text])
        del node.events[:-EVENTS_MAX]
        return f"{self.who(node)}: {text}"

    @staticmethod
    def who(node):
        """The node for people, who know it by its name, and for its log file, which has its address."""
        return " ".join(filter(None, (node.name, node.address or node.mac)))

    def advance(self, node, now, stage):
        rank, before = RANK[stage], RANK[node.stage]
        node.asked = False
        if rank <= RANK["ipxe"] and (before < 0 or before >= RANK["booted"] or
                                     stage == "dhcp" and before >= RANK["ipxe"]):
            self.begin(node, now)
        elif rank < before:
            if rank > RANK["ipxe"]:
                return  # nobody goes back there: it is not the boot that asks
            node.tries += 1
        node.stage = stage
        node.times = {name: time for name, time in node.times.items() if RANK[name] < rank} | {stage: now}
        if rank > node.problem_rank or stage == "ready":
            node.problem = ""

    @staticmethod
    def begin(node, now):
        node.boots += 1
        node.tries = 1
        node.started = now
        node.ready_seconds = None
        node.leaving = ""
        node.problem = ""
        node.times = {}
        node.events = []
        node.image = ""

    @staticmethod
    def trouble(node, text):
        node.problem = clean(text)
        node.problem_rank = RANK[node.stage]

    def take(self, server, line, now):
        """Learns from a line a server wrote. Returns what to tell the user of it, or None."""
        if server == "dnsmasq":
            return self.dnsmasq(line, now)
        if line.startswith("{"):
            try:
                record = json.loads(line)
                if "http" in record:
                    return self.http(record, now)
                return self.log(record, now)
            except (ValueError, KeyError, TypeError):
                return clean(line)  # a server's own trouble with JSON is for people to see
        return clean(line)

    def dnsmasq(self, line, now):
        if match := TFTP.match(line):
            return self.tftp(match["text"], line, now)
        match = DHCP.match(line)
        if not match:
            return clean(line)
        packet = PACKET.match(match["text"])
        if packet:
            return self.dhcp(match["id"], packet["word"], packet["rest"], now)
        # With log-dhcp every option of every packet is listed.
        kind, _, value = match["text"].partition(": ")
        if kind == "vendor class":
            self.classes.pop(match["id"], None)
            self.classes[match["id"]] = [value, ""]
            if len(self.classes) > TRANSACTIONS_MAX:
                del self.classes[next(iter(self.classes))]
        elif kind == "user class" and match["id"] in self.classes:
            self.classes[match["id"]][1] = value
        return None

    def tftp(self, text, line, now):
        address = IPV4.search(text.rpartition(" to ")[2]) or IPV4.search(text)
        if not address:
            return clean(line)
        node = self.node(now, address=address[0])
        node.fetched = True
        if text.startswith("sent ") and "/ipxe.efi " in text:
            return self.event(node, now, "TFTP: got ipxe.efi", "tftp")
        if not text.startswith("sent "):
            self.trouble(node, f"TFTP: {text}")
        return self.event(node, now, f"TFTP: {text}")

    def dhcp(self, transaction, word, rest, now):
        mac = MAC.search(rest)
        if not mac:
            return clean(f"DHCP: {word} {rest}")
        vendor, user = self.classes.get(transaction, ["", ""])
        loader = vendor.startswith("PXEClient")
        if not loader and mac[0] not in self.by_mac:
            return None  # somebody's laptop
        address = IPV4.search(rest)
        given = address[0] if address and word == "DHCPACK" else ""
        node = self.node(now, mac=mac[0], address=given)
        who = "iPXE" if "iPXE" in user else "U-Boot" if loader else "the running node"
        if word in ("DHCPDISCOVER", "PXE") and loader:
            if node.asked or transaction == node.transaction:
                return None  # the same question
            if who == "U-Boot" and node.stage == "dhcp":
                node.tries += 1
            line = self.event(node, now, f"DHCP: {who} asks", "ipxe" if who == "iPXE" else "dhcp")
            node.asked = word == "DHCPDISCOVER"  # what comes of a proxy's offer is not for us to see
            node.transaction = transaction
            return line
        if word == "DHCPACK":
            node.asked = False
            name = clean(rest.split(mac[0], 1)[1].strip())
            if name and name != NO_NAME:
                node.name = name
            return self.event(node, now, f"DHCP: {who} of {node.mac} has {given}") if loader else None
        if word in ("DHCPNAK", "DHCPDECLINE") or "no address" in rest:
            self.trouble(node, f"{word} {rest}")
            return self.event(node, now, f"DHCP: {word} {rest}")
        return None

    def http(self, record, now):
        path, status = clean(record.get("uri", "")), int(record.get("status", 0))
        address, agent = str(record["http"]), str(record.get("agent", ""))
        got, size = int(record.get("bytes", 0)), str(record.get("size", ""))
        text = f"HTTP: {path} {status}, {got} bytes in {record.get('seconds', 0)} s"
        # U-Boot gives no name of its own; people's browsers do.
        if not agent.startswith("iPXE") and path != "/ipxe.efi":
            return clean(f"{address}: {text}")
        # Its own script is asked for by hardware address: all we learn of that beside another DHCP server.
        own = OWN_SCRIPT.fullmatch(path)
        node = self.node(now, mac=own[1].replace("-", ":") if own else "", address=address)
        node.fetched = True
        stage = next((stage for end, stage in FILES if path.endswith(end) and status == 200), "")
        if path == "/ipxe.efi" and status == 200:
            stage = "tftp"
        if size.isdigit() and got < int(size) and status == 200:
            text, stage = f"HTTP: {path} broke off after {got} of {size} bytes", ""
            self.trouble(node, text)
        elif status >= 400 and not path.startswith("/nodes/"):
            # A node need not have a script of its own.
            self.trouble(node, f"HTTP: {path} answered {status}")
        line = self.event(node, now, text, stage)
        parts = path.split("/")
        if stage in ("kernel", "initramfs") and len(parts) > 3 and parts[1] == "images":
            node.image = parts[2]
        return line

    def log(self, record, now):
        address = str(record.get("syslog") or record["netconsole"])
        node = self.node(now, address=address)
        host = clean(record.get("host") or "")
        if host and host not in (address, "-", NO_NAME):
            node.name = host
        program = clean(record.get("app") or "netconsole")
        message = clean(record.get("message", "")).strip()
        node.lines.append([now, f"{program}: {message}"])
        del node.lines[:-LINES_MAX]
        if program == "ipxe":
            if " failed: " in message or message.startswith("iPXE: DHCP"):
                self.trouble(node, message)
        elif match := READY.search(message):
            node.ready_seconds = float(match["kernel"])
            node.leaving = ""
            self.event(node, now, f"ready {match['kernel']} s after its kernel's start", "ready")
        else:
            if leaving := LEAVING.match(message):
                node.leaving = leaving[1]
            if 0 <= RANK[node.stage] < RANK["booted"]:
                self.event(node, now, "its kernel speaks", "booted")
            if "Kernel panic" in message or "Initramfs unpacking failed" in message:
                self.trouble(node, message)
        return f"{self.who(node)}: {program}: {message}"

    def summary(self, now):
        """All nodes for the page; what happened to one, and its log, is in details()."""
        names = ("number", "mac", "address", "name", "stage", "image", "boots", "tries", "started", "seen",
                 "ready_seconds", "problem", "times")
        return {"version": 1, "now": now, "stages": STAGES, "dropped": self.dropped,
                "nodes": [{name: getattr(node, name) for name in names} | {"line": node.lines[-1:]}
                          for node in self.by_number.values()]}

    def targets(self):
        """Whom a Prometheus has to scrape (its http_sd_configs)."""
        return [{"targets": [f"{node.address}:9100"], "labels": {"node": node.name or node.mac or node.address}}
                for node in self.by_number.values() if node.address and node.stage in ("", "booted", "ready")]

    def fetchers(self):
        """Addresses of nodes that are surely there."""
        return {node.address for node in self.by_number.values() if node.fetched and node.address}

    def details(self, number):
        node = self.by_number[number]
        return {"version": 1, "events": node.events, "lines": node.lines}
