# SPDX-License-Identifier: MIT
"""The ready-made layers that are there for jobs, as images, all on one node: each does what it is for."""

import functools
import http.server
import subprocess
import threading

import pytest
from archive import ROOT
from node_fixtures import USER_NETWORK
from test_layers import make

NAMES = ("python", "git", "btrfs", "containers")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # noqa: A002 (the name is http.server's)
        pass


@pytest.fixture(scope="module")
def node(boot_shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    layers = [folder / f"{name}.cpio.zst" for name in NAMES]
    for name, out in zip(NAMES, layers):
        made = make(f"{name}-layer", f"OUT={out}", "FORMAT=image")
        if "cannot be reached" in made.stdout:
            pytest.skip("Debian's archive cannot be reached")
        assert made.returncode == 0, made.stdout
    subprocess.run([ROOT / "mk/layer-images", folder / "www", *layers], check=True)
    handler = functools.partial(Quiet, directory=folder / "www")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        node = boot_shared(layers=[layer.read_bytes() for layer in layers], network=USER_NETWORK,
                           cmdline=f"layers=http://10.0.2.2:{server.server_port}/")
        for name in NAMES:
            node.until_state(f"layer-{name}", "done")
        yield node
        server.shutdown()


def test_python_computes_with_numpy(node):
    assert node.ok("setuidgid nobody python3 -c 'import numpy; print(numpy.arange(1000).reshape(10, 100).sum(axis=1)[3], numpy.__file__)'"
                   ).split() == ["34950", "/usr/lib/python3/dist-packages/numpy/__init__.py"]
    # Compiled ahead: nobody could do so here.
    assert node.ok("python3 -v -c 'import json' 2>&1 | grep -c 'matches /usr/lib/python3.*json/__init__.py'").strip() == "1"


def test_git_keeps_versions(node):
    node.ok("mkdir /tmp/repository; cd /tmp/repository; git init -q; echo one >file; git add file; "
            "git -c user.name=a -c user.email=a@b commit -qm first; git clone -q . ../clone")
    assert node.ok("git -C /tmp/clone --no-pager log --format=%s").strip() == "first"
    assert "https" in node.ok("ls /usr/lib/git-core | grep remote-https")


def test_btrfs_is_made_and_looked_at(node):
    node.ok("truncate -s 120M /tmp/disk; mkfs.btrfs -q -L here /tmp/disk")
    assert "Label: 'here'" in node.ok("btrfs filesystem show /tmp/disk")
    assert "no error found" in node.ok("btrfs check /tmp/disk 2>&1")


def test_containers_are_there(node):
    assert "crun version" in node.ok("crun --version") and "inside" in node.ok(
        "setuidgid nobody bwrap --ro-bind / / --proc /proc --unshare-all --hostname inside hostname")
