# SPDX-License-Identifier: MIT
"""make cluster as a person at a terminal has it. Its folder is the one of the other tests' cluster, which has ended."""

import os

import pexpect
from running import ROOT

PROMPT = r"cluster\$ "


def test_the_shell():
    shell = pexpect.spawn("make", ["cluster", "NODES=1", "MEM=512"], cwd=ROOT, timeout=240, encoding="utf-8", env={
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")})
    shell.expect(PROMPT)
    assert "job control" not in shell.before
    shell.sendline("srun hostname")
    shell.expect("node1\r\n")
    shell.expect(PROMPT)
    shell.sendline("echo be''gun; sleep 1000")
    shell.expect("begun")
    shell.sendintr()
    shell.expect(PROMPT)
    shell.sendline("false")
    shell.expect(PROMPT)
    shell.sendline("exit")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0


def test_what_is_wrong_is_said_before_anything_is_built():
    for words, complaint in ((["RUN=no/such/program"], "RUN=: there is no no/such/program"), (["NODES=0"], "NODES=0 is not a number"),
                             (["LAYERS=none"], "there is no archive or folder none"), (["BOARD=sopine"], "is for the board qemu-virt")):
        said = pexpect.run("make cluster " + " ".join(words), cwd=str(ROOT), timeout=240, encoding="utf-8", env={
            name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")})
        assert complaint in said
