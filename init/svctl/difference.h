/* SPDX-License-Identifier: MIT */
/* What a rescan changed: two snapshots of the node, compared. Pure. */
#ifndef SVCTL_DIFFERENCE_H
#define SVCTL_DIFFERENCE_H

#include "svctl/snapshot.h"
#include "svctl/text.h"

/*
 * Adds a line for each service that is new, changed or removed, one that counts those that had to
 * start again with them, or the line "nothing changed". Returns how many new or changed files are
 * invalid.
 */
size_t difference_write(
	struct text *out, const struct snapshot *before, const struct snapshot *after);

#endif
