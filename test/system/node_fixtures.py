# SPDX-License-Identifier: MIT
"""Fixtures of the tests that boot nodes, for test/system and for the layers that have tests.

    def test_something(boot):
        node = boot({"etc/svc/job": "exec = /bin/sleep 1000\\n"}, cmdline="svc.only=job,agent")
        assert node.ok("svctl status job")

`boot` is for one test; `boot_shared` is the same for a module's own fixture, for a node that many
tests look at. The kernel and the base archive are those that make built, or GREYHOUND_IMAGE and
GREYHOUND_INITRAMFS. When a test fails, its report ends with the console of every node it used."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from archive import ROOT, aligned, layer, unchecked_layer
from netd_lab import Node as LabNode
from netd_lab import Server as LabServer
from node import AGENT, Node
from played_init import SVCTL, Init

IMAGE = Path(os.environ.get("GREYHOUND_IMAGE", ROOT / "build/qemu-virt/Image"))
INITRAMFS = Path(os.environ.get("GREYHOUND_INITRAMFS", ROOT / "build/qemu-virt/initramfs.cpio.zst"))
CROSS_CC = ROOT / "build/toolchain/aarch64-musl/bin/aarch64-linux-musl-gcc"
HELPERS = Path(__file__).parent / "helpers"

# QEMU's own network: a DHCP server, a router and a DNS server, all at 10.0.2.2 and 10.0.2.3.
USER_NETWORK = ("-netdev", "user,id=net0", "-device", "virtio-net-pci,netdev=net0,id=nic0,romfile=")
NO_NETWORK = ("-nic", "none")


class Boot:
    """Boots nodes and ends them."""

    def __init__(self, folders):
        self.folders = folders
        self.nodes = []

    def __call__(self, files=None, cmdline="", *, unchecked=None, layers=(), network=NO_NETWORK,
                 qemu=(), agent=True, settled=True, reboots=False, paused=None,
                 within=()):
        """A node with a layer of `files` ({path: content}), then one of `unchecked` files, which may be
        as wrong as they like, then ready-made archives. With `agent`, node.run() works when this
        returns; without it, the console is all there is. The agent is a service among others: only with
        `settled` have the others been tried as well. `paused` is called with the node before its first
        instruction. `within` is a command that runs QEMU, in a namespace say."""
        files = {**(AGENT if agent else {}), **(files or {})}
        archives = [INITRAMFS.read_bytes()]
        if files:
            archives.append(layer(self.folders.mktemp("layer") / "made", files))
        if unchecked:
            archives.append(unchecked_layer(unchecked))
        archives += layers
        node = Node(IMAGE, b"".join(aligned(archive) for archive in archives), cmdline, qemu, network,
                    reboots, agent, paused, within)
        self.nodes.append(node)
        if agent and settled:
            node.settle()
        return node

    def end(self):
        for node in self.nodes:
            node.close()


@pytest.fixture
def boot(tmp_path_factory):
    booter = Boot(tmp_path_factory)
    yield booter
    booter.end()


@pytest.fixture(scope="module")
def boot_shared(tmp_path_factory):
    booter = Boot(tmp_path_factory)
    yield booter
    booter.end()


@pytest.fixture(scope="session")
def helper(tmp_path_factory):
    """helper("notify"): the program of helpers/notify.c, built for the node."""
    folder = tmp_path_factory.mktemp("helpers")

    def build(name):
        program = folder / name
        if not program.exists():
            subprocess.run([CROSS_CC, "-std=gnu17", "-D_GNU_SOURCE", "-Os", "-Wall", "-Wextra", "-Werror", "-static", "-s",
                            "-o", program, HELPERS / f"{name}.c"], check=True, timeout=300)
        return program

    return build


@pytest.fixture
def init(tmp_path):
    """A PID 1 for svctl that is played."""
    server = Init(tmp_path / "init.sock")
    yield server
    server.close()


@pytest.fixture
def environment(tmp_path):
    return {
        "PATH": "/usr/bin:/bin",
        "TERM": "xterm",
        "GREYHOUND_INIT_SOCKET": str(tmp_path / "init.sock"),
        "GREYHOUND_SERVICE_CGROUPS": str(tmp_path / "cgroups"),
    }


@pytest.fixture
def svctl(environment):
    assert SVCTL.exists(), f"{SVCTL} is missing: make build/host/svctl"

    def run(*arguments, **options):
        return subprocess.run(
            [SVCTL, *arguments], env=environment, capture_output=True, timeout=30, **options
        )

    return run


@pytest.fixture
def lab(tmp_path):
    """A DHCP server and a node in namespaces, without a cable yet."""
    server = LabServer(tmp_path)
    node = LabNode(tmp_path, server)
    yield node, server
    node.close()
    server.close()
    assert not node.said("Sanitizer") and not node.said("runtime error"), node.log.read_text()


@pytest.fixture
def wired(lab):
    lab[0].plug()
    return lab


def pytest_configure(config):
    # A shell starts what is in its background with SIGINT ignored; what tests interrupt would inherit that.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # pexpect 4.8 sets its reader thread up in the old way.
    config.addinivalue_line("filterwarnings", "ignore:setDaemon:DeprecationWarning")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        for node in value.nodes if isinstance(value, Boot) else [value]:
            if isinstance(node, Node):
                report.sections.append((f"console of {' '.join(node.command[-1:])}", node.log()))
