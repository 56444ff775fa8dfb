# SPDX-License-Identifier: MIT
# Running the node in QEMU, with its console on this terminal: ^A x leaves, so does `poweroff`.
#
#   LAYERS="a b"   archives, or folders to make them of, unpacked after the base in this order
#   CMDLINE=       further kernel arguments, such as ip=10.0.2.15::10.0.2.2:255.255.255.0
#   QEMU_ARGS=     further arguments of QEMU, such as -smp 1

# loglevel=6: warnings and worse, and what the kernel thinks notable, such as PID 1's lines.
KERNEL_CMDLINE = console=$(BOARD_CONSOLE) loglevel=6 panic=10 $(BOARD_CMDLINE)

# For a kernel to be tried, or another archive: QEMU_KERNEL=, QEMU_INITRD=.
QEMU_KERNEL = $(KERNEL_IMAGE)
QEMU_INITRD = $(INITRAMFS)

.PHONY: qemu
qemu: $$(QEMU_KERNEL) $$(QEMU_INITRD) | build/deps.run ## boot it in QEMU: LAYERS="a b" CMDLINE=... QEMU_ARGS=...
	$(Q)[ -n '$(BOARD_QEMU)' ] || { echo 'QEMU cannot play the board $(BOARD)' >&2; exit 1; }
	$(if $(LAYERS),$(Q)mk/concatenate $(BOARD_OUT)/qemu.initrd $(ROOT) $(QEMU_INITRD) $(LAYERS))
	$(Q)$(BOARD_QEMU) $(BOARD_QEMU_NET) -nographic \
		-kernel $(QEMU_KERNEL) -initrd $(if $(LAYERS),$(BOARD_OUT)/qemu.initrd,$(QEMU_INITRD)) \
		-append '$(strip $(KERNEL_CMDLINE) $(CMDLINE))' $(QEMU_ARGS)
