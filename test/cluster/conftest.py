# SPDX-License-Identifier: MIT
"""One cluster for all tests."""

import os

import pytest
from running import Cluster


@pytest.fixture(scope="session", autouse=True)
def possible():
    if os.geteuid():
        pytest.skip("these tests look into the cluster's namespaces, which takes root")
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("there is no /dev/net/tun")


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster()
    yield cluster
    if cluster.make.poll() is None:
        cluster.close()
