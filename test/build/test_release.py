# SPDX-License-Identifier: MIT
"""mk/release: the same bytes each time, an SBOM that names every source by its hash, and an SDK that lies anywhere."""

import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TOOLCHAIN = TOP / "build/toolchain/aarch64-musl"
NAME = "greyhound-1.2"


LICENCES = {"linux": "COPYING", "musl": "COPYRIGHT", "busybox": "LICENSE", "libnl": "COPYING", "libusb": "COPYING",
            "u-boot": "Licenses/gpl-2.0.txt", "tf-a": "docs/license.rst"}


@pytest.fixture
def release(tmp_path):
    """release(words) runs mk/release in a checkout of its own, one commit, with sources that are unpacked."""
    top = tmp_path / "checkout"
    for name in ("mk/release", "mk/sbom", "mk/components.py", "layers/debian/lock.py", "layers/debian/errors.py", "LICENSE", "sources.lock"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / name, top / name)
    (top / ".gitignore").write_text("/build/\n")
    for line in (top / "sources.lock").read_text().splitlines():
        name, version = (line.split() + ["#", ""])[:2]
        if name in LICENCES:
            text = top / f"build/src/{name}-{version}" / LICENCES[name]
            text.parent.mkdir(parents=True, exist_ok=True)
            text.write_text(f"the licence of {name}\n")
    git = ["git", "-C", top, "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)

    def run(*words):
        return subprocess.run([top / "mk/release", *words], text=True, capture_output=True, check=False)

    run.top = top
    return run


@pytest.fixture
def tree(tmp_path):
    """A boot server's tree, as mk/netboot-tree leaves it, and a board's own file."""
    images = tmp_path / "netboot/http/images/1.2/qemu-virt"
    images.mkdir(parents=True)
    (images / "vmlinuz.efi").write_text("kernel")
    (images / "initramfs.cpio.zst").write_text("base")
    (tmp_path / "netboot/http/current").symlink_to("images/1.2")
    (tmp_path / "u-boot.bin").write_text("firmware")
    (tmp_path / "netboot/history").write_text("this machine's")
    return tmp_path


def unpack(archive, to):
    to.mkdir()
    subprocess.run(["tar", "-x", "--zstd", "-f", archive, "-C", to], check=True)


def test_a_boards_files_and_the_same_bytes_each_time(release, tree, tmp_path):
    for out in ("one", "two"):
        done = release("board", tmp_path / out, NAME, "qemu-virt", tree / "netboot", tree / "u-boot.bin")
        assert done.returncode == 0, done.stderr
        # Other times, as of another build.
        subprocess.run(["find", tree / "netboot", "-exec", "touch", "-h", "-d", "2001-01-01", "{}", "+"], check=True)
    archive = f"{NAME}-qemu-virt.tar.zst"
    assert (tmp_path / "one" / archive).read_bytes() == (tmp_path / "two" / archive).read_bytes()
    unpack(tmp_path / "one" / archive, tmp_path / "unpacked")
    top = tmp_path / "unpacked" / f"{NAME}-qemu-virt"
    assert (top / "netboot/http/current/qemu-virt/vmlinuz.efi").read_text() == "kernel"
    assert (top / "u-boot.bin").read_text() == "firmware"
    readme = (top / "README.txt").read_text()
    assert "qemu-system-aarch64" in readme and "u-boot.bin" in readme
    assert not (top / "netboot/history").exists()
    assert {path.name for path in (top / "licences").iterdir()} == {"greyhound", "linux", "musl", "busybox", "libnl", "libusb", "u-boot"}
    assert "MIT" in (top / "licences/greyhound").read_text()
    plain = subprocess.run(["zstd", "-dc", tmp_path / "one" / archive], capture_output=True, check=True).stdout
    (tmp_path / "plain.tar").write_bytes(plain)
    with tarfile.open(tmp_path / "plain.tar") as members:
        assert {(member.uid, member.gid) for member in members} == {(0, 0)}


def test_checksums_and_what_it_was_made_from(release, tree, tmp_path):
    out = tmp_path / "out"
    release("board", out, NAME, "qemu-virt", tree / "netboot", tree / "u-boot.bin")
    assert release("finish", out, NAME).returncode == 0
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=out, check=True)
    assert len((out / "SHA256SUMS").read_text().splitlines()) == len(list(out.iterdir())) - 1
    sbom = json.loads((out / f"{NAME}.spdx.json").read_text())
    packages = {package["name"]: package for package in sbom["packages"]}
    assert packages["greyhound"]["versionInfo"] == "1.2"
    for line in (TOP / "sources.lock").read_text().splitlines():
        name, version = (line.split() + ["#", ""])[:2]
        # What nothing is built from here, only layers, or only benches.
        if name[0] == "#" or name in ("ipxe", "dropbear", "linux-debian"):
            continue
        assert packages[name]["versionInfo"] == version
        first = next(other for other in (TOP / "sources.lock").read_text().splitlines() if other.split()[:1] == [name])
        assert packages[name]["checksums"][0]["checksumValue"] == first.split()[2]
        assert packages[name]["downloadLocation"] == "NOASSERTION" or packages[name]["downloadLocation"] in first
        assert packages[name]["licenseDeclared"] and packages[name]["externalRefs"]
    ids = {item["SPDXID"] for item in sbom["packages"] + sbom["files"]} | {"SPDXRef-DOCUMENT"}
    assert all({link["spdxElementId"], link["relatedSpdxElement"]} <= ids for link in sbom["relationships"])
    [file] = sbom["files"]
    data = (out / f"{NAME}-qemu-virt.tar.zst").read_bytes()
    assert hashlib.sha256(data).hexdigest() in [item["checksumValue"] for item in file["checksums"]]


def test_the_packages_of_a_layer_are_named(release, tmp_path):
    layer = tmp_path / "tool.cpio.zst"
    layer.write_text("an archive")
    Path(f"{layer}.erofs").write_text("an image")
    Path(f"{layer}.lock").write_text("suite bookworm\npackages tool\ntool 1:2.0+b1 " + "0" * 64 + " debian:pool/main/t/tool/tool_2.0+b1_arm64.deb\n")
    Path(f"{layer}.licences").write_text("# package version licence\ntool 1:2.0+b1 /usr/share/doc/tool/copyright\n")
    out = tmp_path / "sbom.json"
    done = subprocess.run([release.top / "mk/sbom", out, NAME, layer, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sbom = json.loads(out.read_text())
    [package] = [package for package in sbom["packages"] if package["name"] == "tool"]
    assert package["externalRefs"][0]["referenceLocator"] == "pkg:deb/debian/tool@1%3A2.0%2Bb1?arch=arm64&distro=bookworm"
    assert "/usr/share/doc/tool/copyright" in package["licenseComments"]
    assert [file["fileName"] for file in sbom["files"]] == ["./tool.cpio.zst", "./tool.cpio.zst.erofs"]
    kinds = {(link["relationshipType"], link["relatedSpdxElement"]) for link in sbom["relationships"]}
    assert {("CONTAINS", package["SPDXID"]), ("DEPENDS_ON", "SPDXRef-file-0-image")} <= kinds


def test_only_a_commit_is_released(release):
    assert release("check").returncode == 0
    (release.top / "new").write_text("")
    done = release("check")
    assert done.returncode == 1 and "1 files differ from the commit, new among them" in done.stderr


def test_the_sdk_compiles_wherever_it_lies(release, tmp_path):
    done = release("sdk", tmp_path / "out", NAME, TOOLCHAIN)
    assert done.returncode == 0, done.stderr
    unpack(tmp_path / "out" / f"{NAME}-sdk.tar.zst", tmp_path / "else where")
    sdk = tmp_path / "else where" / f"{NAME}-sdk"
    assert str(TOP) not in (sdk / "lib/musl-gcc.specs").read_text()
    (tmp_path / "hello.c").write_text('#include <linux/if.h>\n#include <pthread.h>\n#include <stdio.h>\n'
                                      'int main(void) { return pthread_self() && puts("hello") < 0; }\n')
    linked = subprocess.run([sdk / "bin/greyhound-cc", "-Wall", "-Werror", "-o", tmp_path / "hello", tmp_path / "hello.c"],
                            text=True, capture_output=True, check=False)
    assert linked.returncode == 0, linked.stderr
    header = subprocess.run(["readelf", "-hl", tmp_path / "hello"], text=True, capture_output=True, check=True).stdout
    assert "AArch64" in header and "INTERP" not in header
