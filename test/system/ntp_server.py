# SPDX-License-Identifier: MIT
"""A time server on this machine's loopback, which QEMU's own network shows to nodes as 10.0.2.2."""

import socket
import struct
import threading
import time

ERA = 2208988800  # seconds from NTP's 1900 to 1970
PORT = 123


def stamp(seconds):
    return struct.pack("!II", (int(seconds) + ERA) & 0xffffffff, int(seconds % 1 * 2**32))


def answer(request, seconds):
    """RFC 5905: a server of stratum 2 that is sure of itself."""
    head = struct.pack("!BBbbIII", 0x24, 2, request[2], -20, 0, 0x100, 0x7f000001)
    return head + stamp(seconds - 1) + request[40:48] + stamp(seconds) + stamp(seconds)


class NtpServer:
    """Tells the right time until it is closed. OSError if the port cannot be had."""

    def __init__(self):
        self.answers = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind(("127.0.0.1", PORT))
        except OSError:
            self.socket.close()
            raise
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            request, client = self.socket.recvfrom(1024)
            if len(request) < 48:
                return
            self.socket.sendto(answer(request, time.time()), client)
            self.answers += 1

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"end", ("127.0.0.1", PORT))
        self.thread.join(timeout=10)
        self.socket.close()
