# SPDX-License-Identifier: MIT
"""The control protocol as init-control(7) has it, over a plain socket."""

import os
import select
import socket
import time
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

DEADLINE = float(os.environ.get("PID1_DEADLINE", 60))  # seconds; how long to wait for what is to happen in milliseconds


class Gone(AssertionError):
    """The connection ended before what was waited for."""


class Late(AssertionError):
    """What was waited for did not happen before the deadline."""


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(f"code {code}: {text}")
        self.code, self.text = code, text


class Record(NamedTuple):
    """One line of an answer."""

    word: str
    fields: dict
    data: bytes = b""

    def __getitem__(self, key):
        return self.fields[key]

    def get(self, key, otherwise=None):
        return self.fields.get(key, otherwise)


def parse(line):
    assert len(line) < 4096, "a line is longer than the protocol allows"
    word, *pairs = line.decode("ascii").split(" ")
    fields = {}
    for pair in pairs:
        key, value = pair.split("=", 1)
        assert key not in fields, f"{key} is there twice: {line}"
        fields[key] = unquote_to_bytes(value).decode(errors="replace")
    return Record(word, fields)


@contextmanager
def as_user(uid):
    """As another user of this machine; root again afterwards."""
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


class Connection:
    """One request and its answer. `directory` is a descriptor of the folder the socket lies in; `uid` is
    who asks, as this machine counts users."""

    def __init__(self, directory, uid, request=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.buffer = b""
        self.ended = False
        try:
            with as_user(uid):
                self.socket.connect(f"/proc/self/fd/{directory}/init.sock")
        except OSError:
            self.socket.close()
            raise
        if request is not None:
            self.send(request)

    def send(self, request):
        """A request line (str), or bytes as they are. Who was turned away meanwhile reads why."""
        try:
            self.socket.sendall(request if isinstance(request, bytes) else f"1 {request}\n".encode())
        except BrokenPipeError:
            pass

    def _more(self, until):
        ready, _, _ = select.select([self.socket], [], [], max(0, until - time.monotonic()))
        if not ready:
            raise Late("no answer in time")
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.ended = not data
        self.buffer += data

    def _take(self, length):
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def next(self, deadline=DEADLINE):
        """The next record, None at the end."""
        until = time.monotonic() + deadline
        while b"\n" not in self.buffer:
            if self.ended:
                assert not self.buffer, f"half a line: {self.buffer}"
                return None
            self._more(until)
        record = parse(self._take(self.buffer.index(b"\n") + 1)[:-1])
        if record.word == "log":
            while len(self.buffer) < int(record["bytes"]):
                assert not self.ended, "the connection ended inside a log"
                self._more(until)
            record = record._replace(data=self._take(int(record["bytes"])))
        if record.word == "error":
            raise Refused(int(record["code"]), record["text"])
        return record

    def records(self, deadline=DEADLINE):
        while (record := self.next(deadline)) is not None:
            yield record

    def all(self):
        """Every record up to the `ok` that must end the answer."""
        records = list(self.records())
        assert records and records[-1].word == "ok", records
        return records[:-1]

    def until(self, condition, deadline=DEADLINE):
        """The first record for which the condition holds."""
        end, seen = time.monotonic() + deadline, []
        try:
            while (record := self.next(max(0, end - time.monotonic()))) is not None:
                seen.append(record)
                if condition(record):
                    return record
        except Late:
            raise Late(f"it never came; what came last: {seen[-10:]}") from None
        raise Gone(f"the connection ended; what came last: {seen[-10:]}")

    def live(self):
        """Passes over what is now; what follows are changes."""
        self.until(lambda record: record.word == "live")
        return self

    def state(self, name, *states):
        """The first record that shows the service in one of the states."""
        return self.until(lambda record: record.word == "state" and record["name"] == name
                          and record["state"] in states)

    def is_open(self):
        """Whether the other end has neither closed nor said anything."""
        return not self.buffer and not select.select([self.socket], [], [], 0)[0]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
