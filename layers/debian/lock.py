# SPDX-License-Identifier: MIT
"""The lock file of a layer: the packages that were asked for, and each package it is made of with its version,
its sha256 and the place it comes from, below the base of Debian's archive or of its security archive:

    suite trixie
    packages python3 python3-numpy
    libc6 2.41-12 c59a...  debian:pool/main/g/glibc/libc6_2.41-12_arm64.deb

Only text here: who resolves is apt.py, who fetches is fetch.py.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from errors import Trouble

SUITES = ("trixie", "bookworm")
# apt takes a name that ends in - for one to be removed.
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.]")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+:~-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLACE = re.compile(r"(debian|debian-security):(pool/[A-Za-z0-9.+:~_/-]+\.deb)")


@dataclass(frozen=True, order=True)
class Package:
    name: str
    version: str
    sha256: str
    place: str

    @property
    def file(self):
        return self.place.rsplit("/", 1)[1]


@dataclass
class Lock:
    suite: str
    asked: list
    packages: list = field(default_factory=list)

    def text(self):
        lines = ["# What this layer is made of: package, version, sha256, place. Written by make debian-layer, which",
                 "# builds the same bytes from it again; UPDATE=1 resolves anew.",
                 f"suite {self.suite}",
                 f"packages {' '.join(sorted(self.asked))}",
                 *(f"{one.name} {one.version} {one.sha256} {one.place}" for one in sorted(self.packages))]
        return "\n".join(lines) + "\n"


def parse(text, name="lock"):
    """The Lock that `text` describes; `name` is what messages call it."""
    def wrong(what):
        return Trouble(f"{name}:{number}: {what}", "a lock file is what make debian-layer wrote; UPDATE=1 makes it anew")

    suite, asked, packages = None, None, {}
    number = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "suite" and len(words) == 2:
            if words[1] not in SUITES:
                raise wrong(f"suite {words[1]} is none of {', '.join(SUITES)}")
            suite = words[1]
        elif words[0] == "packages" and len(words) > 1 and not _SHA256.fullmatch(words[min(2, len(words) - 1)]):
            asked = words[1:]
            for name_asked in asked:
                if not NAME.fullmatch(name_asked):
                    raise wrong(f"'{name_asked}' is no package name")
        elif len(words) != 4:
            raise wrong(f"{len(words)} words where name, version, sha256 and place should be")
        else:
            for word, form, what in zip(words, (NAME, _VERSION, _SHA256, _PLACE),
                                        ("package name", "version", "sha256", "place")):
                if not form.fullmatch(word) or ".." in word.split("/"):
                    raise wrong(f"'{word}' is no {what}")
            if words[0] in packages:
                raise wrong(f"{words[0]} is named twice")
            packages[words[0]] = Package(*words)
    if suite is None or not asked or not packages:
        missing = "suite" if suite is None else "packages" if not asked else "package"
        raise wrong(f"there is no line with a {missing}" if missing == "package" else f"there is no '{missing}' line")
    return Lock(suite, asked, list(packages.values()))


def read(path):
    try:
        return parse(Path(path).read_text(encoding="ascii"), str(path))
    except UnicodeDecodeError:
        raise Trouble(f"{path} is no lock file: it is not text") from None
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}") from None


def write(path, text):
    """Whole or not at all."""
    partial = Path(f"{path}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
