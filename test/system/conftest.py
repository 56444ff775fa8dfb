# SPDX-License-Identifier: MIT
"""The fixtures are in node_fixtures.py, since the tests of layers have them as well."""

pytest_plugins = ["node_fixtures"]
