# SPDX-License-Identifier: MIT
"""Brings packages into the download cache, where each is named by its sha256 (debian/SHA256.deb), so that a name that
means something else elsewhere does no harm. The places, in order: the cache, MIRROR (a folder or a URL that has
the files), the archive. Whatever the place, a package is what its sha256 says.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from errors import Trouble

HELPER = "/usr/lib/apt/apt-helper"


def cache_folder():
    cache = os.environ.get("GREYHOUND_CACHE") or os.path.join(os.environ.get("HOME", "/root"), ".cache/greyhound")
    return Path(cache) / "debian"


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Cache:
    def __init__(self, bases, say, environment=None):
        """`bases` as of apt.archives; `say` is told what people should know; `environment` is for apt-helper."""
        self.folder = cache_folder()
        self.bases = bases
        self.say = say
        self.mirror = os.environ.get("MIRROR", "")
        self.environment = {**os.environ, "LC_ALL": "C", **(environment or {})}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Trouble(f"the cache {self.folder} cannot be made: {error.strerror}") from None

    def path(self, package):
        return self.folder / f"{package.sha256}.deb"

    def bring(self, packages):
        """The path of each package, in order."""
        missing = [package for package in packages if not self._have(package)]
        if missing:
            with tempfile.TemporaryDirectory(prefix=".partial-", dir=self.folder) as partial:
                self._from_outside(missing, Path(partial))
        return [self.path(package) for package in packages]

    def _have(self, package):
        path = self.path(package)
        if not path.exists():
            return False
        if sha256_of(path) == package.sha256:
            return True
        aside = path.with_suffix(".bad")
        os.replace(path, aside)
        self.say(f"{package.file} was damaged in the cache; kept aside as {aside}, fetched anew")
        return False

    def _from_outside(self, packages, partial):
        if self.mirror and "://" not in self.mirror:
            for package in packages:
                source = Path(self.mirror) / package.file
                if source.is_file():
                    shutil.copyfile(source, partial / package.file)
                    self._accept(package, partial / package.file, source)
            packages = [package for package in packages if not self.path(package).exists()]
        reason = ""
        for bases in ([{None: self.mirror.rstrip("/")}] if "://" in self.mirror else []) + [self.bases]:
            if packages:
                self.say(f"{len(packages)} packages from {' and '.join(sorted(set(bases.values())))}", "FETCH")
                reason = self._download(packages, bases, partial)
            packages = [package for package in packages if not self.path(package).exists()]
        if packages:
            raise Trouble(f"{len(packages)} packages cannot be had, the first is {packages[0].name} "
                          f"{packages[0].version} ({packages[0].place}):", *reason,
                          "an archive keeps only its newest versions: UPDATE=1 takes these; MIRROR= takes a folder or a "
                          f"URL that has {packages[0].file}")

    def _download(self, packages, bases, partial):
        """Gets what can be got; returns why the rest could not, as lines."""
        addresses = {}
        for package in packages:
            archive, _, path = package.place.partition(":")
            base = bases.get(archive) or bases.get(None)
            if base is None:
                return [f"there is no archive {archive} here"]
            path = path if archive in bases else package.file
            addresses[package] = f"{base}/{quote(path)}"
        # A hash may stand beside each, and is checked here instead, for the message.
        words = [word for package, address in addresses.items() for word in (address, str(partial / package.file), "")]
        done = subprocess.run([HELPER, "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "-o",
                               "Acquire::http::Timeout=20", "download-file", *words], env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        said = [line for line in done.stdout.splitlines() if line.startswith("E: ")]
        full = "No space left" in done.stdout or shutil.disk_usage(self.folder).free < 1 << 20
        if done.returncode != 0 and full:
            raise Trouble(f"no space left in {self.folder} for the packages")
        # What broke off is there in part.
        failed = {match[1] for line in said if (match := re.match(r"E: Failed to fetch (\S+)", line))}
        for package, address in addresses.items():
            if (partial / package.file).exists() and address not in failed:
                self._accept(package, partial / package.file, address)
        return said[:3]

    def _accept(self, package, path, source):
        """Into the cache with it, if it is what it should be."""
        got = sha256_of(path)
        if got == package.sha256:
            os.replace(path, self.path(package))
            return
        aside = self.path(package).with_suffix(".bad")
        os.replace(path, aside)
        raise Trouble(f"{package.file}: wrong sha256 from {source}", f"  wanted {package.sha256}", f"  got    {got}",
                      f"  kept aside as {aside}; run again to fetch it anew")
