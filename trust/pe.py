# SPDX-License-Identifier: MIT
"""EFI programs as files (PE32+, as Microsoft's "PE Format" has it): what they consist of, sections added to one, and
the hash that a signature signs ("Windows Authenticode Portable Executable Signature Format")."""

import hashlib
import struct

CERTIFICATES = 4  # their entry in the table of data directories
SECTION = struct.Struct("<8sIIIIIIHHI")
PAGE = 4096
FILE_ALIGNMENT = 512
CODE = 0x60000020  # contains code, is executable and readable
DATA = 0x40000040  # initialized data, readable


class NoProgram(Exception):
    """What is wrong with a file that should be an EFI program."""


def align(number, to):
    return -(-number // to) * to


class Program:
    """Offsets in `data`, a bytearray."""

    def __init__(self, data):
        self.data = bytearray(data)
        try:
            if self.data[:2] != b"MZ":
                raise NoProgram("it does not begin with MZ, as an EFI program does")
            self.header = self.number(0x3c)
            if self.data[self.header:self.header + 4] != b"PE\0\0":
                raise NoProgram("it has no PE header")
            self.machine, self.section_count = struct.unpack_from("<HH", self.data, self.header + 4)
            self.optional = self.header + 24
            if self.number(self.optional, 2) != 0x20b:
                raise NoProgram("it is not PE32+, the 64-bit form")
            self.checksum = self.optional + 64
            directories = self.number(self.optional + 108)
            if directories <= CERTIFICATES:
                raise NoProgram("it has no entry for a signature")
            self.certificates = self.optional + 112 + 8 * CERTIFICATES
            self.table = self.optional + self.number(self.header + 20, 2)
            self.sections = [SECTION.unpack_from(self.data, self.table + index * SECTION.size)
                             for index in range(self.section_count)]
        except (struct.error, IndexError):
            raise NoProgram("it ends within its headers") from None

    def number(self, offset, size=4):
        if offset + size > len(self.data):
            raise NoProgram("it ends within its headers")
        return int.from_bytes(self.data[offset:offset + size], "little")

    def put(self, offset, number):
        struct.pack_into("<I", self.data, offset, number)

    def section(self, name):
        """Its content, or None."""
        for found, size, _, raw_size, raw, *_ in self.sections:
            if found.rstrip(b"\0") == name.encode():
                return bytes(self.data[raw:raw + min(size, raw_size)])
        return None

    def is_signed(self):
        return self.number(self.certificates + 4) > 0

    @property
    def entry(self):
        return self.number(self.optional + 16)

    @entry.setter
    def entry(self, address):
        self.put(self.optional + 16, address)

    def end(self):
        """The first free address, at a page."""
        return align(self.number(self.optional + 56), PAGE)

    def add_section(self, name, content, characteristics):
        """Behind all that is there, in the file and in memory. Returns its address."""
        if self.is_signed():
            raise NoProgram("it is signed already, and would not be as it was signed")
        at = self.table + self.section_count * SECTION.size
        first = min([self.number(self.optional + 60)] + [raw for _, _, _, size, raw, *_ in self.sections if size])
        if at + SECTION.size > first:
            raise NoProgram("its header has no room for a further section")
        address = self.end()
        raw = align(len(self.data), FILE_ALIGNMENT)
        padded = align(len(content), FILE_ALIGNMENT)
        fields = (name.encode(), len(content), address, padded, raw, 0, 0, 0, 0, characteristics)
        SECTION.pack_into(self.data, at, *fields)
        self.sections.append(SECTION.unpack_from(self.data, at))
        self.section_count += 1
        struct.pack_into("<H", self.data, self.header + 6, self.section_count)
        self.put(self.optional + 56, align(address + len(content), PAGE))
        self.put(self.checksum, 0)
        self.data += bytes(raw - len(self.data)) + content + bytes(padded - len(content))
        return address

    def digest(self):
        """SHA-256 of all but the checksum, the signature and where that is."""
        at, size = (self.number(self.certificates + 4 * index) for index in (0, 1))
        end = at if size else len(self.data)
        hashed = hashlib.sha256()
        for begin, stop in ((0, self.checksum), (self.checksum + 4, self.certificates), (self.certificates + 8, end)):
            hashed.update(self.data[begin:stop])
        if not size:
            hashed.update(bytes(-len(self.data) % 8))  # as who signs it fills it up
        return hashed.digest()


def read(path):
    with open(path, "rb") as file:
        try:
            return Program(file.read())
        except NoProgram as wrong:
            raise NoProgram(f"{path} is no EFI program: {wrong}") from None
