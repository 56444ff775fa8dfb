# SPDX-License-Identifier: MIT
"""A layer's tests boot nodes as those of test/system do, and have the same fixtures."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "test/system"))

pytest_plugins = ["node_fixtures"]
