# SPDX-License-Identifier: MIT
"""The network as a node finds it: a server, none, one that comes later, no card, no cable.
What comes from a friendly DHCP server is in test_boot.py; hostile ones are in test_netd_dhcp.py."""

import re
import time

import pytest
from node_fixtures import USER_NETWORK
from node import lines_with
from ntp_server import NtpServer

# A card on a hub with a server: when the server's own cable is out, there is a carrier and no answer.
HUB = ("-netdev", "user,id=server", "-netdev", "hubport,id=port1,hubid=0,netdev=server",
       "-netdev", "hubport,id=port0,hubid=0", "-device", "virtio-net-pci,netdev=port0,id=nic0,romfile=")
STATIC = "ip=10.0.2.77::10.0.2.2:255.255.255.0:node7.cluster.example:eth0:off:10.0.2.3"


def addresses(node):
    return re.findall(r"inet (\S+)", node.ok("ip address show eth0"))


def said(node):
    """The line netd gives of itself, as svctl status shows it."""
    return node.run("svctl status net").output


def until_net_says(node, *words):
    node.until(lambda: all(word in said(node).lower() for word in words), f"svctl status net: {words}")


def test_ip_on_the_command_line_is_used_without_dhcp(boot):
    node = boot(cmdline=STATIC, network=USER_NETWORK)
    node.ok("svctl wait net")
    assert addresses(node) == ["10.0.2.77/24"]
    assert re.search(r"^default via 10\.0\.2\.2 dev eth0", node.ok("ip route"), re.M)
    assert "nameserver 10.0.2.3" in node.ok("cat /etc/resolv.conf")
    assert node.ok("hostname").strip() == "node7"
    assert node.run("pgrep udhcpc").status == 1
    assert "10.0.2.77/24" in node.why("net")
    assert "0% packet loss" in node.ok("ping -c 1 10.0.2.2")


def test_an_ip_that_makes_no_sense_is_told_and_dhcp_used(boot):
    node = boot(cmdline="ip=10.0.2.77::10.0.2.2:255.0.255.0", network=USER_NETWORK)
    node.ok("svctl wait net")
    assert addresses(node) == ["10.0.2.15/24"]
    assert "255.0.255.0" in node.logs("net")


def test_hostname_on_the_command_line_stays(boot):
    node = boot(cmdline="hostname=blade3 " + STATIC, network=USER_NETWORK)
    node.ok("svctl wait net")
    assert node.ok("hostname").strip() == "blade3"
    assert node.status()["node"]["hostname"] == "blade3"


def test_without_a_card_the_node_boots_and_says_so(boot):
    node = boot(settled=False)
    node.ok("svctl wait console")
    until_net_says(node, "no network interface")
    assert "no network interface" in node.why("net")
    assert node.state("net") == "running"
    assert node.service("net")["restarts"] == 0
    assert node.run("svctl wait net --timeout 100ms").status == 1


def test_without_a_server_it_boots_says_so_and_comes_up_when_there_is_one(boot):
    node = boot(network=HUB, settled=False, paused=lambda node: node.set_link(False, "server"))
    node.ok("svctl wait console")
    until_net_says(node, "eth0", "no dhcp answer")
    assert "DHCP" in node.why("net")
    assert node.state("net") == "running"
    assert addresses(node) == []
    assert node.state("ntp") == "waiting"
    node.set_link(True, "server")
    node.ok("svctl wait net; svctl wait ready")
    assert addresses(node) == ["10.0.2.15/24"]
    assert node.service("net")["restarts"] == 0
    assert len(lines_with(node.kernel_log(), "init: ready in")) == 1


def test_a_cable_that_comes_later_is_used(boot):
    node = boot(network=USER_NETWORK, settled=False, paused=lambda node: node.set_link(False))
    node.ok("svctl wait console")
    until_net_says(node, "eth0", "no carrier")
    assert addresses(node) == []
    node.set_link(True)
    node.ok("svctl wait net")
    assert addresses(node) == ["10.0.2.15/24"]


@pytest.mark.parametrize("cmdline", ["", STATIC], ids=["dhcp", "static"])
def test_a_cable_that_comes_and_goes_is_survived(boot, cmdline):
    node = boot(cmdline=cmdline, network=USER_NETWORK)
    node.ok("svctl wait net")
    before = addresses(node), node.pid("net")
    for _ in range(3):
        node.set_link(False)
        until_net_says(node, "no carrier")
        assert node.state("net") == "ready"
        node.set_link(True)
        node.until(lambda: "no carrier" not in said(node), "the carrier is back")
    node.until("ping -c 1 10.0.2.2")
    assert (addresses(node), node.pid("net")) == before
    assert node.service("net")["restarts"] == 0


def test_a_netd_that_dies_leaves_the_address_and_takes_it_up_again(boot):
    node = boot(network=USER_NETWORK)
    node.ok("svctl wait net")
    before = node.pid("net")
    node.ok(f"kill -KILL {before}; ip address show eth0 | grep 'inet 10.0.2.15/24'")
    node.until_service("net", lambda service: service["state"] == "ready" and service["pid"] != before)
    node.until(lambda: addresses(node) == ["10.0.2.15/24"])
    node.until("ping -c 1 10.0.2.2")


def test_two_cards_get_an_address_each(boot):
    second = ("-netdev", "user,id=net1,net=10.9.0.0/24", "-device", "virtio-net-pci,netdev=net1,romfile=")
    node = boot(network=USER_NETWORK + second)
    node.until("ip address | grep 'inet 10.0.2.15/24' && ip address | grep 'inet 10.9.0.15/24'")
    node.until("[ $(ip route | grep -c '^default via') = 2 ]")
    node.until(lambda: all(card in node.why("net") for card in ("eth0", "eth1")))


def test_a_vlan_carries_two_nodes(boot, tmp_path):
    """One names it with vlan=, to the other ip= is enough; the cable between them has nothing else."""
    cable = f"addr.type=unix,addr.path={tmp_path}/cable"
    card = "-device", "virtio-net-pci,netdev=net0,id=nic0,romfile="
    one = boot(cmdline="vlan=vlan5:eth0 ip=10.5.0.1:::255.255.255.0::vlan5:off",
               network=("-netdev", f"stream,id=net0,server=on,{cable}", *card))
    other = boot(cmdline="ip=10.5.0.2:::255.255.255.0::eth0.5:off",
                 network=("-netdev", f"stream,id=net0,server=off,{cable}", *card))
    one.ok("svctl wait net")
    other.ok("svctl wait net")
    assert "VID: 5" in one.ok("cat /proc/net/vlan/vlan5")
    assert "VID: 5" in other.ok("cat /proc/net/vlan/eth0.5")
    one.until("ping -c 1 10.5.0.2")
    other.until("ping -c 1 10.5.0.1")
    # It is made again if somebody deletes it, and has its address again.
    assert addresses(one) == []
    one.ok("ip link delete vlan5")
    one.until("ip address show vlan5 | grep 'inet 10.5.0.1/24'")
    one.until("ping -c 1 10.5.0.2")


# ---- Time ----


def test_ntp_runs_if_the_command_line_names_a_server(boot):
    """And then has the one right it needs."""
    node = boot(cmdline=f"ntp=10.0.2.2,10.0.2.4 {STATIC}", network=USER_NETWORK)
    node.ok("svctl wait ntp")
    assert node.ok("cat /run/net/ntp").split() == ["10.0.2.2", "10.0.2.4"]
    command = node.until(f"tr '\\0' ' ' </proc/{node.pid('ntp')}/cmdline | grep ntpd")
    assert "-p 10.0.2.2" in command and "-p 10.0.2.4" in command
    assert node.service("ntp")["restarts"] == 0
    [capabilities] = re.findall(r"CapEff:\s*(\w+)", node.ok(f"cat /proc/{node.pid('ntp')}/status"))
    assert int(capabilities, 16) == 1 << 25  # sys_time


@pytest.fixture
def ntp_server():
    try:
        server = NtpServer()
    except OSError as error:
        pytest.skip(f"no time server on this machine's port 123: {error}")
    yield server
    server.close()


RESTLESS = """\
exec = /bin/sh -c 'echo "awake at $(date +%s)"; sleep 1; exit 1'
backoff = 100ms 2s
"""
GUARDED = """\
exec = /bin/sh -c 'while sleep 1; do :; done'
restart = never
"""


def test_a_clock_of_the_board_gives_the_time_at_boot(boot):
    """Without NTP; and what is set on the node can be written back."""
    node = boot(cmdline="svc.only=agent", qemu=("-rtc", "base=2031-02-03T04:05:06"))
    assert node.ok("date +%F").strip() == "2031-02-03"
    node.ok("date -s '2032-03-04 05:06:07' >/dev/null; hwclock -w")
    assert node.ok("hwclock -r").startswith("Thu Mar  4 05:06:")


def test_a_node_from_1970_gets_the_time_and_nothing_minds(boot, ntp_server):
    """What a server's time does to a clock that has never been set."""
    node = boot({"etc/svc/restless": RESTLESS, "etc/svc/guarded": GUARDED}, cmdline="ntp=10.0.2.2",
                network=USER_NETWORK, qemu=("-rtc", "base=1970-01-02T00:00:00"))
    node.ok("svctl wait net; svctl wait guarded")
    names = "net", "console", "guarded"
    before = {name: node.pid(name) for name in names}
    node.until(lambda: abs(int(node.ok("date +%s")) - time.time()) < 60, "the right time", 120)
    assert ntp_server.answers > 0
    assert {name: node.pid(name) for name in names} == before
    restarts = node.service("restless")["restarts"]
    node.until_service("restless", lambda service: service["restarts"] > restarts + 2)
    # Nobody thinks that it has run, or is to wait, for fifty years.
    status = node.status()
    assert status["node"]["uptime_seconds"] < 3600
    for service in status["services"]:
        assert 0 <= service["since_seconds"] < 3600, service
        assert 0 <= (service["next_start_seconds"] or 0) <= 30, service
        assert service["restarts"] == 0 or service["name"] == "restless", service
    # The log has lines of both times.
    years = [int(second) // 31557600 + 1970 for second in re.findall(r"awake at (\d+)", node.logs("restless"))]
    assert years[0] == 1970 and years[-1] >= 2025
    # What is told in the time of day is told in the right one.
    node.until(lambda: 0 < lease_end(node) - time.time() <= 2 * 86400, "the lease's end in the metrics")
    assert addresses(node) == ["10.0.2.15/24"]


def lease_end(node):
    found = re.search(r'lease_end_timestamp_seconds\{device="eth0"\} (\d+)',
                      node.run("cat /run/net/metrics").output)
    return int(found[1]) if found else 0


def test_ntp_waits_as_long_as_there_is_no_network(boot):
    node = boot(cmdline="ntp=10.0.2.2", settled=False)
    node.until_state("net", "running")
    assert node.state("ntp") == "waiting"
    assert "net" in node.why("ntp")
