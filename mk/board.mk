# SPDX-License-Identifier: MIT
# Which board is built for. boards/NAME.mk holds all that is particular to one:
#
#   BOARD_TITLE             for people
#   BOARD_CFLAGS            the processor, for every program of the node
#   BOARD_KERNEL_FRAGMENTS  names of kernel/*.config put on top of base.config
#   BOARD_DTB               below the kernel's arch/arm64/boot/dts; empty where the firmware has one
#   BOARD_CONSOLE           the kernel's console= argument
#   BOARD_CMDLINE           further kernel arguments. swiotlb=noforce: every device reaches all RAM, so
#                           no 2 MiB for bounce buffers; without them the kernel gives small
#                           buffers cache lines of their own, which is all they were for
#   BOARD_QEMU, BOARD_QEMU_NET   how QEMU plays this board; absent where it cannot

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
