# SPDX-License-Identifier: MIT
# musl, the C library of every program of the node, static only, and the compiler that uses it.
# Its own gcc wrapper does the work; beside it lie the binutils under the same prefix, so that other
# build systems can be given one CROSS_COMPILE or --host.

# A Cortex-A53 can compute wrong results of a 64-bit multiply-accumulate right behind a load or store (erratum 835769), and
# wrong addresses from an ADRP at the end of a page (843419). Debian's GCC asks the linker to mend the second, but musl's specs
# replace what it tells the linker. So the specs get both, for all that is compiled with them: the linker mends what
# the compiler has not seen, as assembly and libgcc. On other processors it costs a few instructions.
A53_COMPILE := -mfix-cortex-a53-835769
A53_LINK := --fix-cortex-a53-835769 --fix-cortex-a53-843419

# For any ARMv8.0 processor, since all boards share it.
MUSL_CFLAGS := -Os -march=armv8-a -mtune=cortex-a53 -mno-outline-atomics -fno-asynchronous-unwind-tables $(A53_COMPILE)
MUSL_TOOLS := ar as ld nm objcopy objdump ranlib readelf size strip gcc-ar gcc-nm gcc-ranlib

$(TOOLCHAIN_DIR)/.musl: $(musl_UNPACKED) build/toolchain/identity initramfs/packages/musl.mk
	$(call say,BUILD,musl $(musl_VERSION))
	$(Q)rm -rf build/toolchain/musl && mkdir -p build/toolchain/musl
	$(Q)cd build/toolchain/musl && $(call quietly,$(CURDIR)/build/log/musl-configure.log) \
		$(CURDIR)/$(musl_DIR)/configure --target=aarch64-linux-musl --prefix=$(CURDIR)/$(TOOLCHAIN_DIR) \
		--disable-shared --enable-wrapper=gcc \
		CROSS_COMPILE=aarch64-linux-gnu- CC='$(strip $(CCACHE) aarch64-linux-gnu-gcc)' CFLAGS='$(MUSL_CFLAGS)'
	$(Q)$(call quietly,build/log/musl.log) $(MAKE) -C build/toolchain/musl WRAPCC_GCC=aarch64-linux-gnu-gcc install
	$(Q)sed -i -e '/^\*cc1:$$/{n;s/$$/ $(A53_COMPILE)/}' -e '/^\*link:$$/{n;s/$$/ $(A53_LINK)/}' $(TOOLCHAIN_DIR)/lib/musl-gcc.specs
	$(Q)[ "$$(grep -c 'fix-cortex-a53' $(TOOLCHAIN_DIR)/lib/musl-gcc.specs)" = 2 ]
	$(Q)ln -sf musl-gcc $(TOOLCHAIN_DIR)/bin/aarch64-linux-musl-gcc
	$(Q)for tool in $(MUSL_TOOLS); do \
		ln -sf "$$(command -v aarch64-linux-gnu-$$tool)" $(TOOLCHAIN_DIR)/bin/aarch64-linux-musl-$$tool || exit; \
	done
	$(Q)touch $@
