# SPDX-License-Identifier: MIT
"""netd and the kernel command line: ip=, the lease it hands over, vlan=, syslog=.
The netd of this machine in network namespaces (netd_lab.py)."""

import json
import re
import signal
import subprocess

import pytest
from netd_lab import HANDED_OVER, NETMASK, STATIC, possible, quad, until

pytestmark = pytest.mark.skipif(not possible(), reason="namespaces cannot be made; root can, usually")


# ---- ip= ----


def test_ip_is_applied_without_a_carrier(wired):
    node, server = wired
    server.carrier(False)
    node.boot(f"{STATIC}:node5.rack2.example::off:10.77.0.3:10.77.0.4:10.77.0.9")
    node.until_ready()
    assert node.status() == "eth0: 10.77.0.5/24 via 10.77.0.1 (ip=), no carrier"
    assert node.addresses() == ["10.77.0.5/24"]
    assert node.gateways() == ["10.77.0.1"]
    assert node.hostname() == "node5"
    assert node.file("resolv.conf") == \
        "search rack2.example\nnameserver 10.77.0.3\nnameserver 10.77.0.4\n"
    assert node.file("ntp") == "10.77.0.9\n"
    assert node.clients() == []


def test_hostname_on_the_command_line_is_left_alone(wired):
    node, _ = wired
    node.boot(f"hostname=unnamed {STATIC}:node5")
    node.until_ready()
    assert node.hostname() == "unnamed"


def test_ip_without_a_device_goes_where_the_carrier_is(lab):
    node, server = lab
    node.plug(0)
    node.plug(1)
    server.carrier(False, 0)
    node.boot(STATIC)
    node.until_status(r"eth1: 10\.77\.0\.5/24 via 10\.77\.0\.1 \(ip=\)$")
    assert node.addresses("eth0") == []
    assert node.routes("eth0") == []


def test_a_broken_ip_is_named_and_dhcp_is_used(wired):
    node, server = wired
    server.dnsmasq()
    node.boot("ip=10.77.0.5::10.77.0.1:255.0.255.0")
    node.until_ready()
    assert "(dhcp)" in node.status()
    assert node.said("ip= on the kernel command line is of no use: "
                     "its netmask '255.0.255.0' is not ones followed by zeros; using DHCP")


# ---- ip= with a lease that is to be taken over ----


def test_a_handed_over_lease_is_taken_over_and_the_address_never_goes(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=7,10.77.0.8")
    monitor = node.watch_addresses()
    node.boot(HANDED_OVER)
    node.until_ready()
    # The server may have answered meanwhile.
    assert "STATUS=eth0: 10.77.0.55/24 via 10.77.0.1 (ip=)" in node.told
    node.until_status(r"^eth0: 10\.77\.0\.55/24 via 10\.77\.0\.1 \(dhcp\)$")
    until("the lifetime of the lease", lambda: 3500 <= node.lifetime() <= 3600)
    assert server.heard("DHCPDISCOVER(port0) 10.77.0.55") > 0
    assert node.addresses() == ["10.77.0.55/24"]
    assert node.gateways() == ["10.77.0.1"]
    assert node.file("syslog") == "10.77.0.8\n"
    assert "Deleted" not in node.watched(monitor).replace("Deleted 1: lo", "")


def test_a_handed_over_address_stays_when_no_server_answers(wired):
    node, server = wired
    node.boot(HANDED_OVER)
    node.until_status(r"^eth0: 10\.77\.0\.55/24 via 10\.77\.0\.1 \(ip=\), no DHCP answer$")
    assert node.addresses() == ["10.77.0.55/24"]
    server.dnsmasq()
    node.until_status(r"\(dhcp\)$")
    assert node.addresses() == ["10.77.0.55/24"]


def test_another_address_than_the_one_handed_over_takes_its_place(wired):
    node, server = wired
    options = {"1": NETMASK, "3": quad("10.77.0.2")}
    server.fake(address="10.77.0.21", options=options)
    monitor = node.watch_addresses()
    node.boot(HANDED_OVER)
    node.until_status(r"^eth0: 10\.77\.0\.21/24 via 10\.77\.0\.2 \(dhcp\)$")
    node.until_alive("one address", lambda: node.addresses() == ["10.77.0.21/24"])
    events = node.watched(monitor)
    new = re.search(r"^\d+: eth0.*10\.77\.0\.21/24", events, re.MULTILINE)
    gone = re.search(r"^Deleted \d+: eth0.*10\.77\.0\.55/24", events, re.MULTILINE)
    assert new and gone and new.start() < gone.start()
    assert node.gateways() == ["10.77.0.2"]


def test_a_handed_over_address_that_the_server_refuses_goes_for_good(wired):
    node, server = wired
    lease = {"address": "10.77.0.55", "options": {"1": NETMASK, "3": quad("10.77.0.1")}}
    server.fake(nak=True, **lease)
    node.boot(HANDED_OVER)
    node.until_ready()
    node.until_alive("no address", lambda: node.addresses() == [])
    assert node.said("takes it back")
    # The next netd must not take it from ip= again.
    node.stop_netd(signal.SIGKILL)
    node.start_netd()
    node.until_status("^eth0: (asking|no DHCP answer)")
    assert node.addresses() == []
    server.change(address="10.77.0.30", options={"1": NETMASK})
    node.until_status(r"^eth0: 10\.77\.0\.30/24")


def test_a_netd_killed_after_the_hand_over_goes_on_with_the_lease(wired):
    node, server = wired
    server.fake(address="10.77.0.21", options={"1": NETMASK, "3": quad("10.77.0.1")})
    node.boot(HANDED_OVER)
    node.until_status(r"10\.77\.0\.21/24 .*\(dhcp\)$")
    node.stop_netd(signal.SIGKILL)
    node.start_netd()
    node.until_ready()
    assert node.addresses() == ["10.77.0.21/24"]
    assert "(dhcp)" in node.status()


# ---- VLANs ----


def tag(server, number):
    """The server's end of a VLAN on port 0, with 10.77.<number>.1."""
    server.run("ip", "link", "add", "link", "port0", "name", f"port{number}", "type", "vlan",
               "id", number)
    server.run("ip", "address", "add", f"10.77.{number}.1/24", "dev", f"port{number}")
    server.run("ip", "link", "set", f"port{number}", "up")


@pytest.fixture
def vlans(wired):
    """Not every kernel has them; the node's has, see test_network.py."""
    if wired[0].start("ip", "link", "add", "link", "eth0", "name", "vlan1", "type", "vlan", "id", "1",
                      stderr=subprocess.DEVNULL).wait() != 0:
        pytest.skip("the kernel of this machine has no VLANs")
    wired[0].run("ip", "link", "delete", "vlan1")
    return wired


def vlan_of(node, name):
    [link] = json.loads(node.run("ip", "-json", "-details", "link", "show", name))
    return link["link"], link["linkinfo"]["info_data"]["id"]


def test_a_vlan_is_made_and_gets_its_lease(vlans):
    node, server = vlans
    tag(server, 5)
    server.dnsmasq(ports=(5,))
    node.boot("vlan=eth0.5:eth0")
    node.until_alive("a lease", lambda: re.search(
        r"eth0\.5: 10\.77\.5\.\d+/24 via 10\.77\.5\.1 \(dhcp\)", node.status()))
    assert vlan_of(node, "eth0.5") == ("eth0", 5)
    assert node.addresses("eth0") == []


def test_ip_for_a_vlan_is_all_it_takes(vlans):
    node, server = vlans
    tag(server, 7)
    node.boot("ip=10.77.7.5::10.77.7.1:255.255.255.0::eth0.7:off")
    node.until_ready()
    assert vlan_of(node, "eth0.7") == ("eth0", 7)
    assert node.addresses("eth0.7") == ["10.77.7.5/24"]
    assert node.gateways("eth0.7") == ["10.77.7.1"]
    assert "eth0: no address wanted" in node.status()
    assert node.run("ping", "-c", "1", "-W", "10", "10.77.7.1")


def test_a_vlan_comes_with_its_card_and_again_when_it_was_deleted(vlans):
    node, _ = vlans
    node.run("ip", "link", "delete", "eth0")
    node.boot("vlan=vlan0009:eth0 ip=10.77.9.5:::255.255.255.0::vlan0009:off")
    node.until_status("^no interface vlan0009, which ip= is for$")
    node.plug()
    node.until_ready()
    assert vlan_of(node, "vlan0009") == ("eth0", 9)
    node.run("ip", "link", "delete", "vlan0009")
    node.until_alive("the VLAN again", lambda: "vlan0009" in node.run("ip", "link"))
    node.until_alive("its address", lambda: node.addresses("vlan0009") == ["10.77.9.5/24"])


def test_a_vlan_that_cannot_be_made_is_named_and_the_rest_works(wired):
    node, server = wired
    server.dnsmasq()
    # The name is taken already, by something that is no Ethernet link.
    node.run("ip", "tuntap", "add", "dev", "vlan5", "mode", "tun")
    node.boot("vlan=vlan5:eth0")
    node.until_ready()
    assert node.said("vlan5: cannot be made on eth0: File exists; trying on")


def test_a_wrong_vlan_is_named_and_left_out(wired):
    node, server = wired
    server.dnsmasq()
    node.boot("vlan=eth0.5000:eth0")
    node.until_ready()
    assert node.said("vlan= on the kernel command line: 'eth0.5000:eth0' is called neither vlanN nor "
                     "DEVICE.N, N being 1 to 4094; it is left out")


def test_the_log_server_of_the_command_line_wins(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=7,10.77.0.8")
    node.boot("syslog=logs.example:10514")
    node.until_ready()
    assert node.file("syslog") == "logs.example:10514\n"


def test_ip_off_wants_no_address_and_nobody_waits_for_one(wired):
    node, server = wired
    server.dnsmasq()
    node.boot("ip=off")
    node.until_ready()
    node.until_status("^eth0: no address wanted$")
    assert node.addresses() == []
