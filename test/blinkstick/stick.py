# SPDX-License-Identifier: MIT
"""A BlinkStick, played: what the devices of Agile Innovative do over USB, with a strict eye on the host.

    stick = Stick("square")
    player = Player(path, stick)
    player.plug()
    stick.wait_for(lambda: stick.colour == (0, 0, 255))
    assert not stick.complaints

Every SET is kept in stick.shown, as (time, colours of all LEDs). Whatever a host should not do to a real
one (a wrong length, a report the model has not, frames less than 2 ms after one another or more than
20 a second, the EEPROM written although nothing changes, HID's form of the requests) is kept in
stick.complaints as a sentence.

stick.faults is asked about every class request before it is carried out: a function of the Request that
returns None (carry on), or what Device.control() returns."""

import threading
import time
from typing import NamedTuple

from usbredir import STALL, SUCCESS, Device

VENDOR, PRODUCT = 0x20A0, 0x41E5
DARK = (0, 0, 0)

SET_TYPE, SET_REQUEST = 0x20, 0x09
GET_TYPE, GET_REQUEST = 0xA0, 0x01
COLOUR, INFO_1, INFO_2, MODE, ONE_LED, COUNT = 1, 2, 3, 4, 5, 0x81
FRAMES = {6: 8, 7: 16, 8: 32, 9: 64}  # report: LEDs in it
RGB, INVERSE, WS2812, MIRROR = range(4)

FRAME_PAUSE = 0.002  # seconds the LEDs need to take a frame over
FRAMES_A_SECOND = 20


class Model(NamedTuple):
    major: int  # in the serial number
    version: int  # bcdDevice
    leds: int  # of a channel
    channels: int
    mode: int  # as it comes from the factory


MODELS = {
    "original": Model(1, 0x0100, 1, 1, RGB),
    "pro": Model(2, 0x0200, 64, 3, RGB),
    "square": Model(3, 0x0200, 8, 1, WS2812),
    "strip": Model(3, 0x0201, 8, 1, WS2812),
    "nano": Model(3, 0x0202, 2, 1, WS2812),
    "flex": Model(3, 0x0203, 32, 1, WS2812),
}


class Shown(NamedTuple):
    time: float  # of time.monotonic()
    report: int
    leds: tuple


class Stick(Device):
    vendor, product = VENDOR, PRODUCT

    def __init__(self, model="original", serial=None, mode=None, number=1):
        self.name = model
        self.model = MODELS[model]
        self.version = self.model.version
        self.manufacturer = "Agile Innovative Ltd"
        self.title = "BlinkStick"
        self.serial = serial or f"BS{number:06}-{self.model.major}.0"
        self.mode = self.model.mode if mode is None else mode
        self.count = self.model.leds  # what report 0x81 tells
        self.strings = None  # string descriptors as raw bytes in place of the proper ones: {index: bytes}
        self.descriptor = None  # a device descriptor in place of the proper one
        self.configuration = None  # likewise
        self.faults = None
        self.leds = [[DARK] * self.model.leds for _ in range(self.model.channels)]
        self.shown = []
        self.requests = []  # every class request
        self.complaints = []
        self.eeprom_writes = 0
        self.changed = threading.Condition()
        self.last_answer = None  # when the last SET of a colour was answered
        self.last_first = []  # when frames began, of late
        self.last_report = None

    # ---- What a test looks at ----

    @property
    def colour(self):
        """The colour of all LEDs, or None if they differ."""
        colours = {led for channel in self.leds for led in channel}
        return colours.pop() if len(colours) == 1 else None

    @property
    def first(self):
        """The colour of the first LED."""
        return self.leds[0][0]

    def wait_for(self, condition, what="", deadline=120):
        """Waits until the condition, looked at after every request, holds."""
        until = time.monotonic() + deadline
        with self.changed:
            while not condition():
                left = until - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    raise AssertionError(f"the {self.name} never saw {what or 'what it should'}; the last of "
                                         f"{len(self.shown)}: {self.shown[-5:]}; {self.complaints}")

    # ---- USB ----

    def plugged(self):
        # Power: all is dark, and the mode is what the EEPROM has.
        with self.changed:
            self.leds = [[DARK] * self.model.leds for _ in range(self.model.channels)]
            self.last_answer = None
            self.changed.notify_all()

    def control(self, request):
        if request.type & 0x60 == 0:
            return self._standard(request)
        if request.type == 0x21 and request.request == 0x0A:  # SET_IDLE, from the kernel's usbhid
            return SUCCESS, b""
        with self.changed:
            try:
                return self._class(request)
            finally:
                self.changed.notify_all()

    def _complain(self, text, request):
        self.complaints.append(f"{text}: {request}")
        return STALL, b""

    def _standard(self, request):
        kind, index = request.value >> 8, request.value & 0xFF
        if request.request != 6 or not request.type & 0x80:
            return STALL, b""
        if kind == 1:
            return SUCCESS, self.descriptor or self._device_descriptor()
        if kind == 2:
            return SUCCESS, self.configuration or CONFIGURATION
        if kind == 3:
            if self.strings and index in self.strings:
                return SUCCESS, self.strings[index]
            if index == 0:
                return SUCCESS, bytes([4, 3, 0x09, 0x04])
            texts = {1: self.manufacturer, 2: self.title, 3: self.serial}
            return (SUCCESS, string_descriptor(texts[index])) if index in texts else (STALL, b"")
        if kind == 0x22:
            return SUCCESS, REPORTS
        return STALL, b""

    def _device_descriptor(self):
        return (bytes([18, 1, 0x10, 0x01, *self.classes, 8]) + self.vendor.to_bytes(2, "little") +
                self.product.to_bytes(2, "little") + self.version.to_bytes(2, "little") + bytes([1, 2, 3, 1]))

    # ---- The reports ----

    def _class(self, request):
        now = time.monotonic()
        self.requests.append(request)
        if request.index != 0:
            return self._complain("an index that is not 0", request)
        if (request.type, request.request) == (SET_TYPE, SET_REQUEST):
            answer = self._set
        elif (request.type, request.request) == (GET_TYPE, GET_REQUEST):
            answer = self._get
        else:
            return self._complain("neither the SET nor the GET of a BlinkStick", request)
        fault = self.faults(request) if self.faults else None
        if fault is not None:
            return fault
        return answer(request, now)

    def _get(self, request, _now):
        report = request.value
        if request.length != 33:
            return self._complain("a GET that does not ask for 33 bytes", request)
        if report == COLOUR:
            return SUCCESS, bytes([COLOUR, *self.first])
        if report in (INFO_1, INFO_2):
            return SUCCESS, bytes([report]) + bytes(32)
        if self.model.major > 1 and report == MODE:
            return SUCCESS, bytes([MODE, self.mode])
        if self.model.major > 1 and report == COUNT:
            return SUCCESS, bytes([COUNT, self.count])
        return self._complain(f"a GET that a {self.name} has not", request)

    def _set(self, request, now):
        report, data = request.value, request.data
        if not data or data[0] != report:
            return self._complain("a SET whose first byte is not its number", request)
        if report == MODE and self.model.major > 1 and len(data) == 2 and data[1] <= MIRROR:
            self.eeprom_writes += 1
            if data[1] == self.mode:
                return self._complain("the EEPROM is written although nothing changes", request)
            self.mode = data[1]
            return SUCCESS, b""
        if report in (INFO_1, INFO_2, MODE, COUNT):
            self.eeprom_writes += 1
            return self._complain("the EEPROM is written", request)
        return self._frame(request, report, data, now)

    def _frame(self, request, report, data, now):
        if report == COLOUR and len(data) == 4:
            channels, leds = self._reach()
            change = [(channel, index, tuple(data[1:])) for channel in range(channels) for index in range(leds)]
        elif report == ONE_LED and len(data) == 6 and self.model.major > 1:
            change = [(data[1], data[2], tuple(data[3:]))]
        elif report in FRAMES and len(data) == 2 + 3 * FRAMES[report] and self.model.major > 1:
            change = [(data[1], index, (data[3 + 3 * index], data[2 + 3 * index], data[4 + 3 * index]))
                      for index in range(FRAMES[report])]
        else:
            return self._complain(f"a SET that a {self.name} has not, or of a wrong length", request)
        if change[0][0] >= self.model.channels:
            return self._complain("a channel that is not there", request)
        self._check_pace(request, report, change, now)
        if report == COLOUR or self.mode == WS2812 or self.model.major == 3:
            for channel, index, colour in change:
                if index < self.model.leds:  # behind the last one nothing is connected
                    self.leds[channel][index] = colour
        self.shown.append(Shown(now, report, tuple(led for channel in self.leds for led in channel)))
        self.last_answer = time.monotonic()
        return SUCCESS, b""

    def _reach(self):
        """What report 1 lights, as channels and LEDs: all if they mirror, or hang on the wires of a Pro."""
        if self.mode in (RGB, INVERSE, MIRROR):
            return self.model.channels, self.model.leds
        return 1, 1

    def _check_pace(self, request, report, change, now):
        """Times are taken where a busy machine can only make pauses longer: from our answer on."""
        if self.last_answer is not None and now - self.last_answer < FRAME_PAUSE:
            self._complain(f"a frame {(now - self.last_answer) * 1000:.1f} ms after another", request)
        key = (report, change[0][0], change[0][1])
        if self.last_answer is not None and key == self.last_report and \
                now - self.last_answer < 0.95 / FRAMES_A_SECOND:
            self._complain(f"more than {FRAMES_A_SECOND} frames a second", request)
        self.last_report = key


def string_descriptor(text):
    data = text.encode("utf-16-le")
    return bytes([2 + len(data), 3]) + data


# One vendor-defined collection with a feature report for each number, 8 bits a value.
def _report_descriptor():
    items = b"\x06\x00\xff\x09\x01\xa1\x01\x15\x00\x26\xff\x00\x75\x08"
    for report, count in ((1, 3), (2, 32), (3, 32), (4, 1), (5, 5), (6, 25), (7, 49), (8, 97), (9, 193), (0x81, 1)):
        items += bytes([0x85, report, 0x95, count, 0x09, 0, 0xB2, 0x02, 0x01])
    return items + b"\xc0"


REPORTS = _report_descriptor()
CONFIGURATION = (bytes([9, 2, 34, 0, 1, 1, 0, 0x80, 50]) + bytes([9, 4, 0, 0, 1, 3, 0, 0, 0]) +
                 bytes([9, 0x21, 0x01, 0x01, 0, 1, 0x22]) + len(REPORTS).to_bytes(2, "little") +
                 bytes([7, 5, 0x81, 3, 8, 0, 10]))
