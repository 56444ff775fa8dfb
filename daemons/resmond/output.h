/* SPDX-License-Identifier: MIT */
/*
 * Text that is put together in a buffer of fixed size. What does not fit is left out and `cut` is set;
 * nothing is ever written beyond the end. Pure.
 */
#ifndef RESMOND_OUTPUT_H
#define RESMOND_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	char *bytes; /* the caller's; not NUL-terminated */
	size_t size, length;
	bool cut; /* something did not fit */
};

/* Bytes that still fit. */
size_t output_room(const struct output *output);

void output_bytes(struct output *output, const char *bytes, size_t length);
void output_text(struct output *output, const char *text);
void output_number(struct output *output, uint64_t number);

/* number / 10^decimals with as many decimals: 1234567 with 6 is 1.234567. At most 18 decimals. */
void output_fixed(struct output *output, int64_t number, unsigned decimals);

/*
 * The value of a label, as the Prometheus text format 0.0.4 wants it between its quotes: backslash,
 * newline and quote escaped. It has to be UTF-8; a byte that is not part of any stands as '?'.
 */
void output_label(struct output *output, const char *value);

#endif
