/* SPDX-License-Identifier: MIT */
/* From what was read to lines in the queue. Pure. */
#ifndef LOGSHIPD_LINES_H
#define LOGSHIPD_LINES_H

#include "queue.h"

enum {
	LINES_TEXT_MAX = 4096, /* bytes of one line as it is read */
	/* Pieces of such a line in the queue, if every byte of it becomes four. */
	LINES_PIECES_MAX = LINES_TEXT_MAX * 4 / (MESSAGE_TEXT_MAX - 8) + 2,
};

/* Where a line comes from. */
struct origin {
	const char *name; /* APP-NAME */
	uint8_t priority;
	uint64_t at_us; /* as in struct message */
	uint16_t source;
	uint64_t position; /* of the source, behind the line */
};

/*
 * Queues one line of at most LINES_TEXT_MAX bytes, without its newline. One that is too long for a
 * message becomes several, all but the first beginning with "... ". An empty one becomes none.
 * The queue has room for LINES_PIECES_MAX. Returns how many messages it became.
 */
size_t lines_add(struct queue *queue, const struct origin *origin, const char *line, size_t length);

/*
 * A line of a service may begin with its priority, <N> or, with a facility, <NN>, as sd-daemon(3) has
 * it. Takes it off, and returns it; otherwise `priority`.
 */
uint8_t lines_priority(const char **line, size_t *length, uint8_t priority);

#endif
