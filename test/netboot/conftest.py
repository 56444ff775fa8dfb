# SPDX-License-Identifier: MIT
"""Fixtures of the tests of the boot chain: chain() makes a boot server and a node that is off. What is booted is
what make built for qemu-virt. When a test fails, its report ends with the node's console."""

import pytest
from chain import Chain

pytest_plugins = ["node_fixtures"]  # helper, of test/system


@pytest.fixture
def chain():
    made = []

    def make(*args, kind=Chain, **kwargs):
        made.append(kind(*args, **kwargs))
        return made[-1]

    make.made = made
    yield make
    for one in made:
        one.close()


def pytest_configure(config):
    # pexpect 4.8 sets its reader thread up in the old way.
    config.addinivalue_line("filterwarnings", "ignore:setDaemon:DeprecationWarning")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and "chain" in getattr(item, "funcargs", {}):
        for one in item.funcargs["chain"].made:
            report.sections.append(("console", one.log()))
