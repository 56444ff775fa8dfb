# SPDX-License-Identifier: MIT
# What a boot server serves, laid out as docs/netboot.md tells, and a node in QEMU that boots from it: the
# whole chain, without rights and without a server.
#
#   build/<board>/netboot/tftp   ipxe.efi
#   build/<board>/netboot/http   the scripts and one version of the images
#
# With SIGN=yes both are below build/<board>/signed/, and there is one signed program of it all (docs/trust.md).
#
# LAYERS=, CMDLINE=, MONITOR=, SSH= and QEMU_ARGS= are those of `make qemu`.

NETBOOT := $(BOOT_OUT)/netboot
netboot_version = $(VERSION)-$(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

.PHONY: netboot-files qemu-pxe
ifneq ($(SIGN),)
netboot-files: signed-program
	$(Q)rm -rf $(NETBOOT) && mkdir -p $(NETBOOT)/http/nodes $(NETBOOT)/http/groups
	$(Q)server/publish $(NETBOOT) add-signed $(netboot_version) $(BOARD) $(SIGNED_PROGRAM) $(SIGNED_IPXE) $(LAYERS) >/dev/null
else
netboot-files: $$(KERNEL_EFI) $$(INITRAMFS) $(IPXE_EFI) $(wildcard ipxe/*.ipxe) mk/netboot-tree
	$(Q)mk/netboot-tree $(BOARD_CLIENT:%=--client=%) $(NETBOOT) $(netboot_version) $(BOARD) $(KERNEL_EFI) $(INITRAMFS) $(IPXE_EFI) $(ROOT) \
		'$(strip $(KERNEL_CMDLINE))' '$(CMDLINE)' $(LAYERS)
endif

qemu-pxe: netboot-files $(UBOOT) | build/deps.run ## boot it through U-Boot or UEFI, TFTP, iPXE and HTTP
	$(Q)$(ipxe_note); $(unlock)
	$(Q)mk/qemu-http $(if $(UBOOT),,--autoexec $(NETBOOT)/tftp/autoexec.ipxe) $(NETBOOT)/http \
		$(BOARD_QEMU) $(subst -netdev user$(comma),-netdev user$(comma)tftp=$(NETBOOT)/tftp$(comma)bootfile=$(if $(UBOOT),{http}boot.ipxe,ipxe.efi)$(comma),$(qemu_net)) \
		-nographic -bios $(or $(UBOOT),$(BOARD_QEMU_FIRMWARE)) $(QEMU_ARGS)
