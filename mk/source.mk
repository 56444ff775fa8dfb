# SPDX-License-Identifier: MIT
# Where unpacked sources come from. For every name in sources.lock this file defines
#
#   NAME_VERSION    its version
#   NAME_DIR        build/src/NAME-VERSION, the unpacked tree; never built in, only read
#   NAME_UNPACKED   a file in that tree: depend on it to have the tree fetched, unpacked, patched
#
# A recipe that patches its source sets NAME_PATCHES (files, in order) before this file is included.
# The stamp's name carries the pinned hash and that of the patches, so a new pin, or a patch that is new, changed or gone,
# unpacks anew; the tree appears under its final name only when it is whole.

u-boot_PATCHES := $(sort $(wildcard uboot/patches/*.patch))
busybox_PATCHES := $(sort $(wildcard initramfs/packages/busybox/*.patch))

source_lines := $(shell awk '!/^\#/ && NF && !seen[$$1]++ { print $$1 "|" $$2 "|" substr($$3, 1, 12) }' sources.lock)

define source_rule
$(1)_VERSION := $(2)
$(1)_DIR := build/src/$(1)-$(2)
$(1)_UNPACKED := build/src/$(1)-$(2)/.unpacked-$(3)$(if $($(1)_PATCHES),-$(shell cat $($(1)_PATCHES) | sha256sum | head -c 12))

$$($(1)_UNPACKED): $$($(1)_PATCHES) | build/deps.build
	$$(call say,UNPACK,$(1) $(2))
	$$(Q)mk/unpack $(1) $$@ $$($(1)_PATCHES)
endef

$(foreach line,$(source_lines),$(eval $(call source_rule,$(word 1,$(subst |, ,$(line))),$(word 2,$(subst |, ,$(line))),$(word 3,$(subst |, ,$(line))))))

.PHONY: fetch
fetch: ## download every source this board needs, build nothing
	$(Q)mk/fetch linux musl busybox libnl libusb dropbear u-boot ipxe-bin $(if $(BOARD_TFA),tf-a) >/dev/null
