# SPDX-License-Identifier: MIT
# Where unpacked sources come from. For every name in sources.lock this file defines
#
#   NAME_VERSION    its version
#   NAME_DIR        build/src/NAME-VERSION, the unpacked tree; never built in, only read
#   NAME_UNPACKED   a file in that tree: depend on it to have the tree fetched, unpacked, patched
#
# A recipe that patches its source sets NAME_PATCHES (files, in order) before this file is included.
# The stamp's name carries the pinned hash and that of the patches, so a new pin, or a patch that is new, changed or gone,
# unpacks anew; the tree appears under its final name only when it is whole. Its files are as old as in the archive, so
# objects of an earlier tree count as newer than they: a recipe whose folder stays begins with $(call anew,NAME,FOLDER).

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

# In a recipe whose target depends on NAME_UNPACKED: removes FOLDER if the tree is newer than the target.
anew = $(if $(filter $($(1)_UNPACKED),$?),$(Q)rm -rf $(2))

.PHONY: fetch
fetch: ## download every source this board needs, build nothing
	$(Q)mk/fetch linux musl busybox libnl libusb dropbear u-boot ipxe-bin $(if $(BOARD_TFA),tf-a) >/dev/null
