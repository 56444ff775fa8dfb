# SPDX-License-Identifier: MIT
# musl, the C library of every program of the node, static only, and the compiler that uses it.
# Its own gcc wrapper does the work; beside it lie the binutils under the same prefix, so that other
# build systems can be given one CROSS_COMPILE or --host.

# For any ARMv8.0 processor, since all boards share it.
MUSL_CFLAGS := -Os -march=armv8-a -mtune=cortex-a53 -mno-outline-atomics -fno-asynchronous-unwind-tables
MUSL_TOOLS := ar as ld nm objcopy objdump ranlib readelf size strip gcc-ar gcc-nm gcc-ranlib

$(TOOLCHAIN_DIR)/.musl: $(musl_UNPACKED) build/toolchain/identity initramfs/packages/musl.mk
	$(call say,BUILD,musl $(musl_VERSION))
	$(Q)rm -rf build/toolchain/musl && mkdir -p build/toolchain/musl
	$(Q)cd build/toolchain/musl && $(call quietly,$(CURDIR)/build/log/musl-configure.log) \
		$(CURDIR)/$(musl_DIR)/configure --target=aarch64-linux-musl --prefix=$(CURDIR)/$(TOOLCHAIN_DIR) \
		--disable-shared --enable-wrapper=gcc \
		CROSS_COMPILE=aarch64-linux-gnu- CC='$(strip $(CCACHE) aarch64-linux-gnu-gcc)' CFLAGS='$(MUSL_CFLAGS)'
	$(Q)$(call quietly,build/log/musl.log) $(MAKE) -C build/toolchain/musl WRAPCC_GCC=aarch64-linux-gnu-gcc install
	$(Q)ln -sf musl-gcc $(TOOLCHAIN_DIR)/bin/aarch64-linux-musl-gcc
	$(Q)for tool in $(MUSL_TOOLS); do \
		ln -sf "$$(command -v aarch64-linux-gnu-$$tool)" $(TOOLCHAIN_DIR)/bin/aarch64-linux-musl-$$tool || exit; \
	done
	$(Q)touch $@
