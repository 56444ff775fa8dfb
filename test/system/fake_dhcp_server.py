# SPDX-License-Identifier: MIT
"""A DHCP server that says whatever a test wants, right or wrong.

    fake_dhcp_server.py INTERFACE ANSWERS

ANSWERS is a JSON file, read anew for each request:

    address   what to offer and to lease
    options   {"1": "ffffff00", ...}: options in hex by number; 51 (lease time), 54 (server) are added
    silent    true: say nothing;  nak: true: refuse every request
"""

import json
import socket
import struct
import sys
from pathlib import Path

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = 1, 2, 3, 4, 5, 6
COOKIE = bytes.fromhex("63825363")


def options_of(packet):
    options, rest = {}, packet[240:]
    while rest and rest[0] != 255:
        if rest[0] == 0:
            rest = rest[1:]
            continue
        options[rest[0]] = rest[2:2 + rest[1]]
        rest = rest[2 + rest[1]:]
    return options


def answer(packet, answers, kind):
    options = {53: bytes([kind]), 54: socket.inet_aton("10.77.0.1")}
    address = socket.inet_aton("0.0.0.0")
    if kind != NAK:
        address = socket.inet_aton(answers["address"])
        options[51] = struct.pack("!I", 3600)
        for number, value in answers.get("options", {}).items():
            options[int(number)] = bytes.fromhex(value)
    head = bytes([2, 1, 6, 0]) + packet[4:8] + bytes(8) + address + bytes(8) + packet[28:44]
    tail = b""
    for number, value in options.items():
        # Longer values stand in several options of the same number (RFC 3396).
        for start in range(0, len(value), 255):
            part = value[start:start + 255]
            tail += bytes([number, len(part)]) + part
    return head + bytes(192) + COOKIE + tail + b"\xff"


def main():
    interface, path = sys.argv[1], Path(sys.argv[2])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    server.bind(("", 67))
    print("started", flush=True)
    while True:
        packet = server.recv(2048)
        answers = json.loads(path.read_text())
        kind = options_of(packet).get(53, b"\0")[0]
        print({DISCOVER: "DHCPDISCOVER", REQUEST: "DHCPREQUEST",
               DECLINE: "DHCPDECLINE"}.get(kind, kind), flush=True)
        if answers.get("silent"):
            continue
        if kind == DISCOVER:
            reply = answer(packet, answers, OFFER)
        elif kind == REQUEST:
            reply = answer(packet, answers, NAK if answers.get("nak") else ACK)
        else:
            continue
        server.sendto(reply, ("255.255.255.255", 68))


if __name__ == "__main__":
    main()
