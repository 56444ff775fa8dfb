# SPDX-License-Identifier: MIT
"""The chain when all is well: from power-on to a shell, and what the server decides on the way."""

import re
import shutil
import subprocess

import pytest
from chain import IMAGES, MAC, PROMPT, ROOT, VERSION, plain


def layer(folder, files):
    """A layer's folder."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return folder


def test_a_node_boots_from_power_on_to_svctl_status(chain):
    node = chain()
    node.power_on()
    node.expect("U-Boot 2025.01", f"boot: qemu-virt {MAC.replace('-', ':')}:", "TFTP from server 10.0.2.2",
                "iPXE 2.0.0", r"Configuring \[dhcp\]", "EFI stub")
    # Up to the kernel a serial log has no escape sequences in it.
    assert "\x1b" not in node.log()
    node.booted()
    assert re.search(r"net +ready .*10\.0\.2\.15/24 via 10\.0\.2\.2 \((ip=|dhcp)\)", plain(node.run("svctl wait net --timeout 60s; svctl status")))
    # Its own script is asked for first; kernel and initramfs are of the version that `current` named.
    assert node.server.asked == ["/boot.ipxe", f"/nodes/{MAC}.ipxe", "/default.ipxe", "/current/qemu-virt/image.ipxe",
                                 f"{IMAGES}/vmlinuz.efi", f"{IMAGES}/initramfs.cpio.zst"]
    words = node.run("cat /proc/cmdline").split()
    assert f"ip=10.0.2.15::10.0.2.2:255.255.255.0:hex,:{MAC}:dhcp:10.0.2.3::" in words
    assert "syslog=10.0.2.2" in words


# QEMU takes 33 bytes; longer ones are in test/unit/netd_ip_parameter_test.c.
@pytest.mark.parametrize("name, shown", [
    ("node-07.rack", None),
    ('x rescue "${mac} || poweroff; #', 'x rescue "${mac} || poweroff; #'),
    ("n\u00e9\nsvc.only=none && shell", "n???svc.only=none && shell")])
def test_a_host_name_from_dhcp_is_a_name_or_nothing(chain, name, shown):
    """What a network gives never becomes words of the command line, nor commands of iPXE's."""
    node = chain(cmdline="from=default")
    node.power_on(hostname=name)
    node.booted()
    words = node.run("cat /proc/cmdline").split()
    assert f"ip=10.0.2.15::10.0.2.2:255.255.255.0:hex,{name.encode().hex()}:{MAC}:dhcp:10.0.2.3::" == words[-1]
    assert {"from=default", "syslog=10.0.2.2"} < set(words) and not {"rescue", "svc.only=none"} & set(words)
    assert "10.0.2.15/24" in node.run("svctl wait net --timeout 60s; svctl status net")
    log = node.run("svctl logs net; dmesg")
    if shown:
        assert f"its host name '{shown}' is not a host name; it is left out" in log
    else:
        assert re.search("node-07\r*\nsearch rack", node.run("hostname; cat /run/net/resolv.conf"))
        assert "is not a host name" not in log


def test_a_nodes_script_a_groups_and_the_default_add_up(chain, tmp_path):
    job = layer(tmp_path / "job", {"etc/job": "the job\n", "etc/which": "job\n"})
    tool = layer(tmp_path / "tool", {"etc/tool": "the tool\n", "etc/which": "tool\n"})
    node = chain(cmdline="from=default")
    for name, folder in {"job": job, "tool": tool}.items():
        subprocess.run([ROOT / "mk/layer", folder, node.http / f"images/{VERSION}/layers/{name}.cpio.zst",
                        ROOT / "build/qemu-virt/root"], check=True, cwd=ROOT, timeout=120)
    node.write(f"nodes/{MAC}.ipxe", "#!ipxe\nset group compute\nset hostname n7\nset layer1 job\n")
    node.write("groups/compute.ipxe", "#!ipxe\nisset ${args} || set args from=group\nset layer2 tool\n"
               f"set image {VERSION}\n")
    # It need not be the current one.
    (node.http / "current").unlink()
    node.power_on().booted()
    assert "the job" in node.run("cat /etc/job")
    assert "the tool" in node.run("cat /etc/tool")
    assert "tool" in node.run("cat /etc/which").splitlines()[-1], "a later layer wins"
    assert "n7" in node.run("hostname")
    cmdline = node.run("cat /proc/cmdline")
    assert "from=group" in cmdline and "from=default" not in cmdline


def test_an_m_at_power_on_opens_the_menu_where_rescue_gives_a_shell_and_no_services(chain):
    node = chain()
    node.power_on()
    node.send("m")
    node.expect("trying again|Boot to a root shell")
    node.send("\x1b[B\n")  # down
    node.expect("EFI stub", PROMPT)
    assert "rescue" in node.run("cat /proc/cmdline").split()
    assert "none" in node.run("pgrep netd || echo none").splitlines()


def test_a_script_may_wait_for_a_key_that_opens_the_menu(chain):
    node = chain()
    node.write(f"nodes/{MAC}.ipxe", "#!ipxe\nset menu-timeout 60000\n")
    node.power_on()
    node.expect("Press any key for the menu")
    node.send("m")
    node.expect("Boot to a root shell")


def test_the_menu_boots_by_itself_when_nobody_chooses(chain):
    node = chain()
    node.write("boot.ipxe", (node.http / "boot.ipxe").read_text().replace("--timeout 60000", "--timeout 1000"))
    node.power_on()
    node.send("m")
    node.expect("Boot to a root shell")
    node.booted()


def test_the_menu_leads_back_to_uboot_which_boots_again(chain):
    node = chain()
    node.power_on()
    node.send("m")
    node.expect("Boot to a root shell")
    node.send("\x1b[B\x1b[B\x1b[B\x1b[B\n")  # down: the gap does not count
    node.expect("boot: iPXE has ended", "trying again in 1 s", "TFTP from server")
    node.booted()


def test_each_boot_through_the_chain_knows_why_it_happened(chain, tmp_path, helper):
    """U-Boot, iPXE and what they load leave alone what the boot before has left in RAM."""
    (tmp_path / "tools/test").mkdir(parents=True)
    shutil.copy(helper("tamper"), tmp_path / "tools/test")
    node = chain(layers=[tmp_path / "tools"])
    # One processor: with two, QEMU 7.2 was seen once to begin the firmware anew in the middle of its work, and to hang then;
    # as if the second one ran it, too. Twelve further reboots did not show it again.
    node.power_on(qemu=("-m", "2048", "-smp", "1", "-device", "i6300esb"))
    node.booted()
    assert "since" not in plain(node.run("svctl status")).split("NAME")[0], "nothing is made up"
    for way, told in (("echo the last thing it did >/dev/kmsg; echo c >/proc/sysrq-trigger", "a kernel panic"),
                      ("svctl reboot", "a reboot"),
                      ("for i in 1 2; do /test/tamper fault 1; sleep 1; done", "a crash of PID 1"),
                      ("/test/tamper hold 1", "a reset by the hardware watchdog"),
                      # As of a watchdog that does not tell: the A64's.
                      ("echo b >/proc/sysrq-trigger", "a reset nobody asked for")):
        node.send(f"{way}\n")
        node.expect("U-Boot 2025.01")
        node.booted()
        status = plain(node.run("svctl wait ready --timeout 60s; svctl status"))
        assert f"since {told}" in status, (way, status)
        if "panic" in told:
            assert "the last thing it did" in node.run("cat /run/panic")
