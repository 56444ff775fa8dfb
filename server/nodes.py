# SPDX-License-Identifier: MIT
"""What is known of each node, from what dnsmasq, nginx and rsyslog say: who it is, how far its boot got, and
its last log lines. Pure but for the clock it is handed. What it keeps is bounded."""

import json
import re
from dataclasses import asdict, dataclass, field

NODES_MAX = 4096  # the one not heard of for the longest makes room
LINES_MAX = 20  # of a node's log, for the page
LINE_MAX = 400  # characters
EVENTS_MAX = 40  # of a node's boot

# How far a boot got, in order.
STAGES = ("dhcp", "tftp", "ipxe", "kernel", "initramfs", "booted", "ready")

DHCP = re.compile(r"dnsmasq-dhcp\[\d+\]: \d+ (?P<word>DHCP[A-Z]+|PXE)\([^)]+\) (?P<rest>.*)")
MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")
IPV4 = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
TFTP = re.compile(r"dnsmasq-tftp\[\d+\]: (?P<text>.*)")
READY = re.compile(r"init: ready in (?P<init>\S+) s \((?P<kernel>\S+) s after kernel start\)")

# What a file says of how far the boot got, by the end of its path.
FILES = (("/boot.ipxe", "ipxe"), ("/vmlinuz.efi", "kernel"), ("/initramfs.cpio.zst", "initramfs"))


@dataclass
class Node:
    mac: str = ""  # "" while only its address is known: beside a router's DHCP, or with a lease of old
    address: str = ""
    name: str = ""
    stage: str = ""  # of STAGES: the furthest of this boot
    image: str = ""  # version
    boots: int = 0  # seen by this run of the server
    started: float = 0  # when this boot was first heard of
    seen: float = 0  # when the node was last heard of
    ready_seconds: float | None = None  # after the kernel's start, as the node says
    problem: str = ""  # the last thing that went wrong in this boot
    events: list = field(default_factory=list)  # [time, text] of this boot
    lines: list = field(default_factory=list)  # [time, text] of its log


class Nodes:
    def __init__(self):
        self.nodes = []
        self.changed = True
        self.dropped = 0  # nodes that made room for others

    def node(self, now, mac="", address=""):
        """The node of this hardware address, or else of this address; a new one if there is none."""
        found = next((node for node in self.nodes if mac and node.mac == mac), None)
        by_address = next((node for node in self.nodes if address and node.address == address), None)
        if found is None and by_address is not None and (not mac or not by_address.mac):
            found = by_address
        if found is None:
            if len(self.nodes) >= NODES_MAX:
                self.nodes.remove(min(self.nodes, key=lambda node: node.seen))
                self.dropped += 1
            found = Node()
            self.nodes.append(found)
        elif by_address is not None and by_address is not found:
            by_address.address = ""  # somebody else has it now
        found.mac = mac or found.mac
        found.address = address or found.address
        found.seen = now
        self.changed = True
        return found

    def event(self, node, now, text, stage=""):
        """Something that happened to the node. A stage before the one it had got to begins a new boot."""
        if stage and (not node.stage or STAGES.index(stage) < STAGES.index(node.stage)):
            # DHCP and TFTP come twice in a boot: U-Boot asks, then iPXE.
            if not node.stage or node.stage in ("booted", "ready") or stage == "tftp":
                node.boots += 1
                node.started = now
                node.ready_seconds = None
                node.problem = ""
                node.events.clear()
                node.stage = stage
        if stage and STAGES.index(stage) > STAGES.index(node.stage):
            node.stage = stage
        node.events.append([now, text[:LINE_MAX]])
        del node.events[:-EVENTS_MAX]
        return f"{node.name or node.address or node.mac}: {text}"

    def take(self, server, line, now):
        """Learns from a line a server wrote. Returns what to tell the user of it, or None."""
        if server == "dnsmasq":
            return self.dnsmasq(line, now)
        if line.startswith("{"):
            try:
                record = json.loads(line)
            except ValueError:
                return line  # a server's own trouble with JSON is for people to see
            if "http" in record:
                return self.http(record, now)
            return self.log(record, now)
        return line

    def dnsmasq(self, line, now):
        if match := TFTP.match(line):
            address = IPV4.search(match["text"])
            if not address:
                return line
            text = match["text"]
            node = self.node(now, address=address[0])
            if text.startswith("sent ") and "/ipxe.efi " in text:
                return self.event(node, now, "TFTP: got ipxe.efi", "tftp")
            if not text.startswith("sent "):
                node.problem = f"TFTP: {text}"
            return self.event(node, now, f"TFTP: {text}")
        match = DHCP.match(line)
        if not match:
            # With log-dhcp dnsmasq lists every option of every packet.
            return None if "dnsmasq-dhcp[" in line else line
        mac = MAC.search(match["rest"])
        address = IPV4.search(match["rest"])
        if not mac:
            return line
        given = address[0] if address and match["word"] in ("DHCPACK", "DHCPOFFER") else ""
        node = self.node(now, mac=mac[0], address=given)
        if match["word"] == "DHCPACK":
            node.name = match["rest"].split(mac[0], 1)[1].strip() or node.name
            return self.event(node, now, f"DHCP: has {given}")
        if match["word"] in ("DHCPDISCOVER", "PXE"):
            return self.event(node, now, f"DHCP: asks ({match['word']})", "dhcp")
        if match["word"] in ("DHCPNAK", "DHCPDECLINE"):
            return self.event(node, now, f"DHCP: {match['word']} {match['rest']}")
        return None

    def http(self, record, now):
        path, status = str(record.get("uri", "")), record.get("status", 0)
        node = self.node(now, address=str(record["http"]))
        got, size = record.get("bytes", 0), str(record.get("size", ""))
        text = f"HTTP: {path} {status}, {got} bytes in {record.get('seconds', 0)} s"
        if status >= 400 and not path.startswith("/nodes/"):
            # A node need not have a script of its own.
            node.problem = f"HTTP: {path} answered {status}"
        elif size.isdigit() and got < int(size):
            node.problem = f"HTTP: {path} broke off after {got} of {size} bytes"
            return self.event(node, now, node.problem)
        stage = next((stage for end, stage in FILES if path.endswith(end) and status == 200), "")
        parts = path.split("/")
        if stage == "kernel" and len(parts) > 3 and parts[1] == "images":
            node.image = parts[2]
        return self.event(node, now, text, stage)

    def log(self, record, now):
        address = str(record.get("syslog") or record.get("netconsole"))
        message = str(record.get("message", ""))[:LINE_MAX]
        node = self.node(now, address=address)
        if record.get("host") and record["host"] != address:
            node.name = str(record["host"])
        program = str(record.get("app", "netconsole"))
        node.lines.append([now, f"{program}: {message}"])
        del node.lines[:-LINES_MAX]
        if match := READY.search(message):
            node.ready_seconds = float(match["kernel"])
            self.event(node, now, f"ready {match['kernel']} s after its kernel's start", "ready")
        elif node.stage and STAGES.index(node.stage) < STAGES.index("booted") and program != "ipxe":
            self.event(node, now, "its kernel speaks", "booted")
        return f"{node.name or address}: {program}: {message}"

    def status(self, now):
        """For the page, newest first."""
        nodes = sorted(self.nodes, key=lambda node: -node.seen)
        return {"version": 1, "now": now, "stages": STAGES, "dropped": self.dropped,
                "nodes": [asdict(node) for node in nodes]}
