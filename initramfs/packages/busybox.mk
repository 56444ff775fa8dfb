# SPDX-License-Identifier: MIT
# BusyBox: the shell and the usual commands, one static binary. Which ones is initramfs/busybox.config,
# on top of nothing; busybox.links is its own list of the names it answers to.

BUSYBOX := $(BOARD_OUT)/pkg/busybox
BUSYBOX_MAKE = $(MAKE) -C $(busybox_DIR) O=$(CURDIR)/$(BUSYBOX) ARCH=arm64 CROSS_COMPILE=$(CROSS) \
	CC='$(CROSS_CC)' HOSTCC='$(HOST_CC)' EXTRA_CFLAGS='$(NODE_CFLAGS)' \
	EXTRA_LDFLAGS='$(NODE_LDFLAGS)' KCONFIG_NOTIMESTAMP=1

# This Kconfig has no working KCONFIG_ALLCONFIG; but of two lines for a symbol the first one counts.
$(BUSYBOX)/.config: initramfs/busybox.config $(busybox_UNPACKED) mk/check-config initramfs/packages/busybox.mk
	$(call say,CONFIG,busybox)
	$(call anew,busybox,$(BUSYBOX))
	$(Q)mkdir -p $(@D)
	$(Q)$(call quietly,$(BOARD_OUT)/log/busybox-config.log) $(BUSYBOX_MAKE) allnoconfig
	$(Q)mv $@ $@.none && cat initramfs/busybox.config $@.none >$@
	$(Q)yes '' 2>/dev/null | $(BUSYBOX_MAKE) oldconfig >$(BOARD_OUT)/log/busybox-config.log 2>&1
	$(Q)mk/check-config initramfs/busybox.config $@

$(BUSYBOX)/busybox: $(BUSYBOX)/.config $(TOOLCHAIN) boards/$(BOARD).mk mk/toolchain.mk
	$(call say,BUILD,busybox $(busybox_VERSION))
	$(Q)$(call quietly,$(BOARD_OUT)/log/busybox.log) $(BUSYBOX_MAKE) busybox busybox.links
	$(Q)touch $@

$(BUSYBOX)/busybox.links: $(BUSYBOX)/busybox
