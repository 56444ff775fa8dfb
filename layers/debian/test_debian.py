# SPDX-License-Identifier: MIT
"""make debian-layer: resolved, locked, unpacked and packed. The archive of these tests is a small one that they make
themselves, sign with a key of their own and serve on the loopback; one test at the end asks Debian's."""

import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from archive import ROOT
from test_layers import make

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import accounts  # noqa: E402
import apt  # noqa: E402
import lock  # noqa: E402
import scripts  # noqa: E402
from errors import Trouble  # noqa: E402
from tree import LeftOut  # noqa: E402

PROGRAM = HERE / "debian-layer"
STRANGER = "0" * 64


class Archive:
    """A Debian archive with one suite; add() puts a package into it, publish() signs the index."""

    def __init__(self, folder, keys):
        self.folder = folder / "archive"
        self.work = folder / "work"
        self.keys = keys
        self.entries = []
        self.asked = []
        handler = functools.partial(Quiet, self.asked, directory=str(self.folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, name, files=(), version="1.0", architecture="arm64", links=(), scripts=(), **fields):
        tree = self.work / f"{name}_{version}"
        shutil.rmtree(tree, ignore_errors=True)
        (tree / "DEBIAN").mkdir(parents=True)
        for path, content in {f"usr/share/doc/{name}/copyright": f"{name} is free\n", **dict(files)}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(content)
            (tree / path).chmod(0o755 if content.startswith("#!") else 0o644)
        for path, target in dict(links).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).symlink_to(target)
        for script, text in dict(scripts).items():
            (tree / "DEBIAN" / script).write_text(text)
            (tree / "DEBIAN" / script).chmod(0o755)
        control = {"Package": name, "Version": version, "Architecture": architecture, "Maintainer": "a test <a@b.c>",
                   **{field.replace("_", "-"): value for field, value in fields.items()}, "Description": "a package"}
        text = "".join(f"{field}: {value}\n" for field, value in control.items())
        (tree / "DEBIAN/control").write_text(text)
        pool = f"pool/main/{name}_{version}_{architecture}.deb"
        (self.folder / pool).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, self.folder / pool], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        content = (self.folder / pool).read_bytes()
        self.entries.append(text + f"Filename: {pool}\nSize: {len(content)}\n"
                            f"SHA256: {hashlib.sha256(content).hexdigest()}\n")
        return self.folder / pool

    def publish(self):
        suite = self.folder / "dists/trixie"
        index = suite / "main/binary-arm64/Packages"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text("\n".join(self.entries))
        content = index.read_bytes()
        (suite / "Release").write_text(
            "Origin: a test\nSuite: trixie\nCodename: trixie\nArchitectures: arm64\nComponents: main\n"
            "Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n"
            f" {hashlib.sha256(content).hexdigest()} {len(content)} main/binary-arm64/Packages\n")
        self.keys.sign(suite / "Release", suite / "InRelease")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def __init__(self, asked, *arguments, **more):
        self.asked = asked
        super().__init__(*arguments, **more)

    def do_GET(self):
        self.asked.append(self.path)
        if "breaks-off" in self.path:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"the beginning")
            self.close_connection = True
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


class Keys:
    def __init__(self, home):
        home.mkdir(mode=0o700)
        self.gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--yes"]
        self.public = home / "public.gpg"
        subprocess.run([*self.gpg, "--passphrase", "", "--quick-generate-key", "a test", "rsa3072", "sign", "never"],
                       check=True, stderr=subprocess.DEVNULL, timeout=120)
        subprocess.run([*self.gpg, "--output", str(self.public), "--export"], check=True, timeout=60)

    def sign(self, path, out):
        subprocess.run([*self.gpg, "--digest-algo", "SHA512", "--output", str(out), "--clearsign", str(path)],
                       check=True, timeout=60)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    # Its agent's socket needs a short path.
    home = tmp_path_factory.mktemp("k") / "gpg"
    yield Keys(home)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, timeout=60)


class Builder:
    """A cache, an apt root and a base of this test's own."""

    def __init__(self, folder, archive):
        self.archive = archive
        self.folder = folder
        self.out = folder / "out" / "layer.cpio.zst"
        self.base = folder / "base"
        self.cache = folder / "cache"
        self.mirror = ""
        for path in ("bin", "sbin", "etc"):
            (self.base / path).mkdir(parents=True)
        for name in ("sh", "env"):
            (self.base / "bin" / name).touch()
        self.out.parent.mkdir()

    def command(self, *words, keyring=None):
        return [str(PROGRAM), "--archive", self.archive.url, "--keyring", str(keyring or self.archive.keys.public),
                "--apt-root", str(self.folder / "apt"), "--base", str(self.base), "--out", str(self.out),
                *map(str, words)]

    def environment(self):
        return dict(os.environ, GREYHOUND_CACHE=str(self.cache), MIRROR=str(self.mirror), no_proxy="127.0.0.1")

    def run(self, *words, status=0, before=(), **more):
        done = subprocess.run([*before, *self.command(*words, **more)], env=self.environment(), text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == status, done.stdout
        return done.stdout

    def left(self):
        """What lies where the layer should be."""
        return sorted(path.name for path in self.out.parent.iterdir())

    def names(self):
        """The packages of the lock."""
        return [package.name for package in lock.read(f"{self.out}.lock").packages]

    def tree(self):
        """The layer, unpacked."""
        folder = self.folder / "unpacked"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        archive = subprocess.run(["zstd", "-dcq", self.out], check=True, stdout=subprocess.PIPE, timeout=60).stdout
        subprocess.run(["cpio", "-idm", "--quiet"], cwd=folder, input=archive, check=True, timeout=60)
        return folder


@pytest.fixture
def archive(tmp_path, keys):
    archive = Archive(tmp_path, keys)
    yield archive
    archive.close()


@pytest.fixture
def builder(archive, tmp_path):
    return Builder(tmp_path, archive)


@pytest.fixture
def tool(archive):
    """A program with a library, and what the base makes unnecessary."""
    archive.add("libtool1", {"lib/aarch64-linux-gnu/libtool.so.1": "the library\n"})
    archive.add("libother1", {"usr/lib/aarch64-linux-gnu/libother.so.1": "another\n"})
    archive.add("tool", {"usr/bin/tool": "#!/bin/sh\necho tool\n", "usr/share/man/man1/tool.1": "for people\n"},
                Depends="libtool1 (>= 1.0), dpkg (>= 1.17), debconf (>= 0.5) | debconf-2.0", Recommends="libother1")
    archive.publish()
    return archive


# Which packages.

def test_what_is_asked_for_comes_with_what_it_needs_and_the_base_lacks(builder, tool):
    said = builder.run("tool")
    assert builder.names() == ["libtool1", "tool"]
    assert "layer.cpio.zst: 2 packages, " in said and "warning" not in said
    assert builder.left() == ["layer.cpio.zst", "layer.cpio.zst.licences", "layer.cpio.zst.lock"]


def test_the_lock_names_package_version_sha256_and_place(builder, tool):
    builder.run("tool")
    hashed = hashlib.sha256((tool.folder / "pool/main/tool_1.0_arm64.deb").read_bytes()).hexdigest()
    lines = Path(f"{builder.out}.lock").read_text().splitlines()
    assert "suite trixie" in lines and "packages tool" in lines
    assert lines[-1] == f"tool 1.0 {hashed} debian:pool/main/tool_1.0_arm64.deb"


def test_who_names_what_the_base_provides_gets_debians_own(builder, archive):
    archive.add("perl", {"usr/bin/perl": "x\n"}, Depends="perl-base (= 1.0)")
    archive.add("perl-base", {"usr/lib/perl": "x\n"})
    archive.publish()
    builder.run("perl")
    assert builder.names() == ["perl", "perl-base"]


@pytest.mark.parametrize("wanted, complaint", [
    ("tool-x", "trixie has no package tool-x for arm64; names like it: tool"),
    ("bash", "trixie has no package bash for arm64; this machine's own archive does have one"),
    ("needy", "needy : Depends: nothing-has-this"),
    ("Not/AName", "'Not/AName' is no name of a package"),
], ids=["unknown", "other-architecture", "unmet", "nonsense"])
def test_what_cannot_be_had_is_named_and_nothing_is_left(builder, tool, wanted, complaint):
    tool.add("needy", Depends="nothing-has-this (>= 2)")
    tool.publish()
    if wanted == "bash" and not subprocess.run(["apt-cache", "show", "bash"], capture_output=True, check=False).stdout:
        pytest.skip("this machine's apt knows no packages")
    assert complaint in builder.run(wanted, status=1)
    assert builder.left() == []


def test_an_index_that_nobody_known_signed_is_not_believed(builder, tool):
    said = builder.run("tool", status=1, keyring=apt.KEYRING)
    assert "the index of trixie cannot be had" in said and "believed are the keys in " in said
    assert builder.left() == []


def test_without_an_archive_the_place_is_named(builder, tool):
    tool.close()
    said = builder.run("tool", status=1)
    assert f"the index of trixie cannot be had from {tool.url}" in said and "LOCK=file" in said
    assert builder.left() == []


# The lock.

def test_the_same_lock_gives_the_same_bytes_without_a_network(builder, tool):
    builder.run("tool")
    first = builder.out.read_bytes()
    lock_file = Path(f"{builder.out}.lock").rename(builder.folder / "kept.lock")
    builder.out.unlink()
    tool.close()
    said = builder.run("--lock", lock_file)
    assert f"{lock_file}: 2 packages of trixie" in said
    assert builder.out.read_bytes() == first
    assert Path(f"{builder.out}.lock").read_text() == lock_file.read_text()


def test_a_second_build_takes_the_lock_beside_and_update_looks_for_newer_ones(builder, tool):
    builder.run("tool")
    first = builder.out.read_bytes()
    tool.add("libtool1", {"usr/lib/aarch64-linux-gnu/libtool.so.1": "newer\n"}, version="1.1")
    tool.publish()
    assert "layer.cpio.zst.lock: 2 packages of trixie; UPDATE=1 looks for newer ones" in builder.run("tool")
    assert builder.out.read_bytes() == first
    builder.run("--update", "tool")
    assert "libtool1 1.1 " in Path(f"{builder.out}.lock").read_text()
    assert builder.out.read_bytes() != first


def test_a_lock_beside_for_other_packages_is_made_anew_and_a_given_one_is_refused(builder, tool):
    builder.run("tool")
    kept = shutil.copy(f"{builder.out}.lock", builder.folder / "kept.lock")
    assert "is for other packages or another suite: it is made anew" in builder.run("libother1")
    assert builder.names() == ["libother1"]
    assert "is for other packages than PACKAGES=: tool" in builder.run("--lock", kept, "libother1", status=1)
    builder.run("--update", "--lock", kept, "libother1")
    assert [package.name for package in lock.read(kept).packages] == ["libother1"]


@pytest.mark.parametrize("text, complaint", [
    ("suite trixie\npackages a1\n", "there is no line with a package"),
    (f"packages a1\na1 1 {STRANGER} debian:pool/a.deb\n", "there is no 'suite' line"),
    ("suite woody\n", "suite woody is none of trixie, bookworm"),
    (f"suite trixie\npackages a1\na1 1 {STRANGER} https://pool/a.deb\n", ":3: 'https://pool/a.deb' is no place"),
    (f"suite trixie\npackages a1\na1 1 {STRANGER} debian:pool/../a.deb\n", "is no place"),
    ("suite trixie\npackages a1\na1 1 abc debian:pool/a.deb\n", "'abc' is no sha256"),
    ("suite trixie\npackages a1\na1 1\n", ":3: 2 words where"),
    (f"suite trixie\npackages -oX\na1 1 {STRANGER} debian:pool/a.deb\n", ":2: '-oX' is no package name"),
    (2 * f"suite trixie\npackages a1\na1 1 {STRANGER} debian:pool/a.deb\n", ":6: a1 is named twice"),
])
def test_a_lock_that_is_none_is_refused_with_its_line(text, complaint):
    with pytest.raises(Trouble) as trouble:
        lock.parse(text)
    assert complaint in trouble.value.args[0]


# The way here.

def test_a_damaged_download_ends_the_build_and_names_both_hashes(builder, tool):
    pool = tool.folder / "pool/main/tool_1.0_arm64.deb"
    good = pool.read_bytes()
    pool.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    said = builder.run("tool", status=1)
    assert "tool_1.0_arm64.deb: wrong sha256" in said
    assert hashlib.sha256(good).hexdigest() in said and hashlib.sha256(pool.read_bytes()).hexdigest() in said
    assert builder.left() == []
    pool.write_bytes(good)
    builder.run("tool")


def test_a_package_gone_bad_in_the_cache_is_fetched_anew(builder, tool):
    builder.run("tool")
    first = builder.out.read_bytes()
    for path in (builder.cache / "debian").iterdir():
        path.write_bytes(path.read_bytes() + b"a flipped bit")
    assert "was damaged in the cache" in builder.run("tool")
    assert builder.out.read_bytes() == first


def test_a_mirror_folder_is_asked_before_the_archive(builder, tool):
    builder.mirror = tool.folder / "pool/main"
    builder.run("tool")
    assert not [path for path in tool.asked if path.endswith(".deb")]


def test_a_version_that_the_archive_no_longer_has(builder, tool):
    builder.run("tool")
    shutil.rmtree(builder.cache)
    (tool.folder / "pool/main/tool_1.0_arm64.deb").unlink()
    said = builder.run("tool", status=1)
    assert "the first is tool 1.0 (debian:pool/main/tool_1.0_arm64.deb)" in said and "UPDATE=1" in said
    assert "404" in said


def test_a_download_that_breaks_off_is_no_damaged_one(builder, archive):
    archive.add("breaks-off", {"usr/bin/x": "x"})
    archive.publish()
    said = builder.run("breaks-off", status=1)
    assert "1 packages cannot be had" in said and "wrong sha256" not in said
    assert builder.left() == [] and list((builder.cache / "debian").iterdir()) == []


def test_a_full_disk_leaves_nothing(builder, tool):
    tool.add("large", {"usr/share/large/data": os.urandom(1 << 21).hex()})
    tool.publish()
    small = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             'mkdir -p "$GREYHOUND_CACHE" && mount -t tmpfs -o size=1m none "$GREYHOUND_CACHE" && exec "$@"', "sh"]
    if subprocess.run([*small[:4], "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us have a mount namespace")
    assert "no space left in" in builder.run("large", status=1, before=small)
    assert builder.left() == []


# The tree.

def test_everything_is_below_usr_with_the_links_that_programs_look_behind(builder, archive):
    archive.add("libc6", {"lib/aarch64-linux-gnu/ld-linux-aarch64.so.1": "the loader\n",
                          "lib/aarch64-linux-gnu/libc.so.6": "libc\n"},
                links={"lib/ld-linux-aarch64.so.1": "aarch64-linux-gnu/ld-linux-aarch64.so.1",
                       "usr/lib/aarch64-linux-gnu/libc.so": "../../../lib/aarch64-linux-gnu/libc.so.6",
                       "lib/aarch64-linux-gnu/libup.so": "../../usr/lib/aarch64-linux-gnu/libc.so",
                       "usr/bin/absolute": "/sbin/program"})
    archive.add("program", {"sbin/program": "#!/bin/sh\n", "bin/other": "#!/usr/bin/env sh\n"}, Depends="libc6")
    archive.publish()
    builder.run("program")
    tree = builder.tree()
    assert sorted(path.name for path in tree.iterdir()) == ["lib", "usr"]
    assert (tree / "lib/ld-linux-aarch64.so.1").read_text() == "the loader\n"
    assert (tree / "lib/aarch64-linux-gnu/libc.so.6").read_text() == "libc\n"
    assert (tree / "usr/lib/aarch64-linux-gnu/libc.so").read_text() == "libc\n"
    assert (tree / "usr/lib/aarch64-linux-gnu/libup.so").read_text() == "libc\n"
    assert (tree / "usr/bin/absolute").read_text() == (tree / "usr/sbin/program").read_text() == "#!/bin/sh\n"
    # The base has env in /bin alone.
    assert os.readlink(tree / "usr/bin/env") == "../../bin/env"


def test_what_nobody_needs_at_run_time_is_left_out_and_licences_stay(builder, archive):
    archive.add("big", {"usr/share/man/man1/big.1": "x", "usr/share/doc/big/README": "x", "etc/init.d/big": "#!/bin/sh\n",
                        "usr/lib/aarch64-linux-gnu/libbig.a": "x", "usr/include/big.h": "x", "usr/bin/big": "x",
                        "usr/lib/python3/dist-packages/big/tests/test_big.py": "x",
                        "usr/lib/systemd/system/big.service": "x"}, links={"usr/share/doc/big-doc": "big"})
    archive.publish()
    builder.run("big")
    tree = builder.tree()
    files = sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir())
    assert files == ["usr/bin/big", "usr/share/doc/big/copyright"]
    assert Path(f"{builder.out}.licences").read_text().splitlines()[1:] == ["big 1.0 /usr/share/doc/big/copyright"]


def test_left_out_paths_take_what_is_below_and_exceptions_stay():
    left_out = LeftOut("usr/share/doc # for people\n*.a\n*/tests\n!usr/share/doc/keep\n")
    assert all(path in left_out for path in ("usr/share/doc", "usr/share/doc/x/y", "usr/lib/a/b.a", "x/tests/y"))
    assert not any(path in left_out for path in ("usr/share/document", "usr/share/doc/keep/x", "usr/b.ab", "xtests"))


def test_a_package_that_leads_out_of_the_tree_is_refused(builder, archive):
    archive.add("first", links={"usr/share/way": "/tmp"})
    archive.add("second", {"usr/share/way/out": "x\n"}, Depends="first")
    archive.publish()
    assert "a link out of the tree" in builder.run("second", status=1)
    assert builder.left() == []


def test_files_that_are_the_same_are_there_once(builder, archive):
    archive.add("twice", {"usr/bin/one": "x" * 5000, "usr/lib/two": "x" * 5000})
    archive.publish()
    builder.run("twice")
    assert (builder.tree() / "usr/bin/one").samefile(builder.folder / "unpacked/usr/lib/two")


# Instead of scripts.

BLAS = """#!/bin/sh
set -e
folder=/usr/lib/{0}
# the usual
update-alternatives --install /usr/lib/libblas.so.3 \\
                    libblas.so.3 $folder/libblas.so.3 {1} --slave /usr/bin/blas blas ${{folder}}/tool
exit 0
"""


def test_the_best_alternative_gets_the_link_and_its_slaves(builder, archive):
    for name, priority in (("slow", 10), ("fast", 100)):
        archive.add(name, {f"usr/lib/{name}/libblas.so.3": name, f"usr/lib/{name}/tool": name},
                    scripts={"postinst": BLAS.format(name, priority)})
    archive.publish()
    assert "warning" not in builder.run("slow", "fast")
    tree = builder.tree()
    assert os.readlink(tree / "usr/lib/libblas.so.3") == "fast/libblas.so.3"
    assert (tree / "usr/bin/blas").read_text() == "fast"


@pytest.mark.parametrize("text, doubt", [
    ("set -e\n# a remark\nif [ \"$1\" = configure ]; then\n\tldconfig\nfi\nexit 0\n", None),
    ("case \"$1\" in\n configure|abort-upgrade)\n  py3compile -p x\n ;;\n *)\n  echo no >&2\n ;;\nesac\n", None),
    ("# Automatically added by dh_installinit/13\nrm -rf /tmp/x\n# End automatically added section\n", None),
    ("# Automatically added by dh_unknown/13\nrm -rf /tmp/x\n# End automatically added section\n", "rm -rf /tmp/x"),
    ("if true; then frobnicate --all; fi\n", "if true; then frobnicate --all; fi"),
    ("if ! frobnicate; then\nfi\n", "if ! frobnicate; then"),
    ("if ! grep -q x /etc/x >/dev/null 2>&1; then\n  x=$(sed -n p y)\nfi\n", None),
    ("sed -i s/a/b/ /etc/x\n", "sed -i s/a/b/ /etc/x"),
    ("true && frobnicate\n", "true && frobnicate"),
    ("echo yes > /etc/yes\n", "echo yes > /etc/yes"),
    ("LC_ALL=C frobnicate\n", "LC_ALL=C frobnicate"),
    ("cat >/etc/x <<E\nfrobnicate\nE\n", "cat >/etc/x <<E"),
])
def test_a_script_that_does_something_is_told_from_one_that_does_not(text, doubt):
    doubts = scripts.read_scripts({"postinst": text}).doubts
    assert [line for _, line in doubts] == ([doubt] if doubt else [])


def test_a_script_that_does_something_else_is_named_unless_it_was_reviewed(builder, archive):
    text = "#!/bin/sh\nmkfifo /var/lib/queue\n"
    archive.add("odd", scripts={"postinst": text}, files={"usr/bin/odd": "x"})
    archive.add("git", scripts={"postinst": text}, files={"usr/bin/git": "x"})
    archive.publish()
    said = builder.run("odd", "git")
    assert "warning: odd: its postinst is not run, and does what nothing here does instead: 'mkfifo" in said
    assert "warning: git" not in said
    assert scripts.review("libc6", scripts.reviewed_list((HERE / "reviewed.list").read_text())) == (True, "")


def test_accounts_come_as_drop_ins_with_the_ids_of_the_list(builder, archive):
    adduser = "#!/bin/sh\nadduser --quiet --system --group --no-create-home --home /nonexistent munge\n"
    archive.add("by-script", scripts={"postinst": adduser})
    archive.add("by-sysusers", {"usr/lib/sysusers.d/x.conf": '# x\nu slurm - "Slurm" /nonexistent\nu nobodys - "x"\n'})
    archive.publish()
    said = builder.run("by-script", "by-sysusers")
    assert "warning: by-sysusers wants the account 'nobodys', for which layers/debian/accounts.list has no id" in said
    tree = builder.tree()
    assert (tree / "etc/passwd.d/munge").read_text() == "munge:x:200:200:munged:/nonexistent:/bin/false\n"
    assert (tree / "etc/group.d/slurm").read_text() == "slurm:x:64030:\n"
    assert sorted(path.name for path in (tree / "etc/passwd.d").iterdir()) == ["munge", "slurm"]


def test_no_two_accounts_have_one_id_nor_one_of_the_base():
    known = accounts.accounts_list((HERE / "accounts.list").read_text())
    base = {line.split(":")[2] for line in (ROOT / "initramfs/rootfs/etc/passwd").read_text().splitlines()}
    assert not base & {str(account.number) for account in known.values()}
    with pytest.raises(Trouble, match="the id 7 is another account's"):
        accounts.accounts_list("a 7 /\nb 7 /\n")


def test_scripts_whose_interpreter_is_nowhere_are_named(builder, archive):
    archive.add("old", {"usr/bin/old": "#!/usr/bin/perl\n", "usr/bin/new": "#!/usr/bin/env lua\n"})
    archive.publish()
    said = builder.run("old")
    assert "1 scripts need /usr/bin/perl, which neither the base nor this layer has: /usr/bin/old" in said
    assert "1 scripts need lua," in said


def test_certificates_become_one_file(builder, archive):
    archive.add("ca-certificates", {"usr/share/ca-certificates/b.crt": "second", "usr/share/ca-certificates/a.crt": "first\n"})
    archive.publish()
    builder.run("ca-certificates")
    assert (builder.tree() / "etc/ssl/certs/ca-certificates.crt").read_text() == "first\nsecond\n"


# As people ask for it.

@pytest.mark.parametrize("words, complaint", [
    ([], "usage: make debian-layer"),
    (["PACKAGES=git"], "usage: make debian-layer"),
    (["OUT=x"], "usage: make debian-layer"),
    (["PACKAGES=git", "OUT=x", "SUITE=woody"], "SUITE=woody is none of trixie, bookworm"),
    (["OUT=x", "LOCK=no/such.lock"], "there is no no/such.lock"),
    (["PACKAGES=git", "OUT=no/such/folder/x"], "there is no folder no/such/folder"),
])
def test_a_question_that_is_wrong_is_answered_before_anything_is_done(words, complaint):
    done = make("debian-layer", *words)
    assert done.returncode != 0 and complaint in done.stdout


def emulator():
    return next(filter(None, map(shutil.which, ("qemu-aarch64-static", "qemu-aarch64"))), None)


def test_numpy_of_debians_archive_counts(builder):
    base = apt.archives()["debian"]
    try:
        with urllib.request.urlopen(f"{base}/dists/trixie/InRelease", timeout=20) as answer:
            answer.read(1)
    except OSError as error:
        pytest.skip(f"{base} cannot be reached: {error}")
    # The user's cache, so that nothing is fetched twice.
    done = subprocess.run([PROGRAM, "--base", builder.base, "--out", builder.out, "--apt-root", builder.folder / "apt",
                           "--suite", "trixie", "python3 python3-numpy"], text=True, timeout=900,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0 and "does what nothing here does instead" not in done.stdout, done.stdout
    tree = builder.tree()
    assert (tree / "usr/share/doc/libc6/copyright").is_file()
    if not emulator():
        pytest.skip("the layer was made; that it runs is seen with qemu-user-static")
    done = subprocess.run([emulator(), "-L", tree, tree / "usr/bin/python3", "-B", "-c",
                           "import numpy; print(numpy.arange(6).sum(), round(numpy.linalg.det(numpy.eye(6) * 2)))"],
                          text=True, timeout=300, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.stdout == "15 64\n"


def test_layers_for_one_node_are_of_the_same_versions(tmp_path):
    text = "suite bookworm\npackages abc\n{} {} " + "0" * 64 + " debian:pool/main/x/x_1_arm64.deb\n"
    for name, package, version in (("one", "libc6", "2.36-9"), ("two", "libc6", "2.36-9"), ("new", "libc6", "2.41-1"), ("other", "xyz", "1")):
        (tmp_path / f"{name}.cpio.zst").write_text("")
        (tmp_path / f"{name}.cpio.zst.lock").write_text(text.format(package, version))
    (tmp_path / "own").mkdir()

    def said(*names, status=0):
        done = subprocess.run([HERE / "layer-locks", *(tmp_path / name for name in names)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == status, done.stdout
        return done.stdout

    assert said() == said("own", "one.cpio.zst", "other.cpio.zst") == ""
    assert "1 packages are in more than one of one, two" in said("one.cpio.zst", "two.cpio.zst")
    assert "libc6 would be a mixture: 2.36-9 of one and two, 2.41-1 of new" in said(
        "one.cpio.zst", "new.cpio.zst", "two.cpio.zst", status=1)
    (tmp_path / "two.cpio.zst.lock").write_text("nonsense\n")
    assert "two.cpio.zst.lock:1:" in said("two.cpio.zst", status=1)
