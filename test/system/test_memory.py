# SPDX-License-Identifier: MIT
"""The memory that jobs get: docs/design.md, Memory for jobs."""

import re

from archive import ROOT

PAGES, BLOCKS, KILOBYTES = 4096, 256, 16384  # of 16 MiB: pages of 4 KiB, blocks of 64 KiB


def touch(node, *words):
    """Page faults, and kB in pages of 2 MiB, of a program that touches 16 MiB."""
    return [int(number) for number in node.ok(" ".join(["/test/blocks", *words])).split()]


def test_new_memory_comes_in_blocks_and_in_huge_pages_where_a_job_asks(boot, helper):
    text = (ROOT / "docs/design.md").read_text()
    example = re.search(r"^    type = task\n    exec = .*\n", text, re.MULTILINE).group(0).replace("    ", "")
    node = boot({"etc/svc/huge": example, "test/blocks": helper("blocks")}, cmdline="svc.only=agent")
    assert "THP_enabled:\t0\n" in node.ok("cat /proc/1/status")
    for words in ([], ["huge"]):
        faults, huge = touch(node, *words)
        assert BLOCKS <= faults < PAGES / 4 and huge == 0
    node.ok("svctl start huge")
    assert touch(node)[1] == 0
    faults, huge = touch(node, "huge")
    assert faults < BLOCKS and huge == KILOBYTES
