/* SPDX-License-Identifier: MIT */
/*
 * Makes text of services harmless to a terminal: control characters (also those above 0x7f, which
 * some terminals obey) and what is not UTF-8 appear as \x1b. Pure.
 */
#ifndef SVCTL_ESCAPE_H
#define SVCTL_ESCAPE_H

#include <stddef.h>

#include "basics/utf8.h"
#include "svctl/text.h"

/* Adds a string that is to stay on its line: newlines and tabs are escaped as well. */
void escape_line(struct text *out, const char *string);

/* What a stream needs to remember from one piece to the next; { 0 } at its beginning. */
struct escape_stream {
	char begun[UTF8_LONGEST]; /* a character whose end has not come yet */
	size_t begun_length;
};

/* Adds a piece of a stream of text; newlines and tabs stay. */
void escape_piece(struct escape_stream *stream, struct text *out, const char *bytes, size_t length);

/* The end of the stream: adds what is left of a character that was never completed. */
void escape_end(struct escape_stream *stream, struct text *out);

#endif
