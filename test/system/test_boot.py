# SPDX-License-Identifier: MIT
"""A node as it comes: no layer but the agent's, QEMU's network, the services of the image."""

import re

import pytest
from node_fixtures import USER_NETWORK
from node import lines_with

READY = r"init: ready in [0-9]+\.[0-9]+ s \([0-9]+\.[0-9]+ s after kernel start\)$"


@pytest.fixture(scope="module")
def node(boot_shared):
    node = boot_shared(network=USER_NETWORK, qemu=("-smp", "4", "-m", "2048"))
    node.ok("svctl wait ready")
    return node


def test_boots_to_ready_and_says_so_once(node):
    assert len(lines_with(node.kernel_log(), READY)) == 1
    assert node.status()["node"]["state"] == "ready"


def test_the_services_of_the_image_run(node):
    states = {service["name"]: service["state"] for service in node.status()["services"]}
    assert states["net"] == "ready"
    assert states["console"] == "ready"
    assert states["ntp"] == "skipped"


def test_init_is_pid_1(node):
    assert node.ok("readlink /proc/1/exe").strip() == "/init"


def test_kernel_is_6_12_with_the_a53s_instructions(node):
    assert node.ok("uname -r").startswith("6.12.")
    flags = node.ok("sed -n 's/^Features.*: //p' /proc/cpuinfo | head -1").split()
    assert {"fp", "asimd", "aes", "pmull", "sha1", "sha2", "crc32"} <= set(flags)


def test_every_processor_is_on_line(node):
    assert node.ok("nproc").strip() == "4"


def test_dmesg_has_the_kernels_first_line_and_the_command_line(node):
    log = node.kernel_log()
    assert "Linux version 6.12." in log
    assert "console=ttyAMA0" in log


# What crun and bwrap do.
PIVOT = """mount -t tmpfs new /tmp/new
mkdir /tmp/new/old /tmp/new/bin
cp /bin/busybox /tmp/new/bin/
pivot_root /tmp/new /tmp/new/old
exec /bin/busybox sh -c "busybox umount -l /old && busybox ls /"
"""


@pytest.mark.parametrize("how", ["unshare -m sh -e {}", "setuidgid nobody unshare -U -r -m sh -e {}"])
def test_a_container_can_leave_the_root(node, how):
    """pivot_root(2) refuses the initramfs itself."""
    node.ok(f"mkdir -p /tmp/new; cat >/tmp/pivot <<'END'\n{PIVOT}END")
    assert node.ok(how.format("/tmp/pivot")).split() == ["bin", "old"]


def test_nothing_of_the_boot_is_an_error(node):
    """Level 3 and worse, of the kernel and of PID 1."""
    levels = node.ok("dmesg -r")
    assert lines_with(levels, r"^<[0-3]>") == []


@pytest.mark.parametrize("target, kind", [
    ("/proc", "proc"), ("/sys", "sysfs"), ("/dev", "devtmpfs"), ("/dev/pts", "devpts"),
    ("/sys/fs/cgroup", "cgroup2"), ("/run", "tmpfs"), ("/tmp", "tmpfs")])
def test_is_mounted(node, target, kind):
    assert [kind] == [fields[2] for line in node.ok("cat /proc/mounts").splitlines()
                      if (fields := line.split())[1] == target]


@pytest.mark.parametrize("target", ["/run", "/tmp"])
def test_tmpfs_is_bounded(node, target):
    """Nobody can fill the node's RAM through /run or /tmp."""
    total = int(node.ok("awk '/^MemTotal:/ {print $2}' /proc/meminfo"))
    size = int(node.ok(f"df -k {target} | tail -1 | awk '{{print $2}}'"))
    assert 0 < size < total * 0.51  # the kernel's half counts what it reserved for itself


def test_everyone_may_write_to_tmp_and_only_root_to_run(node):
    assert node.ok("stat -c %a /tmp").strip() == "1777"
    assert node.ok("stat -c %a /run").strip() == "755"


def test_loopback_is_up(node):
    assert "0% packet loss" in node.ok("ping -c 1 127.0.0.1")
    assert "0% packet loss" in node.ok("ping6 -c 1 ::1")


def test_hostname_is_the_images(node):
    assert node.ok("hostname").strip() == "greyhound"
    assert node.status()["node"]["hostname"] == "greyhound"


def test_address_route_and_name_server_come_from_dhcp(node):
    assert "inet 10.0.2.15/24" in node.ok("ip address show eth0")
    assert re.search(r"^default via 10\.0\.2\.2 dev eth0", node.ok("ip route"), re.M)
    assert "nameserver 10.0.2.3" in node.ok("cat /etc/resolv.conf")
    assert "0% packet loss" in node.ok("ping -c 1 10.0.2.2")


def test_why_net_tells_the_address_and_where_it_is_from(node):
    story = node.why("net")
    assert "eth0" in story
    assert "10.0.2.15/24" in story
    assert re.search("dhcp", story, re.I)


def test_why_ntp_tells_what_is_missing(node):
    assert "/run/net/ntp" in node.why("ntp")


def test_no_process_is_a_zombie(node):
    node.until("[ -z \"$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null)\" ]")


def test_pid_1_leaves_the_console_alone(node):
    """Its output goes to the kernel log, which never makes it wait."""
    for fd in range(3):
        assert node.ok(f"readlink /proc/1/fd/{fd}").strip() == "/dev/null"
