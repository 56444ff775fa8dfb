# SPDX-License-Identifier: MIT
"""crun and bubblewrap on a node, as their manuals say."""

import json

import pytest
from test_layers import make

BUNDLE = {
    "ociVersion": "1.0.0",
    "process": {"args": ["/bin/busybox", "sh", "-c", "echo $(busybox hostname) $$; busybox ls /"], "cwd": "/", "user": {"uid": 0, "gid": 0}},
    "root": {"path": "rootfs", "readonly": True},
    "hostname": "inside",
    "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
    "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "uts", "ipc", "cgroup")],
              "resources": {"memory": {"limit": 33554432}}},
}


@pytest.fixture(scope="module")
def node(boot_shared, tmp_path_factory):
    out = tmp_path_factory.mktemp("layer") / "containers.cpio.zst"
    made = make("containers-layer", f"OUT={out}")
    if "cannot be reached" in made.stdout:
        pytest.skip("Debian's archive cannot be reached")
    assert made.returncode == 0, made.stdout
    node = boot_shared(layers=[out.read_bytes()], cmdline="svc.skip=net")
    node.ok("mkdir -p /tmp/bundle/rootfs/bin /tmp/bundle/rootfs/proc /tmp/bundle/rootfs/dev; cp /bin/busybox /tmp/bundle/rootfs/bin; "
            f"cat >/tmp/bundle/config.json <<'END'\n{json.dumps(BUNDLE)}\nEND")
    return node


def test_crun_runs_a_bundle(node):
    assert node.ok("cd /tmp/bundle && crun run it").split() == ["inside", "1", "bin", "dev", "proc"]
    assert node.ok("crun list -q") == ""


@pytest.mark.parametrize("who", ["", "setuidgid nobody"])
def test_bubblewrap(node, who):
    said = node.ok(f"{who} bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --hostname inside "
                   "sh -c 'hostname; ls -A /tmp; id -u; ls /proc | grep -c \"^[0-9]\"'")
    assert said.split()[:2] == ["inside", "65534" if who else "0"]
    assert int(said.split()[2]) <= 4
