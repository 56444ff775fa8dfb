# SPDX-License-Identifier: MIT
"""Compiles the modules of Python ahead, as Debian's packages do when they are installed: on a node nobody may write beside
them, so every start of a program would compile them anew, which takes three times as long as the program."""

import os
import re
import subprocess
from pathlib import Path


def compile_modules(tree):
    """Makes __pycache__ of all modules in the tree. Returns warnings."""
    versions = sorted(path.name.removeprefix("python") for path in (tree.folder / "usr/lib").glob("python3.*")
                      if re.fullmatch(r"python3\.\d+", path.name))
    warnings = []
    for version in versions:
        program = f"/usr/bin/python{version}"
        if not os.access(program, os.X_OK):
            warnings.append(f"Python's modules are not compiled ahead, so that programs start slowly: that takes {program} on this machine")
            continue
        places = [path for path in (tree.folder / f"usr/lib/python{version}", tree.folder / "usr/lib/python3/dist-packages",
                                    tree.folder / f"usr/local/lib/python{version}/dist-packages") if path.is_dir()]
        # What cannot be compiled, a template say, is not a module. By hash, which is not looked at: a layer does not change.
        subprocess.run([program, "-I", "-m", "compileall", "-qq", "-f", "--invalidation-mode", "unchecked-hash",
                        "-s", Path(tree.folder), "-p", "/", *places],
                       env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0"}, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return warnings
