/* SPDX-License-Identifier: MIT */
/* Text as it goes into a message: UTF-8 without control characters (RFC 5424, 6.4). Pure. */
#ifndef LOGSHIPD_TEXT_H
#define LOGSHIPD_TEXT_H

#include <stddef.h>

/*
 * Copies the `length` bytes at `from` to `to`, which has `size` bytes: characters and tabs as they are,
 * what is a control character or not UTF-8 as \xNN. Stops before what does not fit whole. Returns the
 * bytes written; *taken is how many of `from` they stand for, all of them or at least one if `size`
 * is 4 or more.
 */
size_t text_clean(const char *from, size_t length, char *to, size_t size, size_t *taken);

/* Undoes in place the \xNN of the kernel (Documentation/ABI/testing/dev-kmsg). Returns the length left. */
size_t text_unescape(char *text, size_t length);

#endif
