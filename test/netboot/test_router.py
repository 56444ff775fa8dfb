# SPDX-License-Identifier: MIT
"""Nodes on a network whose router gives the addresses: the boot server adds where to boot from (proxy DHCP)."""

import pytest
from network import ROUTER, SERVER, Network, impossible

pytestmark = pytest.mark.skipif(bool(impossible()), reason=str(impossible()))


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
    assert f"ip={node.address}::{ROUTER}:255.255.255.0::eth0:dhcp:" in " ".join(words)
    assert f"syslog={SERVER}" in words, "the boot server, as the router names none"
    assert node.mac in network.log("router.leases")
    assert node.mac not in network.log("server/state/leases"), "the boot server gives no addresses away"
