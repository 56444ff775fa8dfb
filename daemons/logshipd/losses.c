/* SPDX-License-Identifier: MIT */
/* Saying what was lost. */
#include "losses.h"

#include <inttypes.h>
#include <stddef.h>

#include "basics/clock.h"
#include "basics/log.h"

enum { PAUSE_MS = 60 * 1000 };

uint64_t losses_say(struct losses *losses, uint64_t now_ms)
{
	uint64_t sum = losses->bytes + losses->records + losses->messages;

	if (sum == losses->said)
		return CLOCK_NEVER;
	if (losses->said && now_ms < losses->said_ms + PAUSE_MS)
		return losses->said_ms + PAUSE_MS;
	losses->said = sum;
	losses->said_ms = now_ms;
	log_line(NULL,
		"lost since it was started: %" PRIu64 " bytes of services' logs, %" PRIu64
		" records of the kernel's, %" PRIu64 " messages refused by the server",
		losses->bytes, losses->records, losses->messages);
	return CLOCK_NEVER;
}
