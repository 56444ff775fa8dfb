/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: how long a character is, and whether it is one. Pure. */
#ifndef BASICS_UTF8_H
#define BASICS_UTF8_H

#include <stddef.h>

enum {
	UTF8_LONGEST = 4,
	UTF8_INVALID = 0,
	UTF8_INCOMPLETE = -1, /* right so far, but the rest is missing */
};

/*
 * The length in bytes, 1 to 4, of the character at `bytes`, of which `length` (at least 1) are
 * there; or UTF8_INVALID, also for overlong forms, surrogates and above U+10FFFF; or
 * UTF8_INCOMPLETE.
 */
int utf8_character(const char *bytes, size_t length);

/*
 * Columns a text takes on a terminal: one a character. (East Asian wide ones are not counted as
 * two.)
 */
size_t utf8_columns(const char *text);

/* Bytes of the longest beginning of the text that takes at most `columns`. */
size_t utf8_cut(const char *text, size_t columns);

#endif
