# SPDX-License-Identifier: MIT
# iPXE, which U-Boot loads: build/<board>/ipxe.efi. There are two ways to have it:
#
#   source     the pinned tarball, or a source tree named by IPXE_SRC=: ipxe/config/ lies over iPXE's own
#              configuration, ipxe/start.ipxe is built in
#   prebuilt   Debian's binary of the same version, with its one instruction that sleeps replaced
#
# Source is taken if it can be had. IPXE=source or IPXE=prebuilt decides; build/<board>/ipxe.made tells which it
# was, and so does $(ipxe_note) where a build ends. U-Boot gives either the script as its command line.

IPXE_EFI := $(BOARD_OUT)/ipxe.efi
# What nodes are given: with SIGN=yes a signed copy of it (trust/trust.mk).
IPXE_BOOT := $(BOOT_OUT)/ipxe.efi
IPXE ?= auto
IPXE_SRC ?=

ipxe_note = sed 's/^/  note: iPXE is made of /' $(BOARD_OUT)/ipxe.made

.PHONY: ipxe
ipxe: $(IPXE_EFI) ## build iPXE, which fetches kernel and initramfs (IPXE_SRC=, IPXE=)
	$(Q)$(ipxe_note)

ipxe_config := $(wildcard ipxe/config/*.h)
ipxe_request := $(BOARD_OUT)/ipxe.request

# What it is made of: another source, another way, another script make it anew.
$(ipxe_request): FORCE
	$(Q)mkdir -p $(@D)
	$(Q){ echo '$(IPXE) $(IPXE_SRC)'; cat ipxe/start.ipxe ipxe/build ipxe/without-wfi $(ipxe_config); \
		grep '^ipxe' sources.lock; } | sha256sum >$(new) $(if_changed)

$(IPXE_EFI): $(ipxe_request) | build/deps.boot
	$(call say,IPXE,$@)
	$(share)$(Q)ipxe/build '$(IPXE)' '$(IPXE_SRC)' $@ $(BOARD_OUT)/log/ipxe.log
