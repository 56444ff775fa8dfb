# SPDX-License-Identifier: MIT
"""A node in QEMU that boots through U-Boot and iPXE, from a boot server of its own: QEMU's DHCP and TFTP,
and ours for HTTP. Seen from its console alone, as somebody with a serial cable sees it.

Every wait is for a line on the console, with a deadline that only says when to give up."""

import ctypes
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from boot_server import BootServer
from pexpect.popen_spawn import PopenSpawn

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build/qemu-virt"
DEADLINE = 180  # seconds: ten times what a boot takes
MAC = "52-54-00-12-34-56"  # QEMU's own
VERSION = "test"
IMAGES = f"/images/{VERSION}/qemu-virt"
PROMPT = "root@[a-z0-9.-]+:[^ ]*# "
UBOOT_PROMPT = "\n=> "


def die_with_parent():
    """In the child: whatever ends pytest ends QEMU as well (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Chain:
    def __init__(self, cmdline="", layers=()):
        self.directory = Path(tempfile.mkdtemp(prefix="netboot-"))
        self.log_path = self.directory / "console.log"
        self.tree = self.directory / "tree"
        self.http = self.tree / "http"
        self.tftp = self.tree / "tftp"
        self.bios = OUT / "u-boot.bin"
        self.console = None
        self.process = None
        self.lay_out(cmdline, layers)
        self.server = BootServer(self.http)

    def lay_out(self, cmdline, layers):
        """What the server has."""
        subprocess.run([ROOT / "mk/netboot-tree", self.tree, VERSION, "qemu-virt", OUT / "vmlinuz.efi",
                        OUT / "initramfs.cpio.zst", OUT / "ipxe.efi", OUT / "root",
                        "console=ttyAMA0 loglevel=6 panic=1", cmdline, *layers], check=True, cwd=ROOT, timeout=120)

    def power_on(self, *, bootfile="http://10.0.2.2:{port}/boot.ipxe", hostname=None, qemu=()):
        """`hostname` is what QEMU's DHCP server says the node's name is."""
        named = "" if hostname is None else f",hostname={hostname.replace(',', ',,')}"
        self.console = PopenSpawn(
            ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
             "-nodefaults", "-no-user-config", "-display", "none",
             "-chardev", f"stdio,id=console,signal=off,logfile={self.log_path}", "-serial", "chardev:console",
             "-netdev", f"user,id=net0,tftp={self.tftp},bootfile={bootfile.format(port=self.server.port)}{named}",
             "-device", "virtio-net-pci,netdev=net0,romfile=", "-bios", str(self.bios), *qemu],
            timeout=DEADLINE, encoding="utf-8", codec_errors="replace", preexec_fn=die_with_parent)
        self.process = self.console.proc
        return self

    def write(self, path, text):
        """A script on the server."""
        (self.http / path).write_text(text)

    def expect(self, *patterns):
        """Waits for these, one after the other."""
        for pattern in patterns:
            self.console.expect(pattern)
        return self.console.match

    def send(self, text):
        self.console.send(text)

    def run(self, command):
        """What a command typed at the node's prompt says."""
        self.send("\n")
        self.expect(PROMPT)
        # The echo has the quotes in it, the output does not.
        self.send(f"{command}; echo 'ov''er'\n")
        self.expect("over\r?\n")
        return self.console.before

    def booted(self):
        """Waits for the node's shell."""
        self.expect(PROMPT)
        self.run("dmesg -n 1")

    def log(self):
        return self.log_path.read_text(errors="replace").replace("\r", "") if self.log_path.exists() else ""

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.server.down()
        shutil.rmtree(self.directory, ignore_errors=True)


def plain(text):
    """Without the terminal's escape sequences."""
    return re.sub(r"\x1b[\[0-9;?]*[a-zA-Z78]", "", text)
