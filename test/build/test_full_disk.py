# SPDX-License-Identifier: MIT
"""A build on a file system that fills: what failed is said to have failed for that, and nothing half-made stays."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
IN_A_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture
def full(tmp_path):
    """full(command) runs it in a folder of which build/ has 2 MB: (exit status, stderr, what build/ has then)."""
    if subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    (tmp_path / "mk").mkdir()
    (tmp_path / "build").mkdir()
    for name in ("quiet", "unpack", "no-space"):
        shutil.copy(TOP / "mk" / name, tmp_path / "mk" / name)
    # A source of 4 MB, already fetched.
    (tmp_path / "large").write_bytes(bytes(4 << 20))
    with tarfile.open(tmp_path / "source.tar", "w") as archive:
        archive.add(tmp_path / "large", "source-1.0/large")
    (tmp_path / "mk/fetch").write_text(f"#!/bin/sh\necho {tmp_path}/source.tar\n")
    (tmp_path / "mk/fetch").chmod(0o755)

    def run(command):
        done = subprocess.run(
            [*IN_A_NAMESPACE, "sh", "-c", "mount -t tmpfs -o size=2M tmpfs build || exit 99; status=0; "
             f"{command} || status=$?; find build -type f; exit $status"], cwd=tmp_path, text=True, capture_output=True, timeout=60)
        return done.returncode, done.stderr, done.stdout.split()

    run.folder = tmp_path
    return run


def test_a_source_that_does_not_fit(full):
    status, said, left = full("mk/unpack source build/src/source-1.0/.unpacked")
    assert status == 1 and left == []
    assert f"no space left for {full.folder}/build (0 MB are free now): a build takes 3 GB in all" in said
    assert "source.tar cannot be unpacked into build/src/source-1.0" in said


def test_a_command_that_fills_it(full):
    status, said, _ = full("mk/quiet build/log/fill.log dd if=/dev/zero of=build/large bs=1M count=4")
    assert status == 1
    assert "no space left" in said and "a build takes 3 GB in all" in said


def test_a_command_that_fails_by_itself_is_not_blamed_on_the_disk(full):
    status, said, _ = full("mount -o remount,size=8M build; mk/quiet build/log/false.log false")
    assert status == 1
    assert "no space" not in said
