# SPDX-License-Identifier: MIT
"""netd and DHCP: leases of real servers, and of lying ones.
The netd of this machine in network namespaces (netd_lab.py)."""

import os
import re
import signal
import socket
import time

import pytest
from netd_lab import HANDED_OVER, NETMASK, UDHCPC, hexed, possible, quad, until

pytestmark = pytest.mark.skipif(not possible(), reason="namespaces cannot be made; root can, usually")


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
    server.fake(address="10.77.0.55", options={"1": NETMASK, "3": quad("10.77.0.1"), "51": "0000001e"})
    monitor = node.watch_addresses()
    node.boot(HANDED_OVER)
    node.until_status(r"^eth0: 10\.77\.0\.55/24 via 10\.77\.0\.1 \(dhcp\)$")
    until("the lifetime of the lease", lambda: node.lifetime() <= 30)
    server.silence()
    server.run("ip", "address", "delete", "10.77.0.1/24", "dev", "port0")
    server.run("ip", "address", "add", "10.77.0.2/24", "dev", "port0")
    server.dnsmasq("--dhcp-option=option:dns-server,10.77.0.3")
    node.until_alive("the other's lease", lambda: node.lifetime() > 3500, 60)
    node.until_status(r"^eth0: 10\.77\.0\.55/24 via 10\.77\.0\.2 \(dhcp\)$")
    assert server.heard("DHCPREQUEST(port0) 10.77.0.55") > 0
    assert server.heard("DHCPDISCOVER(port0)") == 0, "nobody was asked for a new lease"
    assert node.addresses() == ["10.77.0.55/24"]
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
