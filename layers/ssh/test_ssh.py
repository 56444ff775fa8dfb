# SPDX-License-Identifier: MIT
"""The layer `make ssh-layer` makes, on a booted node, with OpenSSH's client: docs/ssh.md."""

import re
import subprocess

import pexpect
import pytest
from archive import ROOT, unchecked_layer
from node import DEADLINE, die_with_parent
from ports import free_port
from test_layers import make

ADDRESS = "ip=10.0.2.15::10.0.2.2:255.255.255.0 hostname=node-07"
ONLY = "svc.only=net,ssh,agent"


def make_key(path, kind="ed25519", passphrase=""):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "a test", "-f", path], check=True,
                   timeout=DEADLINE)
    return path


def fingerprint(key):
    done = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, stdout=subprocess.PIPE, text=True,
                          timeout=DEADLINE)
    return done.stdout.split()[1]


def make_layer(key, out, *more):
    """The layer's bytes; as make is told, root may come in with the key."""
    done = make("-o", "build/qemu-virt/pkg/dropbear/dropbearmulti", "ssh-layer", f"AUTHORIZED_KEYS={key}.pub",
                f"OUT={out}", *more)
    assert done.returncode == 0, done.stdout
    return out.read_bytes()


class Way:
    """The way in to a node: OpenSSH's client with no settings but these."""

    def __init__(self, boot, folder, key, *layers, files=None, only=ONLY):
        self.port = free_port()
        self.known = folder / "known_hosts"
        self.key = key
        network = ("-netdev", f"user,id=net0,hostfwd=tcp:127.0.0.1:{self.port}-:22",
                   "-device", "virtio-net-pci,netdev=net0,id=nic0,romfile=")
        self.node = boot(files, f"{ADDRESS} {only}", layers=layers, network=network)

    def wait(self):
        """Until the server listens."""
        self.node.until("netstat -tln | grep -q ':22 '")
        return self

    def command(self, *words, key=None, options=()):
        return ["ssh", "-F", "none", "-p", str(self.port), "-i", str(key or self.key), "-o", "IdentitiesOnly=yes",
                "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new",
                "-o", f"UserKnownHostsFile={self.known}", "-o", "GlobalKnownHostsFile=none",
                *options, "root@127.0.0.1", *words]

    def ssh(self, *words, given=None, **how):
        return subprocess.run(self.command(*words, **how), input=given, stdin=None if given else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE,
                              preexec_fn=die_with_parent)

    def said(self, *words):
        """What a command that succeeds says."""
        done = self.ssh(*words)
        assert done.returncode == 0, (done.returncode, done.stderr)
        return done.stdout.decode()

    def host_key(self):
        """Its fingerprint, as the client has seen it."""
        self.said("true")
        return fingerprint(self.known)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder / name) for name in ("mine", "another", "host")}


@pytest.fixture(scope="module")
def way(boot_shared, keys, tmp_path_factory):
    """A node whose layer has a host key."""
    folder = tmp_path_factory.mktemp("way")
    return Way(boot_shared, folder, keys["mine"],
               make_layer(keys["mine"], folder / "ssh.cpio.zst", f"HOST_KEY={keys['host']}")).wait()


def test_who_has_the_key_comes_in_and_sees_how_the_node_is(way):
    assert way.said("id").startswith("uid=0(root) gid=0(root)")
    assert re.search(r"^ssh +ready ", way.said("svctl", "status"), re.MULTILINE)
    assert way.said("cat /proc/sys/kernel/hostname; pwd") == "node-07\n/root\n"


def test_exit_status_both_outputs_and_every_byte_come_through(way):
    # A command has no profile, and a layer's programs are in /usr.
    assert way.ssh("echo $PATH").stdout.strip() == b"/sbin:/bin:/usr/sbin:/usr/bin"
    done = way.ssh("echo out; echo err >&2; exit 42")
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (42, b"out\n", b"err")
    data = bytes(range(256)) * 4096
    done = way.ssh("cat >/tmp/data && cat /tmp/data", given=data)
    assert done.returncode == 0 and done.stdout == data


def test_a_port_of_the_node_is_reached_through_it(way):
    # What listens there is the server itself: it greets first.
    assert way.ssh(options=("-W", "127.0.0.1:22")).stdout.startswith(b"SSH-2.0-dropbear")


def test_another_key_and_passwords_are_refused(way, keys):
    done = way.ssh("true", key=keys["another"])
    assert done.returncode == 255 and b"Permission denied (publickey)" in done.stderr
    # That is all the server offers: no passwords.
    done = way.ssh("true", options=("-v", "-o", "PubkeyAuthentication=no"))
    assert done.returncode == 255 and b"Permission denied (publickey)" in done.stderr
    assert b"Authentications that can continue: publickey\r\n" in done.stderr
    way.node.until("svctl logs ssh | grep -q 'Exit before auth'")


def test_a_person_gets_a_terminal(way):
    # The echo of what is typed is never taken for an answer: it has quotes in it.
    shell = pexpect.spawn(way.command()[0], way.command(options=("-tt",))[1:], timeout=DEADLINE, encoding="utf-8",
                          dimensions=(33, 101))
    try:
        shell.expect(r"root@node-07:~# ")
        shell.sendline("stty size; tty; echo te''rm=$TERM path=$PATH")
        shell.expect("33 101\r\n")
        shell.expect("/dev/pts/[0-9]+\r\n")
        shell.expect("term=[a-z0-9-]+ path=/sbin:/bin:/usr/sbin:/usr/bin\r\n")
        shell.sendline("sleep 12345")
        way.node.until("pgrep -f 'sleep 12345'")
        shell.sendintr()
        shell.expect("# ")
        way.node.until("! pgrep -f 'sleep 12345'")
        shell.setwinsize(44, 99)
        shell.sendline("until stty size | grep '44 9''9'; do sleep 0.1; done")
        shell.expect("44 99\r\n")
        shell.sendline("exit 7")
        shell.expect(pexpect.EOF)
    finally:
        shell.close(force=True)
    assert shell.exitstatus == 7


def test_the_host_key_of_the_layer_is_the_nodes(way, keys):
    assert way.host_key() == fingerprint(keys["host"])
    assert f"host key: {fingerprint(keys['host'])}" in way.node.logs("ssh")
    assert way.node.ok("stat -c '%a %u' /etc/dropbear/host_key /root /root/.ssh/authorized_keys").split() == [
        "600", "0", "700", "0", "600", "0"]


def test_a_login_survives_the_network_and_ends_with_the_service(way):
    assert "is" in way.said("svctl restart net && svctl wait net && echo it is")
    done = way.ssh("svctl stop ssh; sleep 12345")
    assert done.returncode == 255
    way.node.until("! pgrep -f 'sleep 12345'")
    way.node.ok("svctl start ssh")
    way.wait()
    assert way.said("echo again") == "again\n"


def test_without_a_host_key_one_is_made_for_this_boot(boot, keys, tmp_path):
    # A kernel that does not believe the randomness the machine hands it gathers its own.
    way = Way(boot, tmp_path, keys["mine"], make_layer(keys["mine"], tmp_path / "ssh.cpio.zst"),
              only=f"{ONLY} random.trust_bootloader=off random.trust_cpu=off").wait()
    assert "good until the node reboots" in way.node.logs("ssh")
    first = way.host_key()
    assert f"host key: {first}" in way.node.logs("ssh") and first != fingerprint(keys["host"])
    way.node.ok("svctl restart ssh")
    way.wait()
    assert way.host_key() == first


def test_a_node_that_waits_for_randomness_is_ready(boot, keys, tmp_path):
    slow = unchecked_layer({"sbin/dropbearkey": "#!/bin/sh\nexec sleep 100000\n"})
    way = Way(boot, tmp_path, keys["mine"], make_layer(keys["mine"], tmp_path / "ssh.cpio.zst"), slow)
    way.node.until("dmesg | grep 'init: ready in'")
    assert way.node.state("ssh") == "ready"
    way.node.until("pgrep -f 'sleep 100000'")
    assert way.node.run("netstat -tln | grep ':22 '").status == 1


def test_the_base_has_no_way_in_and_without_keys_nothing_listens(boot):
    node = boot({"etc/svc/ssh": ROOT / "layers/ssh/service", "sbin/sshd-start": ROOT / "layers/ssh/sshd-start"},
                cmdline="svc.only=ssh,agent")
    assert node.until_state("ssh", "skipped")
    assert node.run("ls /sbin/dropbear").status == 1


@pytest.mark.parametrize("make_wrong, complaint", [
    (lambda folder: {"AUTHORIZED_KEYS": folder / "none"}, "cannot be read"),
    (lambda folder: {"AUTHORIZED_KEYS": make_key(folder / "private")}, "is a private key"),
    (lambda folder: {"AUTHORIZED_KEYS": f"{make_key(folder / 'rsa', 'rsa')}.pub"}, "no Ed25519 key"),
    (lambda folder: {"AUTHORIZED_KEYS": f"{make_key(folder / 'good')}.pub",
                     "HOST_KEY": make_key(folder / "secret", passphrase="secret")}, "without a passphrase"),
    (lambda folder: {"AUTHORIZED_KEYS": f"{make_key(folder / 'good')}.pub",
                     "HOST_KEY": make_key(folder / "ecdsa", "ecdsa")}, "is not an Ed25519 key"),
    (lambda folder: {}, "usage: make ssh-layer"),
], ids=["missing", "private", "rsa", "passphrase", "ecdsa", "nothing"])
def test_what_would_let_nobody_in_is_not_packed(tmp_path, make_wrong, complaint):
    done = make("-o", "build/qemu-virt/pkg/dropbear/dropbearmulti", "ssh-layer", f"OUT={tmp_path / 'out'}",
                *(f"{name}={value}" for name, value in make_wrong(tmp_path).items()))
    assert done.returncode != 0 and complaint in done.stdout
    assert not (tmp_path / "out").exists()
