# SPDX-License-Identifier: MIT
# What goes into the flash of a SOPINE, and an SD card that puts it there (docs/flash.md):
#
# (with SIGN=yes in build/sopine/signed/)
#
#   build/sopine/spi.img       the flash from 0 on: U-Boot, at 1 MiB iPXE
#   build/sopine/flasher.img   an SD card: the same U-Boot at 8 KiB; at 2 MiB spi.img and a script
#   build/<board>/ipxe.itb     iPXE in a FIT image, as it lies in the flash

IPXE_FIT := $(BOOT_OUT)/ipxe.itb
SPI_IMAGE := $(BOOT_OUT)/spi.img
FLASHER := $(BOOT_OUT)/flasher.img
mkimage = $(UBOOT_OUT)/tools/mkimage
flash_log = $(call quietly,$(BOARD_OUT)/log/flash.log)

$(IPXE_FIT): $(IPXE_BOOT) uboot/ipxe.its $(UBOOT)
	$(call say,FIT,$@)
	$(Q)cp uboot/ipxe.its $(BOOT_OUT)/ipxe.its
	$(Q)PATH="$(CURDIR)/$(UBOOT_OUT)/scripts/dtc:$$PATH" $(flash_log) $(mkimage) -f $(BOOT_OUT)/ipxe.its $@

ifneq ($(filter spi-image,$(MAKECMDGOALS)),)
ifeq ($(BOARD_TFA),)
$(error The board $(BOARD) has no flash to make an image for: make spi-image BOARD=sopine)
endif
endif

# Erased flash is ones.
$(SPI_IMAGE): $(UBOOT) $(IPXE_FIT) uboot/check-spi-image uboot/flash.mk
	$(call say,SPI,$@)
	$(Q)head -c 1048576 /dev/zero | tr '\0' '\377' >$@
	$(Q)dd if=$(UBOOT) of=$@ conv=notrunc status=none
	$(Q)cat $(IPXE_FIT) >>$@
	$(Q)uboot/check-spi-image $@

$(BOOT_OUT)/flasher.itb: $(SPI_IMAGE) uboot/flasher.its uboot/flash.cmd
	$(call say,FIT,$@)
	$(Q)cp uboot/flasher.its uboot/flash.cmd $(BOOT_OUT)
	$(Q)PATH="$(CURDIR)/$(UBOOT_OUT)/scripts/dtc:$$PATH" $(flash_log) $(mkimage) -f $(BOOT_OUT)/flasher.its $@

# U-Boot reads 4 MiB from 2 MiB on.
$(FLASHER): $(BOOT_OUT)/flasher.itb $(UBOOT)
	$(call say,CARD,$@)
	$(Q)[ "$$(stat -c %s $<)" -le 4194304 ] || { echo 'flasher.itb is larger than what U-Boot reads' >&2; false; }
	$(Q)rm -f $@ && truncate -s 6M $@
	$(Q)dd if=$(UBOOT) of=$@ bs=8k seek=1 conv=notrunc status=none
	$(Q)dd if=$< of=$@ bs=1M seek=2 conv=notrunc status=none

.PHONY: spi-image
spi-image: $(SPI_IMAGE) $(FLASHER) ## the flash of a SOPINE, and an SD card that writes it (BOARD=sopine)
