# SPDX-License-Identifier: MIT
# Pine64 SOPINE module: Allwinner A64, 4x Cortex-A53, 2 GiB RAM, gigabit Ethernet, SPI flash.

BOARD_TITLE := Pine64 SOPINE, Allwinner A64
BOARD_CFLAGS := -mcpu=cortex-a53+crc+crypto -mno-outline-atomics
BOARD_KERNEL_FRAGMENTS := sopine
BOARD_DTB := allwinner/sun50i-a64-sopine-baseboard.dtb
BOARD_CONSOLE := ttyS0,115200
BOARD_CMDLINE :=
