# SPDX-License-Identifier: MIT
"""mk/lock: one make at a time in a folder, whatever becomes of the others."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DEADLINE = 60

# A build that fails if another one is in the middle of it, and a program that runs until it is told to end.
MAKEFILE = """\
include mk/lock.mk
.PHONY: help build run child twice distclean
help: ; @echo help
build:
	@mkdir work && echo in && { until [ -e gate ]; do sleep 0.01; done; } && rmdir work
run:
	@$(unlock)
	@echo running; until [ -e gate ]; do sleep 0.01; done
child: ; @touch gate; mkdir work; rmdir work; $(MAKE) build
distclean: ; @rm -rf build
-include made.mk
made.mk: ; @echo '# made' >$@
"""


@pytest.fixture
def make(tmp_path):
    """make(*words) starts a make in a folder that has nothing but the lock."""
    (tmp_path / "mk").mkdir()
    for name in ("lock", "lock.mk"):
        shutil.copy(TOP / "mk" / name, tmp_path / "mk" / name)
    (tmp_path / "Makefile").write_text(MAKEFILE)
    started = []
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MAKE", "MFLAGS", "GREYHOUND_"))}

    def start(*words):
        process = subprocess.Popen(["make", "--no-print-directory", *words], cwd=tmp_path, env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        started.append(process)
        return process

    start.folder = tmp_path
    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def end(process):
    """(exit status, stdout, stderr) of a make that ends by itself."""
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out, err


def open_gate(make):
    (make.folder / "gate").touch()


def inside(make):
    """A build that has begun and waits for the gate."""
    process = make("build")
    assert process.stdout.readline() == "in\n"
    return process


def waiting(process, whom):
    assert process.stderr.readline() == (
        f"  WAIT    another make works in this folder: PID {whom.pid}, make build\n")


def test_the_second_waits_and_says_for_whom(make):
    first = inside(make)
    second = make("build")
    waiting(second, first)
    open_gate(make)
    assert end(first)[0] == 0
    assert end(second) == (0, "in\n", "")


def test_three_at_once(make):
    open_gate(make)
    assert [end(process)[:2] for process in [make("build") for _ in range(3)]] == [(0, "in\n")] * 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_one_that_is_killed_leaves_no_lock(make, number):
    first = inside(make)
    os.killpg(first.pid, number)
    first.wait(DEADLINE)
    shutil.rmtree(make.folder / "work", ignore_errors=True)
    open_gate(make)
    assert end(make("build"))[0] == 0


def test_one_that_waits_can_be_interrupted(make):
    first = inside(make)
    second = make("build")
    waiting(second, first)
    os.killpg(second.pid, signal.SIGINT)
    assert end(second)[0] != 0
    open_gate(make)
    assert end(first)[0] == 0


def test_what_only_runs_holds_no_lock(make):
    first = make("run")
    assert first.stdout.readline() == "running\n"
    second = inside(make)
    open_gate(make)
    assert (end(first)[0], end(second)[0]) == (0, 0)


def test_a_make_of_a_make_has_the_lock_too(make):
    assert end(make("child"))[0] == 0


def test_help_and_a_look_wait_for_nobody(make):
    inside(make)
    assert end(make("help"))[:2] == (0, "help\n")
    assert end(make("-n", "build"))[0] == 0


def test_who_waits_while_the_folder_is_removed_gets_the_lock_of_the_new_one(make):
    first = inside(make)
    second, third = make("distclean"), make("build")
    for process in (second, third):
        waiting(process, first)
    open_gate(make)
    assert [end(process)[0] for process in (first, second, third)] == [0, 0, 0]


def test_a_folder_that_cannot_be_written_is_told(make):
    (make.folder / "build").write_text("")
    status, _, said = end(make("build"))
    assert status == 2
    assert said.startswith(f"make: cannot write to {make.folder}/build: whose is it?\n")


def test_nothing_is_left_running(make):
    open_gate(make)
    assert end(make("build"))[0] == 0
    holder = int((make.folder / "build/lock").read_text().split()[1])
    until = time.monotonic() + DEADLINE
    while Path(f"/proc/{holder}").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
