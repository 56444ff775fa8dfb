# SPDX-License-Identifier: MIT
"""Layers with images: fetched by the node, checked, joined over /usr; and what a node says of one that cannot be had."""

import http.server
import os
import re
import subprocess
import threading

import pytest
from archive import ROOT, STAGED, write_tree
from node_fixtures import USER_NETWORK

NOISE = 3 << 20  # bytes of a file that does not pack, so that there is something to cut off


class Images(http.server.ThreadingHTTPServer):
    """Serves images by their names: {name: bytes}. What is in `cut` is cut off once, after so many bytes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.asked, self.hold = {}, {}, [], threading.Event()
        self.hold.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.cmdline = f"layers=http://10.0.2.2:{self.server_port}/images"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = self.path.removeprefix("/images/")
        begin = int((re.search(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        self.server.asked.append((name, begin))
        content = self.server.files.get(name)
        self.server.hold.wait()
        if content is None:
            self.send_error(404)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin:self.server.cut.pop(name, len(content))])
        self.close_connection = True

    def log_message(self, format, *args):  # noqa: A002 (the name is http.server's)
        pass


@pytest.fixture(scope="module")
def images():
    server = Images()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def image_layer(tmp_path_factory):
    """image_layer(name, files, start, needed_by): (the layer's archive, its image's name, the image), made as a user does."""
    def build(name, files, start="", needed_by=""):
        folder = tmp_path_factory.mktemp(name)
        out = folder / f"{name}.cpio.zst"
        write_tree(folder / "tree", files)
        done = subprocess.run(["mk/layer-image", folder / "tree", out, STAGED, name, start, needed_by], cwd=ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
        assert done.returncode == 0, done.stdout
        assert sorted(os.listdir(folder)) == [out.name, f"{out.name}.erofs", "tree"]
        text = subprocess.run(f"zstd -dcq {out} | cpio --quiet -i --to-stdout etc/layers.d/{name}", shell=True, check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        digest = re.match(r"sha256 ([0-9a-f]{64})\nsize \d+\n$", text)[1]
        return out.read_bytes(), f"{digest}.erofs", (folder / f"{out.name}.erofs").read_bytes()
    return build


@pytest.fixture(scope="module")
def node(boot_shared, images, image_layer):
    """Layers `tool`, with a service, `noise`, for jobs, and `later`, which nobody needs."""
    made = {
        "tool": image_layer("tool", {
            "usr/bin/tool": "#!/bin/sh\necho \"$0 runs\"\nexec sleep 11111\n", "usr/share/which": "tool\n",
            "usr/share/lines": "one line after another\n" * 20000,
            "etc/svc/tool": "exec = /usr/bin/tool\n", "etc/tool.conf": "here\n"}),
        "noise": image_layer("noise", {"usr/share/noise": os.urandom(NOISE), "usr/share/which": "noise\n"}, needed_by="tool"),
        "later": image_layer("later", {"usr/bin/later": "#!/bin/sh\necho later runs\n", "usr/share/which": "later\n"}, "need"),
    }
    images.files.update((name, content) for _, name, content in made.values())
    images.cut[made["noise"][1]] = NOISE // 2
    node = boot_shared({"usr/share/base": "of the base\n"}, cmdline=images.cmdline, network=USER_NETWORK,
                       layers=[archive for archive, _, _ in made.values()])
    node.made = made
    node.until_state("tool", "ready")
    return node


def test_a_service_runs_from_its_image(node):
    assert node.logs("tool") == "/usr/bin/tool runs\n"
    assert node.state("layer-tool") == "done" and "joined over /usr" in node.ok("svctl status layer-tool || true")
    assert node.ok("cat /etc/tool.conf /usr/share/base") == "here\nof the base\n"
    assert node.status()["node"]["state"] == "ready"


def test_what_was_cut_off_is_fetched_from_there(node, images):
    asked = [begin for name, begin in images.asked if name == node.made["noise"][1]]
    assert asked == [0, NOISE // 2]
    assert "join-layer: 10.0.2.2:" in node.kernel_log() and "cut off; trying again" in node.kernel_log()


def test_an_image_stays_packed_in_ram(node):
    """A tmpfs with the image in it, and no more: 460 kB of text are a few kB."""
    used = int(node.ok("stat -f -c '%b %f %S' /run/layers | { read all free size; echo $(((all - free) * size)); }"))
    whole = sum(len(node.made[name][2]) for name in ("tool", "noise"))
    assert whole <= used <= whole + 32768
    assert len(node.made["tool"][2]) < 40000
    assert node.ok("wc -l </usr/share/lines").strip() == "20000"


def test_usr_is_read_only_and_the_first_name_wins(node):
    assert node.ok("cat /usr/share/which") == "noise\n"
    assert "Read-only file system" in node.run("echo x >/usr/share/which").output


def test_what_nobody_needs_is_fetched_when_it_is_wanted(node, images):
    name = node.made["later"][1]
    assert node.state("layer-later") == "stopped" and name not in [asked for asked, _ in images.asked]
    node.ok("svctl start layer-later")
    assert node.ok("later; cat /usr/share/which") == "later runs\nlater\n"
    # What ran goes on, and one overlay is there, not two.
    assert node.service("tool")["restarts"] == 0 and node.state("tool") == "ready"
    assert node.ok("grep -c ' /usr overlay ' /proc/mounts").strip() == "1"
    node.ok("svctl restart tool; svctl wait tool")


def test_a_second_start_fetches_nothing(node, images):
    before = len(images.asked)
    node.ok("svctl start layer-noise")
    assert len(images.asked) == before


def test_progress_is_shown(boot, images, image_layer):
    archive, name, content = image_layer("slow", {"usr/share/noise": os.urandom(NOISE)})
    images.files[name] = content
    images.hold.clear()
    try:
        node = boot(cmdline=images.cmdline, network=USER_NETWORK, layers=[archive], settled=False)
        node.until(r"svctl status layer-slow | grep -E '0 of 3\.[0-9]*M from 10\.0\.2\.2'")
    finally:
        images.hold.set()
    node.until_state("layer-slow", "done")


def test_one_that_cannot_be_had_is_a_clear_error_and_a_degraded_node(boot, images, image_layer):
    missing, missing_name, missing_content = image_layer("missing", {
        "usr/bin/job": "#!/bin/sh\nexec sleep 22222\n", "etc/svc/job": "exec = /usr/bin/job\n"})
    damaged, damaged_name, damaged_content = image_layer("damaged", {"usr/share/noise": os.urandom(10000)})
    images.files[damaged_name] = damaged_content[:5000] + b"!!" + damaged_content[5002:]
    node = boot({"etc/layers.d/bad": f"sha256 {'0' * 64}\nsize 4294967296\n",
                 "etc/svc/layer-bad": "exec = /sbin/join-layer bad\ntype = task\nneeds = net\nlog = kmsg\n"},
                cmdline=images.cmdline, network=USER_NETWORK, layers=[missing, damaged], settled=False)
    for name in ("layer-missing", "layer-damaged", "layer-bad"):
        node.until_state(name, "failed")
    said = node.kernel_log()
    assert re.search(r"missing: cannot fetch its image of [0-9.]+K: 10\.0\.2\.2:\d+ answers 404, it has no such file \(http://", said)
    assert re.search(r"damaged: cannot fetch its image of [0-9.]+K: its SHA-256 is [0-9a-f]{16}\.\.\., and the layer's image has ", said)
    assert "bad: its image of 4G does not fit into the RAM that is available" in said
    assert node.status()["node"]["state"] == "degraded"
    assert node.state("job") == "waiting" and "layer-missing" in node.why("job")
    # Nothing half-made is left, and what is mended comes up without a reboot.
    assert node.ok("ls -A /run/layers") == ""
    images.files[missing_name] = missing_content
    node.ok("svctl start layer-missing")
    node.until_state("job", "ready")
