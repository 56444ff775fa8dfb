/* SPDX-License-Identifier: MIT */
/*
 * Fetches a file of known size and digest by HTTP, as often as it takes: a connection that is refused or cut off is
 * tried again, from where it was. Blocks; meant for a process that does nothing else.
 */
#ifndef LAYER_FETCH_H
#define LAYER_FETCH_H

#include <stdint.h>

#include "control/notify_client.h"
#include "description.h"
#include "url.h"

enum {
	FETCH_SILENCE_S = 20, /* without a byte: the connection is given up */
	FETCH_FIRST_MS = 250, /* before another try; then twice as long each time, up to ... */
	FETCH_LONGEST_MS = 15 * 1000,
	FETCH_REFUSALS_MAX =
		4, /* answers in a row that will not become better by themselves, such as 404 */
	FETCH_REFUSED_MS =
		2000, /* before another try after one of them: a server may be publishing just now */
	FETCH_REASON_MAX = 256, /* bytes of a reason's text, NUL included */
};

struct fetch {
	const struct url *url;
	const struct description *wanted;
	int file; /* empty, for writing; the caller's */
	struct notify *notify; /* hears of the progress */

	/* Its own. */
	struct sha256 hash;
	uint64_t have; /* bytes in the file */
	uint64_t told_ms; /* when `notify` heard last */
	char reason[FETCH_REASON_MAX]; /* why the last try came to nothing; "" */
};

/*
 * Begins with the members above set and the others zero. Returns 0 when the file is whole and its digest right;
 * -1 when trying again is of no use, with why in fetch->reason. Does not return while there is hope.
 */
int fetch_file(struct fetch *fetch);

#endif
