# SPDX-License-Identifier: MIT
# libusb-1.0, without udev (there is none; its netlink hotplug works on musl) and without log texts.

LIBUSB := $(BOARD_OUT)/sysroot/lib/libusb-1.0.a

$(LIBUSB): $(libusb_UNPACKED) $(TOOLCHAIN) initramfs/packages/libusb.mk boards/$(BOARD).mk mk/toolchain.mk
	$(call say,BUILD,libusb $(libusb_VERSION))
	$(Q)rm -rf $(BOARD_OUT)/pkg/libusb && mkdir -p $(BOARD_OUT)/pkg/libusb
	$(Q)cd $(BOARD_OUT)/pkg/libusb && $(call quietly,$(CURDIR)/$(BOARD_OUT)/log/libusb-configure.log) \
		$(CURDIR)/$(libusb_DIR)/configure --host=aarch64-linux-musl CC='$(CROSS_CC)' CFLAGS='$(NODE_CFLAGS)' \
		AR=$(CROSS)ar RANLIB=$(CROSS)ranlib NM=$(CROSS)nm STRIP=$(CROSS)strip \
		--enable-static --disable-shared --disable-udev --disable-log
	$(Q)$(call quietly,$(BOARD_OUT)/log/libusb.log) $(MAKE) -C $(BOARD_OUT)/pkg/libusb
	$(Q)mkdir -p $(BOARD_OUT)/sysroot/include/libusb-1.0 $(@D)
	$(Q)cp $(libusb_DIR)/libusb/libusb.h $(BOARD_OUT)/sysroot/include/libusb-1.0/
	$(Q)cp $(BOARD_OUT)/pkg/libusb/libusb/.libs/libusb-1.0.a $@
