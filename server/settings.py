# SPDX-License-Identifier: MIT
"""What the user asked of the boot server, checked against this machine before anything is started.

    IFACE=eth1                      serve the nodes on this interface; must be up and have an IPv4 address
    SUBNET=192.168.50.0/24          be the DHCP server of this network, all of it; without it the addresses
                                    come from the network's own router, and we only add where to boot from
                                    (proxy DHCP)
    DHCP=off                        answer no DHCP at all: TFTP, HTTP and logs only
    RANGE=192.168.50.100-192.168.50.199   addresses to give away; default: the upper half of SUBNET
    ROUTER= DNS= NTP=               what else a node is told, with SUBNET; default: nothing
    SLURM=on                        run Slurm's controller, too, and a clock for the nodes (slurm.py)
    HTTP_PORT=80                    a node's U-Boot and iPXE look at port 80 unless DHCP says otherwise
    SYSLOG_PORT=514 NETCONSOLE_PORT=6666

Everything that is wrong is said at once, each with what to do about it."""

import fcntl
import ipaddress
import os
import re
import socket
import struct
from dataclasses import dataclass, field

TFTP_PORT, DHCP_PORT, PROXY_PORT = 69, 67, 4011

# <linux/sockios.h>, <linux/if.h>
SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFNETMASK = 0x8913, 0x8915, 0x891B
IFF_UP, IFF_LOOPBACK = 0x1, 0x8


class Refused(Exception):
    """What was asked cannot be done; `reasons` tells people why, a line each."""

    def __init__(self, reasons):
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Settings:
    interface: str
    address: ipaddress.IPv4Interface  # of the interface: who the nodes are told to boot from
    dhcp: str  # "server", "proxy" or "off"
    first: ipaddress.IPv4Address | None = None  # addresses to give away, as DHCP server
    last: ipaddress.IPv4Address | None = None
    slurm: bool = False
    options: dict = field(default_factory=dict)  # "router", "dns", "ntp": addresses, as DHCP server
    http_port: int = 80
    syslog_port: int = 514
    netconsole_port: int = 6666

    @property
    def url(self):
        port = "" if self.http_port == 80 else f":{self.http_port}"
        return f"http://{self.address.ip}{port}"

    def ports(self):
        """(kind, port, what for) of every port the server listens on."""
        ports = [(socket.SOCK_DGRAM, TFTP_PORT, "TFTP"),
                 (socket.SOCK_STREAM, self.http_port, "HTTP (HTTP_PORT=)"),
                 (socket.SOCK_DGRAM, self.syslog_port, "syslog (SYSLOG_PORT=)"),
                 (socket.SOCK_STREAM, self.syslog_port, "syslog (SYSLOG_PORT=)"),
                 (socket.SOCK_DGRAM, self.netconsole_port, "netconsole (NETCONSOLE_PORT=)")]
        if self.dhcp != "off":
            ports.append((socket.SOCK_DGRAM, DHCP_PORT, "DHCP"))
        if self.dhcp == "proxy":
            ports.append((socket.SOCK_DGRAM, PROXY_PORT, "proxy DHCP"))
        return ports


def interfaces():
    return sorted(name for _, name in socket.if_nameindex())


def _ask(name, request):
    """What an ioctl of the interface answers: struct ifreq, 40 bytes, behind the 16 of the name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        return fcntl.ioctl(any_socket, request, struct.pack("16s24x", name.encode()))[16:]


def interface_address(name):
    """The interface's IPv4 address with its network. Raises Refused."""
    if name not in interfaces():
        raise Refused([f"IFACE={name}: there is no such interface; there are: {' '.join(interfaces())}"])
    flags, = struct.unpack_from("=H", _ask(name, SIOCGIFFLAGS))
    if not flags & IFF_UP:
        raise Refused([f"IFACE={name} is down; bring it up with: ip link set {name} up"])
    if flags & IFF_LOOPBACK:
        raise Refused([f"IFACE={name} is this machine's loopback, where no node is; there are: {' '.join(interfaces())}"])
    try:
        address = _ask(name, SIOCGIFADDR)[4:8]
        netmask = _ask(name, SIOCGIFNETMASK)[4:8]
    except OSError:
        raise Refused([f"IFACE={name} has no IPv4 address, so nodes could not reach this machine; give it "
                       f"one, for instance: ip address add 192.168.50.1/24 dev {name}"]) from None
    return ipaddress.IPv4Interface(f"{socket.inet_ntoa(address)}/{socket.inet_ntoa(netmask)}")


def _address(settings, name, reasons):
    text = settings.get(name, "")
    try:
        return ipaddress.IPv4Address(text) if text else None
    except ValueError:
        reasons.append(f"{name}={text} is no IPv4 address")
        return None


def _port(settings, name, default, reasons):
    text = settings.get(name, "") or str(default)
    if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536:
        return int(text)
    reasons.append(f"{name}={text} is no port: 1 to 65535")
    return default


def _range(settings, subnet, server, reasons):
    """The addresses to give away: RANGE=FIRST-LAST, or the upper half of the subnet."""
    text = settings.get("RANGE", "")
    if not text:
        if subnet.prefixlen > 29:
            reasons.append(f"SUBNET={subnet} is too small to give addresses away; /29 is the smallest")
            return None, None
        upper = list(subnet.subnets())[1]
        return upper.network_address, upper.broadcast_address - 1
    try:
        first, last = (ipaddress.IPv4Address(part.strip()) for part in text.split("-"))
    except ValueError:
        reasons.append(f"RANGE={text} is not FIRST-LAST, two IPv4 addresses")
        return None, None
    if first not in subnet or last not in subnet or first > last:
        reasons.append(f"RANGE={text} is not a range within SUBNET={subnet}")
    elif first <= server <= last:
        reasons.append(f"RANGE={text} has this machine's own address {server} in it")
    return first, last


def read(settings):
    """Settings from {"IFACE": …}; values may be empty, which is as if they were not there. Raises Refused
    with all that is wrong."""
    name = settings.get("IFACE", "")
    if not name:
        raise Refused([f"IFACE= says on which interface the nodes are; there are: {' '.join(interfaces())}"])
    address = interface_address(name)
    reasons = []
    dhcp = "server" if settings.get("SUBNET") else "proxy"
    if settings.get("DHCP"):
        if settings["DHCP"] != "off":
            reasons.append(f"DHCP={settings['DHCP']}: the only value is off; SUBNET= makes a DHCP server")
        elif settings.get("SUBNET"):
            reasons.append("SUBNET= asks for a DHCP server and DHCP=off for none")
        dhcp = "off"
    first = last = None
    options = {}
    for option in ("ROUTER", "DNS", "NTP"):
        value = _address(settings, option, reasons)
        if value and dhcp != "server":
            reasons.append(f"{option}= is for a DHCP server, which SUBNET= makes")
        elif value:
            options[option.lower()] = value
    if settings.get("RANGE") and dhcp != "server":
        reasons.append("RANGE= is for a DHCP server, which SUBNET= makes")
    if dhcp == "server":
        try:
            subnet = ipaddress.IPv4Network(settings["SUBNET"])
        except ValueError as error:
            raise Refused(reasons + [f"SUBNET={settings['SUBNET']} is no network: {error}"]) from None
        if address.ip not in subnet:
            reasons.append(f"{name} has the address {address}, which is not in SUBNET={subnet}; give it one, "
                           f"for instance: ip address add {subnet[1]}/{subnet.prefixlen} dev {name}")
        first, last = _range(settings, subnet, address.ip, reasons)
    if settings.get("SLURM", "") not in ("", "on", "off"):
        reasons.append(f"SLURM={settings['SLURM']} is neither on nor off")
    result = Settings(name, address, dhcp, first, last, settings.get("SLURM") == "on", options,
                      _port(settings, "HTTP_PORT", 80, reasons),
                      _port(settings, "SYSLOG_PORT", 514, reasons),
                      _port(settings, "NETCONSOLE_PORT", 6666, reasons))
    if reasons:
        raise Refused(reasons)
    return result


def _listener(kind, port):
    """Who has the port: "nginx (pid 123)", as far as /proc tells us."""
    table = "/proc/net/" + ("tcp" if kind == socket.SOCK_STREAM else "udp")
    inodes = set()
    for path in (table, table + "6"):
        with open(path, encoding="ascii") as rows:
            for row in list(rows)[1:]:
                cells = row.split()
                listens = kind != socket.SOCK_STREAM or cells[3] == "0A"
                if listens and int(cells[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{cells[9]}]")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for descriptor in os.scandir(f"/proc/{pid}/fd"):
                if os.readlink(descriptor.path) in inodes:
                    with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as comm:
                        return f"{comm.read().strip()} (process {pid})"
        except OSError:
            continue  # it ended, or is not ours to look at
    return "another program"


def check_ports(settings, more=()):
    """Raises Refused if a port, or one of `more`, is in use, or not to be had without rights we do not have."""
    reasons = []
    for kind, port, what in [*settings.ports(), *more]:
        # DHCP arrives as broadcasts: its port is needed whatever the address.
        address = "0.0.0.0" if port == DHCP_PORT else str(settings.address.ip)
        with socket.socket(socket.AF_INET, kind) as trial:
            if kind == socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((address, port))
            except PermissionError:
                reasons.append(f"port {port} for {what} needs root: run this with sudo, or as root")
            except OSError as error:
                family = "TCP" if kind == socket.SOCK_STREAM else "UDP"
                who = f" by {_listener(kind, port)}" if error.errno == 98 else f": {error.strerror}"
                reasons.append(f"{family} port {port} for {what} is in use{who}")
    if reasons:
        raise Refused(reasons)
