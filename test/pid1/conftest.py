# SPDX-License-Identifier: MIT
"""Fixtures of the tests of PID 1 in namespaces.

    def test_something(machine):
        m = machine({"job": "exec = /test/probe pause\\n"})
        m.until("job", "ready")

--flavour says which build of PID 1 it is: plain, sanitized or valgrind. When a test fails, its report ends
with what PID 1 wrote to the kernel log; when the flavour found a mistake, the test fails.

Under valgrind only those tests run that are marked so, in two minutes instead of ten: what it sees and the
sanitizers do not is memory that is read before it is written, and they pass through all of PID 1 that keeps
or hands on state. Crashes are left out because valgrind does not survive a SIGSEGV that was sent."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from machine import Machine, cgroup_mount

BUILD = Path(__file__).parents[2] / "build/host/pid1"


class Flavour:
    """A build of PID 1 and how it is run."""

    def __init__(self, name, build):
        self.name = name
        self.init = build / ("init" if name == "plain" else f"init-{name}")
        self.svctl = build / self.init.name.replace("init", "svctl")
        self.enter = build / "enter"
        self.probe = build / "probe"
        self.command = ["/init"]
        self.environment = {}
        if name == "valgrind":
            # Into the next image of itself, and into no service.
            self.command = ["/usr/bin/valgrind", "-q", "--log-file=/report/valgrind.%p", "--trace-children=yes",
                            "--trace-children-skip=/bin/*,/usr/*,/test/*", "--vgdb=no", "/init"]

    def bindings(self, root):
        """What the machine has beyond what every one has: (folder here, folder in its root)."""
        return ()

    def before_end(self, machine):
        """What to do before a machine is switched off hard."""

    def complaints(self, folder):
        """The text of reports. valgrind -q writes only when there is something to say."""
        for path in sorted(folder.iterdir()):
            if text := path.read_text(errors="replace").strip():
                yield f"{path.name}:\n{text}"


class Coverage(Flavour):
    """Counts the lines that were run. The counts are written at the end of a program, or before it becomes
    another one, to where its objects lie (test/pid1/programs/coverage_dump.c)."""

    def __init__(self, name, build):
        super().__init__(name, build)
        self.objects = Path(os.environ["PID1_COVERAGE"]).resolve()
        self.environment = {"GCOV_PREFIX": "/coverage", "GCOV_PREFIX_STRIP": str(len(self.objects.parts) - 1)}

    def bindings(self, root):
        (root / "coverage").mkdir(exist_ok=True)
        yield str(self.objects), "coverage"

    def before_end(self, machine):
        """PID 1 has no end but what reboot(2) makes of it."""
        try:
            machine.connect("reboot now").socket.recv(1)
            machine.ending(10)
        except OSError:  # it has ended already
            pass


def pytest_addoption(parser):
    parser.addoption("--flavour", choices=("plain", "sanitized", "valgrind", "coverage"), default="plain")


def pytest_configure(config):
    config.addinivalue_line("markers", "plain(why): says something of the plain build only")
    config.addinivalue_line("markers", "valgrind: belongs to the part that runs under valgrind too")


def what_is_missing(flavour):
    """Why a machine cannot be made here, or None."""
    if os.geteuid() != 0:
        return "only root can make namespaces with cgroups"
    try:
        mount = cgroup_mount()
    except RuntimeError as error:
        return str(error)
    probe = mount / f"greyhound-test-{os.getpid()}"
    try:
        probe.mkdir()
        kill = (probe / "cgroup.kill").exists()
        probe.rmdir()
    except OSError as error:
        return f"no cgroup can be made in {mount}: {error.strerror}"
    if not kill:
        return "this kernel has no cgroup.kill (Linux 5.14 does)"
    made = subprocess.run(["unshare", "-U", "-p", "-m", "-n", "-u", "-i", "-C", "-f", "true"], capture_output=True,
                          text=True, check=False)
    if made.returncode != 0:
        return f"namespaces cannot be made here: {made.stderr.strip()}"
    if flavour == "valgrind" and not shutil.which("valgrind"):
        return "valgrind is not installed"
    return None


def pytest_collection_modifyitems(config, items):
    flavour = config.getoption("--flavour")
    if flavour == "valgrind":
        rest = [item for item in items if not item.get_closest_marker("valgrind")]
        items[:] = [item for item in items if item.get_closest_marker("valgrind")]
        config.hook.pytest_deselected(items=rest)
    missing = what_is_missing(flavour)
    for item in items:
        plain = item.get_closest_marker("plain")
        if missing:
            item.add_marker(pytest.mark.skip(reason=missing))
        if plain and flavour not in ("plain", "coverage"):
            item.add_marker(pytest.mark.skip(reason=plain.args[0]))


@pytest.fixture(scope="session")
def flavour(request):
    name = request.config.getoption("--flavour")
    return (Coverage if name == "coverage" else Flavour)(name, Path(os.environ.get("PID1_BUILD", BUILD)))


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
