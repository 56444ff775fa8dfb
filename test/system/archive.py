# SPDX-License-Identifier: MIT
"""Layers for test nodes, made of {path: content}, and the one archive a node boots from."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAGED = ROOT / "build/qemu-virt/root"  # the base, as mk/layer wants it


def write_tree(directory, files):
    """Content is text, bytes, or a Path to copy. What starts like a script or a program may be run."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            content = content.read_bytes()
        elif isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        path.chmod(0o755 if content.startswith((b"#!", b"\x7fELF")) else 0o644)


def layer(directory, files):
    """Packs a layer as a user does, with its service files checked. Returns the archive's bytes."""
    tree, out = directory / "tree", directory / "layer.cpio.zst"
    tree.mkdir(parents=True)
    write_tree(tree, files)
    done = subprocess.run(["mk/layer", tree, out, STAGED], cwd=ROOT, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    assert done.returncode == 0, f"mk/layer refuses the test's files:\n{done.stdout}"
    return out.read_bytes()


def unchecked_layer(files):
    """A layer nobody looked at: a plain cpio archive (newc) with whatever is wrong in it."""
    folders = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    entries = [(name, 0o040755, b"") for name in sorted(folders)]
    entries += [(name, 0o100755 if content.startswith("#!") else 0o100644, content.encode())
                for name, content in files.items()]
    archive = b""
    for inode, (name, mode, content) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        archive += aligned(header + name.encode() + b"\0") + aligned(content)
    return archive


def aligned(data):
    """The kernel wants every part, and every archive, at a multiple of four bytes."""
    return data + bytes(-len(data) % 4)
