/* SPDX-License-Identifier: MIT */
/*
 * Text that is put together piece by piece before it is written: tables, paragraphs, JSON,
 * requests. Growing is the only thing that can fail; then svctl says so and exits, as it has
 * nothing to undo.
 */
#ifndef SVCTL_TEXT_H
#define SVCTL_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* { 0 } is an empty text. */
struct text {
	char *bytes; /* NUL-terminated once something was added; NULL before */
	size_t length; /* without the NUL */
	size_t room;
};

/* The text so far, "" if nothing was added. Valid until the next addition. */
const char *text_string(const struct text *text);

void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds `count` blanks. */
void text_pad(struct text *text, size_t count);

/* Adds quantity_format_time() and quantity_format_size() of the value: "3.4s", "15.5K". */
void text_add_time(struct text *text, int64_t ms);
void text_add_size(struct text *text, uint64_t bytes);

/* Adds how much of a whole there is, both in bytes: "1.94 of 1.96 GiB available (97.1 %)". */
void text_add_share(struct text *text, uint64_t part, uint64_t whole, const char *what);

/* Empties the text and keeps its room. */
void text_clear(struct text *text);
void text_free(struct text *text);

/*
 * malloc(), reallocarray() and strdup() that do not return on failure; sizes are not 0. The
 * caller frees.
 */
void *must_allocate(size_t size);
void *must_resize(void *block, size_t count, size_t size);
char *must_copy(const char *string);

#endif
