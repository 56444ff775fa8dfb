# SPDX-License-Identifier: MIT
"""logshipd on a booted node, with Debian's rsyslog as the server: logshipd(8). QEMU's own network has
this machine's loopback at 10.0.2.2 and fec0::2."""

import re
import socket
from pathlib import Path

import pytest
from archive import ROOT
from node_fixtures import USER_NETWORK
from netd_lab import Server, possible, until
from rsyslog import Rsyslog

SERVICE = ROOT / "initramfs/rootfs/etc/svc/logship"
ADDRESS = "ip=10.0.2.15::10.0.2.2:255.255.255.0"

TALK = {
    # What is written into the FIFO is what the service says. It holds it open for writing, too: so there is no end
    # between two writers, at which the words of the second would be lost.
    "etc/svc/talk": "exec = /bin/sh -c 'mkfifo /tmp/talk; exec cat <>/tmp/talk'\n",
}
# A board without a clock begins in 1970.
NO_CLOCK = ("-rtc", "base=1970-01-01T00:00:00")
CLOCK = {
    "etc/svc/clock": "exec = /bin/date -s '2031-02-03 04:05:06'\ntype = task\n",
    "etc/svc/logship": SERVICE.read_text().replace("\nneeds = net\n", "\nneeds = net clock\n"),
}


@pytest.fixture
def server(tmp_path):
    rsyslog = Rsyslog(tmp_path)
    yield rsyslog
    rsyslog.stop()


def boot_node(boot, destination, files=None):
    node = boot({**TALK, **(files or {})}, network=USER_NETWORK, qemu=NO_CLOCK,
                cmdline=f"{ADDRESS} hostname=node-07 svc.skip=blinkstick,ntp syslog={destination}")
    node.until("svctl wait logship")
    node.until("test -p /tmp/talk")
    return node


def say(node, text):
    """printf's text, as words of the service talk."""
    node.ok(f"printf '{text}' >/tmp/talk")


def numbers(server, name="talk"):
    return [int(match[1]) for text in server.texts(name) if (match := re.fullmatch(r"line (\d+)", text))]


def count(node, first, last):
    node.ok(f"i={first}; while [ $i -le {last} ]; do echo line $i; i=$((i+1)); done >/tmp/talk")


def test_everything_arrives_by_udp_with_names_severities_and_times(boot, server):
    node = boot_node(boot, f"10.0.2.2:{server.port}", CLOCK)
    say(node, "plain\\n<3>bad thing\\n<12>user warning\\ntab\\there \\033[1m\\303\\251\\377\\n")
    lines = server.until_text("talk", "tab")
    assert {line.host for line in lines} == {"node-07"}
    kernel = [line for line in lines if line.name == "kernel"]
    assert {line.facility for line in kernel if "logshipd" not in line.text} == {0}
    assert any(line.text.startswith("Linux version") for line in kernel)
    assert any(line.text.startswith("Kernel command line") and line.severity == 5 for line in kernel)
    assert len({line.severity for line in kernel}) > 2
    assert any(line.name == "init" and line.facility == 1 and "ready in" in line.text
               for line in server.until_text("init", "ready in"))
    assert [(line.facility, line.severity, line.text) for line in lines if line.name == "talk"] == [
        (3, 6, "plain"), (3, 3, "bad thing"), (1, 4, "user warning"), (3, 6, "tab\there \\x1b[1mé\\xff")]
    # The kernel's first words were said when it began, although nobody could send them then.
    [first] = [line.time for line in kernel if line.text.startswith("Linux version")]
    assert "2031-02-03T04:03:00" < first < "2031-02-03T04:05:06"
    # It is quiet when nothing is logged, and small.
    node.until_asleep("logship", 5)
    rollup = node.ok(f"cat /proc/{node.pid('logship')}/smaps_rollup")
    private = sum(map(int, re.findall(r"^Private_\w+: +(\d+) kB", rollup, re.MULTILINE)))
    print(f"private memory: {private} KiB")
    assert private < 256


def test_tcp_comes_back_and_neither_loses_nor_repeats(boot, tmp_path):
    server = Rsyslog(tmp_path, start=False)
    node = boot_node(boot, f"tcp://10.0.2.2:{server.port}")
    # slirp accepts in the server's place and closes when there is none, or refuses.
    node.until("svctl logs logship | grep -q 'what is logged waits'")
    count(node, 1, 50)
    server.start()
    server.until(lambda _: numbers(server)[-1:] == [50])
    server.until_text("kernel", "Linux version")
    server.until_text("logship", "sending again after")
    count(node, 51, 60)
    server.until(lambda _: numbers(server)[-1:] == [60])
    node.until_asleep("logship", 2)  # it looks every second while something is not acknowledged
    server.stop()
    count(node, 61, 100)
    server.start()
    server.until(lambda _: numbers(server)[-1:] == [100])
    assert numbers(server) == list(range(1, 101))
    # Its next run goes on where it was, and so it does after PID 1 was replaced.
    node.until("! svctl restart logship || svctl wait logship")
    count(node, 101, 110)
    server.until(lambda _: numbers(server)[-1:] == [110])
    node.ok("svctl reexec")
    count(node, 111, 120)
    server.until(lambda _: numbers(server)[-1:] == [120])
    node.until_asleep("logship", 2)
    node.ok(f"kill -9 {node.pid('logship')}")
    count(node, 121, 130)
    server.until(lambda _: numbers(server)[-1:] == [130])
    assert numbers(server) == list(range(1, 131))
    assert sum("Linux version" in text for text in server.texts("kernel")) == 1
    server.stop()


def test_what_has_no_room_is_counted_and_said(boot, tmp_path):
    server = Rsyslog(tmp_path, start=False)
    node = boot_node(boot, f"tcp://10.0.2.2:{server.port}")
    count(node, 1, 40000)  # half a megabyte
    say(node, "end\\n")
    server.start()
    server.until_text("talk", "end")
    got, said = numbers(server), server.texts("talk")
    assert got == sorted(set(got)) and got[0] == 1 and got[-1] == 40000
    losses = [int(match[1]) for text in said if (match := re.search(r"logshipd: (\d+) bytes before this", text))]
    arrived = sum(len(text) + 1 for text in said if "logshipd:" not in text)
    written = sum(len(f"line {i}\n") for i in range(1, 40001)) + len("end\n")
    # Behind a loss may come the newline alone of a line that was cut, which is no line.
    assert losses and written - len(losses) <= arrived + sum(losses) <= written
    server.until_text("logship", "bytes of services' logs")
    server.stop()


def test_a_name_is_looked_up_and_udp_waits_for_a_server_that_refuses(boot, tmp_path):
    server = Rsyslog(tmp_path, start=False)
    node = boot_node(boot, f"loghost:{server.port}",
                     {"etc/hosts": "127.0.0.1 localhost\n10.0.2.2 loghost\n"})
    assert f"udp://loghost:{server.port}" in node.ok("svctl status logship")
    server.start()
    count(node, 1, 5)
    server.until(lambda _: numbers(server)[-1:] == [5])
    server.stop()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6(boot, server):
    node = boot_node(boot, f"tcp://[fec0::2]:{server.port}")
    count(node, 1, 5)
    server.until(lambda _: numbers(server)[-1:] == [5])
    assert node.state("logship") == "ready"


def test_a_clock_that_jumps_from_1970(boot, server):
    node = boot_node(boot, f"10.0.2.2:{server.port}")
    say(node, "before\\n")
    lines = server.until_text("talk", "before")
    # No time of day; but how long after the node's start, in hundredths of a second.
    [line] = [line for line in lines if line.name == "talk"]
    assert re.fullmatch(r'\[meta sysUpTime="\d+"\]', line.data)
    node.ok("date -s '2031-02-03 04:05:06' >/dev/null")
    say(node, "after\\n")
    [line] = [line for line in server.until_text("talk", "after") if line.text == "after"]
    assert line.data == "-" and line.time.startswith("2031-02-03T04:")
    assert node.state("logship") == "ready"


# ---- A server that DHCP names ----

# Prints what comes to the port of syslog at an address. It has time: datagrams wait for it (SO_RCVBUFFORCE).
LISTENER = """
import socket, sys
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)
listener.bind((sys.argv[1], 514))
print("listens", flush=True)
while True:
    print(listener.recv(4096).decode(errors="replace"), flush=True)
"""


@pytest.fixture
def lan(tmp_path):
    """A namespace with a cable for a node in QEMU, and two addresses where logs may go."""
    server = Server(tmp_path)
    try:
        server.run("ip", "tuntap", "add", "dev", "port0", "mode", "tap")
        for address in ("10.77.0.1/24", "10.77.0.8/24"):
            server.run("ip", "address", "add", address, "dev", "port0")
        server.carrier(True)
        yield server
    finally:
        server.close()


def listen(server, address):
    """The file that everything goes to that comes to syslog's port at the address."""
    path = server.directory / address
    with open(path, "wb") as output:
        server.others.append(server.start("/usr/bin/python3", "-c", LISTENER, address, stdout=output))
    until("something listens", lambda: "listens" in path.read_text(), 60)
    return path


@pytest.mark.skipif(not possible() or not Path("/dev/net/tun").exists(), reason="needs root, and /dev/net/tun")
def test_the_lease_names_the_servers_of_logs_and_of_time(boot, lan):
    server = listen(lan, "10.77.0.8")
    lan.dnsmasq("--dhcp-option=7,10.77.0.8", "--dhcp-option=option:ntp-server,10.77.0.9")
    node = boot(TALK, cmdline="hostname=node-07 svc.skip=blinkstick", within=lan.command(), network=(
        "-netdev", "tap,id=net0,ifname=port0,script=no,downscript=no",
        "-device", "virtio-net-pci,netdev=net0,id=nic0,romfile="))
    node.until("svctl wait logship")
    assert not re.search("(syslog|ntp)=", node.ok("cat /proc/cmdline"))
    assert node.ok("cat /run/net/syslog") == "10.77.0.8\n"
    node.until("svctl status logship | grep -q 'to udp://10.77.0.8:514'")
    node.until("test -p /tmp/talk")
    say(node, "by the lease\\n")
    node.until(lambda: "by the lease" in server.read_text(), "the service's line at the server")
    lines = server.read_text().splitlines()
    assert any(re.fullmatch(r"<30>1 \S+ node-07 talk - - .*by the lease", line) for line in lines)
    # What was said long before there was a lease.
    assert any(re.search(" node-07 kernel - - .*Linux version", line) for line in lines)
    # A renewal names another one.
    other = listen(lan, "10.77.0.1")
    lan.silence()
    lan.dnsmasq("--dhcp-option=7,10.77.0.1", "--dhcp-option=option:ntp-server,10.77.0.9")
    node.ok("svctl reload net")
    node.until("svctl status logship | grep -q 'to udp://10.77.0.1:514'")
    say(node, "by the next\\n")
    node.until(lambda: "by the next" in other.read_text(), "the service's line at the other server")
    node.ok("svctl wait ntp")
    node.until(f"tr '\\0' ' ' </proc/{node.pid('ntp')}/cmdline | grep -e '-p 10.77.0.9'")


def test_without_a_server_it_is_left_out(boot):
    node = boot(cmdline=ADDRESS, network=USER_NETWORK)
    node.until_state("net", "ready")
    node.until_state("logship", "skipped")
    assert node.state("logship") == "skipped"
