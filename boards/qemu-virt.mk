# SPDX-License-Identifier: MIT
# QEMU's `virt` machine with the SOPINE's processor: where Greyhound is developed and tested.

BOARD_TITLE := QEMU virt machine, 4x Cortex-A53
BOARD_CFLAGS := -mcpu=cortex-a53+crc+crypto -mno-outline-atomics
BOARD_KERNEL_FRAGMENTS := qemu-virt
BOARD_DTB :=
BOARD_CONSOLE := ttyAMA0
# None of these devices has to wait for another one's driver, and finding that out takes 4 ms of the boot.
BOARD_CMDLINE := swiotlb=noforce fw_devlink=off

BOARD_QEMU := qemu-system-aarch64 -M virt -cpu cortex-a53 -smp 4 -m 2048
BOARD_QEMU_NET := -netdev user,id=net0 -device virtio-net-pci,netdev=net0,romfile=

BOARD_UBOOT := u-boot.bin
BOARD_UBOOT_DEFCONFIG := qemu_arm64_defconfig
# From U-Boot's board/emulation/qemu-arm to this folder.
BOARD_UBOOT_UP := ../../../../../..
