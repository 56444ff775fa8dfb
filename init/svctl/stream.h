/* SPDX-License-Identifier: MIT */
/*
 * The changes of the node and its services as they happen: PID 1's answer to "watch", which is
 * also how start, stop and restart go on. First the states as they are, then STREAM_LIVE, then
 * changes.
 *
 * Should PID 1 close the connection later (it was replaced, or came back after a crash), the
 * stream opens a new one and begins again with the states as they are. It never repeats start or
 * stop.
 */
#ifndef SVCTL_STREAM_H
#define SVCTL_STREAM_H

#include "control/record.h"
#include "svctl/request.h"

struct stream {
	struct connection connection;
	struct text watch; /* the request to come back with */
	bool live; /* the states as they are have been told */
	unsigned round; /* how often they were begun to be told anew: after a loss, say */
	int status; /* after STREAM_END: the exit status */

	/* What the last call brought; strings are valid until the next. */
	struct node_record node;
	struct service_record service;
	int64_t lost;
};

enum stream_event {
	STREAM_NODE, /* see .node */
	STREAM_STATE, /* see .service */
	STREAM_LIVE, /* all states have been told; from now on, changes */
	STREAM_LOST, /* .lost changes were passed over; the states as they are follow */
	STREAM_LATE, /* nothing until the deadline */
	STREAM_END, /* told on standard error */
};

/* Sends `verb` for the names (NULL-terminated). Returns EXIT_DONE, or the exit status, told. */
int stream_open(struct stream *stream, const char *verb, char *const *names);

/* What happens next, until `deadline` (connection_clock(), or CONNECTION_NO_DEADLINE). */
enum stream_event stream_next(struct stream *stream, int64_t deadline);

void stream_close(struct stream *stream);

#endif
