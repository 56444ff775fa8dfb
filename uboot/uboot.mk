# SPDX-License-Identifier: MIT
# U-Boot: from its source, our patches and fragments to what the board's flash holds. It is
# BOARD_UBOOT_DEFCONFIG, then uboot/base.config and uboot/<board>.config on top; every line of those has
# to survive. Its environment is made here of uboot/common.env, uboot/<board>.env and the script that
# iPXE is to run (ipxe/start.ipxe), and is never read from anywhere else. With SIGN=yes it is another U-Boot, with
# uboot/signed.config and keys. Products, in build/<board>/, or build/<board>/signed/:
#
#   $(BOARD_UBOOT)   for QEMU u-boot.bin, for a SOPINE u-boot-sunxi-with-spl.bin, TF-A in it
#   uboot/           U-Boot's own build folder
#
# A board whose firmware is another has no BOARD_UBOOT.

UBOOT_OUT := $(BOOT_OUT)/uboot
UBOOT := $(BOARD_UBOOT:%=$(BOOT_OUT)/%)
UBOOT_CONFIG := $(UBOOT_OUT)/.config
UBOOT_ENV := $(BOOT_OUT)/uboot.env
# What it believes; made by trust/trust.mk.
UBOOT_VARIABLES := $(if $(SIGN),$(BOOT_OUT)/ubootefi.var)
uboot_log := $(BOARD_OUT)/log/uboot$(if $(SIGN),-signed)

uboot_fragments := uboot/base.config uboot/$(if $(SIGN),,un)signed.config uboot/$(BOARD).config

# The same source gives the same bytes: its date is that of the source.
uboot_make = $(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) -C $(u-boot_DIR) \
	O=$(CURDIR)/$(UBOOT_OUT) ARCH=arm CROSS_COMPILE='$(strip $(CCACHE) aarch64-linux-gnu-)' \
	$(BOARD_UBOOT_MAKE) SOURCE_DATE_EPOCH="$$(stat -c %Y $(u-boot_DIR)/README)"

# Lines that one value goes on in, and the two slashes that would begin a comment, are written so that
# the preprocessor and the C compiler leave a newline and two slashes.
$(UBOOT_ENV): uboot/common.env uboot/$(BOARD).env uboot/$(if $(SIGN),,un)signed.env ipxe/start.ipxe uboot/uboot.mk
	$(call say,ENV,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ cat uboot/common.env; $(if $(SIGN),grep -v '^stdin=',cat) uboot/$(BOARD).env; \
		cat uboot/$(if $(SIGN),,un)signed.env; echo; echo 'board=$(BOARD)'; \
		printf 'bootargs=ipxe.efi\\nset board $(BOARD)\\n'; \
		sed -e '/^#/d' -e '/^$$/d' -e 's,//,/\\057,g' -e 's/"/\\042/g' ipxe/start.ipxe | \
			awk '{ printf "%s\\n", $$0 } END { print "" }'; } >$@

# ENV_SOURCE_FILE is looked up from board/VENDOR/BOARD of the source, without its suffix.
$(UBOOT_CONFIG): $(uboot_fragments) $(u-boot_UNPACKED) mk/check-config uboot/uboot.mk \
		boards/$(BOARD).mk | build/deps.boot
	$(call say,CONFIG,u-boot: $(BOARD_UBOOT_DEFCONFIG))
	$(call anew,u-boot,$(UBOOT_OUT))
	$(Q)mkdir -p $(@D)
	$(share)$(Q)$(call quietly,$(uboot_log)-config.log) $(uboot_make) $(BOARD_UBOOT_DEFCONFIG)
	$(Q)sed -e 's,@ENV@,$(BOARD_UBOOT_UP)/$(UBOOT_ENV:.env=),' -e 's,@VARIABLES@,../../../$(UBOOT_VARIABLES),' \
		$(uboot_fragments) >$(@D)/wanted.config
	$(Q)cat $(@D)/wanted.config >>$@
	$(share)$(Q)$(call quietly,$(uboot_log)-config.log) $(uboot_make) olddefconfig
	$(Q)mk/check-config $(@D)/wanted.config $@

# TF-A, which stays in the processor's secure side, in the board's image.
TFA := $(if $(BOARD_TFA),$(BOARD_OUT)/bl31.bin)

ifneq ($(TFA),)
$(TFA): $(tf-a_UNPACKED) uboot/uboot.mk boards/$(BOARD).mk | build/deps.build
	$(call say,TF-A,tf-a $(tf-a_VERSION) for $(BOARD_TFA))
	$(share)$(Q)$(call quietly,$(BOARD_OUT)/log/tf-a.log) $(MAKE) -C $(tf-a_DIR) PLAT=$(BOARD_TFA) DEBUG=0 \
		CROSS_COMPILE=aarch64-linux-gnu- BUILD_BASE=$(CURDIR)/$(BOARD_OUT)/tf-a \
		BUILD_STRING=greyhound BUILD_MESSAGE_TIMESTAMP='"$(tf-a_VERSION)"' bl31
	$(Q)cp $(BOARD_OUT)/tf-a/$(BOARD_TFA)/release/bl31.bin $@
endif

ifneq ($(UBOOT),)
$(UBOOT): $(UBOOT_CONFIG) $(UBOOT_ENV) $(UBOOT_VARIABLES) uboot/check-env $(BOARD_UBOOT_NEEDS)
	$(call say,UBOOT,u-boot $(u-boot_VERSION) for $(BOARD))
	$(share)$(Q)$(call quietly,$(uboot_log).log) $(uboot_make)
	$(Q)uboot/check-env $(UBOOT_OUT)/u-boot.bin $(UBOOT_ENV)
	$(Q)cp $(UBOOT_OUT)/$(BOARD_UBOOT) $@
endif

ifneq ($(filter uboot,$(MAKECMDGOALS)),)
$(if $(UBOOT),,$(error The board $(BOARD) starts without U-Boot))
endif

.PHONY: uboot
uboot: $(UBOOT) ## build U-Boot, the first thing a node runs
