/* SPDX-License-Identifier: MIT */
/* Names of reasons, and finding one among other words. */
#include "boot_reason.h"

#include <stddef.h>
#include <string.h>

static const char *const names[BOOT_REASON_COUNT] = {
	[BOOT_POWER_ON] = "power-on",
	[BOOT_REBOOT] = "reboot",
	[BOOT_WATCHDOG] = "watchdog",
	[BOOT_PANIC] = "panic",
	[BOOT_CRASH] = "crash",
	[BOOT_RESET] = "reset",
};

const char *boot_reason_name(enum boot_reason reason)
{
	return reason < BOOT_REASON_COUNT ? names[reason] : NULL;
}

/* The name after the last label counts. */
enum boot_reason boot_reason_find(const char *words)
{
	const char *label, *word = NULL;

	for (label = words; (label = strstr(label, BOOT_REASON_LABEL)); label = word)
		word = label + strlen(BOOT_REASON_LABEL);
	for (int reason = 0; word && reason < BOOT_REASON_COUNT; reason++)
		if (names[reason] && strcspn(word, "\n") == strlen(names[reason]) &&
			strncmp(word, names[reason], strlen(names[reason])) == 0)
			return (enum boot_reason)reason;
	return BOOT_UNKNOWN;
}
