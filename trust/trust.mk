# SPDX-License-Identifier: MIT
# Nodes that boot only what their owner signed (docs/trust.md): with SIGN=yes U-Boot is built with the owner's keys, and
# what nodes are sent is one signed EFI program.
#
#   KEYS=       the folder of the keys; on a machine that signs nothing, the *.crt in it are enough
#   SIGN_KEY=   which of them signs: db, or a further one, such as db2
#   SERIAL=     the program's number, which grows with every version; default: the time, in UTC
#   LOWEST=     the lowest number that a node with this U-Boot accepts; default 0
#   SIGNED=     a folder with node.efi and ipxe.efi that were signed on another machine
#
# Products, in build/<board>/signed/:
#
#   node.efi       kernel, base, layers and arguments, signed
#   ipxe.efi       signed
#   u-boot.bin     (by uboot/uboot.mk) with the variables ubootefi.var
#
# and build/<board>/entry.bin, the code that such a program begins with.

KEYS ?= $(HOME)/.config/greyhound/keys
SIGN_KEY ?= db
LOWEST ?= 0
ifeq ($(SERIAL),)
SERIAL := $(shell date -u +%Y%m%d%H%M%S)
endif

ENTRY := $(BOARD_OUT)/entry.bin
# What is published with SIGN=yes, and qemu-pxe boots.
SIGNED_PROGRAM := $(or $(SIGNED),$(BOOT_OUT))/node.efi
SIGNED_IPXE := $(or $(SIGNED),$(BOOT_OUT))/ipxe.efi

.PHONY: keys sign revoke program signed-program
keys: | build/deps.trust ## the keys of your nodes, once: KEYS=folder [KEY=db2]
	$(Q)trust/keys '$(KEYS)' $(KEY)

sign: | build/deps.trust ## sign EFI programs in place: FILES="node.efi ipxe.efi" [KEYS=folder SIGN_KEY=db]
	$(if $(FILES),,$(error usage: make sign FILES="node.efi ipxe.efi" [KEYS=folder]))
	$(Q)trust/sign '$(KEYS)' $(SIGN_KEY) sign $(FILES)

revoke: | build/deps.trust ## have nodes refuse a signed program, from the next flash on: FILES=node.efi
	$(if $(FILES),,$(error usage: make revoke FILES=node.efi [KEYS=folder]))
	$(Q)trust/sign '$(KEYS)' $(SIGN_KEY) revoke $(FILES)

# It is at home at any address, so it is linked for none.
$(ENTRY): trust/entry.c trust/entry.lds trust/trust.mk | build/deps.build
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)aarch64-linux-gnu-gcc -std=gnu17 $(C_WARNINGS) -Os -ffreestanding -fpie -fno-stack-protector \
		-mgeneral-regs-only -fno-asynchronous-unwind-tables -c -o $@.o $<
	$(Q)aarch64-linux-gnu-ld --no-undefined -T trust/entry.lds -o $@.elf $@.o
	$(Q)aarch64-linux-gnu-objcopy -O binary $@.elf $@

# $(call make_program,OUT,INITRD): what LAYERS= and CMDLINE= say is part of it, so it is made anew every time.
define make_program
$(Q)$(if $(LAYERS),server/publish $(BOARD_OUT) layers $(LAYERS))
$(Q)mk/concatenate $(2) $(ROOT) $(INITRAMFS) $(LAYERS)
$(Q)trust/program $(1) $(KERNEL_EFI) $(ENTRY) '$(SERIAL)' '$(strip $(KERNEL_CMDLINE) $(CMDLINE))' $(2)
$(Q)rm -f $(2)
endef

program: $$(KERNEL_EFI) $$(INITRAMFS) $(IPXE_EFI) $(ENTRY) build/host/svctl ## node.efi and ipxe.efi, to be signed elsewhere: OUT=folder LAYERS="a b" CMDLINE=...
	$(if $(OUT),,$(error usage: make program OUT=folder [LAYERS="a b"] [CMDLINE=...] [SERIAL=number]))
	$(call say,PROGRAM,$(OUT)/node.efi)
	$(Q)mkdir -p '$(OUT)'
	$(call make_program,'$(OUT)/node.efi',$(BOARD_OUT)/program.initrd)
	$(Q)cp $(IPXE_EFI) '$(OUT)/ipxe.efi'

ifneq ($(SIGN),)
$(UBOOT_VARIABLES): FORCE
	$(Q)mkdir -p $(@D)
	$(Q)[ -e '$(KEYS)/db.crt' ] || { echo 'SIGN=yes: there are no keys in $(KEYS): make keys, or KEYS=folder' >&2; false; }
	$(Q)trust/variables $@ '$(KEYS)' '$(LOWEST)'

# It may have been signed by another key.
$(IPXE_BOOT): $(IPXE_EFI) FORCE | build/deps.trust
	$(Q)mkdir -p $(@D)
ifneq ($(SIGNED),)
	$(Q)cp $(SIGNED_IPXE) $@
else
	$(Q)[ $@ -nt $< ] && trust/sign '$(KEYS)' $(SIGN_KEY) check $@ 2>/dev/null || { \
		rm -f $@ && cp $< $@.unsigned && trust/sign '$(KEYS)' $(SIGN_KEY) sign $@.unsigned && mv $@.unsigned $@; }
endif

ifneq ($(SIGNED),)
signed-program: $(IPXE_BOOT)
else
signed-program: $$(KERNEL_EFI) $$(INITRAMFS) $(IPXE_BOOT) $(ENTRY) build/host/svctl
	$(call say,PROGRAM,$(SIGNED_PROGRAM))
	$(call make_program,$(SIGNED_PROGRAM).unsigned,$(BOOT_OUT)/node.initrd)
	$(Q)trust/sign '$(KEYS)' $(SIGN_KEY) sign $(SIGNED_PROGRAM).unsigned
	$(Q)mv $(SIGNED_PROGRAM).unsigned $(SIGNED_PROGRAM)
endif
	$(Q)trust/sign '$(KEYS)' $(SIGN_KEY) check $(SIGNED_PROGRAM) $(SIGNED_IPXE)
endif
