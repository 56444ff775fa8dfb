# SPDX-License-Identifier: MIT
# Greyhound: Linux for compute nodes without a disk. `make` lists what can be asked for; each piece
# of the work is described in a file of its own:
#
#   mk/output.mk       how the build talks            mk/programs.mk    our C programs
#   mk/board.mk        which board                    mk/initramfs.mk   the RAM filesystem
#   mk/deps.mk         packages of this machine       mk/layer.mk       layers on top of it
#   mk/source.mk       other people's sources         mk/qemu.mk        running it
#   mk/toolchain.mk    the cross compiler             mk/report.mk      where the bytes went
#   kernel/kernel.mk   the kernel                     initramfs/packages/*.mk   one recipe each

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

include mk/output.mk
include mk/board.mk
include mk/deps.mk
include mk/source.mk
include mk/toolchain.mk
include $(sort $(wildcard initramfs/packages/*.mk))
-include kernel/kernel.mk

.PHONY: packages
packages: $(TOOLCHAIN) $(BUSYBOX)/busybox $(LIBNL) $(LIBUSB) ## build musl, BusyBox, libnl, libusb
