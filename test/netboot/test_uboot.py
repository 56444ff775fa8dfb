# SPDX-License-Identifier: MIT
"""U-Boot's part: where iPXE comes from, what is said when it does not, and the prompt."""

import shutil

from chain import OUT, UBOOT_PROMPT, VERSION

AT = 1 << 20  # iPXE's place in the flash
FLASH = 64 << 20


def flash(node, content):
    """QEMU's second flash, which stands for the SPI flash of a SOPINE."""
    image = node.directory / "flash"
    with open(image, "wb") as file:
        file.truncate(FLASH)
        file.seek(AT)
        file.write(content)
    return ("-drive", f"if=pflash,unit=1,format=raw,file={image}")


def test_without_ipxe_anywhere_it_says_where_it_looked_and_tries_again(chain):
    node = chain()
    ipxe = node.tftp / "ipxe.efi"
    ipxe.rename(node.tftp / "away")
    node.power_on()
    node.expect("File not found", "boot: TFTP: no ipxe.efi from 10.0.2.2", "boot: HTTP: no ipxe.efi from 10.0.2.2",
                "boot: flash: no good iPXE in it", "trying again in 1 s", "trying again in 2 s")
    (node.tftp / "away").rename(ipxe)
    node.booted()


def test_ipxe_in_the_flash_serves_when_the_server_has_none(chain):
    node = chain()
    (node.tftp / "ipxe.efi").unlink()
    node.power_on(qemu=flash(node, (OUT / "ipxe.itb").read_bytes()))
    node.expect("boot: the flash has an iPXE", f"starting {VERSION}")
    node.booted()


def test_a_damaged_ipxe_in_the_flash_is_not_run(chain):
    node = chain()
    (node.tftp / "ipxe.efi").unlink()
    image = bytearray((OUT / "ipxe.itb").read_bytes())
    image[len(image) // 2] ^= 1
    node.power_on(qemu=flash(node, bytes(image)))
    node.expect("Bad Data Hash", "boot: flash: no good iPXE in it", "trying again")


def test_a_truncated_ipxe_by_tftp_is_not_run(chain):
    node = chain()
    ipxe = node.tftp / "ipxe.efi"
    whole = ipxe.read_bytes()
    ipxe.write_bytes(whole[:len(whole) // 2])
    node.power_on()
    node.expect("Image is truncated", "boot: iPXE has ended", "trying again")
    ipxe.write_bytes(whole)
    node.booted()


def test_a_key_gets_the_prompt_and_http_brings_ipxe(chain):
    node = chain()
    shutil.move(node.tftp / "ipxe.efi", node.http / "ipxe.efi")
    node.power_on()
    node.expect("trying again in 1 s")
    node.send("\x03")
    node.expect(UBOOT_PROMPT)
    # Port 80 of this machine is not ours.
    node.send(f"setenv httpdstp {node.server.port}; run boot_forever\n")
    node.expect("boot: HTTP: ipxe.efi", f"starting {VERSION}")
    node.booted()
