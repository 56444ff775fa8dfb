# SPDX-License-Identifier: MIT
"""Nodes on a network whose router gives the addresses: the boot server adds where to boot from (proxy DHCP).
One link is slow and loses packets."""

import os
import re

import pytest
from chain import ROOT, plain
from network import ROUTER, SERVER, Network, impossible, until

pytestmark = pytest.mark.skipif(bool(impossible()), reason=str(impossible()))

slow = pytest.mark.skipif(not os.environ.get("NETBOOT_SLOW"), reason="takes minutes: make netboot-all")


@pytest.fixture(scope="module")
def network():
    """The router is up, the boot server not yet; node 1 is on."""
    made = Network()
    try:
        made.route()
        made.node(1).power_on()
        yield made
    finally:
        made.close()


def test_beside_a_router_a_node_waits_for_the_boot_server_and_boots(network):
    node = network.nodes[0]
    node.expect("DHCP client bound to address", "boot: there is no iPXE to be had", "trying again in 1 s")
    network.serve()
    node.booted()
    words = node.run("cat /proc/cmdline").split()
    assert f"ip={node.address}::{ROUTER}:255.255.255.0:hex,:{node.mac.replace(':', '-')}:dhcp:" in " ".join(words)
    assert f"syslog={SERVER}" in words, "the boot server, as the router names none"
    assert node.mac in network.log("router.leases")
    assert node.mac not in network.log("server/state/leases"), "the boot server gives no addresses away"


def slow_and_lossy(network, node):
    """To the node 10 Mbit/s, and of 100 packets in each direction two are lost."""
    network.lan.run("tc", "qdisc", "add", "dev", node.tap, "root", "tbf", "rate", "10mbit", "burst", "16kb",
                    "latency", "50ms")
    network.nft(f"""
        table bridge gh {{
            counter lost {{ }}
            chain forward {{
                type filter hook forward priority 0;
                iifname "{node.tap}" numgen random mod 100 < 2 counter name lost drop
                oifname "{node.tap}" numgen random mod 100 < 2 counter name lost drop
            }}
        }}""")


@slow
def test_over_a_slow_link_that_loses_packets_a_node_boots(network):
    node = network.node(2)
    slow_and_lossy(network, node)
    node.power_on().booted()
    lost = re.search("packets ([0-9]+)", network.lan.run("nft", "list", "counter", "bridge", "gh", "lost"))
    assert int(lost.group(1)) > 10, "the link lost something"
    assert "initramfs.cpio.zst... ok" in node.log()


@slow
def test_the_lease_that_was_handed_over_is_renewed(network):
    """Half of two minutes after udhcpc took the lease over it asks again; the address is there all the time."""
    node = network.nodes[0]
    by_udhcpc = rf"vendor class: udhcp.*\n.*DHCPREQUEST\(eth0\) {re.escape(node.address)} {node.mac}(.*\n)+?.*DHCPACK"
    node.run(f"touch /tmp/watch; (while [ -e /tmp/watch ]; do ip -4 addr show eth0 | grep -q {node.address}/ || "
             "echo without >>/tmp/gaps; sleep 0.1; done) & true")
    # It takes the lease over; then it renews it.
    until("a renewal", lambda: len(re.findall(by_udhcpc, network.log("router.log"))) >= 2, 150)
    assert "none" in node.run("sleep 1; rm /tmp/watch; cat /tmp/gaps 2>&- || echo no''ne")
    assert re.search(rf"{re.escape(node.address)}/24 .*dhcp", plain(node.run("svctl status")))


def test_a_router_that_names_the_boot_server_needs_nothing_more_of_it():
    """The lines for a router in docs/server.md, and a boot server that answers no DHCP."""
    text = (ROOT / "docs/server.md").read_text(encoding="utf-8").replace("192.168.1.10", SERVER)
    lines = re.findall(r"^    (dhcp-[a-z]+=.*)$", text, re.MULTILINE)
    assert len(lines) >= 5
    made = Network()
    try:
        made.route(*(f"--{line}" for line in lines))
        made.serve("DHCP=off")
        node = made.node(1).power_on()
        node.expect("TFTP from server " + re.escape(SERVER), r"Configuring \[dhcp\]", "EFI stub")
        node.booted()
        assert f"ip={node.address}::{ROUTER}:" in node.run("cat /proc/cmdline")
        # To iPXE, in its offer and its acknowledgement, the router says that there is no proxy to wait for. Who asks
        # again because the answer was slow gets it again.
        assert len(re.findall(r"sent size: +\d+ option:175", made.log("router.log"))) >= 2
    finally:
        made.close()
