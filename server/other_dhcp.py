# SPDX-License-Identifier: MIT
"""Is there a DHCP server on this network already? Two of them take turns in giving nodes and everybody
else's machines addresses, so we look before we become one: a DISCOVER (RFC 2131) is sent, and whoever
offers something is there."""

import os
import socket
import struct
import time

from settings import Refused

WAIT_SECONDS = 3
SO_BINDTODEVICE = 25
MAGIC = b"\x63\x82\x53\x63"


def discover(transaction, hardware):
    """A DHCPDISCOVER that asks for a broadcast answer, as we have no address there of that name."""
    header = struct.pack("!BBBBIHH16x16s64x128x", 1, 1, 6, 0, transaction, 0, 0x8000, hardware)
    return header + MAGIC + b"\x35\x01\x01" + b"\xff"


def offer_from(packet, transaction):
    """The server's address if the packet is an OFFER for us, else None."""
    if len(packet) < 240 or packet[0] != 2 or packet[236:240] != MAGIC:
        return None
    if struct.unpack_from("!I", packet, 4)[0] != transaction:
        return None
    options = packet[240:]
    kind = server = address = None
    while len(options) >= 2 and options[0] != 255:
        if options[0] == 0:
            options = options[1:]
            continue
        value = options[2:2 + options[1]]
        if options[0] == 53:
            kind = value
        elif options[0] == 54 and len(value) == 4:
            server = socket.inet_ntoa(value)
        options = options[2 + options[1]:]
    # A proxy offers no address: it is no rival.
    address = packet[16:20] != bytes(4)
    return server if kind == b"\x02" and address else None


def others(interface):
    """Addresses of the DHCP servers that answer within WAIT_SECONDS."""
    with open(f"/sys/class/net/{interface}/address", encoding="ascii") as file:
        hardware = bytes.fromhex(file.read().strip().replace(":", ""))
    transaction = int.from_bytes(os.urandom(4))
    found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        asker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asker.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, interface.encode())
        asker.bind(("", 68))
        asker.sendto(discover(transaction, hardware), ("255.255.255.255", 67))
        end = time.monotonic() + WAIT_SECONDS
        while (left := end - time.monotonic()) > 0:
            asker.settimeout(left)
            try:
                server = offer_from(asker.recv(2048), transaction)
            except TimeoutError:
                break
            if server:
                found.add(server)
    return sorted(found)


def remark_on_none(settings):
    """Beside a DHCP server that is not there we are of no use: what to tell people, or None."""
    try:
        if others(settings.interface):
            return None
    except OSError:
        return None  # it was worth a look; those who have their own DHCP client on this port will know
    return (f"nobody gives addresses away on {settings.interface} at the moment, and without one no node boots; "
            "SUBNET= would make this machine the DHCP server")


def refuse_a_second_server(settings):
    """Raises Refused if somebody else gives addresses away there."""
    try:
        found = others(settings.interface)
    except PermissionError:
        raise Refused(["to look for other DHCP servers needs root: run this with sudo, or as root"]) from None
    except OSError as error:
        raise Refused([f"cannot look for other DHCP servers on {settings.interface}: {error.strerror}; "
                       "SECOND_DHCP_SERVER=yes starts without looking"]) from None
    if found:
        raise Refused([f"{settings.interface} has a DHCP server already: {', '.join(found)}. Without SUBNET= this "
                       "one works beside it (proxy DHCP); SECOND_DHCP_SERVER=yes starts it all the same"])
