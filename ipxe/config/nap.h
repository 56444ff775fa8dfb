/* SPDX-License-Identifier: MIT */
/* U-Boot runs without interrupts: an iPXE that sleeps until the next one never wakes up. */
#undef NAP_EFI
#define NAP_NULL
