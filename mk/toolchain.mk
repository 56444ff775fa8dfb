# SPDX-License-Identifier: MIT
# The cross toolchain: Debian's aarch64 GCC and binutils, given musl and the headers of our kernel in
# place of glibc. All boards share it. A rule that compiles for the node depends on $(TOOLCHAIN).

TOOLCHAIN_DIR := build/toolchain/aarch64-musl
TOOLCHAIN := $(TOOLCHAIN_DIR)/.headers $(TOOLCHAIN_DIR)/.musl

# Absolute, because most recipes change directory. The names after the prefix are those of GNU tools.
CROSS := $(CURDIR)/$(TOOLCHAIN_DIR)/bin/aarch64-linux-musl-

# gcc behind this compiler is a script: ccache has to ask it what it is.
# Where it has no folder to write to, as without a HOME in a container, it would fail, and the build with it.
ccache_usable = ccache=$$(command -v ccache) && folder=$$(ccache -k cache_dir) && mkdir -p "$$folder" && [ -w "$$folder" ]
CCACHE := $(if $(filter 0,$(USE_CCACHE)),,$(shell { $(ccache_usable); } 2>/dev/null && echo "$$ccache"))
export CCACHE_COMPILERCHECK = %compiler% -v
export CCACHE_BASEDIR = $(CURDIR)

CROSS_CC := $(strip $(CCACHE) $(CROSS)gcc)
HOST_CC := $(strip $(CCACHE) gcc)

# Each function and each datum can be left out of a static program by itself. Sections are aligned
# for our kernel's 4 KiB pages, not for the 64 KiB some arm64 kernels have: every file of the node is
# in RAM, padding included. The tables for unwinding are for C++ and for a debugger without symbols.
NODE_CFLAGS := -Os $(BOARD_CFLAGS) -fno-pie -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables
NODE_LDFLAGS := -static -no-pie -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code -Wl,-z,norelro

# Which compiler, and where: paths of this folder are in the wrapper and in other people's build
# trees, so after moving it, or after an upgrade of gcc, everything is made anew.
build/toolchain/identity: FORCE | build/deps.build
	$(Q)mkdir -p $(@D)
	$(Q){ echo '$(CURDIR)'; aarch64-linux-gnu-gcc --version; } >$(new) $(if_changed)

$(TOOLCHAIN_DIR)/.headers: $(linux_UNPACKED) build/toolchain/identity
	$(call say,HEADERS,linux $(linux_VERSION))
	$(Q)rm -rf build/toolchain/headers $(TOOLCHAIN_DIR)/include/linux
	$(Q)mkdir -p build/toolchain/headers
	$(Q)$(call quietly,build/log/headers.log) $(MAKE) -C $(linux_DIR) O=$(CURDIR)/build/toolchain/headers \
		ARCH=arm64 INSTALL_HDR_PATH=$(CURDIR)/$(TOOLCHAIN_DIR) headers_install
	$(Q)rm -rf build/toolchain/headers
	$(Q)touch $@

.PHONY: toolchain
toolchain: $(TOOLCHAIN) ## build the cross compiler: musl for Debian's GCC
