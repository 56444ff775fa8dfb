# SPDX-License-Identifier: MIT
"""The tests that docs/peers-failures.md names are there."""

import re
from pathlib import Path

TEST = Path(__file__).parents[1]


def test_every_test_that_is_promised_exists():
    named = re.findall(r"`([\w/.]+)::(\w+)`", (TEST.parent / "docs/peers-failures.md").read_text())
    assert len(named) > 50
    for file, name in named:
        text = (TEST / file).read_text()
        there = rf"^def {name}\(" if file.endswith(".py") else rf"^static void {name}\("
        assert re.search(there, text, re.MULTILINE), f"{file} has no {name}"
