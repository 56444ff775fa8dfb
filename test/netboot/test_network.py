# SPDX-License-Identifier: MIT
"""Four nodes and the real boot server, which is their network's DHCP server: dnsmasq, nginx and rsyslog as
server/pxe-server runs them. They boot once for all tests of this file."""

import json
import re
import threading

import pytest
from chain import plain
from network import SERVER, SUBNET, VERSION, Network, impossible, until
from signed import SIGNED

pytestmark = pytest.mark.skipif(bool(impossible()), reason=str(impossible()))


def layer(folder, content):
    (folder / "etc").mkdir(parents=True)
    (folder / "etc/layer").write_text(f"{content}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Node 1 is on before there is a server; 2 has a script and a layer of its own, 3 is of a group, 5 boots what is
    signed only."""
    made = Network()
    try:
        # iPXE is the signed one for all: what is published after it does not replace it.
        made.publish_signed("signed")
        made.publish(VERSION, layer(tmp_path_factory.mktemp("layers") / "job", "job"))
        nodes = [made.node(number) for number in (1, 2, 3, 4, 5)]
        nodes[4].bios = SIGNED / "u-boot.bin"
        made.write(nodes[4].script, "#!ipxe\nset image signed\nset hostname fifth\nset args from=node\nset layer1 job\n")
        made.write(nodes[1].script, "#!ipxe\nset hostname second\nset layer1 job\nset args from=node\n")
        made.write(nodes[2].script, "#!ipxe\nset group compute\n")
        made.write("groups/compute.ipxe", "#!ipxe\nset args from=group netconsole=@${ip}/eth0,6666@${server}/\n")
        nodes[0].power_on().expect("boot: DHCP: no address", "trying again in 1 s", "boot: DHCP: no address",
                                   "trying again in 2 s")
        made.serve(f"SUBNET={SUBNET}", f"NTP={SERVER}")
        for node in nodes[1:]:
            node.power_on()
        for node in nodes:
            node.booted()
        yield made
    finally:
        made.close()


def test_a_node_that_was_on_before_the_server_boots_once_it_is_there(network):
    node = network.nodes[0]
    assert f"ip={node.address}::" in node.run("cat /proc/cmdline")
    assert len(re.findall("U-Boot 2025.01", node.log())) == 1, "it did not start over"
    network.wait_log(rf"{node.address}.*TFTP: got ipxe.efi")


def test_nodes_boot_at_once_with_an_address_each(network):
    assert len({node.address for node in network.nodes}) == 5
    for node in network.nodes:
        assert re.search(rf"net +ready .*{re.escape(node.address)}/24", plain(node.run("svctl wait net; svctl status")))


def test_a_nodes_own_script_and_layer_are_its_alone(network):
    second, fourth = network.nodes[1], network.nodes[3]
    assert "job" in second.run("cat /etc/layer")
    assert "second" in second.run("hostname")
    assert "from=node" in second.run("cat /proc/cmdline")
    assert "from=" not in fourth.run("cat /proc/cmdline")


def test_a_group_decides_for_its_nodes(network):
    assert "from=group" in network.nodes[2].run("cat /proc/cmdline")


def test_a_signed_node_learns_from_dhcp_what_others_are_told_by_arguments(network):
    """Name, log server and time server reach their users; arguments and layers of its script do not count."""
    node = network.nodes[4]
    node.run("svctl wait net --timeout 60s")  # a prompt may be there before the lease is
    assert f"{SERVER}\r" in node.run("cat /run/net/syslog") and f"{SERVER}\r" in node.run("cat /run/net/ntp")
    assert re.search(r"ntp +(ready|started|running)", plain(node.run("svctl status ntp")))
    words = node.run("cat /proc/cmdline")
    assert "from=" not in words and "syslog=" not in words and "ip=" not in words
    assert "No such file" in node.run("ls /etc/layer")
    assert "args=from=node is left out" in node.log()
    until("its logs at the server", lambda: re.search("init: ready in", network.node_log(node)), 60)


def test_netconsole_lines_arrive_at_the_server(network):
    node = network.nodes[2]
    # The kernel's own, of its start, and one of now: what goes to consoles.
    node.run("dmesg -n 8; echo 'a word by netconsole' >/dev/kmsg; dmesg -n 1")
    until("netconsole in the node's log", lambda: re.search(
        "netconsole: .*Linux version(.|\n)*netconsole: .*a word by netconsole", network.node_log(node)), 60)


def test_what_services_log_arrives_at_the_server(network):
    node = network.nodes[0]
    until("logs of services in the node's log", lambda: re.search("init: ready in", network.node_log(node)), 60)


def test_the_servers_page_knows_that_all_are_ready(network):
    status = network.http / "page/status.json"

    def stages():
        return {node["mac"]: node["stage"] for node in json.loads(status.read_text())["nodes"]}
    until("all are ready", lambda: all(stages().get(node.mac) == "ready" for node in network.nodes), 60)


def test_the_page_comes_with_a_policy_that_lets_only_its_own_script_run(network):
    # Its own, not that of /page/, though the file is there.
    headers = network.server_space.run("/usr/bin/python3", "-c", "import urllib.request as u; "
                                       f"print(u.urlopen('http://{SERVER}/').headers, u.urlopen('http://{SERVER}/page/status.json').headers)")
    page, status = re.findall("Content-Security-Policy: (.*)", headers)
    assert "script-src 'sha256-" in page and "connect-src 'self'" in page
    assert status == "default-src 'none'"


def test_who_boots_during_updates_has_one_version_whole(network, tmp_path):
    nodes = [network.nodes[0], network.nodes[3]]
    done = threading.Event()
    published = []

    def publish():
        while not done.wait(0.1):
            version = f"update-{len(published)}"
            network.publish(version, layer(tmp_path / version / "which", version))
            published.append(version)
    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        until("a first update", lambda: published)
        for node in nodes:
            node.close()
        before = len(published)
        for node in nodes:
            node.power_on()
        for node in nodes:
            node.booted()
        assert len(published) > before, "nothing was published while they booted"
    finally:
        done.set()
        publisher.join()
    for node in nodes:
        version = re.search("starting (update-[0-9]+) on", node.log()).group(1)
        assert f"{version}\r\n" in node.run("cat /etc/layer")
        # Kernel, initramfs and layer, by name.
        assert set(re.findall("/images/([^/ ]+)/", node.log())) == {version}


def test_no_other_than_the_boot_server_is_named(network):
    assert f"syslog={SERVER}" in network.nodes[3].run("cat /proc/cmdline").split()
