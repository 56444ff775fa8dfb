# SPDX-License-Identifier: MIT
"""netd and who else is on the network: hosts with the same address, IPv6 routers.
The netd of this machine in network namespaces (netd_lab.py)."""

import signal
import time

import pytest
from netd_lab import NETMASK, STATIC, dnssl, possible, quad, rdnss, until

pytestmark = pytest.mark.skipif(not possible(), reason="namespaces cannot be made; root can, usually")


# ---- An address that is another's, too ----


def test_an_address_is_announced_to_those_who_knew_another_owner(wired):
    node, server = wired
    server.run("ip", "neigh", "replace", "10.77.0.5", "lladdr", "02:00:00:00:00:99", "dev", "port0",
               "nud", "stale")
    node.boot(STATIC)
    node.until_ready()
    until("the neighbour knows", lambda: server.neighbour("10.77.0.5") == node.hardware())


def test_an_address_is_announced_again_when_the_carrier_is_back(wired):
    node, server = wired
    node.boot(STATIC)
    node.until_ready()
    server.carrier(False)
    node.until_status("no carrier$")
    server.run("ip", "neigh", "flush", "dev", "port0")
    # In one go: netd announces the address soon, and not often.
    batch = server.directory / "batch"
    batch.write_text("link set port0 up\nneigh replace 10.77.0.5 lladdr 02:00:00:00:00:99 dev port0 nud stale\n")
    server.run("ip", "-batch", batch)
    until("the neighbour knows", lambda: server.neighbour("10.77.0.5") == node.hardware())


def test_a_leased_address_that_another_host_has_is_declined_and_another_taken(wired):
    node, server = wired
    options = {"1": NETMASK, "3": quad("10.77.0.1")}
    server.run("ip", "address", "add", "10.77.0.20/24", "dev", "port0")
    server.fake(address="10.77.0.20", options=options)
    node.boot()
    node.until_alive("the conflict", lambda: node.said("has 10.77.0.20, too (conflict 1); asking for"))
    until("the server hears", lambda: server.heard("DHCPDECLINE") > 0)
    assert node.addresses() == []
    server.change(address="10.77.0.21", options=options)
    node.until_status(r"^eth0: 10\.77\.0\.21/24 via 10\.77\.0\.1 \(dhcp\)$")


def test_a_leased_address_is_defended_once_and_then_given_up(wired):
    node, server = wired
    options = {"1": NETMASK, "3": quad("10.77.0.1")}
    server.fake(address="10.77.0.20", options=options)
    node.boot()
    node.until_ready()
    # The first seconds are over, in which the other host would be right.
    time.sleep(2.5)
    server.run("ip", "neigh", "replace", "10.77.0.20", "lladdr", "02:00:00:00:00:99", "dev", "port0",
               "nud", "stale")
    server.claim("10.77.0.20")
    node.until_alive("the conflict", lambda: node.said(
        "02:00:00:00:00:99 has 10.77.0.20, too (conflict 1); defending it"))
    until("it is announced", lambda: server.neighbour("10.77.0.20") == node.hardware())
    assert node.addresses() == ["10.77.0.20/24"]
    server.change(address="10.77.0.21", options=options)
    until("another address", lambda: (
        server.claim("10.77.0.20"), node.addresses() == ["10.77.0.21/24"])[-1])
    assert node.said("10.77.0.20/24 via 10.77.0.1 (dhcp) removed: another host has the address")


def test_an_address_of_the_command_line_is_kept_and_the_conflict_said(wired):
    node, server = wired
    server.run("ip", "address", "add", "10.77.0.5/24", "dev", "port0")
    node.boot(STATIC)
    node.until_status(r"^eth0: 10\.77\.0\.5/24 via 10\.77\.0\.1 \(ip=\), which another host has, too$")
    assert node.addresses() == ["10.77.0.5/24"]
    assert node.clients() == []


def test_a_flood_of_claims_is_no_load(wired):
    node, _ = wired
    node.boot(STATIC)
    node.until_ready()
    begin = time.monotonic()
    for _ in range(20):
        node.server.claim("10.77.0.5")
    node.until_status("which another host has, too$")
    said = node.log.read_text().count("(conflict")
    # One conflict a second is heard, and each of a power of two is said.
    assert 1 <= said <= (int(time.monotonic() - begin) + 2).bit_length()


# ---- IPv6 ----


def test_a_router_gives_an_address_and_names_dns_servers(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=option:dns-server,10.77.0.3", "--dhcp-option=option:domain-name")
    server.routers("--dhcp-option=option6:dns-server,[fd77::53]",
                   "--dhcp-option=option6:domain-search,rack7.example")
    node.boot()
    node.until_status(r"^eth0: 10\.77\.0\.\d+/24 via 10\.77\.0\.1 \(dhcp\), fd77::[0-9a-f:]+/64$")
    assert len(node.addresses6()) == 1
    node.until_alive("the router's DNS", lambda: node.file("resolv.conf") ==
                     "search rack7.example\nnameserver 10.77.0.3\nnameserver fd77::53\n")


def test_a_network_of_ipv6_alone_is_one_once_nobody_answers_dhcp(wired):
    node, server = wired
    server.routers("--dhcp-option=option6:dns-server,[fd77::53]")
    node.boot()
    node.until_ready()
    node.until_status(r"^eth0: no DHCP answer yet, \d+ tries, fd77::[0-9a-f:]+/64$")
    assert node.file("resolv.conf") == "nameserver fd77::53\n"


def test_a_router_that_takes_its_dns_back_is_heard(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=6")
    server.advertise(rdnss(600, "fd77::53", "fe80::1"))
    node.boot()
    node.until_ready()
    until("the servers", lambda: (
        server.advertise(rdnss(600, "fd77::53", "fe80::1")),
        node.file("resolv.conf") == "nameserver fd77::53\nnameserver fe80::1%eth0\n")[-1])
    server.advertise(rdnss(0, "fd77::53"))
    until("one less", lambda: node.file("resolv.conf") == "nameserver fe80::1%eth0\n")
    server.advertise(rdnss(1, "fe80::1"))
    until("its time is over", lambda: node.file("resolv.conf") is None)


def test_a_lying_router_is_heard_and_nothing_of_it_used(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=6")
    node.boot()
    node.until_ready()
    until("a router is heard", lambda: (
        server.advertise(rdnss(600, "::1", "ff02::1", "::", "fd77::53"),
                         dnssl(600, b"\x08$(reboot)\0", b"\x09evil\nname\0", b"\xc0\x0c\0", b"\x02ok\0")),
        node.file("resolv.conf") is not None)[-1])
    assert node.file("resolv.conf") == "nameserver fd77::53\n"
    assert node.said("eth0: a router says something of DNS that cannot be used")


def test_a_netd_that_starts_later_asks_the_routers(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=6")
    server.routers("--dhcp-option=option6:dns-server,[fd77::53]")
    node.boot()
    until("the router's DNS", lambda: node.file("resolv.conf") == "nameserver fd77::53\n")
    node.stop_netd(signal.SIGKILL)
    node.path("/run/net/resolv.conf").unlink()
    node.start_netd()
    node.until_alive("the router's DNS", lambda: node.file("resolv.conf") == "nameserver fd77::53\n")
    node.until_status("fd77::")


def test_an_ipv6_address_that_another_host_has_is_said(wired):
    node, server = wired
    server.dnsmasq()
    node.run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:05")
    # What SLAAC will make of it.
    server.run("ip", "address", "add", "fd77::ff:fe00:5/64", "dev", "port0", "nodad")
    server.routers()
    node.boot()
    node.until_alive("the conflict", lambda: node.said(
        "eth0: another host has the IPv6 address fd77::ff:fe00:5, too; it is not used"))
    assert node.addresses6() == []
