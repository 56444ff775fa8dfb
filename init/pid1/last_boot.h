/* SPDX-License-Identifier: MIT */
/*
 * What the boot before this one left, and what this one leaves. The kernel sets a piece of RAM aside for that
 * (kernel/bootconfig), which survives a reset if the board leaves it alone: a kernel that panics writes its
 * last lines there, and PID 1 writes the way it means to take.
 */
#ifndef PID1_LAST_BOOT_H
#define PID1_LAST_BOOT_H

#include "boot_reason.h"

#define LAST_BOOT_PANIC_FILE "/run/panic" /* the last words of a kernel that panicked */

/* Once per boot: what is read is forgotten. The words of a panic go to LAST_BOOT_PANIC_FILE. */
enum boot_reason last_boot_read(void);

/*
 * Tells the next boot its reason: BOOT_RESET once this one is up, then BOOT_REBOOT, BOOT_POWER_ON or
 * BOOT_CRASH at its end. Safe in a signal handler.
 */
void last_boot_leave(enum boot_reason next);

#endif
