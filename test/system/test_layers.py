# SPDX-License-Identifier: MIT
"""Layers: made as a user makes them, and what they change on the node."""

import os
import re
import subprocess

import pytest
from archive import ROOT, layer, write_tree
from node_fixtures import IMAGE, INITRAMFS, USER_NETWORK
from node import DEADLINE, die_with_parent
from pexpect import popen_spawn

# make in a test is a user's make: it knows nothing of the make that runs the tests.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "LAYERS", "CMDLINE")}
# Nor does it build again what is under test.
MAKE = ["make", "-o", "build/qemu-virt/Image", "-o", "build/qemu-virt/initramfs.cpio.zst",
        "-o", "build/qemu-virt/root.staged", "-o", "build/host/svctl"]


def make(*arguments):
    return subprocess.run([*MAKE, *map(str, arguments)], cwd=ROOT, env=ENVIRONMENT, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)


@pytest.fixture
def tree(tmp_path):
    """tree(name, files) is a folder with these files."""
    def build(name, files):
        write_tree(tmp_path / name, files)
        return tmp_path / name
    return build


def test_layers_add_and_replace_the_last_one_wins(boot, tmp_path):
    one = layer(tmp_path / "one", {
        "etc/hostname": "first\n", "etc/only-one": "1\n",
        "etc/svc/job": "exec = /bin/sleep 11111\n", "etc/svc/ntp": "exec = /bin/sleep 22222\n"})
    two = layer(tmp_path / "two", {
        "etc/hostname": "second\n", "etc/svc/job": "exec = /opt/tool job\n",
        "opt/tool": "#!/bin/sh\nexec sleep 33333\n"})
    node = boot(layers=[one, two], cmdline="svc.skip=net")
    node.ok("svctl wait job; svctl wait ntp")
    assert node.ok("hostname").strip() == "second"
    assert node.ok("cat /etc/only-one").strip() == "1"
    node.until(f"tr '\\0' ' ' </proc/{node.pid('job')}/cmdline | grep 33333")
    assert "22222" in node.ok(f"tr '\\0' ' ' </proc/{node.pid('ntp')}/cmdline")
    # What no layer names is the base's, with its owner and its rights.
    assert node.state("console") == "ready"
    assert node.ok("stat -c '%U %a' /etc /etc/svc /opt/tool").split() == ["root", "755"] * 3


def test_layers_bring_accounts_that_do_not_undo_each_other(boot, tmp_path):
    one = layer(tmp_path / "one", {
        "etc/passwd.d/web": "web:x:300:300::/:/bin/false\n", "etc/group.d/web": "web:x:300:\n",
        "etc/svc/job": "exec = /bin/sleep 1111\nuser = web\n"})
    two = layer(tmp_path / "two", {
        "etc/passwd.d/db": "db:x:301:301::/:/bin/false\nroot:x:5:5::/:/bin/sh\nodd\n", "etc/group.d/db": "db:x:301:\n"})
    node = boot(layers=[one, two], cmdline="svc.skip=net")
    node.ok("svctl wait job")
    assert node.ok("id -u web; id -g web; id -u db; id -u root").split() == ["300", "300", "301", "0"]
    assert node.ok(f"stat -c %U /proc/{node.pid('job')}").strip() == "web"
    assert "/etc/passwd.d/db: 2 lines are not taken" in node.kernel_log()
    # A layer that is unpacked on a running node.
    node.ok("echo 'late:x:302:302::/:/bin/false' >/etc/passwd.d/late; svctl rescan; id -u late")
    assert node.ok("stat -c '%U %a' /etc/passwd /etc/group").split() == ["root", "644"] * 2


def test_the_size_report_tells_what_a_layer_costs(tmp_path):
    (tmp_path / "one.cpio.zst").write_bytes(layer(tmp_path / "one", {"etc/small": "1\n", "opt/large": "x" * 5000}))
    said = make("size-report", f"LAYERS={tmp_path}/one.cpio.zst")
    assert said.returncode == 0, said.stdout
    [row] = [line.split() for line in said.stdout.splitlines() if line.endswith("one.cpio.zst")]
    assert row[0] == "5002" and int(row[1]) == (tmp_path / "one.cpio.zst").stat().st_size and row[2:4] == ["12288", "0"]


def test_arguments_that_the_kernel_would_cut_off_are_refused():
    said = make("qemu", f"CMDLINE={'x' * 2048}")
    assert said.returncode == 2 and "the kernel takes 2047 bytes of arguments; with CMDLINE= they are 2" in said.stdout


def test_the_example_of_the_readme_does_what_it_says(boot, tmp_path):
    """Its service file and its layer, word for word."""
    text = (ROOT / "README.md").read_text()
    service = re.search(r"^    # /etc/svc/web\n((?:    .*\n)+)", text, re.MULTILINE).group(1)
    commands = re.search(r"^    mkdir -p job/etc/svc.*\n    echo .*\n", text, re.MULTILINE).group(0)
    subprocess.run(commands, shell=True, cwd=tmp_path, check=True)
    (tmp_path / "job/etc/svc/web").write_text(re.sub(r"^    ", "", service, flags=re.MULTILINE))
    made = make("layer", f"DIR={tmp_path}/job", f"OUT={tmp_path}/job.cpio.zst")
    assert made.returncode == 0, made.stdout
    node = boot(layers=[(tmp_path / "job.cpio.zst").read_bytes()], network=USER_NETWORK)
    node.ok("svctl wait web --timeout 60s")
    assert node.until("wget -qO- http://127.0.0.1:8080/") == "hello\n"
    assert node.ok("stat -c %U /proc/$(svctl status web --json | sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p')") == "nobody\n"


@pytest.mark.parametrize("compress", [["gzip"], ["xz", "--check=crc32"], ["lz4", "-l"], ["cat"]],
                         ids=lambda words: words[0])
def test_a_layer_may_be_compressed_in_other_ways(boot, tmp_path, compress):
    if subprocess.run(["which", compress[0]], stdout=subprocess.DEVNULL).returncode:
        pytest.skip(f"{compress[0]} is not there")
    made = layer(tmp_path / "made", {"etc/packed-with": compress[0] + "\n"})
    plain = subprocess.run(["zstd", "-dc"], input=made, stdout=subprocess.PIPE, check=True).stdout
    packed = subprocess.run(compress, input=plain, stdout=subprocess.PIPE, check=True).stdout
    node = boot(layers=[packed], cmdline="svc.only=agent")
    assert node.ok("cat /etc/packed-with").strip() == compress[0]


def test_make_layer_packs_a_folder(tree, tmp_path):
    folder = tree("job", {"etc/svc/job": "exec = /bin/sleep 1000\n"})
    done = make("layer", f"DIR={folder}", f"OUT={tmp_path}/job.cpio.zst")
    assert done.returncode == 0, done.stdout
    listing = subprocess.run(f"zstd -dc {tmp_path}/job.cpio.zst | cpio -itv --quiet", shell=True, text=True,
                             stdout=subprocess.PIPE, check=True).stdout
    [line] = listing.splitlines()
    assert line.endswith("etc/svc/job") and line.split()[2:4] == ["root", "root"]


def test_make_layer_gives_the_same_bytes_every_time(tree, tmp_path):
    folder = tree("job", {"etc/svc/job": "exec = /bin/sleep 1000\n", "opt/a": "a", "opt/b": "b"})
    for out in ("first", "second"):
        assert make("layer", f"DIR={folder}", f"OUT={tmp_path}/{out}").returncode == 0
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_make_layer_refuses_an_invalid_service_file_with_line(tree, tmp_path):
    done = make("layer", f"DIR={tree('bad', {'etc/svc/job': 'exec = /bin/true' + chr(10) + 'restrat = never'})}",
                f"OUT={tmp_path}/bad.cpio.zst")
    assert done.returncode != 0
    assert "etc/svc/job:2:" in done.stdout and "restrat" in done.stdout and "restart" in done.stdout
    assert not (tmp_path / "bad.cpio.zst").exists()


def test_make_layer_refuses_a_program_that_neither_the_base_nor_the_layer_has(tree, tmp_path):
    done = make("layer", f"DIR={tree('bad', {'etc/svc/job': 'exec = /opt/job'})}", f"OUT={tmp_path}/bad.cpio.zst")
    assert done.returncode != 0
    assert "/opt/job" in done.stdout


def test_make_layer_says_how_it_is_used(tmp_path):
    done = make("layer")
    assert done.returncode != 0 and "DIR=" in done.stdout and "OUT=" in done.stdout
    done = make("layer", "DIR=/no/such/folder", f"OUT={tmp_path}/x")
    assert done.returncode != 0 and "/no/such/folder" in done.stdout


def test_make_qemu_takes_layers_command_line_and_arguments(tree, tmp_path):
    """As typed: two folders as layers, in order; poweroff at the console ends it."""
    first = tree("first", {"etc/hostname": "one\n", "etc/svc/job": "exec = /bin/sleep 1000\n"})
    second = tree("second", {"etc/hostname": "two\n"})
    console = popen_spawn.PopenSpawn(
        [*MAKE, "qemu", f"LAYERS={first} {second}", "CMDLINE=svc.only=console,job", "QEMU_ARGS=-smp 2 -m 512",
         f"QEMU_KERNEL={IMAGE}", f"QEMU_INITRD={INITRAMFS}"],
        timeout=DEADLINE, cwd=ROOT, env=ENVIRONMENT, encoding="utf-8", codec_errors="replace",
        preexec_fn=die_with_parent)
    try:
        console.expect("root@two:/# ")
        console.send("dmesg -n 1; svctl wait job && nproc && cat /proc/cmdline; poweroff\r")
        console.expect("\n2\r+\n.*svc.only=console,job")
        console.expect("reboot: Power down")
        assert console.proc.wait(DEADLINE) == 0
    finally:
        console.proc.terminate()  # make ends what it has started
        console.proc.wait()
