/* SPDX-License-Identifier: MIT */
/* What a mistyped word was meant to be. Pure. */
#ifndef SVCTL_CLOSEST_H
#define SVCTL_CLOSEST_H

#include <stddef.h>

/*
 * Keeps, over several calls, which candidate is nearest to `word`: begin with { .word = … }; after
 * the last call `best` is the nearest within two edits (one for words of up to three letters), or
 * NULL. The candidates must outlive the struct.
 */
struct closest {
	const char *word;
	const char *best;
	size_t distance; /* of best */
};

void closest_consider(struct closest *closest, const char *candidate);

#endif
