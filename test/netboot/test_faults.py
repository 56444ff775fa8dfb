# SPDX-License-Identifier: MIT
"""What goes wrong on the server's side: the node says what, and boots once it is mended."""

import socket

import pytest
from boot_server import cut_off
from chain import DEADLINE, IMAGES, MAC

KERNEL = f"{IMAGES}/vmlinuz.efi"
INITRAMFS = f"{IMAGES}/initramfs.cpio.zst"
AGAIN = "iPXE: trying again in"


def on_disk(node, path):
    return node.http / path.lstrip("/")


def missing(node, path):
    """404 until it is mended."""
    node.server.fail(path, lambda handler: handler.send_error(404))
    return node.server.mend


def damaged(node, path, damage):
    """The file on the server is not what was built."""
    file = on_disk(node, path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    return lambda: file.write_bytes(whole)


def zeros_in_the_middle(content):
    return content[:len(content) // 2] + bytes(4096) + content[len(content) // 2 + 4096:]


@pytest.mark.parametrize("path", [INITRAMFS, "/current/qemu-virt/image.ipxe"])
def test_a_file_that_is_not_there_is_named_and_asked_for_again(chain, path):
    node = chain()
    mend = missing(node, path)
    node.power_on()
    node.expect(f"{path}... Not found", f"boot.ipxe: {path.lstrip('/') if 'images' not in path else 'http'}.* failed",
                AGAIN)
    mend()
    node.booted()


def test_a_download_that_breaks_off_is_not_booted(chain):
    node = chain()
    node.server.fail(INITRAMFS, cut_off)
    node.power_on()
    node.expect(f"{INITRAMFS}... Connection reset|{INITRAMFS}... .*ipxe.org", "failed", AGAIN)
    node.server.mend()
    node.booted()


def test_a_corrupt_kernel_is_not_started(chain):
    node = chain()
    mend = damaged(node, KERNEL, zeros_in_the_middle)
    node.power_on()
    node.expect("Could not boot|failed", AGAIN)
    mend()
    node.booted()


def test_an_initramfs_truncated_on_the_server_ends_in_a_panic_and_a_fresh_start(chain):
    node = chain()
    mend = damaged(node, INITRAMFS, lambda content: content[:len(content) // 2])
    node.power_on()
    node.expect("Initramfs unpacking failed", "Kernel panic")
    mend()
    node.expect("U-Boot 2025.01")
    node.booted()


def test_an_empty_script_is_no_reason_to_stop(chain):
    node = chain()
    mend = damaged(node, "/boot.ipxe", lambda content: b"")
    node.write(f"nodes/{MAC}.ipxe", "")
    node.power_on()
    node.expect("boot.ipxe failed", AGAIN)
    mend()
    # Its own is empty as well, which is as good as none.
    node.expect(f"{MAC}.ipxe... ok", "nothing of its own for")
    node.booted()


def test_a_group_that_is_not_there_is_not_taken_for_the_default(chain):
    node = chain()
    node.write(f"nodes/{MAC}.ipxe", "#!ipxe\nset group gone\n")
    node.power_on()
    node.expect("boot.ipxe: groups/gone.ipxe failed", AGAIN)
    node.write("groups/gone.ipxe", "#!ipxe\n")
    node.booted()


def test_a_server_that_comes_up_later_is_found(chain):
    node = chain()
    node.server.down()
    node.power_on()
    node.expect("boot.ipxe.* failed", f"{AGAIN} 1 s", f"{AGAIN} 2 s")
    node.server.up()
    node.booted()


def test_what_failed_is_told_to_the_log_server(chain):
    """DHCP of QEMU's names no log server: the default is the boot server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as log:
        try:
            log.bind(("127.0.0.1", 514))
        except OSError as error:
            pytest.skip(f"port 514 of this machine cannot be had: {error}")
        log.settimeout(DEADLINE)
        node = chain()
        missing(node, KERNEL)
        node.power_on()
        node.expect(AGAIN)
        while b"vmlinuz.efi failed" not in log.recv(2048):
            pass
