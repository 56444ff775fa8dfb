# SPDX-License-Identifier: MIT
"""What PID 1 takes for /dev/kmsg: a FIFO whose other end is held here."""

import fcntl
import os
import re
import select
import time

from client import DEADLINE, Late


class KernelLog:
    def __init__(self, path):
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self.fd, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.bytes = b""

    def lines(self):
        """All that was written so far, without levels."""
        while True:
            try:
                self.bytes += os.read(self.fd, 1 << 20)
            except BlockingIOError:
                break
        return [re.sub("^<[0-9]+>", "", line) for line in self.bytes.decode(errors="replace").splitlines()]

    def find(self, pattern):
        return [line for line in self.lines() if re.search(pattern, line)]

    def wait(self, pattern, count=1, deadline=DEADLINE):
        """The first `count` lines in which the pattern is found, once they are there."""
        until = time.monotonic() + deadline
        while len(found := self.find(pattern)) < count:
            if not select.select([self.fd], [], [], max(0, until - time.monotonic()))[0]:
                raise Late(f"not in the kernel log: {pattern}\n" + "\n".join(self.lines()))
        return found[:count]

    def close(self):
        os.close(self.fd)
