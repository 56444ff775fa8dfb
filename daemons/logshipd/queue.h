/* SPDX-License-Identifier: MIT */
/*
 * Lines that wait to be sent, and lines that were sent and may have to be again: a ring of bytes of a
 * fixed size. Where it is full nobody reads on; what is not read stays in the rings of PID 1 and of the
 * kernel, which keep the newest of each service and count the rest. Pure.
 */
#ifndef LOGSHIPD_QUEUE_H
#define LOGSHIPD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum { QUEUE_SIZE = 64 * 1024 }; /* bytes */

struct queue_line {
	uint64_t at_us; /* as in struct message */
	uint64_t position; /* of its source, behind it; meaningless unless `ends` */
	uint32_t wire; /* bytes sent for it */
	uint16_t source; /* whose position that is */
	uint16_t length; /* of the text */
	uint8_t priority;
	uint8_t name_length;
	bool ends; /* the last piece of what it came from */
};

/* Positions count bytes since the queue began. */
struct queue {
	char bytes[QUEUE_SIZE];
	uint64_t first; /* the oldest line that is kept */
	uint64_t next; /* the next to be sent */
	uint64_t end;
};

/* True if `lines` lines of any length fit. */
bool queue_has_room(const struct queue *queue, size_t lines);

/* Adds a line at the end; the lengths are in `line`. The caller has asked for room. */
void queue_add(
	struct queue *queue, const struct queue_line *line, const char *name, const char *text);

bool queue_waits(const struct queue *queue); /* there is a next one to send */
bool queue_sent(const struct queue *queue); /* there is one that was sent and is kept */

/* The next line to send; `name` of MESSAGE_NAME_MAX + 1 bytes, `text` of MESSAGE_TEXT_MAX. */
void queue_next(const struct queue *queue, struct queue_line *line, char *name, char *text);

/* It was sent, in `wire` bytes; it is kept until queue_drop(). */
void queue_advance(struct queue *queue, uint32_t wire);

/* The oldest line that was sent. */
void queue_oldest(const struct queue *queue, struct queue_line *line);
void queue_drop(struct queue *queue);

/* All that is kept is to be sent again. */
void queue_rewind(struct queue *queue);

#endif
