# SPDX-License-Identifier: MIT
"""netd of the build machine, against real and lying DHCP servers in network namespaces."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import time

import pytest
from netd_lab import UDHCPC, Node, Server, possible, until

pytestmark = pytest.mark.skipif(not possible(), reason="namespaces cannot be made; root can, usually")

NETMASK = "ffffff00"
POWERLESS = "setpriv", "--bounding-set", "-net_admin"
HANDED_OVER = "ip=10.77.0.55:10.77.0.1:10.77.0.1:255.255.255.0:::dhcp"
STATIC = "ip=10.77.0.5::10.77.0.1:255.255.255.0"


def hexed(text):
    return text.encode().hex()


def quad(*addresses):
    return "".join(socket.inet_aton(address).hex() for address in addresses)


def rdnss(seconds, *servers):
    data = b"".join(socket.inet_pton(socket.AF_INET6, server) for server in servers)
    return struct.pack("!BBHI", 25, 1 + len(data) // 8, 0, seconds) + data


def dnssl(seconds, *names):
    data = b"".join(names)
    data += bytes(-len(data) % 8)
    return struct.pack("!BBHI", 31, 1 + len(data) // 8, 0, seconds) + data


def flood(node):
    """More events than a netlink socket has room for."""
    batch = node.directory / "batch"
    batch.write_text("link set lo down\nlink set lo up\n" * 300)
    node.run("ip", "-batch", batch)


@pytest.fixture
def lab(tmp_path):
    """A server and a node without a cable yet."""
    server = Server(tmp_path)
    node = Node(tmp_path, server)
    yield node, server
    node.close()
    server.close()
    assert not node.said("Sanitizer") and not node.said("runtime error"), node.log.read_text()


@pytest.fixture
def wired(lab):
    lab[0].plug()
    return lab


# ---- DHCP ----


def test_a_lease_is_applied_whole(wired):
    node, server = wired
    server.dnsmasq("--dhcp-host=*:*:*:*:*:*,node17", "--domain=rack2.example",
                   "--dhcp-option=option:dns-server,10.77.0.3,10.77.0.4",
                   "--dhcp-option=option:ntp-server,10.77.0.9", "--dhcp-option=7,10.77.0.8")
    node.boot()
    node.until_ready()
    [address] = node.addresses()
    assert node.status() == f"eth0: {address} via 10.77.0.1 (dhcp)"
    assert re.fullmatch(r"10\.77\.0\.\d+/24", address)
    assert 3590 <= node.lifetime() <= 3600
    assert node.routes() == [("default", "10.77.0.1", pytest.approx(102, abs=1000))]
    assert node.file("resolv.conf") == \
        "search rack2.example\nnameserver 10.77.0.3\nnameserver 10.77.0.4\n"
    assert node.file("ntp") == "10.77.0.9\n"
    assert node.file("syslog") == "10.77.0.8\n"
    assert node.hostname() == "node17"


def test_the_first_request_goes_out_at_once(wired):
    """A busy machine only makes it later: of a few starts, one shows that there is nothing to wait for."""
    node, server = wired
    server.dnsmasq()

    def seconds():
        begin = time.monotonic()
        node.boot()
        node.until_ready()
        return time.monotonic() - begin

    def again():
        node.stop_netd()
        until("the client is gone", lambda: node.clients() == [])
        node.run("ip", "address", "flush", "dev", "eth0")
        node.run("sh", "-c", "rm -rf /run/net")
        return seconds()

    assert seconds() < 3 or any(again() < 3 for _ in range(4))


def test_the_command_line_wins_over_the_lease(wired):
    node, server = wired
    server.dnsmasq("--dhcp-host=*:*:*:*:*:*,node17", "--dhcp-option=option:ntp-server,10.77.0.9")
    node.boot("ip=::::mine:eth0:dhcp:10.77.0.7 ntp=time.example")
    node.until_ready()
    assert node.hostname() == "mine"
    assert node.file("ntp") == "time.example\n"
    assert node.file("resolv.conf").splitlines()[0] == "nameserver 10.77.0.7"
    assert server.heard("client provides name: mine") > 0


def test_classless_routes_replace_the_router(wired):
    node, server = wired
    server.dnsmasq("--dhcp-option=121,0.0.0.0/0,10.77.0.2,10.88.0.0/16,10.77.0.3")
    node.boot()
    node.until_ready()
    assert {route[:2] for route in node.routes()} == \
        {("default", "10.77.0.2"), ("10.88.0.0/16", "10.77.0.3")}


def test_a_lease_without_a_router_is_a_network_too(wired):
    node, server = wired
    server.fake(address="10.77.0.20", options={"1": NETMASK})
    node.boot()
    node.until_ready()
    assert node.status() == "eth0: 10.77.0.20/24 without a router (dhcp)"


def test_a_host_route_lease_reaches_its_router(wired):
    node, server = wired
    server.fake(address="10.77.0.20", options={"1": "ffffffff", "3": quad("10.77.0.1")})
    node.boot()
    node.until_ready()
    assert node.addresses() == ["10.77.0.20/32"]
    assert node.gateways() == ["10.77.0.1"]


def test_a_server_that_comes_late_is_found(wired):
    node, server = wired
    node.boot()
    node.until_status("eth0: no DHCP answer yet, 5 tries")
    assert not node.ready()
    server.dnsmasq()
    node.until_ready()


def test_no_cable_is_said_and_a_cable_is_enough(wired):
    node, server = wired
    server.carrier(False)
    server.dnsmasq()
    node.boot()
    node.until_status("^eth0: no carrier$")
    assert node.clients() == []
    server.carrier(True)
    node.until_ready()


def test_no_interface_is_said_and_one_that_appears_is_taken(lab):
    node, server = lab
    node.boot()
    node.until_status("^no network interface$")
    node.plug()
    server.dnsmasq()
    node.until_ready()


def test_an_interface_that_vanishes_and_comes_back_works_again(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    node.run("ip", "link", "delete", "eth0")
    node.until_status("^no network interface$")
    assert node.clients() == []
    assert node.file("resolv.conf") is None
    server.silence()
    node.plug()
    server.dnsmasq()
    node.until_status(r"eth0: 10\.77\.0\.\d+/24 via 10\.77\.0\.1 \(dhcp\)$")


def test_a_carrier_flap_keeps_the_address_and_renews(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    addresses = node.addresses()
    requests = server.heard("DHCPREQUEST")
    server.carrier(False)
    node.until_status(r"\(dhcp\), no carrier$")
    assert node.addresses() == addresses
    server.carrier(True)
    until("a renewal", lambda: server.heard("DHCPREQUEST") > requests)
    node.until_status(r"\(dhcp\)$")
    assert node.addresses() == addresses
    assert node.gateways() == ["10.77.0.1"]


def test_a_flap_with_the_server_down_keeps_the_lease(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    addresses = node.addresses()
    server.silence()
    server.carrier(False)
    node.until_status("no carrier$")
    server.carrier(True)
    until("udhcpc gave the lease up", lambda: node.said("does not renew the lease"))
    assert node.addresses() == addresses
    assert node.gateways() == ["10.77.0.1"]


def test_a_lease_that_runs_out_takes_the_address_and_another_brings_one(wired):
    node, server = wired
    server.fake(address="10.77.0.20", options={"1": NETMASK, "3": quad("10.77.0.1"), "51": "00000003"})
    node.boot()
    node.until_ready()
    server.change(silent=True)
    node.until_alive("no address", lambda: node.addresses() == [] and node.routes() == [])
    node.until_status("^eth0: (asking|no DHCP answer)")
    assert node.file("lease.eth0") is None
    server.change(address="10.77.0.21", options={"1": NETMASK})
    node.until_status(r"^eth0: 10\.77\.0\.21/24")


def test_another_server_goes_on_with_the_lease_of_one_that_is_gone(wired):
    node, server = wired
    # The shortest udhcpc knows: it asks that server when half of it is over, and then any.
    server.fake(address="10.77.0.20", options={"1": NETMASK, "3": quad("10.77.0.1"), "51": "0000001e"})
    node.boot()
    node.until_ready()
    assert node.lifetime() <= 30
    monitor = node.watch_addresses()
    server.silence()
    server.run("ip", "address", "delete", "10.77.0.1/24", "dev", "port0")
    server.run("ip", "address", "add", "10.77.0.2/24", "dev", "port0")
    server.dnsmasq("--dhcp-option=option:dns-server,10.77.0.3")
    node.until_alive("the other's lease", lambda: node.lifetime() > 3500, 60)
    node.until_status(r"^eth0: 10\.77\.0\.20/24 via 10\.77\.0\.2 \(dhcp\)$")
    assert server.heard("DHCPREQUEST(port0) 10.77.0.20") == 1
    assert server.heard("DHCPDISCOVER(port0)") == 0, "nobody was asked for a new lease"
    assert node.addresses() == ["10.77.0.20/24"]
    assert node.gateways() == ["10.77.0.2"]
    assert node.file("resolv.conf") == "nameserver 10.77.0.3\n"
    assert "Deleted" not in node.watched(monitor).replace("Deleted 1: lo", "")


def test_a_nak_takes_the_address_away(wired):
    node, server = wired
    lease = {"address": "10.77.0.20", "options": {"1": NETMASK, "3": quad("10.77.0.1")}}
    server.fake(**lease)
    node.boot()
    node.until_ready()
    server.change(nak=True, **lease)
    node.netd.send_signal(signal.SIGHUP)
    node.until_alive("no address", lambda: node.addresses() == [])
    assert node.said("takes it back")
    server.change(address="10.77.0.30", options={"1": NETMASK})
    node.until_status(r"^eth0: 10\.77\.0\.30/24")


@pytest.mark.parametrize("promote", [0, 1])
def test_a_new_address_comes_before_the_old_one_goes(wired, promote):
    node, server = wired
    node.run("sh", "-c", f"echo {promote} >/proc/sys/net/ipv4/conf/all/promote_secondaries; "
             f"echo {promote} >/proc/sys/net/ipv4/conf/eth0/promote_secondaries")
    options = {"1": NETMASK, "3": quad("10.77.0.1")}
    server.fake(address="10.77.0.20", options=options)
    node.boot()
    node.until_ready()
    monitor = node.watch_addresses()
    server.change(address="10.77.0.21", options=options)
    node.netd.send_signal(signal.SIGHUP)
    node.until_status(r"^eth0: 10\.77\.0\.21/24 via 10\.77\.0\.1 \(dhcp\)$")
    node.until_alive("one address", lambda: node.addresses() == ["10.77.0.21/24"])
    events = node.watched(monitor)
    new = re.search(r"^\d+: eth0.*10\.77\.0\.21/24", events, re.MULTILINE)
    gone = re.search(r"^Deleted \d+: eth0.*10\.77\.0\.20/24", events, re.MULTILINE)
    assert new and gone and new.start() < gone.start()
    assert node.gateways() == ["10.77.0.1"]


def test_two_links_each_get_a_lease_and_the_first_is_preferred(lab):
    node, server = lab
    node.plug(0)
    node.plug(1)
    server.dnsmasq(ports=(0, 1))
    node.boot()
    node.until_status(r"^eth0: 10\.77\.0\.\d+/24 via .*; eth1: 10\.77\.1\.\d+/24 via 10\.77\.1\.1")
    [(_, _, first)], [(_, _, second)] = node.routes("eth0"), node.routes("eth1")
    assert first < second


def test_a_dead_client_is_replaced_and_the_address_stays(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    addresses = node.addresses()
    [client] = node.clients()
    os.kill(client, signal.SIGKILL)
    until("another client", lambda: node.clients() not in ([], [client]))
    assert node.said("udhcpc died of signal 9")
    assert node.addresses() == addresses


def test_a_client_that_cannot_run_is_named_and_tried_again(wired):
    node, server = wired
    server.dnsmasq()
    node.run("mount", "--bind", "/dev/null", UDHCPC)
    node.boot()
    node.until_status("^eth0: the DHCP client fails: cannot run .*/busybox: Permission denied$")
    assert node.said("udhcpc exited with 127 (cannot run")
    node.run("umount", UDHCPC)
    node.until_ready()


def test_more_links_than_there_is_room_for_are_left_alone(lab):
    node, server = lab
    for number in range(10):
        node.plug(number)
    server.dnsmasq(ports=range(10))
    node.boot()
    node.until_alive("eight leases", lambda: all(node.addresses(f"eth{n}") for n in range(8)))
    assert node.said("eth8: left alone, as will be others: there are 8 links already")
    assert not node.said("eth9")
    assert node.addresses("eth8") == node.addresses("eth9") == []
    assert len(node.clients()) == 8


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


# ---- Numbers ----


def metrics(node):
    """{name: value} of eth0."""
    return {name: float(value) for name, value in re.findall(
        r'^(\w+)\{device="eth0"\} (\S+)$', node.file("metrics") or "", re.MULTILINE)}


def test_what_happens_is_counted(wired):
    node, server = wired
    lease = {"address": "10.77.0.20", "options": {"1": NETMASK, "12": hexed("$(reboot)")}}
    server.fake(**lease)
    node.boot()
    node.until_ready()
    until("a lease is counted", lambda: metrics(node).get("netd_leases_total") == 1)
    now = metrics(node)
    assert now["netd_words_refused_total"] == 1
    assert now["netd_link_usable"] == 1
    assert 3500 < now["netd_lease_end_timestamp_seconds"] - time.time() <= 3601
    node.netd.send_signal(signal.SIGHUP)
    until("a renewal is counted", lambda: metrics(node)["netd_renewals_total"] == 1)
    server.carrier(False)
    until("the carrier is counted", lambda:
          metrics(node)["netd_carrier_changes_total"] > now["netd_carrier_changes_total"])
    server.carrier(True)
    until("a renewal", lambda: metrics(node)["netd_renewals_total"] == 2)
    server.change(nak=True, **lease)
    node.netd.send_signal(signal.SIGHUP)
    until("a NAK is counted", lambda: metrics(node)["netd_naks_total"] >= 1)
    until("no lease is told", lambda: metrics(node)["netd_link_usable"] == 0 and
          "netd_lease_end_timestamp_seconds" not in metrics(node))


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


# ---- Other people, and the life of netd ----


def test_an_address_removed_by_hand_is_put_back(wired):
    node, _ = wired
    node.boot(STATIC)
    node.until_ready()
    node.run("ip", "address", "delete", "10.77.0.5/24", "dev", "eth0")
    node.until_alive("the address", lambda: node.addresses() == ["10.77.0.5/24"])
    node.until_alive("the route", lambda: node.gateways() == ["10.77.0.1"])


def test_what_other_people_set_is_left_alone(wired):
    node, server = wired
    node.run("ip", "link", "set", "eth0", "up")
    node.run("ip", "address", "add", "10.99.0.1/24", "dev", "eth0")
    node.run("ip", "route", "add", "10.98.0.0/16", "via", "10.99.0.2")
    server.dnsmasq()
    node.boot()
    node.until_ready()
    assert "10.99.0.1/24" in node.addresses()
    assert ("10.98.0.0/16", "10.99.0.2", None) in node.routes()


def test_a_link_taken_down_by_hand_stays_down_and_works_when_up_again(wired):
    node, _ = wired
    node.boot(STATIC)
    node.until_ready()
    node.run("ip", "link", "set", "eth0", "down")
    node.until_status("^eth0: taken down$")
    assert node.gateways() == []
    node.run("ip", "link", "set", "eth0", "up")
    node.until_alive("the route", lambda: node.gateways() == ["10.77.0.1"])


def test_a_killed_netd_is_replaced_without_anyone_noticing(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    before = node.addresses(), node.routes(), node.file("resolv.conf")
    node.stop_netd(signal.SIGKILL)
    until("the client died with it", lambda: node.clients() == [])
    assert (node.addresses(), node.routes(), node.file("resolv.conf")) == before
    # Not even a server is needed: what is leased is leased.
    server.silence()
    node.start_netd()
    node.until_ready()
    assert (node.addresses(), node.routes(), node.file("resolv.conf")) == before


def test_lost_events_are_made_up_for(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    node.netd.send_signal(signal.SIGSTOP)
    # More than netd's socket has room for; then what nobody will tell it.
    flood(node)
    node.run("ip", "link", "delete", "eth0")
    node.netd.send_signal(signal.SIGCONT)
    node.until_status("^no network interface$")
    node.netd.send_signal(signal.SIGSTOP)
    flood(node)
    server.silence()
    node.plug()
    server.dnsmasq()
    node.netd.send_signal(signal.SIGCONT)
    node.until_status(r"^eth0: 10\.77\.0\.\d+/24")


def test_a_link_that_ip_waits_for_is_named(wired):
    node, _ = wired
    node.boot(f"{STATIC}::eth5")
    node.until_status("^no interface eth5, which ip= is for; eth0: no address wanted$")
    assert not node.ready()


def test_what_an_earlier_netd_left_behind_goes(wired):
    node, server = wired
    options = {"1": NETMASK, "121": "18" + "0a5800" + quad("10.77.0.1") + "00" + quad("10.77.0.1")}
    server.fake(address="10.77.0.20", options=options)
    node.boot()
    node.until_ready()
    assert len(node.routes()) == 2
    node.stop_netd(signal.SIGKILL)
    server.change(address="10.77.0.21", options={"1": NETMASK, "3": quad("10.77.0.2")})
    node.start_netd()
    node.until_status(r"10\.77\.0\.21/24 via 10\.77\.0\.2 \(dhcp\)$")
    node.until_alive("the old address is gone", lambda: node.addresses() == ["10.77.0.21/24"])
    assert [route[:2] for route in node.routes()] == [("default", "10.77.0.2")]


def test_term_ends_netd_and_the_network_stays(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    assert node.stop_netd() == 0
    until("the client is gone", lambda: node.clients() == [])
    assert len(node.addresses()) == 1
    assert node.gateways() == ["10.77.0.1"]
    assert server.heard("DHCPRELEASE") == 0


# ---- When the kernel refuses ----


def test_a_link_that_cannot_be_brought_up_is_named_and_tried_again(wired):
    node, _ = wired
    node.boot(STATIC, *POWERLESS)
    node.until_status("^eth0: cannot be brought up$")
    node.until_alive("a second try", lambda: node.said("retrying in 2 s"))
    assert node.said("eth0: cannot be brought up: Operation not permitted; retrying in 1 s")
    assert not node.ready()


def test_an_address_that_cannot_be_set_is_named_and_tried_again(wired):
    node, _ = wired
    node.run("ip", "link", "set", "eth0", "up")
    node.boot(STATIC, *POWERLESS)
    node.until_status(r"^eth0: 10\.77\.0\.5/24 via 10\.77\.0\.1 \(ip=\), not in force yet$")
    node.until_alive("a second try", lambda: node.said("retrying in 4 s"))
    assert node.said("eth0: cannot add 10.77.0.5/24: Operation not permitted; retrying in 2 s")
    assert not node.ready()


# ---- Liars ----


def test_a_bad_netmask_refuses_the_lease_and_says_so(wired):
    node, server = wired
    server.fake(address="10.77.0.20", options={"1": "ff00ff00"})
    node.boot()
    node.until_status("^eth0: DHCP lease refused: netmask '255.0.255.0' is none$")
    assert node.addresses() == []
    assert not node.ready()


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255",
                                     "10.77.0.0", "10.77.0.255"])
def test_an_address_no_host_can_have_is_refused(wired, address):
    node, server = wired
    server.fake(address=address, options={"1": NETMASK})
    node.boot()
    node.until_status("^eth0: DHCP lease refused: ")
    assert node.addresses() == []


def test_hostile_names_and_servers_are_refused_and_the_lease_used(wired):
    node, server = wired
    server.fake(address="10.77.0.20", options={
        "1": NETMASK, "3": quad("10.99.0.1", "10.77.0.1"),
        "12": hexed("$(reboot);`id`"), "15": hexed("evil\nnameserver 6.6.6.6"),
        "6": quad("0.0.0.0", "224.0.0.1", "10.77.0.3"), "42": quad("127.0.0.1"),
        "7": "0a4d0008ff"})
    node.boot()
    node.until_ready()
    assert node.status() == "eth0: 10.77.0.20/24 via 10.77.0.1 (dhcp)"
    assert node.hostname() == "unnamed"
    assert node.file("resolv.conf") == "nameserver 10.77.0.3\n"
    assert node.file("ntp") is None
    assert node.file("syslog") == "10.77.0.8\n"
    for words in ("router 10.99.0.1 is not on the network", "host name '", "domain '",
                  "DNS servers '0.0.0.0' refused", "NTP servers '127.0.0.1' refused",
                  "log servers 'ff' refused"):
        assert node.said(words), words
    assert not re.search(r"[^\n\x20-\x7e]", node.log.read_text())


def test_overlong_lists_are_cut_short_and_said(wired):
    node, server = wired
    many = [f"10.77.0.{number}" for number in range(30, 50)]
    server.fake(address="10.77.0.20", options={"1": NETMASK, "6": quad(*many), "42": quad(*many)})
    node.boot()
    node.until_ready()
    assert node.file("resolv.conf").count("nameserver") == 3
    assert node.file("ntp").count("\n") == 4
    assert node.said("more than 3 of DNS servers, the rest is left out")


def test_strange_messages_on_the_socket_harm_nothing(wired):
    node, server = wired
    server.dnsmasq()
    node.boot()
    node.until_ready()
    before = node.addresses()
    path = str(node.path("/run/net/lease.sock"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for message in (b"", b"\0" * 100, b"event=bound\n" * 500, b"x" * 4000,
                        b"event=deconfig\ninterface=eth0\nclient=1\n",
                        b"event=nak\ninterface=eth0\nclient=0\n"):
            sender.sendto(message, path)
        # One that a user other than root sends must not even get there.
        pid = os.fork()
        if pid == 0:
            os.setuid(65534)
            try:
                sender.sendto(b"event=deconfig\ninterface=eth0\nclient=1\n", path)
                os._exit(1)
            except PermissionError:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    until("complaints", lambda: node.said("none of a DHCP client"))
    requests = server.heard("DHCPREQUEST")
    node.netd.send_signal(signal.SIGHUP)
    until("a renewal", lambda: server.heard("DHCPREQUEST") > requests)
    assert node.addresses() == before
