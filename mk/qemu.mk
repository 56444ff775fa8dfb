# SPDX-License-Identifier: MIT
# Running the node in QEMU, with its console on this terminal: ^A x leaves, so does `poweroff`.
#
#   LAYERS="a b"   archives, or folders to make them of, unpacked after the base in this order
#   CMDLINE=       further kernel arguments, such as ip=10.0.2.15::10.0.2.2:255.255.255.0
#   MONITOR=9100   the node's monitor is http://localhost:9100/ on this machine
#   SSH=2222       ssh -p 2222 root@localhost, if a layer has the server (docs/ssh.md)
#   QEMU_ARGS=     further arguments of QEMU, such as -smp 1

# loglevel=6: warnings and worse, and what the kernel thinks notable, such as PID 1's lines.
KERNEL_CMDLINE = $(BOARD_CONSOLE:%=console=%) loglevel=6 panic=10 $(BOARD_CMDLINE)

# For a kernel to be tried, or another archive: QEMU_KERNEL=, QEMU_INITRD=.
QEMU_KERNEL = $(if $(BOARD_QEMU_FIRMWARE),$(KERNEL_EFI),$(KERNEL_IMAGE))
QEMU_INITRD = $(INITRAMFS)

ifneq ($(filter qemu qemu-pxe,$(MAKECMDGOALS)),)
ifeq ($(BOARD_QEMU),)
$(error QEMU cannot play the board $(BOARD))
endif
endif

# COMMAND_LINE_SIZE of the kernel's arch/arm64/include/uapi/asm/setup.h, without the NUL: it cuts off what is longer.
QEMU_CMDLINE_MAX := 2047

qemu_forward = $(if $(2),$(comma)hostfwd=tcp:127.0.0.1:$(2)-:$(1))
qemu_net = $(subst user$(comma)id=net0,user$(comma)id=net0$(call qemu_forward,9100,$(MONITOR))$(call qemu_forward,22,$(SSH)),$(BOARD_QEMU_NET))
comma := ,

# Layers with images: this machine serves them while the node runs.
qemu_images = $(wildcard $(LAYERS:%=%.erofs))
qemu_line = $(strip $(KERNEL_CMDLINE) $(if $(qemu_images),layers={http}) $(CMDLINE))

.PHONY: qemu
qemu: $$(QEMU_KERNEL) $$(QEMU_INITRD) | build/deps.run ## boot it in QEMU: LAYERS="a b" CMDLINE=... MONITOR=9100 SSH=2222
	$(if $(LAYERS),$(Q)layers/debian/layer-locks $(LAYERS))
	$(if $(LAYERS),$(Q)mk/concatenate $(BOARD_OUT)/qemu.initrd $(ROOT) $(QEMU_INITRD) $(LAYERS))
	$(if $(qemu_images),$(Q)mk/layer-images $(BOARD_OUT)/qemu.layers $(LAYERS))
	$(Q)line='$(qemu_line)'; [ $${#line} -le $(QEMU_CMDLINE_MAX) ] || { \
		echo "make qemu: the kernel takes $(QEMU_CMDLINE_MAX) bytes of arguments; with CMDLINE= they are $${#line}" >&2; exit 1; }
	$(Q)$(unlock)
	$(Q)$(if $(qemu_images),mk/qemu-http $(BOARD_OUT)/qemu.layers) $(BOARD_QEMU) $(qemu_net) $(BOARD_QEMU_FIRMWARE:%=-bios %) -nographic \
		-kernel $(QEMU_KERNEL) -initrd $(if $(LAYERS),$(BOARD_OUT)/qemu.initrd,$(QEMU_INITRD)) \
		-append '$(qemu_line)' $(QEMU_ARGS)
