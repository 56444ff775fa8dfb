# SPDX-License-Identifier: MIT
"""What is made of the lines that dnsmasq, nginx and rsyslog write. lines/ has some that the real ones wrote while
nodes booted in QEMU: [time, server, line] each."""

import json
from pathlib import Path

import nodes
from nodes import Nodes

LINES = Path(__file__).parent / "lines"
MAC, ADDRESS = "52:54:00:12:34:56", "192.168.77.51"


def replay(name, until=None):
    known = Nodes()
    for row in (LINES / name).read_text(encoding="utf-8").splitlines():
        time, server, line = json.loads(row)
        known.take(server, line, time)
        if until and until in line:
            break
    return known


def only(known):
    assert len(known.by_number) == 1, list(known.by_number.values())
    return next(iter(known.by_number.values()))


class Played:
    """Lines as the servers write them."""

    def __init__(self):
        self.nodes = Nodes()
        self.now = 1000.0
        self.transaction = 1

    def take(self, server, line):
        self.now += 1
        return self.nodes.take(server, line, self.now)

    def dhcp(self, word, mac=MAC, address="", vendor="PXEClient:Arch:00011:UNDI:003000", user="", name=""):
        self.transaction += 1
        head = f"dnsmasq-dhcp[7]: {self.transaction} "
        self.take("dnsmasq", head + f"vendor class: {vendor}")
        if user:
            self.take("dnsmasq", head + f"user class: {user}")
        return self.take("dnsmasq", head + f"{word}(br0) {address}{' ' if address else ''}{mac} {name}")

    def http(self, uri, status=200, sent=100, size=100, address=ADDRESS, agent="iPXE/2.0.0"):
        return self.take("nginx", json.dumps({"http": address, "uri": uri, "status": status, "bytes": sent,
                                              "size": str(size), "seconds": 0.1, "agent": agent}))

    def log(self, message, app="init", host="n7", address=ADDRESS):
        return self.take("rsyslog", json.dumps({"syslog": address, "host": host, "app": app, "message": message}))

    def boot(self):
        for user in ("", "iPXE"):
            self.dhcp("DHCPDISCOVER", user=user)
            self.dhcp("DHCPACK", address=ADDRESS, user=user)
            if not user:
                self.take("dnsmasq", f"dnsmasq-tftp[7]: sent /srv/tftp/ipxe.efi to {ADDRESS}")
        self.http("/boot.ipxe")
        self.http("/nodes/52-54-00-12-34-56.ipxe", 404)
        self.http("/images/1.0/qemu-virt/vmlinuz.efi")
        self.http("/images/1.0/qemu-virt/initramfs.cpio.zst")
        self.log("Linux version 6.12", app="kernel")
        self.log("ready in 0.4 s (1.25 s after kernel start)")


def test_a_boot_is_followed_to_the_end():
    played = Played()
    played.boot()
    node = only(played.nodes)
    assert (node.mac, node.address, node.name) == (MAC, ADDRESS, "n7")
    assert (node.stage, node.image, node.boots, node.tries, node.problem) == ("ready", "1.0", 1, 1, "")
    assert node.ready_seconds == 1.25
    assert list(node.times) == list(nodes.STAGES)


def test_running_nodes_are_told_to_prometheus():
    played = Played()
    played.dhcp("DHCPDISCOVER", mac="52:54:00:00:00:02")
    played.boot()
    assert played.nodes.targets() == [{"targets": [f"{ADDRESS}:9100"], "labels": {"node": "n7"}}]


def test_another_boot_begins_anew():
    played = Played()
    played.boot()
    played.dhcp("DHCPDISCOVER")
    node = only(played.nodes)
    assert (node.stage, node.boots, node.tries, node.ready_seconds, len(node.events)) == ("dhcp", 2, 1, None, 1)
    played.boot()
    assert (node.stage, node.boots) == ("ready", 2), "U-Boot asked twice"


def test_a_running_node_renews_its_lease():
    played = Played()
    played.boot()
    for word in ("DHCPREQUEST", "DHCPACK", "DHCPDISCOVER"):
        played.dhcp(word, address=ADDRESS, vendor="udhcp 1.37.0", name="n7")
    assert (only(played.nodes).stage, only(played.nodes).boots) == ("ready", 1)


def test_machines_that_do_not_boot_from_us_are_no_nodes():
    played = Played()
    played.dhcp("DHCPDISCOVER", mac="aa:bb:cc:dd:ee:ff", vendor="MSFT 5.0")
    played.http("/", agent="Mozilla/5.0", address="192.168.77.9")
    assert not played.nodes.by_number


def test_a_missing_file_is_a_problem_until_it_is_there():
    played = Played()
    played.dhcp("DHCPDISCOVER")
    played.dhcp("DHCPACK", address=ADDRESS)
    played.http("/boot.ipxe")
    played.http("/nodes/52-54-00-12-34-56.ipxe", 404)
    node = only(played.nodes)
    assert node.problem == "", "nobody has to have a script"
    played.http("/images/1.0/qemu-virt/vmlinuz.efi", 404)
    assert "vmlinuz.efi answered 404" in node.problem
    played.dhcp("DHCPDISCOVER", user="iPXE")
    assert node.problem, "trying again does not mend it"
    played.http("/images/1.0/qemu-virt/vmlinuz.efi")
    assert (node.stage, node.problem) == ("kernel", "")


def test_a_download_that_breaks_off_is_no_step():
    played = Played()
    played.http("/boot.ipxe")
    played.http("/images/1.0/qemu-virt/vmlinuz.efi", sent=50)
    assert only(played.nodes).stage == "ipxe"
    assert "broke off after 50 of 100" in only(played.nodes).problem


def test_a_boot_that_starts_over_is_one_boot():
    played = Played()
    for _ in range(3):
        played.dhcp("DHCPDISCOVER")
        played.dhcp("DHCPACK", address=ADDRESS)
        played.take("dnsmasq", f"dnsmasq-tftp[7]: file /srv/tftp/ipxe.efi not found for {ADDRESS}")
    node = only(played.nodes)
    assert (node.stage, node.boots, node.tries) == ("dhcp", 1, 3)
    assert "not found" in node.problem


def test_a_question_asked_again_is_one_question():
    played = Played()
    for _ in range(4):
        played.dhcp("DHCPDISCOVER")
    assert (len(only(played.nodes).events), only(played.nodes).tries) == (1, 1)


def test_an_address_goes_to_another_node():
    played = Played()
    played.boot()
    played.dhcp("DHCPACK", mac="52:54:00:00:00:02", address=ADDRESS)
    played.http("/boot.ipxe")
    first, second = played.nodes.by_mac[MAC], played.nodes.by_mac["52:54:00:00:00:02"]
    assert (first.address, first.stage, second.address, second.stage) == ("", "ready", ADDRESS, "ipxe")


def test_what_nodes_say_is_bounded_and_harmless():
    played = Played()
    for i in range(nodes.LINES_MAX + 5):
        line = played.log(f"{i} \x1b[2J\r\n" + "x" * 10000, host="\x07evil")
    node = only(played.nodes)
    assert len(node.lines) == nodes.LINES_MAX
    assert len(line) < 3 * nodes.TEXT_MAX and line.isprintable() and node.name.isprintable()


def test_the_number_of_nodes_is_bounded(monkeypatch):
    monkeypatch.setattr(nodes, "NODES_MAX", 3)
    played = Played()
    for i in range(5):
        played.dhcp("DHCPDISCOVER", mac=f"52:54:00:00:00:0{i}")
    assert sorted(played.nodes.by_mac) == [f"52:54:00:00:00:0{i}" for i in (2, 3, 4)]
    assert played.nodes.dropped == 2
    assert played.nodes.changed <= set(played.nodes.by_number)
    assert played.nodes.forgotten == [1, 2], "their files can go"


def test_a_flood_of_forged_addresses_drives_no_real_node_away(monkeypatch):
    monkeypatch.setattr(nodes, "NODES_MAX", 100)
    played = Played()
    played.boot()
    for i in range(1000):
        played.log("I am somebody else", address=f"10.0.{i // 250}.{i % 250}")
    assert len(played.nodes.by_number) <= 100
    assert played.nodes.by_mac[MAC].stage == "ready"
    assert len(played.nodes.by_number) + played.nodes.dropped == 1001
    assert played.nodes.fetchers() == {ADDRESS}


def test_an_address_whose_node_makes_room_is_nobodys(monkeypatch):
    monkeypatch.setattr(nodes, "NODES_MAX", 1)
    played = Played()
    played.boot()
    played.dhcp("DHCPACK", mac="52:54:00:00:00:02", address=ADDRESS)
    assert only(played.nodes).mac == "52:54:00:00:00:02"
    assert played.nodes.changed <= set(played.nodes.by_number)


def test_lines_for_people_tell_one_node_from_another():
    """All are `greyhound` whom nobody has named."""
    played = Played()
    assert played.dhcp("DHCPDISCOVER").startswith(f"{MAC}: ")
    assert MAC in played.dhcp("DHCPACK", address=ADDRESS, name="greyhound")
    assert played.log("hello", host="greyhound").startswith(f"{ADDRESS}: ")
    assert played.nodes.targets()[0]["labels"] == {"node": MAC}
    assert played.log("hello", host="n7").startswith(f"n7 {ADDRESS}: ")


def test_exchanges_that_are_remembered_are_bounded():
    played = Played()
    for _ in range(nodes.TRANSACTIONS_MAX + 9):
        played.dhcp("DHCPREQUEST")
    assert len(played.nodes.classes) <= nodes.TRANSACTIONS_MAX


def test_rubbish_is_passed_on():
    known = Nodes()
    for line in ("{", '{"http": 5}', '{"http":"a","status":"x"}', "[]", '{"a":1}', "dnsmasq-dhcp[1]: 5 DHCPACK()", ""):
        for server in ("dnsmasq", "nginx", "rsyslog"):
            known.take(server, line, 1.0)
    json.dumps(known.summary(1.0))


def test_beside_a_router_name_and_address_find_each_other():
    """Proxy DHCP: dnsmasq sees hardware addresses, everybody else addresses."""
    node = only(replay("proxy"))
    assert (node.mac, node.address) == (MAC, ADDRESS)
    assert (node.stage, node.image, node.boots, node.tries) == ("initramfs", "v1", 1, 1)
    assert node.started < node.times["tftp"] < node.times["ipxe"] < node.times["kernel"]


def test_two_boots_of_a_node_that_then_renews_its_lease():
    """DHCP of our own: netd takes the lease over from iPXE, and asks for it again at once."""
    known = replay("server")
    node = only(known)
    assert "udhcp" in (LINES / "server").read_text(encoding="utf-8")
    assert (node.mac, node.address, node.name) == (MAC, "192.168.77.238", ""), "greyhound is no name"
    assert (node.stage, node.image, node.boots, node.tries, node.problem) == ("ready", "v3", 2, 1, "")
    assert node.ready_seconds == 2.0089
    assert any("layers/job.cpio.zst 200" in text for _, text in node.events)
    assert only(replay("server", until="ready in")).boots == 1
