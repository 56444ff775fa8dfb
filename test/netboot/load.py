#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""load.py INTERFACE SERVER dhcp|tftp CLIENTS AT-ONCE: what so many nodes ask of a boot server when they are switched
on, with real packets and without the nodes. Prints what came of it as JSON. Run by scaling.py in a namespace.

    dhcp    DISCOVER, REQUEST (RFC 2131) as U-Boot sends them, each from another hardware address
    tftp    ipxe.efi in blocks of 1,468 bytes (RFC 2347, 2348), as U-Boot fetches it

A packet that brings no answer is sent again half a second to two seconds later, and so is one that brings a refusal,
as often as it takes; that is counted."""

import heapq
import json
import random
import selectors
import socket
import struct
import sys
import time

AGAIN_SECONDS = (0.5, 2.0)  # each client chooses anew
GIVE_UP_SECONDS = 60  # without any client getting on
BLOCK = 1468
MAGIC = b"\x63\x82\x53\x63"


class DhcpClient:
    def __init__(self, number, wire):
        self.number = number
        self.wire = wire
        self.offer = None
        self.started = time.monotonic()

    def packet(self):
        options = b"\x35\x01\x01"
        if self.offer:
            address, server = self.offer
            options = b"\x35\x01\x03\x32\x04" + address + b"\x36\x04" + server
        # PXE client of arm64, as U-Boot's is; answers are broadcast.
        options += b"\x3c\x20PXEClient:Arch:00011:UNDI:003000\x5d\x02\x00\x0b\x37\x04\x01\x03\x06\x43"
        header = struct.pack("!BBBBIHH16x6s10x64x128x", 1, 1, 6, 0, self.number, 0, 0x8000,
                             b"\x52\x54\x01" + self.number.to_bytes(3))
        return header + MAGIC + options + b"\xff"

    def send(self):
        self.wire.sendto(self.packet(), ("255.255.255.255", 67))

    def take(self, packet):
        """An answer to this client. Returns whether that was the last one."""
        kind = server = b""
        options = packet[240:]
        while len(options) >= 2 and options[0] != 255:
            if options[0] == 53:
                kind = options[2:3]
            elif options[0] == 54:
                server = options[2:6]
            options = options[2 + options[1]:]
        if kind == b"\x02" and not self.offer:
            self.offer = (packet[16:20], server)
            self.send()
        elif kind == b"\x06":
            self.offer = None
        return kind == b"\x05"


class TftpClient:
    def __init__(self, number, server):
        self.number = number
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.to = (server, 69)
        self.last = b"\x00\x01ipxe.efi\x00octet\x00blksize\x00%d\x00" % BLOCK
        self.block = 0
        self.started = time.monotonic()

    def send(self):
        self.wire.sendto(self.last, self.to)

    def receive(self):
        packet, self.to = self.wire.recvfrom(2048)
        kind, block = struct.unpack_from("!HH", packet)
        if kind == 5:
            sys.exit(f"load: TFTP: {packet[4:]}")
        if kind == 6:
            block = 0
        elif block != (self.block + 1) & 0xFFFF:
            return False  # twice
        self.block = block
        self.last = struct.pack("!HH", 4, block)
        self.send()
        return kind == 3 and len(packet) < 4 + BLOCK


class Load:
    """So many clients at once until all are through; who is through makes room for the next."""

    def __init__(self, count, at_once, make):
        self.waiting = iter(range(1, count + 1))
        self.make = make
        self.active = {}
        self.timers = []  # (when, number, what was sent last)
        self.seconds = []  # each client's, from its first packet
        self.repeated = 0
        self.progress = time.monotonic()
        self.given_up = 0
        for _ in range(at_once):
            self.next()

    def next(self):
        number = next(self.waiting, None)
        if number is not None:
            self.active[number] = self.make(number)
            self.active[number].send()
            self.arm(number)

    def arm(self, number):
        client = self.active[number]
        client.sent = time.monotonic()
        heapq.heappush(self.timers, (client.sent + random.uniform(*AGAIN_SECONDS), number))

    def over(self, number):
        client = self.active.pop(number)
        self.seconds.append(time.monotonic() - client.started)
        self.progress = time.monotonic()
        self.next()

    def turn(self):
        """Sends again what is due. Returns how long to wait for packets."""
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            _, number = heapq.heappop(self.timers)
            client = self.active.get(number)
            if client and client.sent + AGAIN_SECONDS[0] <= now:
                self.repeated += 1
                client.send()
                self.arm(number)
            elif client:
                heapq.heappush(self.timers, (client.sent + random.uniform(*AGAIN_SECONDS), number))
        if now - self.progress > GIVE_UP_SECONDS:
            self.given_up = len(self.active)
            self.active.clear()
        return max(0.0, self.timers[0][0] - now) if self.timers else 0.1


def dhcp(interface, count, at_once):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    wire.bind(("", 68))
    load = Load(count, at_once, lambda number: DhcpClient(number, wire))
    while load.active:
        wire.settimeout(load.turn() + 0.001)
        try:
            packet = wire.recv(2048)
        except TimeoutError:
            continue
        number = struct.unpack_from("!I", packet, 4)[0]
        client = load.active.get(number)
        if client and packet[0] == 2:
            client.sent = time.monotonic()
            if client.take(packet):
                load.over(number)
    return load


def tftp(server, count, at_once):
    selector = selectors.DefaultSelector()

    def make(number):
        client = TftpClient(number, server)
        selector.register(client.wire, selectors.EVENT_READ, client)
        return client
    load = Load(count, at_once, make)
    while load.active:
        for key, _ in selector.select(load.turn()):
            client = key.data
            client.sent = time.monotonic()
            if client.receive():
                selector.unregister(client.wire)
                client.wire.close()
                load.over(client.number)
    return load


def main():
    interface, server, what, count, at_once = sys.argv[1:]
    began = time.monotonic()
    load = (dhcp(interface, int(count), int(at_once)) if what == "dhcp"
            else tftp(server, int(count), int(at_once)))
    seconds = sorted(load.seconds)
    print(json.dumps({
        "clients": len(seconds), "given_up": load.given_up, "seconds": round(time.monotonic() - began, 2),
        "median": round(seconds[len(seconds) // 2], 2) if seconds else None,
        "slowest": round(seconds[-1], 2) if seconds else None, "sent_again": load.repeated}))


if __name__ == "__main__":
    main()
