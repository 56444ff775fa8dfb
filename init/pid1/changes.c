/* SPDX-License-Identifier: MIT */
/* The ring of changes. */
#include "changes.h"

#include <stddef.h>

void changes_add(struct changes *changes, struct change change)
{
	changes->kept[changes->end++ % CHANGES_KEPT] = change;
}

const struct change *changes_get(const struct changes *changes, uint64_t *next, uint64_t *lost)
{
	uint64_t oldest = changes->end > CHANGES_KEPT ? changes->end - CHANGES_KEPT : 0;

	if (oldest < changes->forgotten)
		oldest = changes->forgotten;
	*lost = 0;
	if (*next < oldest) {
		*lost = oldest - *next;
		*next = oldest;
	}
	return *next < changes->end ? &changes->kept[*next % CHANGES_KEPT] : NULL;
}

void changes_forget(struct changes *changes)
{
	changes->forgotten = changes->end;
}
