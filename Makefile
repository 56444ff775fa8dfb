# SPDX-License-Identifier: MIT
# Greyhound: Linux for compute nodes without a disk. `make` lists what can be asked for; each piece
# of the work is described in a file of its own:
#
#   mk/output.mk       how the build talks            mk/programs.mk    our C programs
#   mk/lock.mk         one make at a time
#   mk/board.mk        which board                    mk/initramfs.mk   the RAM filesystem
#   mk/deps.mk         packages of this machine       mk/layer.mk       layers on top of it
#   mk/source.mk       other people's sources         mk/qemu.mk        running it
#   mk/toolchain.mk    the cross compiler             mk/report.mk      where the bytes went
#   kernel/kernel.mk   the kernel                     initramfs/packages/*.mk   one recipe each
#   uboot/*.mk         U-Boot, the SOPINE's flash     ipxe/ipxe.mk              iPXE
#   layers/*/*.mk      optional parts of a node
#   mk/netboot.mk      what a boot server serves  mk/server.mk     the boot server
#   trust/trust.mk     nodes that boot only what is signed
#   mk/release.mk      files for those who do not build
#   test/test.mk       the tests                      docs/docs.mk      man pages

VERSION := 0.2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory

ifneq ($(words $(CURDIR)),1)
$(error This folder's name has a space in it, which make cannot handle: $(CURDIR))
endif
# Nor the shell, where this folder's name stands in a command.
folder_unfit := ' " ` $$ & ; | < > ( ) \ * ? [ ] :
folder_unfit := $(strip $(foreach character,$(folder_unfit),$(findstring $(character),$(CURDIR))))
ifneq ($(folder_unfit),)
$(error This folder's name has a $(firstword $(folder_unfit)) in it, which the build cannot handle: $(CURDIR))
endif

# What other programs say is read here and there (a full disk, a compiler's version), and has to be in one language.
export LC_ALL := C.UTF-8

# What the caller's shell or command line holds for us, or for nobody here, is not for the makefiles
# of the kernel and the packages: LAYERS=, OUT= and CFLAGS would mean something to them. V=1 is.
MAKEOVERRIDES := $(filter V=%,$(MAKEOVERRIDES))
unexport CFLAGS CPPFLAGS CXXFLAGS LDFLAGS CC CXX LD AR ARCH CROSS_COMPILE KCFLAGS KBUILD_OUTPUT \
	KCONFIG_CONFIG KCONFIG_ALLCONFIG O DIR OUT A B CDPATH GREP_OPTIONS

include mk/lock.mk

# As many jobs as there are processors, shared with the kernel's and BusyBox's own makefiles. A -j
# on the command line counts more; and `make clean qemu` has to do one after the other.
JOBS := $(shell nproc)
ifeq ($(filter clean distclean,$(MAKECMDGOALS)),)
MAKEFLAGS += -j$(JOBS)
endif

include mk/output.mk
include mk/board.mk
include mk/deps.mk
include mk/source.mk
include mk/toolchain.mk
include $(sort $(wildcard initramfs/packages/*.mk))
include mk/programs.mk
-include kernel/kernel.mk
-include uboot/uboot.mk
-include ipxe/ipxe.mk
-include uboot/flash.mk
include mk/initramfs.mk
include mk/layer.mk
include mk/server.mk
include trust/trust.mk
include layers/debian/ready-made.mk
include $(filter-out layers/debian/ready-made.mk,$(sort $(wildcard layers/*/*.mk)))
include mk/qemu.mk
include cluster/cluster.mk
include mk/netboot.mk
include mk/report.mk
include mk/release.mk
-include test/test.mk
-include docs/docs.mk

.PHONY: help packages clean distclean FORCE
FORCE:

packages: $(TOOLCHAIN) $(BUSYBOX)/busybox $(LIBNL) $(LIBUSB) ## build musl, BusyBox, libnl, libusb

clean: ## remove what was made for this board (BOARD=)
	$(call say,CLEAN,$(BOARD_OUT))
	$(Q)rm -rf $(BOARD_OUT)

distclean: ## remove all that was made; downloads stay in the cache
	$(call say,CLEAN,build)
	$(Q)rm -rf build compile_commands.json

# Every target above whose line has a double-hash comment.
help: ## this list
	@echo 'make TARGET [BOARD=$(BOARD)] [V=1]     boards: $(BOARDS)'
	@echo
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "    %-22s %s\n", $$1, $$2 }' $(filter-out Makefile %.d,$(MAKEFILE_LIST)) Makefile
