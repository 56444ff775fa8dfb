/* SPDX-License-Identifier: MIT */
/* One service's log as it comes from PID 1, piece by piece, and how it is written for people. */
#ifndef SVCTL_LOG_SOURCE_H
#define SVCTL_LOG_SOURCE_H

#include "svctl/escape.h"
#include "svctl/request.h"

enum { LOG_ALL_LINES = -1 };

struct log_source {
	const char *name;
	struct connection connection;
	int64_t piece_left; /* bytes of the current piece that have not come yet */
	int status; /* after LOG_END: the exit status */
};

enum log_event {
	LOG_BYTES, /* `bytes`, `length` of them; valid until the next call */
	LOG_DROPPED, /* `dropped` bytes were lost between what came before and what comes now */
	LOG_LATE, /* nothing before the deadline */
	LOG_END, /* there is no more; what went wrong, if anything, was told on standard error */
};

struct log_piece {
	const char *bytes;
	size_t length;
	int64_t dropped;
};

/*
 * Asks for the log of a service: all of it or its last `lines`; with `follow` also what is yet to
 * be written. Returns EXIT_DONE, or the exit status after telling why not.
 */
int log_source_open(struct log_source *source, const char *name, bool follow, int64_t lines);

/*
 * What comes next, until `deadline` as connection_line() takes it. Closes the connection at
 * LOG_END.
 */
enum log_event log_source_next(
	struct log_source *source, int64_t deadline, struct log_piece *piece);

/* How the bytes of a log are made lines for people; { 0 } and the first three set to begin with. */
struct log_writer {
	const char
		*prefix; /* stands before every line, then only whole lines are written; or NULL */
	bool escaped; /* control characters are made visible */
	bool ends_in_line; /* the last line is ended if it was not */
	bool inside_line;
	struct escape_stream escape;
	struct text line; /* behind a prefix: the beginning of a line whose end has not come yet */
};

/* Adds to `out` what of the piece can be written now; the rest comes with later calls. */
void log_writer_add(struct log_writer *writer, struct text *out, const char *bytes, size_t length);

/* The log has ended: adds what is left, and frees what the writer keeps. */
void log_writer_end(struct log_writer *writer, struct text *out);

#endif
