# SPDX-License-Identifier: MIT
"""The device's side of the USB network redirection protocol (usbredir 0.7): a USB device that is played
by a program, for QEMU's usb-redir or whoever else takes redirected devices.

    player = Player("/tmp/bs.sock", device)
    player.plug()       # connects, and introduces the device
    player.unplug()     # what pulling it out is to the other side

The device is an object with what Device below has. Its methods are called from the player's own thread,
one at a time. What the other side may not do is an error of the protocol: it is kept in player.errors, for
the test to look at."""

import socket
import struct
import threading
import time
from typing import NamedTuple

# Types of packets.
HELLO, DEVICE_CONNECT, DEVICE_DISCONNECT, RESET, INTERFACE_INFO, EP_INFO = range(6)
SET_CONFIGURATION, GET_CONFIGURATION, CONFIGURATION_STATUS = 6, 7, 8
SET_ALT, GET_ALT, ALT_STATUS = 9, 10, 11
START_INTERRUPT, STOP_INTERRUPT, INTERRUPT_STATUS = 15, 16, 17
CANCEL = 21
CONTROL = 100

# Answers to a transfer.
SUCCESS, CANCELLED, INVALID, IO_ERROR, STALL, TIMEOUT, BABBLE = range(7)
NEVER = -1  # no answer at all: the device says NAK for ever

# Capabilities, as bits of the hello.
CONNECT_VERSION, MAX_PACKET_SIZE, IDS_64, BULK_LENGTH_32 = 1 << 1, 1 << 4, 1 << 5, 1 << 6
OURS = CONNECT_VERSION | MAX_PACKET_SIZE | IDS_64 | BULK_LENGTH_32

LOW_SPEED = 0
TYPE_CONTROL, TYPE_INTERRUPT, TYPE_NONE = 0, 3, 255
MOST = 65536  # bytes of a packet; more is an error


class Request(NamedTuple):
    """A control transfer; `data` is what the host sends with it."""

    type: int
    request: int
    value: int
    index: int
    length: int
    data: bytes

    def __str__(self):
        return (f"{self.type:02x} {self.request:02x} value {self.value:04x} index {self.index:04x} "
                f"length {self.length}{' ' if self.data else ''}{self.data.hex()}")


class Device:
    """What a played device has to have. The defaults are a low-speed device of one interface."""

    vendor = product = version = 0
    classes = (0, 0, 0)  # of the device: class, subclass, protocol
    interface = (3, 0, 0)
    endpoints = {0x81: (TYPE_INTERRUPT, 10, 8)}  # address: type, interval, bytes of a packet

    def plugged(self):
        """The other side has been told of the device."""

    def unplugged(self):
        """It has been taken away."""

    def configured(self, value):
        """SET_CONFIGURATION. True: as it shall be."""
        return value == 1

    def control(self, request):
        """A control transfer: (status, data), and perhaps a delay in seconds before it is answered."""
        return STALL, b""


class Player:
    def __init__(self, path, device):
        self.path = str(path)
        self.device = device
        self.errors = []
        self.cancelled = 0  # transfers the other side gave up
        self.socket = None
        self.thread = None
        self.pulled = False

    @property
    def plugged(self):
        return self.socket is not None

    def plug(self, deadline=60):
        """Plugs the device in: connects as soon as somebody listens."""
        assert not self.socket, "it is plugged in already"
        until = time.monotonic() + deadline
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self.path)
                break
            except OSError:
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
        self.socket, self.pulled = connection, False
        self.wide = False
        self.configuration = 0
        self.waiting = set()
        self.thread = threading.Thread(target=self._play, args=(connection,), daemon=True)
        self.thread.start()

    def unplug(self):
        if not self.socket:
            return
        self.pulled = True
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was first
        self.thread.join()
        self.socket.close()
        self.socket = None
        self.device.unplugged()

    def gone(self, deadline):
        """Waits until the other side has hung up, as QEMU does when the machine is off."""
        if self.thread:
            self.thread.join(deadline)
            assert not self.thread.is_alive(), f"the host is still there after {deadline} s"

    # ---- Packets ----

    def _send(self, kind, number, body):
        header = struct.pack("<IIQ" if self.wide else "<III", kind, len(body), number)
        self.socket.sendall(header + body)

    def _receive(self, connection, count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _packet(self, connection):
        layout = "<IIQ" if self.wide else "<III"
        kind, length, number = struct.unpack(layout, self._receive(connection, struct.calcsize(layout)))
        if length > MOST:
            raise ValueError(f"a packet of type {kind} with {length} bytes")
        return kind, number, self._receive(connection, length)

    def _play(self, connection):
        try:
            self._greet(connection)
            while True:
                self._take(*self._packet(connection))
        except (EOFError, OSError):
            pass
        except Exception as error:  # told to the test, whose thread this is not
            self.errors.append(f"{type(error).__name__}: {error}")

    def _greet(self, connection):
        self._send(HELLO, 0, b"a played device".ljust(64, b"\0") + struct.pack("<I", OURS))
        kind, _, body = self._packet(connection)
        if kind != HELLO or len(body) < 68:
            raise ValueError(f"the first packet is of type {kind}")
        theirs = struct.unpack_from("<I", body, 64)[0]
        missing = OURS & ~theirs
        if missing:
            raise ValueError(f"the other side lacks capabilities {missing:#x}")
        self.wide = True
        self._introduce()
        self.device.plugged()

    def _introduce(self):
        device = self.device
        one = [bytes([value]).ljust(32, b"\0") for value in (0, *device.interface)]
        self._send(INTERFACE_INFO, 0, struct.pack("<I", 1) + b"".join(one))
        table = {0x00: (TYPE_CONTROL, 0, 8), 0x80: (TYPE_CONTROL, 0, 8), **device.endpoints}
        rows = [(TYPE_NONE, 0, 0)] * 32
        for address, row in table.items():
            rows[(address & 0x80) >> 3 | address & 0x0F] = row
        self._send(EP_INFO, 0, bytes(row[0] for row in rows) + bytes(row[1] for row in rows) + bytes(32) +
                   struct.pack("<32H", *(row[2] for row in rows)))
        self._send(DEVICE_CONNECT, 0, struct.pack("<BBBBHHH", LOW_SPEED, *device.classes, device.vendor,
                                                  device.product, device.version))

    def _take(self, kind, number, body):
        if kind == CONTROL:
            self._control(number, body)
        elif kind == SET_CONFIGURATION:
            good = self.device.configured(body[0])
            self.configuration = body[0] if good else self.configuration
            self._send(CONFIGURATION_STATUS, number, bytes([SUCCESS if good else STALL, self.configuration]))
        elif kind == GET_CONFIGURATION:
            self._send(CONFIGURATION_STATUS, number, bytes([SUCCESS, self.configuration]))
        elif kind in (SET_ALT, GET_ALT):
            good = body[0] == 0 and (kind == GET_ALT or body[1] == 0)
            self._send(ALT_STATUS, number, bytes([SUCCESS if good else STALL, body[0], 0]))
        elif kind in (START_INTERRUPT, STOP_INTERRUPT):
            good = body[0] in self.device.endpoints
            self._send(INTERRUPT_STATUS, number, bytes([SUCCESS if good else STALL, body[0]]))
        elif kind == CANCEL:
            self.cancelled += 1
            if number in self.waiting:
                self.waiting.discard(number)
                self._send(CONTROL, number, struct.pack("<BBBBHHH", 0, 0, 0, CANCELLED, 0, 0, 0))
        elif kind != RESET:
            raise ValueError(f"a packet of type {kind}")

    def _control(self, number, body):
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", body)
        data = body[10:]
        if endpoint != kind & 0x80:
            raise ValueError(f"a control transfer of type {kind:#x} on endpoint {endpoint:#x}")
        if len(data) != (0 if kind & 0x80 else length):
            raise ValueError(f"a control transfer of {length} bytes with {len(data)}")
        status, answer, *delay = self.device.control(Request(kind, request, value, index, length, data))
        if status == NEVER:
            self.waiting.add(number)
            return
        if delay:
            time.sleep(delay[0])
        answer = answer[:length]
        done = len(answer) if kind & 0x80 else (length if status == SUCCESS else 0)
        self._send(CONTROL, number, struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, done)
                   + answer)
