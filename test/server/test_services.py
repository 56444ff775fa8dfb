# SPDX-License-Identifier: MIT
"""What the boot server keeps of what nodes say has a bound, and who sends most does not decide what goes."""

import os
import signal

import pytest
import services


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "state/log").mkdir(parents=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/rsyslog.pid").write_text("4711\n")
    told = []
    monkeypatch.setattr(services.os, "kill", lambda *words: told.append(words))
    monkeypatch.setattr(services, "LOGS_MAX", 4)
    monkeypatch.setattr(services, "LOGS_BYTES_MAX", 1000)
    monkeypatch.setattr(services, "LOG_MAX", 300)
    return tmp_path, told


def log(folder, name, age, size=10):
    path = folder / "state/log" / name
    path.write_bytes(bytes(size))
    os.utime(path, (1000 - age, 1000 - age))


def names(folder):
    return sorted(path.name for path in (folder / "state/log").iterdir())


def test_few_and_small_logs_are_left_alone(folder):
    folder, told = folder
    for i in range(4):
        log(folder, f"10.0.0.{i}.log", i)
    assert services.bound_logs(folder, set()) == 0
    assert len(names(folder)) == 4 and not told


def test_a_full_log_makes_room_for_the_next(folder):
    folder, told = folder
    log(folder, "10.0.0.1.log", 0, 301)
    log(folder, "10.0.0.1.log.1", 9, 300)
    assert services.bound_logs(folder, set()) == 0
    assert names(folder) == ["10.0.0.1.log.1"]
    assert (folder / "state/log/10.0.0.1.log.1").stat().st_size == 301
    assert told == [(4711, signal.SIGHUP)], "rsyslog goes on with a new file"


def test_of_too_many_logs_those_of_unknown_addresses_go_first(folder):
    folder, told = folder
    for i in range(9):
        log(folder, f"10.0.0.{i}.log", i)
    log(folder, "10.0.1.1.log", 100)
    assert services.bound_logs(folder, {"10.0.1.1", "10.0.0.8"}) == 6
    assert names(folder) == ["10.0.0.0.log", "10.0.0.1.log", "10.0.0.8.log", "10.0.1.1.log"]
    assert told == [(4711, signal.SIGHUP)]


def test_all_logs_together_are_bounded_in_bytes(folder):
    folder, _ = folder
    for i in range(4):
        log(folder, f"10.0.0.{i}.log", i, 300)
    assert services.bound_logs(folder, {"10.0.0.3"}) == 1
    assert names(folder) == ["10.0.0.0.log", "10.0.0.1.log", "10.0.0.3.log"]


def test_without_rsyslog_there_is_nobody_to_tell(folder):
    folder, told = folder
    (folder / "run/rsyslog.pid").unlink()
    log(folder, "10.0.0.1.log", 0, 301)
    assert services.bound_logs(folder, set()) == 0
    assert not told
