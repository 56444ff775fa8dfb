/* SPDX-License-Identifier: MIT */
/* What did not reach the log server, as far as anybody can tell. */
#ifndef LOGSHIPD_LOSSES_H
#define LOGSHIPD_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

struct losses {
	uint64_t bytes; /* of services' logs, overwritten in PID 1's rings before they were read */
	uint64_t records; /* of the kernel's log, likewise */
	uint64_t messages; /* datagrams that the server's machine refused */
	uint64_t said; /* sum of these when they were last logged */
	uint64_t said_ms;
};

/*
 * Logs the counts if they grew, at most once a minute: the line is shipped as well, and must not make
 * the losses larger. Returns when it is to be called again; CLOCK_NEVER.
 */
uint64_t losses_say(struct losses *losses, uint64_t now_ms);

#endif
