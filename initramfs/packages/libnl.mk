# SPDX-License-Identifier: MIT
# libnl-3, its core only: sockets, messages, attributes. The typed objects of libnl-route would cost
# each program that touches them some 200 KB.

LIBNL := $(BOARD_OUT)/sysroot/lib/libnl-3.a

$(LIBNL): $(libnl_UNPACKED) $(TOOLCHAIN) initramfs/packages/libnl.mk boards/$(BOARD).mk mk/toolchain.mk
	$(call say,BUILD,libnl $(libnl_VERSION))
	$(Q)rm -rf $(BOARD_OUT)/pkg/libnl && mkdir -p $(BOARD_OUT)/pkg/libnl
	$(Q)cd $(BOARD_OUT)/pkg/libnl && $(call quietly,$(CURDIR)/$(BOARD_OUT)/log/libnl-configure.log) \
		$(CURDIR)/$(libnl_DIR)/configure --host=aarch64-linux-musl CC='$(CROSS_CC)' CFLAGS='$(NODE_CFLAGS)' \
		AR=$(CROSS)ar RANLIB=$(CROSS)ranlib NM=$(CROSS)nm STRIP=$(CROSS)strip \
		--enable-static --disable-shared --disable-cli --disable-pthreads --disable-debug
	$(Q)$(call quietly,$(BOARD_OUT)/log/libnl.log) $(MAKE) -C $(BOARD_OUT)/pkg/libnl lib/libnl-3.la
	$(Q)mkdir -p $(BOARD_OUT)/sysroot/include $(@D)
	$(Q)rm -rf $(BOARD_OUT)/sysroot/include/netlink
	$(Q)cp -R $(libnl_DIR)/include/netlink $(BOARD_OUT)/pkg/libnl/include/netlink $(BOARD_OUT)/sysroot/include/
	$(Q)cp $(BOARD_OUT)/pkg/libnl/lib/.libs/libnl-3.a $@
