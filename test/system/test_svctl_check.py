# SPDX-License-Identifier: MIT
"""svctl check on the build machine: which files it reads, what it knows, how it tells errors. What
is an error is tested in test/unit."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SVCTL = Path(os.environ.get("GREYHOUND_SVCTL", ROOT / "build/host/svctl"))


@pytest.fixture
def root(tmp_path):
    """A root directory with one program and no services."""
    (tmp_path / "root/etc/svc").mkdir(parents=True)
    (tmp_path / "root/bin").mkdir()
    program = tmp_path / "root/bin/prog"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return tmp_path / "root"


def check(*arguments, **options):
    assert SVCTL.exists(), f"{SVCTL} is missing: make build/host/svctl"
    result = subprocess.run([SVCTL, "check", *arguments], capture_output=True, text=True, timeout=30, **options)
    return result.returncode, result.stdout, result.stderr.splitlines()


def write(root, name, *lines):
    path = root / "etc/svc" / name
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_a_directory_without_errors_is_counted(root):
    write(root, "a", "exec = /bin/prog", "needs = b")
    write(root, "b", "exec = /bin/prog")
    assert check(root / "etc/svc", "--root", root) == (0, "2 services, no errors\n", [])


def test_errors_have_file_and_line_in_order(root):
    b = write(root, "b", "exec = /bin/prog", "restrat = always", "user = ", "needs = nobody")
    a = write(root, "a", "exec = /bin/absent")
    status, out, errors = check(root / "etc/svc", "--root", root)
    assert (status, out) == (1, "")
    assert errors[0].startswith(f"{a}:1: ") and "/bin/absent" in errors[0]
    assert errors[1].startswith(f"{b}:2: ") and "did you mean 'restart'?" in errors[1]
    assert errors[2].startswith(f"{b}:3: ")
    assert errors[-1] == f"svctl: check: {len(errors) - 1} errors in 2 services"


def test_needs_and_circles_are_found_in_a_directory(root):
    write(root, "a", "exec = /bin/prog", "needs = b")
    write(root, "b", "exec = /bin/prog", "needs = a")
    write(root, "c", "exec = /bin/prog", "needs = nobody")
    status, _, errors = check(root / "etc/svc", "--root", root)
    assert status == 1
    assert "etc/svc/a:2: " in errors[0] and "etc/svc/b:2: " in errors[1]
    assert "etc/svc/c:2: needs 'nobody'" in errors[2]


def test_a_file_by_itself_is_not_asked_for_its_needs(root):
    path = write(root, "web", "exec = /bin/sh", "needs = unheard-of", "after = another")
    assert check(path) == (0, "1 service, no errors\n", [])
    assert check("web", cwd=path.parent)[0] == 0
    status, _, errors = check(path, "--root", root, "--root", "/")
    assert status == 1 and "needs 'unheard-of'" in errors[0]


def test_messages_name_a_file_as_it_was_given(root):
    path = write(root, "web", "exec = /bin/absent-program")
    for name, cwd in ((str(path), "/"), ("web", path.parent), ("./web", path.parent), ("svc/web", path.parents[1])):
        assert check(name, cwd=cwd)[2][0].startswith(f"{name}:1: ")
    assert check("svc/", "--root", root, cwd=path.parents[1])[2][0].startswith("svc/web:1: ")


def test_services_below_roots_are_known_and_not_judged(root, tmp_path):
    write(root, "net", "exec = /bin/prog")
    write(root, "broken", "nonsense")
    layer = tmp_path / "layer"
    (layer / "etc/svc").mkdir(parents=True)
    write(layer, "job", "exec = /bin/prog", "needs = net")
    assert check(layer / "etc/svc", "--root", layer, "--root", root) == (0, "1 service, no errors\n", [])


def test_a_layer_that_replaces_a_service_is_checked_with_its_own(root, tmp_path):
    write(root, "net", "exec = /bin/prog", "needs = job")
    layer = tmp_path / "layer"
    (layer / "etc/svc").mkdir(parents=True)
    write(layer, "net", "exec = /bin/prog")
    write(layer, "job", "exec = /bin/prog", "needs = net")
    assert check(layer / "etc/svc", "--root", layer, "--root", root)[0] == 0


def test_a_circle_through_a_root_is_found(root, tmp_path):
    write(root, "net", "exec = /bin/prog", "needs = job")
    layer = tmp_path / "layer"
    (layer / "etc/svc").mkdir(parents=True)
    write(layer, "job", "exec = /bin/prog", "needs = net")
    status, _, errors = check(layer / "etc/svc", "--root", layer, "--root", root)
    assert status == 1 and "job:2: " in errors[0] and len(errors) == 2


def test_hidden_and_backup_files_are_passed_over(root):
    for name in (".hidden", "old~", ".#lock"):
        write(root, name, "nonsense")
    write(root, "a", "exec = /bin/prog")
    assert check(root / "etc/svc", "--root", root)[:2] == (0, "1 service, no errors\n")


def test_what_is_no_service_file_is_told(root):
    write(root, "BadName", "exec = /bin/prog")
    (root / "etc/svc/folder").mkdir()
    os.mkfifo(root / "etc/svc/pipe")
    (root / "etc/svc/gone").symlink_to("nowhere")
    write(root, "huge", "#" * 20000)
    status, _, errors = check(root / "etc/svc", "--root", root)
    named = {Path(error.split(":")[0]).name for error in errors[:-1]}
    assert status == 1
    assert named == {"BadName", "folder", "pipe", "gone", "huge"}


def test_what_is_not_there_is_told(root):
    for path in (root / "etc/svc/absent", root / "no/such/dir/file"):
        status, _, errors = check(path)
        assert status == 1 and "No such file or directory" in errors[0]


def test_several_arguments_are_one_verdict(root):
    write(root, "a", "exec = /bin/prog")
    bad = write(root, "b", "exec = /bin/prog", "type = sometimes")
    good = write(root, "c", "exec = /bin/prog")
    assert check(good, "--root", root)[0] == 0
    status, out, errors = check(good, bad, "--root", root)
    assert (status, out) == (1, "") and errors[-1].endswith("1 error in 2 services")
