# SPDX-License-Identifier: MIT
"""Reads maintainer scripts, which are never run. What they would do is one of four: nothing that a node needs
(caches, questions, systemd); an alternative, whose link is made here; an account (accounts.py); or something that
this file does not know, about which a person is told, unless reviewed.list says why nothing is needed.
"""

import fnmatch
import io
import re
import shlex
import subprocess
import tarfile
from dataclasses import dataclass, field

from errors import Trouble

# Sections that debhelper generates: caches, services, questions, byte code, menus.
GENERATED = re.compile(r"^[ \t]*# Automatically added by (\S+)$(.*?)^[ \t]*# End automatically added section$", re.M | re.S)
HARMLESS_SECTIONS = {
    "dh_installinit", "dh_installsystemd", "dh_installsystemduser", "dh_systemd_enable", "dh_systemd_start",
    "dh_python3", "dh_installdeb", "dh_installmenu", "dh_installdebconf", "dh_installtmpfiles", "dh_ucf",
    "dh_installudev", "dh_icons", "dh_installmime", "dh_apparmor", "dh_makeshlibs", "dh_installxfonts",
    "dh_installinfo", "dh_installsysusers"}
# Commands that change nothing a node has, or that only ask.
HARMLESS = set("""
    : true false set exit return shift local unset export umask echo printf test [ command which type cd case esac
    update-rc.d invoke-rc.d deb-systemd-helper deb-systemd-invoke systemctl systemd-tmpfiles systemd-sysusers
    py3compile py3clean pypy3compile ldconfig dpkg-maintscript-helper dpkg-trigger dpkg dpkg-query update-menus
    update-mime-database update-desktop-database gtk-update-icon-cache install-info ucf ucfr add-shell remove-shell
    db_version db_capb db_get db_set db_input db_go db_stop db_title db_fget db_fset db_metaget db_subst db_settitle
    grep head tail tr cut awk sed cat ls cmp diff sort uniq wc basename dirname readlink realpath stat expr find
    db_beginblock db_endblock db_purge db_register db_unregister getent id restorecon selinuxenabled fi done else do then
""".split())
STRUCTURE = re.compile(r"""
    for\ \w+\ in\b.* | case\b.*\bin | esac | [{}()] | (\w[\w-]*\ *\(\)\ *\{?) |
    \(?["'\w*|.\ -]+\)                                  # a pattern of a case
""", re.X)
ASSIGNMENT = re.compile(r"""(?:(?:local|export)\ +)?([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\$\([^()]*\)|`[^`]*`|\$\{?\w+\}?|[^\s"'`$;&|]*)""", re.X)
# A redirection that is none of >&2 and >/dev/null; and what makes a command that asks one that changes.
WRITES = re.compile(r"(?<![&])>>?(?!\s*&|\s*/dev/null|>)")
CHANGES = re.compile(r"sed\b.*\s(-i|--in-place)|find\b.*\s-(delete|exec|ok)|awk\b.*>")
ACCOUNT_COMMANDS = {"adduser", "useradd", "addgroup", "groupadd"}
ACCOUNT_CHANGES = {"usermod", "chown", "chgrp"}     # of accounts and files that the node has in its own way


@dataclass
class Alternative:
    link: str
    target: str
    priority: int


@dataclass
class Findings:
    alternatives: list = field(default_factory=list)
    accounts: set = field(default_factory=set)
    doubts: list = field(default_factory=list)      # (script, line)


def control(deb):
    """The files of a package's control part, as texts."""
    done = subprocess.run(["dpkg-deb", "--ctrl-tarfile", deb], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Trouble(f"{deb} is no Debian package: {done.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        return {member.name.lstrip("./"): archive.extractfile(member).read().decode(errors="replace")
                for member in archive if member.isreg()}


def reviewed_list(text):
    """[(pattern of names, why nothing is needed, whether that is to be told)]"""
    found = []
    for line in text.splitlines():
        names, colon, why = line.partition(":")
        if colon and not line.startswith("#"):
            found += [(name.rstrip("!"), why.strip(), name.endswith("!")) for name in names.split()]
    return found


def review(name, reviewed):
    """(whether this package was reviewed, what is to be told or "")"""
    for pattern, why, told in reviewed:
        if fnmatch.fnmatchcase(name, pattern):
            return True, why if told else ""
    return False, ""


def _expand(word, variables):
    return re.sub(r"\$\{?(\w+)\}?", lambda match: variables.get(match[1], match[0]), word)


def _pieces(line):
    """The commands of a line; a split in the wrong place gives one that is not known, which is the safe side."""
    return [piece.strip() for piece in re.split(r"&&|\|\||;;|;|\|(?!\|)", line) if piece.strip()]


def _words(text):
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()


class _Reader:
    def __init__(self, script, findings):
        self.script = script
        self.findings = findings
        self.variables = {}

    def read(self, text):
        text = GENERATED.sub(lambda match: "" if match[1].partition("/")[0] in HARMLESS_SECTIONS else match[2], text)
        text = re.sub(r"\\\n", " ", text)
        end = None      # of a here-document
        for line in text.splitlines():
            line = line.strip()
            if end is not None:
                end = None if line == end else end
                continue
            here = re.search(r"<<-?\s*['\"]?(\w+)", line)
            if here:
                end = here[1]
            if line and not line.startswith("#"):
                self._line(line)

    def _line(self, line):
        if STRUCTURE.fullmatch(line):
            return
        for piece in _pieces(line):
            self._piece(piece, line)

    def _piece(self, piece, line):
        piece = re.sub(r"^(?:(?:then|else|do|if|elif|while|until|!|\{|[\w*|.\"' -]+\))\s+(?=\S))+", "", piece)
        while match := ASSIGNMENT.match(piece):
            self.variables[match[1]] = _expand(match[2].strip("\"'"), self.variables)
            piece = piece[match.end():].strip()
            if not piece:
                return
        if STRUCTURE.fullmatch(piece):
            return
        words = _words(piece)
        name = words[0].rsplit("/", 1)[-1] if words else ""
        if name == "update-alternatives":
            self._alternatives(words, line)
        elif name in ACCOUNT_COMMANDS:
            self._account(words)
        elif name == "." and words[1:2] == ["/usr/share/debconf/confmodule"]:
            return
        elif name not in HARMLESS | ACCOUNT_CHANGES or WRITES.search(piece) or CHANGES.match(piece):
            self.findings.doubts.append((self.script, line))

    def _alternatives(self, words, line):
        words = [_expand(word, self.variables) for word in words]
        if "--install" not in words:
            return
        rest = words[words.index("--install") + 1:]
        if len(rest) < 4 or not rest[3].isdigit():
            self.findings.doubts.append((self.script, line))
            return
        links = [(rest[0], rest[2])]
        links += [(rest[at + 1], rest[at + 3]) for at, word in enumerate(rest) if word == "--slave" and at + 3 < len(rest)]
        for link, target in links:
            if "$" in link + target or not (link.startswith("/") and target.startswith("/")):
                self.findings.doubts.append((self.script, line))
            else:
                self.findings.alternatives.append(Alternative(link[1:], target[1:], int(rest[3])))

    def _account(self, words):
        if not words or words[0].rsplit("/", 1)[-1] not in ACCOUNT_COMMANDS:
            return
        words = [_expand(word, self.variables) for word in words]
        plain = [word for word in words[1:] if re.fullmatch(r"[a-z_][a-z0-9_-]*", word)]
        self.findings.accounts.add(plain[-1] if plain else " ".join(words))


def read_scripts(files):
    """What a package's preinst and postinst would do; `files` as of control()."""
    findings = Findings()
    for script in ("preinst", "postinst"):
        if script in files:
            _Reader(script, findings).read(files[script])
    return findings


def choose(alternatives):
    """{link: target}: of the alternatives for a link, the one with the highest priority."""
    best = {}
    for one in sorted(alternatives, key=lambda one: (-one.priority, one.target)):
        best.setdefault(one.link, one.target)
    return best
