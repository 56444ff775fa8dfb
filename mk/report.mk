# SPDX-License-Identifier: MIT
# Where the bytes went: on the wire, and file by file.

.PHONY: size-report
size-report: $$(KERNEL_IMAGE) $$(INITRAMFS) ## where the bytes went
	$(Q)mk/size-report $(KERNEL_IMAGE) $(INITRAMFS) $(BOARD_OUT)/initramfs.cpio $(ROOT)
