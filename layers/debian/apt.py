# SPDX-License-Identifier: MIT
"""Asks apt which packages of arm64 are wanted. apt gets a root of its own: lists, cache, status and configuration
in one folder. Of this machine's apt only the archive's address and the way there (proxies) are looked at, and
nothing is written. Indexes are believed when Debian's keys signed them.
"""

import difflib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from errors import Trouble
from lock import Lock, Package

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Higher than any version that a dependency asks for.
PROVIDED_VERSION = "99:1"


def _run(command, **how):
    environment = {**os.environ, "LC_ALL": "C", **how.pop("environment", {})}
    environment.pop("LANGUAGE", None)
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=False, **how)
    except FileNotFoundError:
        raise Trouble(f"there is no {command[0]} on this machine", "a debian-layer takes Debian's apt and dpkg") from None


def archives(override=""):
    """The bases of Debian's archive and of its security archive, by the name places have in lock files."""
    if override:
        main, _, security = override.partition(" ")
        return {"debian": main.rstrip("/"), **({"debian-security": security.strip().rstrip("/")} if security else {})}
    found = {}
    asked = _run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)"])
    for line in asked.stdout.splitlines():
        base, _, label = line.partition(" ")
        name = {"Debian": "debian", "Debian-Security": "debian-security"}.get(label)
        if name:
            found.setdefault(name, base.rstrip("/"))
    if not found:
        # An apt that has never been updated knows no labels.
        for base in re.findall(r"^'(.*/)dists/[^']*InRelease'", _run(["apt-get", "update", "--print-uris"]).stdout, re.M):
            if re.search(r"/debian(-security)?/$", base):
                found.setdefault("debian-security" if "security" in base else "debian", base.rstrip("/"))
    if "debian" not in found:
        raise Trouble("this machine's apt names no archive of Debian", 'ARCHIVE="URL" does, or ARCHIVE="URL URL of its security archive"')
    return found


def _way_out():
    """This machine's settings of how to reach others, as lines of apt.conf."""
    dump = _run(["apt-config", "dump", "Acquire"]).stdout
    return [line for line in dump.splitlines()
            if re.match(r'Acquire::(http|https)(::[^ ]*)? "[^"]+";$', line) and "Proxy-Auto" not in line]


@dataclass
class Provided:
    """A group of packages that the base makes unnecessary; who asks for one of them wants all."""
    names: list
    virtual: list


def provided_list(text):
    groups = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            groups.append(Provided([word for word in words if not word.startswith("=")],
                                   [word[1:] for word in words if word.startswith("=")]))
    return groups


class Apt:
    def __init__(self, folder, suite, bases, keyring=KEYRING):
        self.folder = Path(folder).resolve()
        self.suite = suite
        self.bases = bases
        if not os.access(keyring, os.R_OK):
            raise Trouble(f"{keyring} cannot be read, so nothing Debian says can be believed",
                          "apt-get install debian-archive-keyring brings it")
        self.keyring = keyring
        self.environment = {"APT_CONFIG": str(self.folder / "apt.conf")}

    def prepare(self):
        for name in ("state/lists/partial", "cache/archives/partial", "none/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "state/status").touch()
        main = self.bases["debian"]
        sources = [(main, self.suite)]
        if "debian-security" in self.bases:
            sources += [(main, f"{self.suite}-updates"), (self.bases["debian-security"], f"{self.suite}-security")]
        (self.folder / "sources.list").write_text("".join(
            f"deb [arch=arm64 signed-by={self.keyring}] {base} {suite} main\n" for base, suite in sources))
        settings = {
            "APT::Architecture": "arm64", "APT::Install-Recommends": "false", "APT::Install-Suggests": "false",
            "APT::Sandbox::User": "root", "APT::Update::Error-Mode": "any", "Acquire::Languages": "none",
            "Acquire::PDiffs": "false", "Acquire::Retries": "2", "Acquire::http::Timeout": "20",
            "Acquire::ForceHash": "SHA256",
            "Debug::NoLocking": "true", "Dir::State": f"{self.folder}/state",
            "Dir::State::status": f"{self.folder}/state/status", "Dir::Cache": f"{self.folder}/cache",
            # What lies in apt's cache is left out of what --print-uris prints.
            "Dir::Cache::archives": f"{self.folder}/none",
            "Dir::Etc::sourcelist": f"{self.folder}/sources.list", "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::main": "/dev/null", "Dir::Etc::parts": "/dev/null", "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null", "Dir::Etc::trusted": "/dev/null",
            "Dir::Etc::trustedparts": "/dev/null"}
        lines = [*_way_out(), *(f'{name} "{value}";' for name, value in settings.items()),
                 'APT::Architectures { "arm64"; };']
        (self.folder / "apt.conf").write_text("\n".join(lines) + "\n")

    def update(self):
        done = self._apt_get("-q", "update")
        if done.returncode != 0:
            said = [line for line in (done.stdout + done.stderr).splitlines() if re.match("[EW]: ", line)]
            more = ["what is already locked and in the cache can be built without a network: LOCK=file"]
            if any("signature" in line or "not signed" in line for line in said):
                more = [f"believed are the keys in {self.keyring}"]
            elif any("No space left" in line or "enough free space" in line for line in said):
                more = [f"there is no space left for {self.folder}"]
            raise Trouble(f"the index of {self.suite} cannot be had from {self.bases['debian']}:", *said[:4], *more)

    def resolve(self, asked, groups):
        """The Lock of these packages with their closure, without what the base provides."""
        groups = [group for group in groups if not set(group.names) & set(asked)]
        entries = [(name, group.virtual if name == group.names[0] else [])
                   for group in groups for name in group.names]
        (self.folder / "state/status").write_text("".join(
            f"Package: {name}\nStatus: install ok installed\nArchitecture: arm64\nMulti-Arch: foreign\n"
            f"Version: {PROVIDED_VERSION}\nMaintainer: greyhound\nDescription: in the base\n"
            + (f"Provides: {', '.join(virtual)}\n" if virtual else "") + "\n" for name, virtual in entries))
        done = self._apt_get("-q", "-y", "--print-uris", "install", *asked)
        if done.returncode != 0:
            raise self._refusal(asked, done.stdout + done.stderr)
        packages = [self._package(line) for line in done.stdout.splitlines() if line.startswith("'")]
        if not packages:
            raise Trouble(f"{' '.join(asked)}: apt names no package to fetch", *done.stdout.splitlines()[-3:])
        return Lock(self.suite, asked, packages)

    def _package(self, line):
        match = re.fullmatch(r"'([^']+)' (\S+) [0-9]+ SHA256:([0-9a-f]{64})", line.strip())
        if not match:
            raise Trouble(f"apt says what cannot be understood: {line}")
        uri, file, sha256 = unquote(match[1]), match[2], match[3]
        name, version, _ = file.split("_")
        for archive, base in sorted(self.bases.items(), key=lambda item: -len(item[1])):
            if uri.startswith(base + "/"):
                return Package(name, unquote(version), sha256, f"{archive}:{uri[len(base) + 1:]}")
        raise Trouble(f"apt names {uri}, which is in none of: {' '.join(self.bases.values())}")

    def _refusal(self, asked, said):
        """What is wrong, from what apt said of it."""
        unknown = re.findall(r"^E: Unable to locate package (\S+)", said, re.M)
        unknown += re.findall(r"^E: Package '?([^' ]+)'? has no installation candidate", said, re.M)
        unknown += re.findall(r"^E: Couldn't find any package by (?:glob|regex) '([^']+)'", said, re.M)
        if unknown:
            return Trouble(*(self._unknown(name) for name in dict.fromkeys(unknown)))
        unmet = said.partition("unmet dependencies:\n")[2]
        unmet = [line for line in unmet.splitlines() if line.startswith(" ")]
        if unmet:
            return Trouble(f"{' '.join(asked)} cannot be put together in {self.suite}:", *unmet[:8],
                           "what the base is taken to have is in layers/debian/provided.list; who names such a "
                           "package in PACKAGES= gets Debian's own")
        return Trouble(f"apt refuses {' '.join(asked)}:", *(line for line in said.splitlines() if line[:2] == "E:"))

    def _unknown(self, name):
        text = f"{self.suite} has no package {name} for arm64"
        # This machine's own lists are of another architecture, most of the time.
        if _run(["apt-cache", "show", "--no-all-versions", name]).stdout:
            return f"{text}; this machine's own archive does have one, so it is for other architectures or suites only"
        names = _run(["apt-cache", "pkgnames"], environment=self.environment).stdout.split()
        near = difflib.get_close_matches(name, names, 3, 0.75)
        return f"{text}; names like it: {', '.join(near)}" if near else f"{text}, nor one with a name like it"

    def _apt_get(self, *words):
        return _run(["apt-get", *words], environment=self.environment)
