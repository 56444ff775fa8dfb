/* SPDX-License-Identifier: MIT */
/*
 * What a client is told, produced piece by piece as the client reads it: an answer of any length needs no
 * memory but its position.
 */
#ifndef PID1_ANSWER_H
#define PID1_ANSWER_H

#include "control/protocol.h"
#include "supervisor.h"

/* The most room answer_next() needs: a line, or a log line with its bytes. */
enum { ANSWER_PIECE_MAX = PROTOCOL_LINE_MAX + PROTOCOL_LOG_MAX };

enum answer_kind {
	ANSWER_OK, /* just that */
	ANSWER_STATUS, /* node, services, ok */
	ANSWER_BOOT, /* node, boot, times of each service, ok */
	ANSWER_WATCH, /* states now, live, then changes for ever */
	ANSWER_LOGS,
	ANSWER_ALL_LOGS, /* of every service, in turn */
	ANSWER_RESCAN, /* ok once the rescan has taken effect */
};

struct answer {
	enum answer_kind kind;
	bool named; /* only the services in `names` */
	bool node_said;
	bool live; /* watch, all logs: what is now was said, news follow */
	bool follow; /* logs: goes on for ever */
	uint32_t reader; /* all logs: its place, from 1 on; 0: none */
	uint32_t index; /* the next service to look at; logs: the service */
	uint64_t next_change;
	uint64_t log_from;
	uint64_t log_lost; /* bytes lost that the client does not know of yet */
	uint64_t log_changes; /* all logs: the supervisor's when there was nothing more to say */
	uint64_t names[SERVICE_COUNT_MAX / 64]; /* a bit for each */
};

void answer_begin(
	struct answer *answer, enum answer_kind kind, const struct supervisor *supervisor);
void answer_add_name(struct answer *answer, uint32_t index);

/* True if the service was named. Not for answers about all of them. */
bool answer_names(const struct answer *answer, uint32_t index);

/*
 * ANSWER_LOGS, after answer_add_name(): begins at the oldest byte kept or, with `tail`, where the last
 * `lines` lines begin.
 */
void answer_logs(struct answer *answer, const struct supervisor *supervisor, bool follow, bool tail,
	uint32_t lines);

/*
 * ANSWER_ALL_LOGS: takes one of LOG_READERS_MAX places, which answer_end() gives back, and begins each
 * service's log as answer_logs() does. False: no place is free.
 */
bool answer_all_logs(struct answer *answer, struct supervisor *supervisor, bool follow, bool tail,
	uint32_t lines);

/* Nobody will read the rest of it. Does nothing to an answer that has ended, or is all zeros. */
void answer_end(struct answer *answer, struct supervisor *supervisor);

/*
 * A rescan moved the services: `moved` has the new index of each of the `count` there were. Returns
 * false if the answer is about one that is gone.
 */
bool answer_move(struct answer *answer, const uint16_t *moved, uint32_t count);

/* The room answer_next() needs for this answer: ANSWER_PIECE_MAX bytes or less. */
size_t answer_room(const struct answer *answer);

/*
 * Writes the next piece, at most answer_room() bytes, and returns its length; 0 when there is nothing
 * to say now. Sets *finished with the last piece.
 */
size_t answer_next(
	struct answer *answer, struct supervisor *supervisor, char *output, bool *finished);

/* An error line; returns its length. */
size_t answer_error(char *output, size_t size, int code, const char *text);

#endif
