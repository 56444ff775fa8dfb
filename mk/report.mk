# SPDX-License-Identifier: MIT
# Where the bytes went: on the wire and in RAM, file by file.

.PHONY: size-report
size-report: $$(KERNEL_IMAGE) $$(INITRAMFS) ## where the bytes and the RAM went: LAYERS="a b"
	$(Q)mk/size-report $(KERNEL_IMAGE) $(KERNEL_OUT)/vmlinux $(INITRAMFS) $(BOARD_OUT)/initramfs.cpio $(ROOT) $(LAYERS)
