# SPDX-License-Identifier: MIT
"""Our side of the page described in programs/stamps.h."""

import mmap
import struct
import time

from tools import CannotMeasure

HEADER = struct.Struct("IIQ")
STAMP = struct.Struct("IiQ")
SIZE = HEADER.size + 4096 * STAMP.size
POLL = 0.005


class Stamps:
    def __init__(self, path):
        path.write_bytes(bytes(SIZE))
        path.chmod(0o666)
        self.path = path
        with path.open("r+b") as file:
            self.page = mmap.mmap(file.fileno(), SIZE)

    def begun(self):
        """Nanoseconds when process 1 was about to be executed."""
        return HEADER.unpack_from(self.page)[2]

    def wait(self, count, deadline=120):
        """Until so many starts have happened."""
        until = time.monotonic() + deadline
        while HEADER.unpack_from(self.page)[0] < count:
            if time.monotonic() > until:
                raise CannotMeasure(f"{HEADER.unpack_from(self.page)[0]} of {count} services began in {deadline} s")
            time.sleep(POLL)

    def times(self, count):
        """Nanoseconds when the first `count` services began."""
        return [STAMP.unpack_from(self.page, HEADER.size + index * STAMP.size)[2] for index in range(count)]
