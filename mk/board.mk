# SPDX-License-Identifier: MIT
# Which board is built for. boards/NAME.mk holds all that is particular to one:
#
#   BOARD_TITLE             for people
#   BOARD_CFLAGS            the processor, for every program of the node
#   BOARD_KERNEL_FRAGMENTS  names of kernel/*.config put on top of base.config
#   BOARD_DTB               below the kernel's arch/arm64/boot/dts; empty where the firmware has one
#   BOARD_CONSOLE           the kernel's console= argument; empty where firmware tells
#   BOARD_CMDLINE           further kernel arguments. swiotlb=noforce: every device reaches all RAM, so
#                           no 2 MiB for bounce buffers; without them the kernel gives small
#                           buffers cache lines of their own, which is all they were for
#   BOARD_UBOOT, ...        see uboot/uboot.mk; absent where the machine's own firmware starts iPXE
#   BOARD_CLIENT            absent where a U-Boot of ours knows the board's name; else what iPXE was built for, as
#                           its ${buildarch}-${platform}: nodes whose firmware starts such an iPXE are this board
#   BOARD_QEMU, BOARD_QEMU_NET   how QEMU plays this board; absent where it cannot
#   BOARD_QEMU_FIRMWARE     the file with that firmware, which QEMU's -kernel goes through as well

BOARDS := $(sort $(patsubst boards/%.mk,%,$(wildcard boards/*.mk)))
BOARD ?= qemu-virt

ifeq ($(filter $(BOARD),$(BOARDS)),)
$(error There is no board '$(BOARD)'. Boards: $(BOARDS))
endif

include boards/$(BOARD).mk

# Where everything made for this board is.
BOARD_OUT := build/$(BOARD)

# With SIGN=yes (docs/trust.md) the loaders and what nodes are sent are other ones, and lie in a folder of their own.
ifneq ($(filter-out yes,$(SIGN)),)
$(error SIGN=$(SIGN): it is yes, or not given)
endif
BOOT_OUT ?= $(BOARD_OUT)$(if $(SIGN),/signed)
