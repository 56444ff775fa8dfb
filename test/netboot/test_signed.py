# SPDX-License-Identifier: MIT
"""With SIGN=yes: the node boots what its owner signed, whatever the network offers (docs/trust.md). Most of what is refused is
offered to one node, one after the other, by a script such as an attacker would write: he has the network, so every
script is his."""

import re
import subprocess

import pytest
from chain import ROOT
from signed import (ARGUMENTS, LOWEST, OUT, SIGNED, SignedChain, flipped, program, revoking, section_of, sign,
                    with_layer)

REFUSED = "Image not authenticated"
CHANGED = "Image was changed after it was signed"


@pytest.fixture(scope="module")
def others():
    """Somebody else's keys."""
    keys = ROOT / "build/trust-test/others"
    if not keys.exists():
        subprocess.run(["trust/keys", keys], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return keys


def layer(folder):
    (folder / "etc").mkdir(parents=True)
    (folder / "etc/job").write_text("the job\n")
    return folder


def offers(folder, good, base_size, others):
    """What is refused: name, file and the message. `good` is the program that all are made of."""
    def copy(name):
        path = folder / f"{name}.efi"
        path.write_bytes(good.read_bytes())
        return path

    archive, archive_size = section_of(good, ".archive")
    places = {"kernel": sum(section_of(good, ".text")) // 2, "kernel-data": section_of(good, ".data")[0],
              "arguments": section_of(good, ".words")[0], "entry": section_of(good, ".entry")[0] + 100,
              "serial": section_of(good, ".entry")[0] + 25, "base": archive + base_size // 2,
              "layer": archive + archive_size - 40, "header": 0x50, "padding": section_of(good, ".words")[0] + 400}
    for name, offset in places.items():
        yield name, flipped(good, folder / f"{name}.efi", offset), CHANGED
    unsigned = program(folder / "unsigned.efi")
    yield "unsigned", unsigned, "Image has no signature"
    kernel = folder / "kernel-alone.efi"
    kernel.write_bytes((OUT / "vmlinuz.efi").read_bytes())
    yield "kernel-alone", kernel, "Image has no signature"
    yield "other-key", sign(program(folder / "other-key.efi"), keys=others), "signed by none of the keys"
    revoked = sign(program(folder / "revoked.efi", serial=2001))
    yield "revoked", revoked, "Image is revoked"
    yield "old", sign(program(folder / "old.efi", serial=LOWEST - 1)), \
        f"its serial is {LOWEST - 1}, the lowest that this node accepts is {LOWEST}"
    yield "truncated", copy("truncated"), "truncated|not authenticated"


def attack(names):
    """A script that offers all of these, then what is signed with what is not."""
    lines = ["#!ipxe", "set base ${cwduri}"]
    for name in names:
        lines += ["imgfree", f"echo offer: {name}",
                  f"kernel ${{base}}{name}.efi rdinit=/bin/sh && boot || echo offer: {name}: refused: ${{errno}}"]
    lines += ["imgfree", "echo offer: Image", "kernel ${base}Image && boot || echo offer: Image: refused: ${errno}",
              "imgfree", "echo offer: initrd", "kernel ${base}good.efi",
              "initrd ${base}evil.cpio && boot || echo offer: initrd: refused: ${errno}",
              "imgfree", "echo offer: tree", "fdt ${base}evil.dtb || echo offer: no fdt command",
              "echo offer: arguments",
              "kernel ${base}good.efi rdinit=/bin/false evil initrd=evil.cpio dtb=evil.dtb && boot || echo offer: failed"]
    return "\n".join(lines) + "\n"


def test_whatever_is_not_as_the_owner_signed_it_is_refused(chain, tmp_path, others):
    archive, base_size = with_layer(layer(tmp_path / "job"), tmp_path / "archive")
    node = chain(kind=SignedChain)
    good = sign(program(node.http / "good.efi", archive=archive))
    bad = list(offers(node.http, good, base_size, others))
    truncated = node.http / "truncated.efi"
    truncated.write_bytes(good.read_bytes()[:-600_000])
    # A kernel without an EFI header is started by no EFI program, but this one is of Linux's own form.
    (node.http / "Image").write_bytes(subprocess.run(["gzip", "-dc", OUT / "Image"], check=True, capture_output=True).stdout)
    (node.http / "evil.cpio").write_bytes((OUT / "initramfs.cpio.zst").read_bytes())
    tree = '/dts-v1/; / { evil; #address-cells = <2>; #size-cells = <2>; chosen { bootargs = "evil"; }; };'
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", node.http / "evil.dtb"], input=tree, text=True, check=True)
    node.bios = revoking(node.http / "revoked.efi", tmp_path / "u-boot.bin")
    node.write("boot.ipxe", attack([name for name, *_ in bad]))
    node.power_on()
    for name, _, why in bad:
        node.expect(f"offer: {name}[\r\n]+")
        node.expect(f"offer: {name}: refused:")
        said = node.console.before
        assert re.search(why, said), f"{name}: {said}"
        assert "Decompressing Linux" not in said
    node.expect("offer: Image[\r\n]+", "offer: Image: refused:", "offer: initrd[\r\n]+")
    node.expect("offer: initrd: refused:")
    assert "refused: an archive \\(initrd\\) comes with it that is not signed".replace("\\", "") in node.console.before
    # Signed and whole, so it boots; what came with it is not there.
    node.booted()
    words = node.run("cat /proc/cmdline")
    assert ARGUMENTS in words and "evil" not in words and "rdinit" not in words
    assert "the job" in node.run("cat /etc/job")
    assert "No such file" in node.run("ls /proc/device-tree/evil")


def test_a_node_goes_on_trying_and_boots_once_what_is_offered_is_signed(chain):
    """And there is no prompt on the way, whoever types what."""
    node = chain(kind=SignedChain)
    loader, signed_loader = node.tftp / "ipxe.efi", (SIGNED / "ipxe.efi").read_bytes()
    loader.write_bytes((OUT / "ipxe.efi").read_bytes())
    (node.http / "ipxe.efi").write_bytes((OUT / "ipxe.efi").read_bytes())
    good = node.program.read_bytes()
    flipped(SIGNED / "node.efi", node.program, section_of(node.program, ".archive")[0])
    node.power_on()
    node.send("m x\n")
    node.expect("signed programs only", "Image has no signature", REFUSED, "trying again in 1 s")
    node.send("\x03\x03m\n")
    loader.write_bytes(flipped(SIGNED / "ipxe.efi", node.directory / "flipped", 500_000).read_bytes())
    node.expect(CHANGED, REFUSED, "trying again in ")
    node.send("\x03\x03\n")
    loader.write_bytes(signed_loader)
    node.expect("iPXE 2.0.0")
    node.send("\x02\x03")  # Ctrl-B would be iPXE's shell
    node.expect(CHANGED, "boot.ipxe: the signed program of test failed", "iPXE: trying again in 1 s")
    node.send("\x03\x03")
    node.program.write_bytes(good)
    node.booted()
    for prompt in ("\n=> ", "iPXE>", "Boot to a root shell"):
        assert prompt not in node.log()


def test_a_second_key_signs_as_well_and_a_name_from_dhcp_is_checked(chain, tmp_path):
    """What the network says is no kernel argument, but netd's to ask for."""
    node = chain(kind=SignedChain)
    program(node.program, serial=LOWEST)
    sign(node.program, key="db2")
    node.power_on(hostname='x rdinit=/bin/sh')
    node.booted()
    assert "10.0.2.15/24" in node.run("svctl wait net --timeout 60s; svctl status net")
    words = node.run("cat /proc/cmdline")
    assert "rdinit" not in words and "ip=" not in words and "syslog=" not in words
    assert re.search("greyhound", node.run("hostname"))
    assert re.search("host name 'x rdinit=/bin/sh' refused", node.run("svctl logs net"))
