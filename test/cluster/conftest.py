# SPDX-License-Identifier: MIT
"""One cluster for all tests."""

import pytest
from running import Cluster


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster()
    yield cluster
    if cluster.make.poll() is None:
        cluster.close()
