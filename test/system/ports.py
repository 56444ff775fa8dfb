# SPDX-License-Identifier: MIT
"""Ports of this machine for servers that are started later."""

import random
import socket
from pathlib import Path


def is_free(port):
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as probe:
                probe.bind(("0.0.0.0", port))
    except OSError:
        return False
    return True


def free_port():
    """A port that nobody has, TCP and UDP. It is none of those the kernel gives to whoever asks for any: so nobody
    gets it by chance before its server is there, and no client connects to itself."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return next(port for port in iter(lambda: random.randrange(10000, max(lowest, 20000)), None) if is_free(port))
