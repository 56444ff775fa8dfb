# SPDX-License-Identifier: MIT
"""No program of the node has code that a Cortex-A53 may carry out wrongly, and the compiler makes none."""

import subprocess

import pytest
from archive import ROOT
from errata import sequences
from node_fixtures import CROSS_CC

NODE = ROOT / "build/qemu-virt/root"

ASSEMBLY = """\
	.globl main
	.p2align 12
main:	ldr x19, [x28]
	smaddl x0, w0, w2, x1
	stp x3, x4, [sp]
	madd x5, x6, x7, x8
	ldr x9, [x10]
	madd x5, x9, x7, x8
	ldr x9, [x10]
	mul x5, x6, x7
	ret
	.rept 1022 - (. - main) / 4
	nop
	.endr
	adrp x0, datum
	ldr x1, [x2]
	ldr x3, [x0, #8]
	ret
	.rept 1023 - (. - main - 4096) / 4
	nop
	.endr
	adrp x4, datum
	str x1, [x2]
	add x5, x5, #1
	str x3, [x4, #16]
	ret
	.data
	.zero 2097152
	.globl datum
datum:	.quad 0, 0, 0
"""


def elf_files():
    files = [path for path in NODE.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]


def test_the_nodes_programs_have_none():
    files = elf_files()
    assert {"init", "busybox", "svctl", "netd"} <= {path.name for path in files}
    assert {path.name: found for path in files if any((found := sequences(path)).values())} == {}


@pytest.fixture
def found(tmp_path):
    """found(linker...): what is found in ASSEMBLY when it is linked so."""
    source, program = tmp_path / "sequences.o", tmp_path / "program"
    subprocess.run([CROSS_CC, "-x", "assembler", "-c", "-o", source, "-"], input=ASSEMBLY, text=True, check=True, timeout=60)

    def run(*linker):
        subprocess.run([*linker, "-o", program, source], check=True, timeout=60)
        return {erratum: len(addresses) for erratum, addresses in sequences(program).items()}

    return run


def test_the_linker_mends_what_the_compiler_has_not_seen(found):
    assert found(CROSS_CC.with_name("aarch64-linux-musl-ld"), "-e", "main") == {835769: 2, 843419: 2}
    assert found(CROSS_CC, "-static", "-no-pie") == {835769: 0, 843419: 0}


def test_the_compiler_keeps_them_apart(tmp_path):
    """So that the linker, which can only jump to a copy and back, seldom has to."""
    source = tmp_path / "sum.c"
    source.write_text("long sum(long *a, long *b, long n)\n{\n\tlong s = 0;\n\n\twhile (n--) {\n\t\ts += *a * *b++;\n"
                      "\t\t*a++ = n;\n\t\ts += n * s;\n\t}\n\treturn s;\n}\n")
    asked = subprocess.run([CROSS_CC, "-v", "-Os", "-c", "-o", tmp_path / "sum.o", source], check=True, timeout=60, text=True,
                           stderr=subprocess.PIPE).stderr
    assert "-mfix-cortex-a53-835769" in asked
