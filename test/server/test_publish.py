# SPDX-License-Identifier: MIT
"""Versions: published whole, never changed, gone back from, pinned; and what the user wrote is left alone."""

import hashlib
import subprocess
from pathlib import Path

import pytest

PUBLISH = Path(__file__).resolve().parents[2] / "server/publish"
NODE = "52:54:00:12:34:56"


class Server:
    def __init__(self, folder):
        self.folder = folder / "server"
        self.site = folder / "site"
        self.images = self.folder / "http/images"
        self.files = folder / "files"
        self.files.mkdir()
        for name in ("kernel", "initramfs", "ipxe"):
            (self.files / name).write_text(f"the {name}\n")

    def run(self, *words, status=0):
        done = subprocess.run([PUBLISH, self.folder, *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def add(self, version, *layers, board="qemu-virt", options=(), status=0):
        names = (self.files / name for name in ("kernel", "initramfs", "ipxe", "no-base"))
        return self.run("add", *options, version, board, *names, "console=ttyAMA0  panic=10", *layers, status=status)

    def current(self):
        return (self.folder / "http/current").readlink().name

    def script(self, mac=NODE):
        return self.site / "nodes" / (mac.replace(":", "-") + ".ipxe")

    def pin(self, version, status=0):
        return self.run("pin", self.site, NODE, version, status=status)


@pytest.fixture
def server(tmp_path):
    return Server(tmp_path)


def test_arguments_that_the_kernel_would_cut_off_are_refused(server):
    names = [server.files / name for name in ("kernel", "initramfs", "ipxe", "no-base")]
    said = server.run("add", "1.0", "qemu-virt", *names, "x" * 1598, status=1)
    assert "1598 bytes" in said and "at most 1597" in said and "CMDLINE=" in said
    assert "not ASCII" in server.run("add", "1.0", "qemu-virt", *names, "job=caf\u00e9", status=1)
    assert not server.images.exists()
    server.run("add", "1.0", "qemu-virt", *names, "x" * 1597)


def test_the_tree_is_as_nodes_expect_it(server):
    server.run("site", server.site)
    (server.files / "job.cpio.zst").write_text("070701 job")
    server.add("1.0", server.files / "job.cpio.zst")
    http = server.folder / "http"
    assert (server.folder / "tftp/ipxe.efi").read_text() == "the ipxe\n"
    assert (http / "ipxe.efi").exists() and (http / "boot.ipxe").exists() and (http / "default.ipxe").exists()
    assert (http / "current/qemu-virt/vmlinuz.efi").read_text() == "the kernel\n"
    assert (http / "current/qemu-virt/initramfs.cpio.zst").read_text() == "the initramfs\n"
    assert (http / "current/layers/job.cpio.zst").read_text() == "070701 job"
    assert (http / "current/qemu-virt/image.ipxe").read_text().splitlines() == [
        "#!ipxe", "set image 1.0", "set image-args console=ttyAMA0 panic=10", "isset ${layer1} && exit 0 ||",
        "set layer1 job"]


def layer_with_image(folder, name, image=b"an image"):
    """A layer as mk/layer-image makes it, as far as publishing looks at it."""
    (folder / f"{name}/etc/layers.d").mkdir(parents=True)
    (folder / f"{name}/etc/layers.d/{name}").write_text(f"sha256 {hashlib.sha256(image).hexdigest()}\nsize {len(image)}\n")
    out = folder / f"{name}.cpio.zst"
    subprocess.run(f"find etc | cpio --quiet -o -H newc | zstd -q -o {out}", shell=True, cwd=folder / name, check=True)
    Path(f"{out}.erofs").write_bytes(image)
    return out


def test_an_image_goes_with_its_layer(server):
    layer = layer_with_image(server.files, "tool")
    server.add("1.0", layer)
    digest = hashlib.sha256(b"an image").hexdigest()
    assert (server.images / f"1.0/layers/{digest}.erofs").read_bytes() == b"an image"
    assert server.run("list").split("layers: ")[1].split() == ["tool"]
    Path(f"{layer}.erofs").write_bytes(b"an Image")
    assert "is not the image that" in server.add("1.1", layer, status=1)
    Path(f"{layer}.erofs").unlink()
    assert "tool.cpio.zst.erofs is not there" in server.add("1.1", layer, status=1)
    assert not (server.images / "1.1").exists()


def test_nodes_whose_firmware_starts_ipxe_are_the_board_published_for_it(server):
    server.add("1.0")
    assert not (server.folder / "http/clients").exists()
    server.add("1.0", board="machine", options=["--client=arm64-efi"])
    assert (server.folder / "http/clients/arm64-efi.ipxe").read_text() == "#!ipxe\nset board machine\n"
    # For an iPXE that nobody has handed a script to: beside it, wherever it was loaded from.
    for folder in ("tftp", "http"):
        assert (server.folder / folder / "autoexec.ipxe").read_text().startswith("#!ipxe")
    assert "is no name" in server.run("add", "--client=../x", "1.0", "qemu-virt", *[server.files / name for name in (
        "kernel", "initramfs", "ipxe", "no-base")], "", status=1)


def test_the_same_content_again_is_nothing_new(server):
    server.add("1.0")
    before = (server.images / "1.0").stat().st_mtime_ns
    assert "already" in server.add("1.0", options=["--exact"])
    assert (server.images / "1.0").stat().st_mtime_ns == before
    assert [path.name for path in server.images.iterdir()] == ["1.0"]


def test_a_version_never_changes(server):
    server.add("1.0")
    (server.files / "kernel").write_text("another")
    assert "never changes" in server.add("1.0", options=["--exact"], status=1)
    assert (server.images / "1.0/qemu-virt/vmlinuz.efi").read_text() == "the kernel\n"
    assert [path.name for path in server.images.iterdir()] == ["1.0"], "nothing half made is left"


def test_without_a_name_of_its_own_other_content_gets_a_number(server):
    for kernel in ("a", "b", "a"):
        (server.files / "kernel").write_text(kernel)
        server.add("1.0")
    assert sorted(path.name for path in server.images.iterdir()) == ["1.0", "1.0.2"]
    assert server.current() == "1.0"
    assert "set image 1.0.2" in (server.images / "1.0.2/qemu-virt/image.ipxe").read_text()


def test_another_layer_is_another_version(server):
    server.add("1.0")
    (server.files / "job.cpio").write_text("070701 job")
    assert "never changes" in server.add("1.0", server.files / "job.cpio", options=["--exact"], status=1)


@pytest.mark.parametrize("content", [b"", b"job", b"\x28\xb5\x2f\xfd and no more"])
def test_a_layer_that_is_not_whole_is_refused(server, content):
    (server.files / "job.cpio.zst").write_bytes(content)
    assert "nothing was published" in server.add("1.0", server.files / "job.cpio.zst", status=1)
    assert not list(server.images.iterdir())


def test_a_second_board_joins(server):
    server.add("1.0")
    assert "sopine" in server.add("1.0", board="sopine", options=["--exact"])
    assert (server.images / "1.0/sopine/image.ipxe").exists()
    (server.files / "kernel").write_text("new")
    assert "has nothing for sopine" in server.add("1.1")


def test_going_back_goes_further_each_time(server):
    for version in ("1", "2", "3"):
        (server.files / "kernel").write_text(version)
        server.add(version)
    server.run("back")
    assert server.current() == "2"
    server.run("back")
    assert server.current() == "1"
    assert "no earlier version" in server.run("back", status=1)
    server.run("use", "3")
    server.run("back")
    assert server.current() == "1"


def test_a_version_nobody_boots_can_be_removed(server):
    for version in ("1", "2", "3"):
        (server.files / "kernel").write_text(version)
        server.add(version)
    assert "removed 2" in server.run("remove", "2")
    assert [path.name for path in sorted(server.images.iterdir())] == ["1", "3"]
    server.run("back")
    assert server.current() == "1", "there is no 2 to go back to"
    assert "no version 2" in server.run("remove", "2", status=1)
    assert "is no name" in server.run("remove", "../http", status=1)


def test_what_is_booted_is_not_removed(server):
    server.run("site", server.site)
    for version in ("1.0", "1.1", "1.2", "1.3"):
        (server.files / "kernel").write_text(version)
        server.add(version)
    assert "is what nodes boot" in server.run("remove", "1.3", status=1)
    server.pin("1.0")
    assert "publish-unpin" in server.run("remove", "1.0", status=1)
    (server.site / "groups/new.ipxe").write_text("#!ipxe\nisset ${image} || set image 1.1\n")
    assert "groups/new.ipxe" in server.run("remove", "1.1", status=1)
    # As a pattern 1.0 would be in this one.
    (server.site / "nodes/52-54-00-00-00-02.ipxe").write_text("#!ipxe\nset image 100\nset args 1.2\n")
    server.run("remove", "1.2")
    server.run("unpin", server.site, NODE)
    server.run("remove", "1.0")
    assert sorted(path.name for path in server.images.iterdir()) == ["1.1", "1.3"]


def test_the_list_tells_what_is_current_and_who_boots_the_others(server):
    server.run("site", server.site)
    for version in ("1.0", "1.1"):
        (server.files / "kernel").write_text(version)
        server.add(version)
    server.pin("1.0")
    first, second = server.run("list").splitlines()
    assert first.startswith("  1.0 ") and first.endswith("booted by: 52-54-00-12-34-56")
    assert second.startswith("* 1.1 ") and "qemu-virt" in second and "booted by" not in second


def test_what_a_run_that_was_killed_left_is_swept_away(server):
    server.add("1")
    for name in (".partial-1", ".removed-1"):
        (server.images / name / "qemu-virt").mkdir(parents=True)
    server.run("list")
    assert [path.name for path in server.images.iterdir()] == ["1"]


def test_a_version_can_be_published_for_later(server):
    server.add("1")
    (server.files / "kernel").write_text("2")
    server.add("2", options=["--keep"])
    assert server.current() == "1"
    assert "there is no version 3" in server.run("use", "3", status=1)


@pytest.mark.parametrize("version", ["", "../1", ".hidden", "a b", "a/b", "ä"])
def test_a_version_is_a_name(server, version):
    assert "is no name" in server.add(version, status=1)
    assert not server.images.exists() or not list(server.images.iterdir())


def test_two_layers_of_one_name_are_refused(server):
    (server.files / "job.cpio").write_text("070701 job")
    assert "two layers" in server.add("1", server.files / "job.cpio", server.files / "job.cpio.zst", status=1)


def test_a_pin_comes_and_goes(server):
    server.add("1.0")
    server.pin("1.0")
    assert "set image 1.0\n" in server.script().read_text()
    server.add("1.1", board="sopine")
    server.pin("1.1")
    assert server.script().read_text().count("set image") == 1
    server.run("unpin", server.site, NODE)
    assert not server.script().exists()
    assert "does not pin" in server.run("unpin", server.site, NODE, status=1)


def test_a_pin_leaves_the_users_lines_alone(server):
    server.add("1.0")
    server.script().parent.mkdir(parents=True)
    mine = "#!ipxe\n# mine\nset group compute\nset hostname n7\n"
    server.script().write_text(mine)
    server.pin("1.0")
    text = server.script().read_text()
    assert text.startswith("#!ipxe\n") and text.index("set image 1.0") < text.index("set group")
    server.run("unpin", server.site, NODE)
    assert server.script().read_text() == mine


def test_a_line_of_the_users_own_is_not_overruled(server):
    server.add("1.0")
    server.script().parent.mkdir(parents=True)
    server.script().write_text("#!ipxe\nset image mine\n")
    assert "left as it is" in server.pin("1.0", status=1)
    assert server.script().read_text() == "#!ipxe\nset image mine\n"


def test_what_the_user_wrote_counts_at_once_and_survives(server):
    server.run("site", server.site)
    server.add("1.0")
    (server.site / "default.ipxe").write_text("#!ipxe\nset args mine\n")
    (server.site / "nodes/a.ipxe").write_text("mine")
    assert "mine" in (server.folder / "http/default.ipxe").read_text()
    assert (server.folder / "http/nodes/a.ipxe").read_text() == "mine"
    server.run("site", server.site)
    assert "mine" in (server.site / "default.ipxe").read_text()


@pytest.mark.parametrize("mac", ["", "52:54:00", "52:54:00:12:34:zz", "../../etc/passwd", "52:54-00:12:34:56"])
def test_a_node_is_a_hardware_address(server, mac):
    server.add("1.0")
    assert "no hardware address" in server.run("pin", server.site, mac, "1.0", status=1)
