/* SPDX-License-Identifier: MIT */
/* Why this boot happened. What cannot be known is BOOT_UNKNOWN, never guessed. */
#ifndef PID1_BOOT_REASON_H
#define PID1_BOOT_REASON_H

/* PID 1 leaves this, a name and a newline for the next boot; others may write there, too. */
#define BOOT_REASON_LABEL "init: next: "

enum boot_reason {
	BOOT_UNKNOWN, /* RAM was not kept, or never written */
	BOOT_POWER_ON, /* after it was powered off in order */
	BOOT_REBOOT, /* PID 1 was asked to reboot */
	BOOT_WATCHDOG, /* the hardware watchdog says that it was it (health.c) */
	BOOT_PANIC, /* the kernel panicked */
	BOOT_CRASH, /* PID 1 crashed and could not go on */
	BOOT_RESET, /* PID 1 was up, and nobody told it: reset button, reboot -f, a forgetful watchdog */
	BOOT_REASON_COUNT
};

/* The name in the control protocol; NULL for BOOT_UNKNOWN. */
const char *boot_reason_name(enum boot_reason reason);

/* The last reason that was left in `words`, a string; BOOT_UNKNOWN if there is none. */
enum boot_reason boot_reason_find(const char *words);

#endif
