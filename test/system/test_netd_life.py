# SPDX-License-Identifier: MIT
"""netd's numbers and its life: beside people and their commands, killed, replaced, refused by the kernel.
The netd of this machine in network namespaces (netd_lab.py)."""

import re
import signal
import time

import pytest
from netd_lab import NETMASK, POWERLESS, STATIC, hexed, possible, quad, until

pytestmark = pytest.mark.skipif(not possible(), reason="namespaces cannot be made; root can, usually")


def flood(node):
    """More events than a netlink socket has room for."""
    batch = node.directory / "batch"
    batch.write_text("link set lo down\nlink set lo up\n" * 300)
    node.run("ip", "-batch", batch)


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
