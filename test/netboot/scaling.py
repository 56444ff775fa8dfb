#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What one boot server sustains on this machine: the figures of docs/scaling.md (`make scaling`, as root).

The server is the real one, in a network namespace; the clients are load.py's and wrk's, on the same machine, which
is why the server's own CPU time is what counts, and not how long it all took."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

from chain import OUT, ROOT
from network import Network, impossible

SERVER = "10.77.0.1"
TICKS = os.sysconf("SC_CLK_TCK")


def processes(pid):
    """The process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += processes(int(child))
    return found


def cpu(network):
    """CPU seconds so far, by the name of the program."""
    used = {}
    for pid in processes(network.server.pid):
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        name = text[text.index("(") + 1:text.rindex(")")]
        cells = text[text.rindex(")") + 2:].split()
        used[name] = used.get(name, 0) + (int(cells[11]) + int(cells[12])) / TICKS
    return used


def measured(network, what, run):
    before, began = cpu(network), time.monotonic()
    result = run()
    seconds = time.monotonic() - began
    used = {name: round(value - before.get(name, 0), 2) for name, value in cpu(network).items()}
    print(f"{what}: {result}\n    {seconds:.1f} s; CPU s: {used}", flush=True)


def load(network, what, clients, at_once):
    return json.loads(subprocess.run(
        network.clients.command("/usr/bin/python3", ROOT / "test/netboot/load.py", "eth0", SERVER, what, str(clients),
                                str(at_once)),
        check=True, stdout=subprocess.PIPE, text=True).stdout)


def wrk(network, path, connections, seconds):
    text = subprocess.run(
        network.clients.command("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s",
                                f"http://{SERVER}{path}"),
        check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.search(r"Requests/sec: +\S+", text)[0] + ", " + re.search(r"Transfer/sec: +\S+", text)[0] + \
        "".join(f", {line.strip()}" for line in text.splitlines() if "errors" in line)


def main():
    reason = impossible()
    if reason:
        raise SystemExit(f"scaling: {reason}")
    network = Network(f"{SERVER}/20")
    try:
        network.clients = network.join("gh-clients", "10.77.0.2/20")
        for file in ("ipxe.efi", "vmlinuz.efi", "initramfs.cpio.zst"):
            print(f"{file}: {(OUT / file).stat().st_size} bytes")
        network.serve("SUBNET=10.77.0.0/20")
        # U-Boot and iPXE ask one after the other.
        measured(network, "DHCP, 1000 clients at once", lambda: load(network, "dhcp", 1000, 1000))
        measured(network, "DHCP, 2000 clients, the first 1000 again, 100 at once", lambda: load(network, "dhcp", 2000, 100))
        measured(network, "TFTP, 200 clients, 20 at once", lambda: load(network, "tftp", 200, 20))
        measured(network, "TFTP, 200 clients at once", lambda: load(network, "tftp", 200, 200))
        image = "/current/qemu-virt"
        for connections in (10, 100, 1000):
            measured(network, f"HTTP, vmlinuz.efi, {connections} connections",
                     lambda: wrk(network, f"{image}/vmlinuz.efi", connections, 8))  # noqa: B023 (called at once)
        measured(network, "HTTP, boot.ipxe, 100 connections", lambda: wrk(network, "/boot.ipxe", 100, 8))
    finally:
        network.close()


if __name__ == "__main__":
    main()
