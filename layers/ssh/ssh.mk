# SPDX-License-Identifier: MIT
# dropbear, an SSH server of one static binary (and two tools for keys, in the same one), and the layer
# that brings it to a node: the base has none. docs/ssh.md tells how it is used. What it can do is
# decided in layers/ssh/dropbear.options.h.
#
#   make ssh-layer AUTHORIZED_KEYS=~/.ssh/id_ed25519.pub [HOST_KEY=file] [OUT=file]

DROPBEAR := $(BOARD_OUT)/pkg/dropbear
SSH_LAYER := $(BOARD_OUT)/ssh.cpio.zst

$(DROPBEAR)/dropbearmulti: $(dropbear_UNPACKED) $(TOOLCHAIN) layers/ssh/ssh.mk \
		layers/ssh/dropbear.options.h boards/$(BOARD).mk mk/toolchain.mk
	$(call say,BUILD,dropbear $(dropbear_VERSION))
	$(Q)rm -rf $(DROPBEAR) && mkdir -p $(DROPBEAR)
	$(Q)cp layers/ssh/dropbear.options.h $(DROPBEAR)/localoptions.h
	$(Q)cd $(DROPBEAR) && $(call quietly,$(CURDIR)/$(BOARD_OUT)/log/dropbear-configure.log) \
		$(CURDIR)/$(dropbear_DIR)/configure --host=aarch64-linux-musl CC='$(CROSS_CC)' CFLAGS='$(NODE_CFLAGS)' \
		LDFLAGS='$(NODE_LDFLAGS)' AR=$(CROSS)ar RANLIB=$(CROSS)ranlib STRIP=$(CROSS)strip --enable-static \
		--disable-harden --disable-zlib --disable-pam --disable-syslog --disable-lastlog --disable-utmp \
		--disable-utmpx --disable-wtmp --disable-wtmpx --disable-loginfunc --disable-pututline \
		--disable-pututxline
	$(Q)$(call quietly,$(BOARD_OUT)/log/dropbear.log) $(MAKE) -C $(DROPBEAR) \
		PROGRAMS='dropbear dropbearkey dropbearconvert' MULTI=1 STATIC=1 ARFLAGS=rc
	$(Q)touch $@

ifneq ($(filter ssh-layer,$(MAKECMDGOALS)),)
$(if $(AUTHORIZED_KEYS),,$(error usage: make ssh-layer AUTHORIZED_KEYS=~/.ssh/id_ed25519.pub [HOST_KEY=file] [OUT=file]))
endif

.PHONY: ssh-layer
ssh-layer: $(DROPBEAR)/dropbearmulti $(BOARD_OUT)/root.staged build/host/svctl ## SSH for nodes, as a layer: AUTHORIZED_KEYS=file [HOST_KEY=file] [OUT=file]
	$(call say,LAYER,$(or $(OUT),$(SSH_LAYER)))
	$(Q)layers/ssh/pack '$(AUTHORIZED_KEYS)' '$(HOST_KEY)' '$(or $(OUT),$(SSH_LAYER))' \
		$(DROPBEAR)/dropbearmulti $(CROSS)strip $(ROOT)

# test_ssh.py packs layers as a user does.
system: $(DROPBEAR)/dropbearmulti
