# SPDX-License-Identifier: MIT
"""The owner's keys and what is signed with them (trust/), without a node: what a node makes of it is in
test/netboot/test_signed.py."""

import os
import re
import shutil
import struct
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRUST = ROOT / "trust"
sys.path.append(str(TRUST))
from pe import CODE, NoProgram, Program, read  # noqa: E402

pytestmark = pytest.mark.skipif(not shutil.which("sbsign"), reason="sbsigntool is not installed: make deps")


def minimal(kernel=False):
    """An EFI program for arm64 of one section, in a header of 1 KiB; a kernel has its mark."""
    header = bytearray(1024)
    header[0:2] = b"MZ"
    header[4:8] = b"zimg" if kernel else bytes(4)
    struct.pack_into("<I", header, 0x3c, 64)
    struct.pack_into("<4sHHIIIHH", header, 64, b"PE\0\0", 0xaa64, 1, 0, 0, 0, 112 + 8 * 6, 0x206)
    optional = 88
    struct.pack_into("<HBBIIIII", header, optional, 0x20b, 0, 0, 512, 0, 0, 4096, 4096)
    struct.pack_into("<QII", header, optional + 24, 0, 4096, 512)
    struct.pack_into("<IIIHH", header, optional + 56, 8192, 1024, 0, 10, 0)
    struct.pack_into("<I", header, optional + 108, 6)
    struct.pack_into("<8sIIIIIIHHI", header, optional + 112 + 48, b".text", 512, 4096, 512, 1024, 0, 0, 0, 0, CODE)
    return bytes(header) + bytes(range(256)) * 2


def call(*command):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("owner") / "keys"
    assert call(TRUST / "keys", folder).returncode == 0
    return folder


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "program.efi"
    path.write_bytes(minimal())
    return path


def test_keys_are_for_their_owner_alone_and_never_overwritten(keys):
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in keys.iterdir()} == {f"{name}.{kind}" for name in ("PK", "KEK", "db") for kind in ("key", "crt")}
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys.glob("*.key"))
    before = {path: path.read_bytes() for path in keys.iterdir()}
    again = call(TRUST / "keys", keys)
    assert again.returncode and "is there already; nothing was made" in again.stderr
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


def test_keys_are_not_made_in_the_source_tree_nor_where_others_look(tmp_path):
    refused = call(TRUST / "keys", ROOT / "docs/keys")
    assert refused.returncode and "is in the source tree" in refused.stderr and not (ROOT / "docs/keys").exists()
    tmp_path.chmod(0o755)
    refused = call(TRUST / "keys", tmp_path)
    assert refused.returncode and "others may look into" in refused.stderr and not list(tmp_path.iterdir())
    refused = call(TRUST / "keys", tmp_path / "new", "db2")
    assert refused.returncode and "first make keys" in refused.stderr


def test_a_signed_program_has_the_hash_it_had_and_is_signed_once(keys, file):
    before = read(file).digest()
    assert call(TRUST / "sign", keys, "db", "sign", file).returncode == 0
    signed = file.read_bytes()
    assert read(file).is_signed() and read(file).digest() == before
    assert call(TRUST / "sign", keys, "db", "check", file).returncode == 0
    assert "signed it already" in call(TRUST / "sign", keys, "db", "sign", file).stdout
    assert file.read_bytes() == signed


def test_what_is_changed_or_signed_by_another_or_revoked_does_not_pass(keys, file, tmp_path):
    assert "is not signed" in call(TRUST / "sign", keys, "db", "check", file).stderr
    call(TRUST / "sign", keys, "db", "sign", file)
    changed = bytearray(file.read_bytes())
    changed[1100] ^= 1
    (tmp_path / "changed.efi").write_bytes(changed)
    assert "was changed since" in call(TRUST / "sign", keys, "db", "check", tmp_path / "changed.efi").stderr
    call(TRUST / "keys", tmp_path / "others")
    assert "signed by none of" in call(TRUST / "sign", tmp_path / "others", "db", "check", file).stderr
    assert call(TRUST / "sign", keys, "db", "revoke", file).returncode == 0
    assert "is revoked" in call(TRUST / "sign", keys, "db", "check", file).stderr
    (keys / "revoked").unlink()


def test_a_kernel_alone_is_not_signed(keys, tmp_path):
    kernel = tmp_path / "vmlinuz.efi"
    kernel.write_bytes(minimal(kernel=True))
    refused = call(TRUST / "sign", keys, "db", "sign", kernel)
    assert refused.returncode and "any archive and any arguments" in refused.stderr
    assert kernel.read_bytes() == minimal(kernel=True)


def test_without_the_key_it_says_where_to_sign(keys, file, tmp_path):
    (tmp_path / "public").mkdir()
    for certificate in keys.glob("*.crt"):
        shutil.copy(certificate, tmp_path / "public")
    assert "sign on the machine that has it" in call(TRUST / "sign", tmp_path / "public", "db", "sign", file).stderr


def test_a_program_holds_what_it_was_made_of(tmp_path):
    for name, content in {"kernel": minimal(kernel=True), "entry": bytes(100), "archive": b"070701" * 1000}.items():
        (tmp_path / name).write_bytes(content)
    made = call(TRUST / "program", tmp_path / "node.efi", tmp_path / "kernel", tmp_path / "entry", "7", " a=1  b ",
                tmp_path / "archive")
    assert made.returncode == 0, made.stderr
    program = read(tmp_path / "node.efi")
    assert program.section(".words") == "a=1 b\0".encode("utf-16-le")
    assert program.section(".archive") == b"070701" * 1000
    own, kernel, words, words_size, archive, archive_size, serial = struct.unpack_from("<6IQ", program.section(".entry"))
    places = {one[0].rstrip(b"\0").decode(): one[2] for one in program.sections}
    assert (own, words, archive) == (places[".entry"], places[".words"], places[".archive"])
    assert (kernel, words_size, archive_size, serial) == (4096, 12, 6000, 7)
    assert program.entry == own + 64


@pytest.mark.parametrize("arguments, why", [("a" * 2048, "it takes 2047"), ("n\u00e9", "not printable ASCII"), ("  ", "no kernel arguments")])
def test_arguments_that_a_kernel_cannot_have_make_no_program(tmp_path, arguments, why):
    for name in ("kernel", "entry", "archive"):
        (tmp_path / name).write_bytes(minimal(kernel=True))
    made = call(TRUST / "program", tmp_path / "node.efi", tmp_path / "kernel", tmp_path / "entry", "7", arguments, tmp_path / "archive")
    assert made.returncode and re.search(f"{why}.*nothing was made", made.stderr)
    assert not (tmp_path / "node.efi").exists()


@pytest.mark.parametrize("content", [b"", b"MZ", b"#!ipxe\n", minimal()[:150], b"MZ" + bytes(58) + b"\xff\xff\xff\x7f" + bytes(100)])
def test_what_is_no_program_is_told(content):
    with pytest.raises(NoProgram):
        Program(content)


def test_a_server_publishes_as_signed_what_is_and_keeps_the_signed_loader(keys, file, tmp_path):
    tree, unsigned = tmp_path / "tree", tmp_path / "unsigned.efi"
    unsigned.write_bytes(minimal())
    publish = [ROOT / "server/publish", tree]
    refused = call(*publish, "add-signed", "one", "qemu-virt", unsigned, unsigned)
    assert refused.returncode and "is not signed; nothing was published" in refused.stderr
    assert not (tree / "http/images").exists()
    call(TRUST / "sign", keys, "db", "sign", file)
    assert call(*publish, "add-signed", "one", "qemu-virt", file, file).returncode == 0
    folder = tree / "http/images/one/qemu-virt"
    assert (folder / "node.efi").read_bytes() == file.read_bytes()
    assert (folder / "image.ipxe").read_text() == "#!ipxe\nset image one\nset program node.efi\n"
    said = call(*publish, "add", "two", "qemu-virt", unsigned, unsigned, unsigned, tmp_path, "a=1").stdout
    assert "ipxe.efi stays the signed one" in said
    for loader in ("tftp/ipxe.efi", "http/ipxe.efi"):
        assert (tree / loader).read_bytes() == file.read_bytes()
    # A layer with an image: the program does not say where that is to be had.
    layer = tmp_path / "tool.cpio.zst"
    (tmp_path / "etc/layers.d").mkdir(parents=True)
    (tmp_path / "etc/layers.d/tool").write_text(f"sha256 {hashlib.sha256(b'an image').hexdigest()}\nsize 8\n")
    subprocess.run(f"find etc | cpio --quiet -o -H newc | zstd -q -o {layer}", shell=True, cwd=tmp_path, check=True)
    Path(f"{layer}.erofs").write_bytes(b"an image")
    refused = call(*publish, "add-signed", "three", "qemu-virt", file, file, layer)
    assert refused.returncode and "does not say where nodes get it" in refused.stderr and not (tree / "http/images/three").exists()
    # A version never changes, signed or not.
    assert "one.2" in call(*publish, "add-signed", "one", "qemu-virt", signed_again(keys, tmp_path), file).stdout
    assert "set image one.2" in (tree / "http/images/one.2/qemu-virt/image.ipxe").read_text()


def signed_again(keys, folder):
    """Another program."""
    other = folder / "other.efi"
    other.write_bytes(minimal()[:-1] + b"x")
    call(TRUST / "sign", keys, "db", "sign", other)
    return other


def test_variables_have_all_keys_and_what_is_revoked(keys, tmp_path):
    out = tmp_path / "ubootefi.var"
    assert call(TRUST / "keys", keys, "db2").returncode == 0
    (keys / "revoked").write_text("# none so far\n" + "ab" * 32 + "  # node.efi\n")
    assert call(TRUST / "variables", out, keys, "41").returncode == 0
    content = out.read_bytes()
    assert struct.unpack_from("<QQI", content) == (0, 0x0161566966456255, len(content))
    assert bytes.fromhex("ab" * 32) in content
    at = content.index("LowestSerial".encode("utf-16-le"))
    assert struct.unpack_from("<Q", content, at + 26) == (41,)
    for name in ("PK", "KEK", "db", "db2"):
        certificate = subprocess.run(["openssl", "x509", "-in", keys / f"{name}.crt", "-outform", "DER"], capture_output=True, check=True)
        assert certificate.stdout in content
    (keys / "revoked").write_text("abc\n")
    assert "line 1: 'abc' is no SHA-256" in call(TRUST / "variables", out, keys, "0").stderr
    assert out.read_bytes() == content
    (keys / "revoked").unlink()
    assert "LOWEST=x is no serial" in call(TRUST / "variables", out, keys, "x").stderr
    os.remove(keys / "db2.key")
    os.remove(keys / "db2.crt")
