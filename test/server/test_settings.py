# SPDX-License-Identifier: MIT
"""What is asked of the server is refused with a reason, or becomes what its programs are told."""

import ipaddress
import socket
import subprocess
from pathlib import Path

import configuration
import other_dhcp
import pytest
import settings
from settings import Refused, Settings

SERVER = Path(__file__).resolve().parents[2] / "server/pxe-server"
FOLDER = Path("/srv/greyhound")
ADDRESS = ipaddress.IPv4Interface("192.168.50.1/24")


@pytest.fixture
def interface(monkeypatch):
    monkeypatch.setattr(settings, "interface_address", lambda name: ADDRESS)


def refused(**values):
    with pytest.raises(Refused) as caught:
        settings.read({"IFACE": "eth1", **values})
    return "\n".join(caught.value.reasons)


def test_without_a_subnet_nobody_is_given_an_address(interface):
    text = configuration.dnsmasq(settings.read({"IFACE": "eth1"}), FOLDER)
    assert "dhcp-range=192.168.50.0,proxy" in text and "dhcp-ignore=tag:!arm64" in text
    assert text.count("dhcp-range") == 1


def test_dhcp_off_answers_none(interface):
    text = configuration.dnsmasq(settings.read({"IFACE": "eth1", "DHCP": "off"}), FOLDER)
    assert "dhcp-range" not in text and "enable-tftp" in text
    assert "no-dhcp-interface" not in text, "that would be without TFTP, too"


def test_a_subnet_makes_a_dhcp_server(interface):
    values = {"IFACE": "eth1", "SUBNET": "192.168.50.0/24", "ROUTER": "192.168.50.254"}
    text = configuration.dnsmasq(settings.read(values), FOLDER)
    assert "dhcp-range=192.168.50.128,192.168.50.254,255.255.255.0,12h" in text
    assert "dhcp-lease-max=127" in text, "dnsmasq's own limit is 1000, whatever the range"
    assert "dhcp-option=option:router,192.168.50.254" in text
    assert "\ndhcp-option=option:dns-server\n" in text, "we are no name server"


def test_only_a_dhcp_server_tells_ipxe_that_there_is_no_proxy(interface):
    """Beside a router the offer to wait for is our own; with DHCP=off we say nothing."""
    no_proxy = "dhcp-option=tag:ipxe,encap:175,176,1b"
    asked = {"server": {"SUBNET": "192.168.50.0/24"}, "proxy": {}, "off": {"DHCP": "off"}}
    told = {how: no_proxy in configuration.dnsmasq(settings.read({"IFACE": "eth1", **values}), FOLDER).splitlines()
            for how, values in asked.items()}
    assert told == {"server": True, "proxy": False, "off": False}


def test_the_page_may_run_what_is_in_it_and_nothing_else(interface):
    html = "<style>a</style><script>b</script>"
    policy = configuration.page_policy(html)
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    # printf b | openssl sha256 -binary | base64
    assert "script-src 'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='" in policy
    text = configuration.nginx(settings.read({"IFACE": "eth1"}), FOLDER, html)
    assert f'add_header Content-Security-Policy "{policy}";' in text


def test_everything_wrong_is_told_at_once(interface):
    text = refused(SUBNET="192.168.50.0/24", RANGE="192.168.50.1-192.168.50.9", HTTP_PORT="0", DNS="x")
    for word in ("own address", "HTTP_PORT=0", "DNS=x"):
        assert word in text


@pytest.mark.parametrize("values, word", [
    ({"SUBNET": "192.168.50.1/24"}, "is no network"), ({"SUBNET": "10.0.0.0/8"}, "not in SUBNET"),
    ({"SUBNET": "192.168.50.0/30"}, "too small"), ({"DHCP": "on"}, "the only value is off"),
    ({"DHCP": "off", "SUBNET": "192.168.50.0/24"}, "for none"), ({"RANGE": "1-2"}, "SUBNET= makes"),
    ({"SUBNET": "192.168.50.0/24", "RANGE": "a"}, "is not FIRST-LAST"),
])
def test_nonsense_is_refused(interface, values, word):
    assert word in refused(**values)


def test_an_interface_that_is_not_there_is_refused():
    done = subprocess.run([SERVER, "--check", "IFACE=nothing0"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "IFACE=nothing0: there is no such interface; there are: " in done.stderr


def test_the_loopback_is_refused():
    with pytest.raises(Refused, match="where no node is"):
        settings.interface_address("lo")


def test_a_port_in_use_is_told_with_who_has_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        asked = Settings("lo", ipaddress.IPv4Interface("127.0.0.1/8"), "off", http_port=port, syslog_port=0,
                         netconsole_port=0)
        with pytest.raises(Refused) as caught:
            settings.check_ports(asked)
    told = [reason for reason in caught.value.reasons if str(port) in reason]
    assert len(told) == 1 and "is in use by " in told[0] and "(process " in told[0]


def offer(kind=2, address=b"\xc0\xa8\x01\x14", transaction=7):
    packet = bytearray(other_dhcp.discover(transaction, bytes(6)))
    packet[0] = 2
    packet[16:20] = address
    return bytes(packet[:240]) + bytes([53, 1, kind, 0, 54, 4, 192, 168, 1, 1, 255])


def test_an_offer_names_its_server():
    assert other_dhcp.offer_from(offer(), 7) == "192.168.1.1"


@pytest.mark.parametrize("packet", [b"", offer(transaction=8), offer(kind=5), offer(address=bytes(4)), offer()[:239],
                                    offer()[:-6]])
def test_what_is_no_rivals_offer_is_none(packet):
    assert other_dhcp.offer_from(packet, 7) is None
