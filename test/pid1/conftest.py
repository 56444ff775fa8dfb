# SPDX-License-Identifier: MIT
"""Fixtures of the tests of PID 1 in namespaces.

    def test_something(machine):
        m = machine({"job": "exec = /test/probe pause\\n"})
        m.until("job", "ready")

--flavour says which build of PID 1 it is: plain, sanitized or valgrind. When a test fails, its report ends
with what PID 1 wrote to the kernel log; when the flavour found a mistake, the test fails."""

import os
from pathlib import Path

import pytest
from machine import Machine

BUILD = Path(__file__).parents[2] / "build/host/pid1"


class Flavour:
    """A build of PID 1 and how it is run."""

    def __init__(self, name, build):
        self.name = name
        self.init = build / ("init" if name == "plain" else f"init-{name}")
        self.enter = build / "enter"
        self.probe = build / "probe"
        self.command = ["/init"]
        if name == "valgrind":
            # Into the next image of itself, and into no service.
            self.command = ["/usr/bin/valgrind", "-q", "--log-file=/report/valgrind.%p", "--trace-children=yes",
                            "--trace-children-skip=/bin/*,/usr/*,/test/*", "--vgdb=no", "/init"]

    def complaints(self, folder):
        """The text of reports. valgrind -q writes only when there is something to say."""
        for path in sorted(folder.iterdir()):
            if text := path.read_text(errors="replace").strip():
                yield f"{path.name}:\n{text}"


def pytest_addoption(parser):
    parser.addoption("--flavour", choices=("plain", "sanitized", "valgrind"), default="plain")


def pytest_configure(config):
    config.addinivalue_line("markers", "plain(why): says something of the plain build only")


def pytest_collection_modifyitems(config, items):
    flavour = config.getoption("--flavour")
    for item in items:
        mark = item.get_closest_marker("plain")
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="namespaces with cgroups are made by root"))
        if mark and flavour != "plain":
            item.add_marker(pytest.mark.skip(reason=mark.args[0]))


@pytest.fixture(scope="session")
def flavour(request):
    return Flavour(request.config.getoption("--flavour"), Path(os.environ.get("PID1_BUILD", BUILD)))


@pytest.fixture
def machine(flavour, request):
    """machine({NAME: service file}, {path: content}) starts one; start=False leaves that to the test."""
    made = []

    def make(services=None, files=None, start=True):
        made.append(Machine(flavour, services, files))
        return made[-1].start() if start else made[-1]

    yield make
    for m in made:
        m.close()
    request.node.kernel_logs = [m.kmsg.lines() for m in made]
    reports = [m.reports() for m in made]
    assert not any(reports), "\n".join(reports)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" and report.failed:
        for value in getattr(item, "funcargs", {}).values():
            for m in [value] if isinstance(value, Machine) else []:
                report.sections.append(("kernel log", "\n".join(m.kmsg.lines()[-60:])))
    if call.when == "teardown" and getattr(item, "failed_call", False):
        for lines in getattr(item, "kernel_logs", []):
            report.sections.append(("kernel log", "\n".join(lines[-60:])))
    if call.when == "call":
        item.failed_call = report.failed
