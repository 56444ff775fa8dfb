# SPDX-License-Identifier: MIT
"""What a stranger on the node's network may send, run in the namespace at the other end of its cable:

    hostile_peer.py http many|slow|garbage|flood    to the monitor at 10.77.0.50
    hostile_peer.py dhcp COUNT                      answers that nobody asked for
    hostile_peer.py router COUNT                    router advertisements, each from another router
    hostile_peer.py noise COUNT                     frames of every kind with nothing right in them

The seed is fixed: what failed once fails again."""

import os
import random
import resource
import select
import socket
import struct
import sys
import time

NODE = ("10.77.0.50", 9100)
MAC = bytes.fromhex("525400123456")
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
dice = random.Random(11)


def connect():
    """A connection under way, or none."""
    client = socket.socket()
    client.setblocking(False)
    try:
        client.connect(NODE)
    except BlockingIOError:
        pass
    except OSError:
        client.close()
        return None
    return client


def send(client, data):
    """Whether the connection still takes something."""
    try:
        client.send(data)
        return True
    except BlockingIOError:
        return True
    except OSError:
        return False


def many():
    """10,000, at most 1,000 at a time; some ask, some only come, some go with a reset."""
    held = []
    for number in range(10000):
        client = connect()
        if client:
            held.append(client)
        if number % 3 == 0 and client:
            send(client, REQUEST[:dice.randrange(len(REQUEST) + 1)])
        if len(held) >= 1000:
            for old in held[:500]:
                if dice.random() < 0.5:
                    old.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                old.close()
            del held[:500]


def slow():
    held = [client for client in (connect() for _ in range(200)) if client]
    for byte in REQUEST[:10]:
        time.sleep(1)
        held = [client for client in held if send(client, bytes([byte]))]


def garbage():
    for _ in range(200):
        try:
            with socket.create_connection(NODE, timeout=60) as client:
                client.sendall(dice.choice((b"", b"GET ", REQUEST[:-2])) + dice.randbytes(dice.randrange(1, 20000)))
        except OSError:
            pass


def flood():
    """Requests as fast as they go, and no answer is read."""
    held = [client for client in (connect() for _ in range(64)) if client]
    until = time.monotonic() + 5
    while time.monotonic() < until and held:
        _, ready, _ = select.select([], held, [], 1)
        gone = [client for client in ready if not send(client, REQUEST * 50)]
        for client in gone:
            held.remove(client)
            client.close()
            if fresh := connect():
                held.append(fresh)


def port():
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    raw.bind(("port0", 0))
    return raw


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(kind, payload, to=MAC):
    return to + b"\x02" + dice.randbytes(5) + struct.pack("!H", kind) + payload


def udp4(source, destination, from_port, to_port, data):
    body = struct.pack("!HHHH", from_port, to_port, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, source, destination)
    return frame(0x0800, head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body)


def cut(data):
    """Whole, cut or with noise in it."""
    how = dice.randrange(4)
    if how == 0:
        return data[:dice.randrange(len(data))]
    if how == 1:
        at = dice.randrange(len(data))
        return data[:at] + dice.randbytes(dice.randrange(1, 40)) + data[at + 8:]
    return data


def dhcp(count):
    raw = port()
    for _ in range(count):
        kind = dice.choice((2, 5, 6))
        address = socket.inet_aton(f"10.66.{dice.randrange(256)}.{dice.randrange(256)}")
        options = bytes([53, 1, kind, 54, 4]) + socket.inet_aton("10.77.0.66") + b"\x33\x04\x00\x00\x0e\x10"
        options += bytes([12, 20]) + b"x rdinit=/bin/sh; id" + bytes([6, 4]) + address + bytes([3, 4]) + address + b"\xff"
        data = (bytes([2, 1, 6, 0]) + dice.randbytes(4) + bytes(8) + address + bytes(8) + MAC + bytes(10) + bytes(192)
                + bytes.fromhex("63825363") + options)
        raw.send(udp4(socket.inet_aton("10.77.0.66"), b"\xff" * 4, 67, 68, cut(data)))


def router(count):
    raw = port()
    everybody = socket.inet_pton(socket.AF_INET6, "ff02::1")
    for number in range(count):
        source = b"\xfe\x80" + bytes(6) + struct.pack("!Q", number + 1 << 16)
        prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + b"\x20\x01\x0d\xb8" + dice.randbytes(4) + bytes(8)
        servers = struct.pack("!BBHI", 25, 5, 0, 3600) + dice.randbytes(32)
        names = struct.pack("!BBHI", 31, 3, 0, 3600) + b"\x04evil\x07example\x00\x00\x00"
        body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + cut(prefix + servers + names)
        pseudo = source + everybody + struct.pack("!II", len(body), 58)
        body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
        head = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + source + everybody
        raw.send(frame(0x86dd, head + body, bytes.fromhex("333300000001")))


def noise(count):
    raw = port()
    for _ in range(count):
        kind = dice.choice((0x0800, 0x0806, 0x86dd, 0x8100, 0x88cc, dice.randrange(0x600, 0x10000)))
        raw.send(frame(kind, dice.randbytes(dice.randrange(20, 1400)), dice.choice((MAC, b"\xff" * 6))))


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    what, word = sys.argv[1:]
    if what == "http":
        {"many": many, "slow": slow, "garbage": garbage, "flood": flood}[word]()
    else:
        {"dhcp": dhcp, "router": router, "noise": noise}[what](int(word))
    os._exit(0)  # without a word to those who are still connected


main()
