# SPDX-License-Identifier: MIT
"""Unpacks packages into one folder as a node should have them: everything below /usr, without what nobody needs at
run time (left-out.list), with one licence file a package. The node's own /bin and /sbin are BusyBox's; its /lib is
made here, of the two links that programs are built to look behind.
"""

import fnmatch
import os
import posixpath
import re
import stat
import subprocess
import tarfile
from pathlib import Path

from errors import Trouble
from fetch import sha256_of

MOVED = ("bin", "sbin", "lib", "lib64")
LIBRARIES = "usr/lib/aarch64-linux-gnu"
LOADER = "usr/lib/ld-linux-aarch64.so.1"
# Where a name without a folder is looked for.
PATHS = ("usr/sbin", "usr/bin", "sbin", "bin")
COPYRIGHT = re.compile(r"usr/share/doc/[^/]+/copyright")


def merged(path):
    """Where a path without its first / lies when everything is below /usr."""
    return f"usr/{path}" if path.partition("/")[0] in MOVED else path


class LeftOut:
    """The patterns of left-out.list: a path and all below it; * and ? as in a shell, but also over a /; a line that
    begins with ! keeps."""

    def __init__(self, text):
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        self.out = self._any(line for line in lines if line and line[0] != "!")
        self.kept = self._any(line[1:] for line in lines if line and line[0] == "!")

    @staticmethod
    def _any(patterns):
        parts = [fnmatch.translate(pattern)[:-2] + "(?:/.*)?" for pattern in patterns]
        return re.compile("|".join(parts) or r"(?!)")

    def __contains__(self, path):
        return bool(self.out.fullmatch(path)) and not self.kept.fullmatch(path)


class Tree:
    def __init__(self, folder, left_out):
        self.folder = Path(folder)
        self.left_out = left_out
        self.settings = {}      # what systemd would read at boot: {path: text}, of the last package unpacked

    def unpack(self, package, deb):
        self.settings = {}
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            try:
                with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                    for member in archive:
                        self._take(package, archive, member)
            except tarfile.TarError as error:
                raise Trouble(f"{package.file} cannot be unpacked: {error}",
                              process.stderr.read().decode(errors="replace").strip()) from None
            finally:
                process.stdout.close()
            said = process.stderr.read().decode(errors="replace").strip()
        if process.returncode != 0:
            raise Trouble(f"{package.file} cannot be unpacked: {said}")

    def _take(self, package, archive, member):
        path = merged(posixpath.normpath(member.name.lstrip("/")))
        if path == "." or (path[4:] in MOVED and member.name.lstrip("./") == path[4:]):
            return
        if ".." in path.split("/"):
            raise Trouble(f"{package.file} has the path {member.name}, which leads out of the tree")
        if re.fullmatch(r"usr/lib/(sysusers|tmpfiles)\.d/[^/]+\.conf", path) and member.isreg():
            self.settings[path] = archive.extractfile(member).read().decode(errors="replace")
        is_licence = COPYRIGHT.fullmatch(path) or (member.issym() and re.fullmatch(r"usr/share/doc/[^/]+", path))
        if path in self.left_out and not is_licence:
            return
        target = self.folder / path
        self._inside(package, target.parent)
        if member.isdir():
            if not target.is_dir():
                target.mkdir()
            if not target.is_symlink():
                target.chmod(member.mode & 0o7777)
            return
        if target.is_symlink() or target.exists():
            if target.is_dir() and not target.is_symlink():
                raise Trouble(f"{package.file} has a file /{path}, where another package has a folder")
            target.unlink()
        if member.issym():
            target.symlink_to(member.linkname)
        elif member.islnk():
            first = merged(posixpath.normpath(member.linkname))
            if first in self.left_out:
                raise Trouble(f"{package.file}: /{path} is the same file as /{first}, which is left out")
            os.link(self.folder / first, target, follow_symlinks=False)
        elif member.isreg():
            with open(target, "wb") as file, archive.extractfile(member) as content:
                while block := content.read(1 << 20):
                    file.write(block)
            # Whose right it would be is lost: everything in a layer is root's.
            special = 0o6000 if member.uid or member.gid else 0
            target.chmod(member.mode & 0o7777 & ~special)

    def _inside(self, package, parent):
        """Makes the folder; one behind a link must still be in the tree."""
        missing = []
        while not parent.is_dir():
            missing.append(parent)
            parent = parent.parent
        if not parent.resolve().is_relative_to(self.folder.resolve()):
            raise Trouble(f"{package.file} has a file below /{parent.relative_to(self.folder)}, a link out of the tree")
        for folder in reversed(missing):
            folder.mkdir()
            folder.chmod(0o755)

    # After the last package.

    def add(self, path, text, mode=0o644):
        target = self.folder / path
        self._inside(None, target.parent)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def link(self, path, target):
        """A link at `path` to `target`, both from the tree's root, relative so that it holds in any root."""
        place = self.folder / path
        self._inside(None, place.parent)
        place.unlink(missing_ok=True)
        place.symlink_to(posixpath.relpath(target, posixpath.dirname(path)))

    def has(self, path):
        return os.path.lexists(self.folder / path)

    def paths(self):
        """Everything in it, folders before what is in them, sorted."""
        for folder, folders, files in os.walk(self.folder):
            folders.sort()
            for name in sorted(folders + files):
                yield os.path.relpath(os.path.join(folder, name), self.folder)

    def mend_links(self):
        """Links that were made when /lib and /bin were folders of their own; those to what was left out go."""
        for path in list(self.paths()):
            place = self.folder / path
            if not place.is_symlink():
                continue
            target = os.readlink(place)
            absolute = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), target)).lstrip("/")
            if self.has(absolute):
                continue
            # A link that was in /lib/x has one .. less than one in /usr/lib/x.
            unmoved = absolute
            if path.startswith("usr/") and path.split("/")[1] in MOVED and not target.startswith("/"):
                unmoved = posixpath.normpath(posixpath.join("/", posixpath.dirname(path)[4:], target)).lstrip("/")
            for candidate in (merged(absolute), merged(unmoved)):
                if self.has(candidate):
                    self.link(path, candidate)
                    break
            else:
                if absolute in self.left_out and not re.fullmatch(r"usr/share/doc/[^/]+", path):
                    place.unlink()

    def loader_links(self):
        if self.has(LOADER):
            self.link(f"lib/{posixpath.basename(LOADER)}", LOADER)
        if self.has(LIBRARIES):
            self.link("lib/aarch64-linux-gnu", LIBRARIES)

    def mend_interpreters(self, base):
        """Scripts name the program that runs them: where that lies elsewhere a link is made. Returns those that neither
        tree nor base has, {interpreter: [scripts]}."""
        missing = {}
        for path in list(self.paths()):
            place = self.folder / path
            # A module of Python may begin like a program, and is none.
            module = path.endswith(".py") and path.startswith("usr/lib/python3")
            if module or place.is_symlink() or not place.is_file() or not place.stat().st_mode & 0o111:
                continue
            with open(place, "rb") as file:
                first = file.readline(256)
            match = re.match(rb"#! *(/[^\s]+)(?: +([^\s=-][^\s=]*))?", first)
            if not match:
                continue
            wanted = match[1].decode(errors="replace").lstrip("/")
            if not self._runs(wanted, base):
                missing.setdefault("/" + wanted, []).append("/" + path)
            elif posixpath.basename(wanted) == "env" and match[2]:
                name = match[2].decode(errors="replace")
                if not any(self._there(f"{folder}/{name}", base) for folder in PATHS):
                    missing.setdefault(name, []).append("/" + path)
        return missing

    def _there(self, path, base):
        return self.has(path) or os.path.lexists(os.path.join(base, path))

    def _runs(self, wanted, base):
        if self._there(wanted, base):
            return True
        for folder in PATHS:
            candidate = f"{folder}/{posixpath.basename(wanted)}"
            if self._there(candidate, base):
                self.link(wanted, candidate)
                return True
        return False

    def join_same(self):
        """Files below /usr that are the same, as git's are, become one with several names."""
        first = {}
        for path in self.paths():
            place = self.folder / path
            status = place.lstat()
            if not path.startswith("usr/") or not stat.S_ISREG(status.st_mode) or status.st_size < 4096:
                continue
            same = first.setdefault((status.st_size, status.st_mode, sha256_of(place)), place)
            if same != place and not place.samefile(same):
                place.unlink()
                os.link(same, place)

    def settle(self):
        """One time for everything, so that the same packages give the same bytes. Returns the size in KiB."""
        size = 0
        for path in self.paths():
            place = self.folder / path
            os.utime(place, (0, 0), follow_symlinks=False)
            status = place.lstat()
            if stat.S_ISREG(status.st_mode):
                size += -(-status.st_size // 4096) * 4 / status.st_nlink
        return round(size)

    def licence(self, package):
        """The path on the node of a package's licence file, or None."""
        path = f"usr/share/doc/{package.name}/copyright"
        target = (self.folder / path).resolve()
        if target.is_file() and target.is_relative_to(self.folder.resolve()):
            return "/" + str(target.relative_to(self.folder.resolve()))
        return None
