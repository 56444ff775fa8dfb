# SPDX-License-Identifier: MIT
"""Nodes that start without a U-Boot of ours: UEFI (Debian's EDK2) fetches iPXE, and which board such a node is, and which of
its interfaces it boots from, comes from the node."""

import re
import subprocess
from pathlib import Path

import pytest
from chain import DEADLINE, MAC, OUT, ROOT, VERSION, Chain, die_with_parent, plain
from network import SERVER, SUBNET, Network, impossible
from pexpect.popen_spawn import PopenSpawn

FIRMWARE = Path("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd")
BOARD = "machine"

# What a client of DHCP with this architecture (RFC 4578, option 93) and vendor class is answered: option 60, the file.
DISCOVER = """\
import socket, struct, sys
kind, architecture = sys.argv[1], int(sys.argv[2])
mac = bytes.fromhex("525400770099")
vendor = b"%s:Arch:%05d:UNDI:003016" % (kind.encode(), architecture)
options = (b"\\x63\\x82\\x53\\x63\\x35\\x01\\x01" + bytes((60, len(vendor))) + vendor + b"\\x5d\\x02" + struct.pack("!H", architecture)
           + b"\\x5e\\x03\\x01\\x03\\x10" + b"\\x61\\x11\\x00" + bytes(16) + b"\\x37\\x05\\x01\\x03\\x2b\\x3c\\x43\\xff")
packet = struct.pack("!BBBBIHH16s16s192x", 1, 1, 6, 0, 7, 0, 0x8000, b"", mac) + options
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
wire.bind(("", 68))
wire.settimeout(20)
wire.sendto(packet, ("255.255.255.255", 67))
answer = wire.recv(2048)
found, at = {}, 240
while answer[at] != 255:
    found[answer[at]] = answer[at + 2:at + 2 + answer[at + 1]]
    at += 2 + answer[at + 1]
file = found.get(67, answer[108:236]).rstrip(b"\\0")
print(found.get(60, b"none").rstrip(b"\\0").decode(), file.decode())
"""


class FirmwareChain(Chain):
    """Published as the board of nodes whose firmware starts an iPXE for arm64 and EFI. The kernel is that of QEMU's machine, which
    has no ACPI: so the firmware hands a device tree over."""

    def __init__(self):
        super().__init__()
        subprocess.run([ROOT / "mk/netboot-tree", "--client=arm64-efi", self.tree, VERSION, BOARD, OUT / "vmlinuz.efi",
                        OUT / "initramfs.cpio.zst", OUT / "ipxe.efi", OUT / "root", "loglevel=6 panic=1", ""],
                       check=True, cwd=ROOT, timeout=120)

    def power_on(self, qemu=()):
        # As mk/qemu-http has it: QEMU's DHCP cannot tell iPXE anything else than the firmware.
        beside = self.tftp / "autoexec.ipxe"
        beside.write_text(f"#!ipxe\nset filename http://10.0.2.2:{self.server.port}/boot.ipxe\n{beside.read_text()}")
        self.console = PopenSpawn(
            ["qemu-system-aarch64", "-M", "virt,gic-version=3,acpi=off", "-cpu", "cortex-a53", "-smp", "2", "-m", "1024",
             "-nodefaults", "-no-user-config", "-display", "none",
             "-chardev", f"stdio,id=console,signal=off,logfile={self.log_path}", "-serial", "chardev:console",
             *qemu, "-netdev", f"user,id=net0,tftp={self.tftp},bootfile=ipxe.efi",
             "-device", f"virtio-net-pci,netdev=net0,romfile=,mac={MAC.replace('-', ':')},bootindex=0", "-bios", str(FIRMWARE)],
            timeout=DEADLINE, encoding="utf-8", codec_errors="replace", preexec_fn=die_with_parent)
        self.process = self.console.proc
        return self


@pytest.fixture
def firmware(chain):
    node = FirmwareChain()
    chain.made.append(node)
    return node


def test_uefi_boots_the_board_that_is_published_for_it_and_from_the_interface_that_it_used(firmware):
    # Another interface comes first, and has a network as well.
    firmware.power_on(qemu=("-netdev", "user,id=other,net=10.9.9.0/24",
                            "-device", "virtio-net-pci,netdev=other,romfile=,mac=52:54:00:99:99:99"))
    firmware.expect("Start PXE over IPv4", "NBP filename is ipxe.efi", "iPXE 2.0.0", f"starting {VERSION} on {BOARD}",
                    "EFI stub")
    firmware.booted()
    assert firmware.server.asked[:4] == ["/boot.ipxe", "/clients/arm64-efi.ipxe", f"/nodes/{MAC}.ipxe", "/default.ipxe"]
    assert f"ip=10.0.2.15::10.0.2.2:255.255.255.0:hex,:{MAC}:dhcp:10.0.2.3::" in firmware.run("cat /proc/cmdline").split()
    said = plain(firmware.run("svctl wait net --timeout 60s; svctl status"))
    assert re.search(r"net +ready .*eth1: 10\.0\.2\.15/24 via 10\.0\.2\.2", said), said
    assert "52:54:00:99:99:99" in firmware.run("cat /sys/class/net/eth0/address")


def test_a_node_without_a_board_says_so_and_tries_again(firmware):
    (firmware.http / "clients/arm64-efi.ipxe").unlink()
    firmware.power_on()
    firmware.expect("boot.ipxe: clients/arm64-efi.ipxe failed", "trying again in 1 s")


@pytest.mark.skipif(bool(impossible()), reason=str(impossible()))
def test_the_boot_server_answers_uefi_by_pxe_and_by_http():
    network = Network()
    try:
        network.serve(f"SUBNET={SUBNET}")
        client = network.join("gh-client", "192.168.77.9/24")

        def asks(*words):
            return client.run("python3", "-c", DISCOVER, *words).split()

        assert asks("PXEClient", "11")[1] == "ipxe.efi"
        assert asks("HTTPClient", "19") == ["HTTPClient", f"http://{SERVER}/ipxe.efi"]
        assert (network.http / "ipxe.efi").exists() and (network.http / "autoexec.ipxe").exists()
    finally:
        network.close()
