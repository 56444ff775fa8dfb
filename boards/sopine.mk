# SPDX-License-Identifier: MIT
# Pine64 SOPINE module: Allwinner A64, 4x Cortex-A53, 2 GiB RAM, gigabit Ethernet, SPI flash.

BOARD_TITLE := Pine64 SOPINE, Allwinner A64
BOARD_CFLAGS := -mcpu=cortex-a53+crc+crypto -mno-outline-atomics
BOARD_KERNEL_FRAGMENTS := sopine
BOARD_DTB := allwinner/sun50i-a64-sopine-baseboard.dtb
BOARD_CONSOLE := ttyS0,115200
BOARD_CMDLINE := swiotlb=noforce

BOARD_UBOOT := u-boot-sunxi-with-spl.bin
BOARD_UBOOT_DEFCONFIG := sopine_baseboard_defconfig
# From U-Boot's board/sunxi to this folder.
BOARD_UBOOT_UP := ../../../../..
# TF-A is in the image; the power controller's firmware is done without, as Linux suspends nothing here.
BOARD_UBOOT_NEEDS = $(TFA)
BOARD_UBOOT_MAKE = BL31=$(CURDIR)/$(TFA) SCP=/dev/null
BOARD_TFA := sun50i_a64
