/* SPDX-License-Identifier: MIT */
/* Columns that fit what is in them. Pure: cells in, text out. */
#ifndef SVCTL_TABLE_H
#define SVCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "svctl/text.h"

enum { TABLE_COLUMNS_MAX = 8 };

struct table_column {
	const char *heading;
	bool right; /* numbers stand at the right */
};

struct table_cell {
	char *string; /* owned */
	const char *colour; /* an escape sequence, or NULL */
};

/* Begin with { .columns = …, .columns_count = … }. */
struct table {
	const struct table_column *columns;
	size_t columns_count;
	struct table_cell *cells; /* row by row */
	size_t cells_count;
	size_t cells_room;
};

/*
 * Appends the next cell, a copy of `string`; rows begin by themselves when the one before is full.
 * The string may not hold control characters (escape.h).
 */
void table_add(struct table *table, const char *string, const char *colour);

/*
 * Adds the headings and all full rows to `out`, two blanks between columns, none at a line's
 * end. The last column is cut so that a line takes at most `width` columns, "..." at its end; 0:
 * never.
 */
void table_write(const struct table *table, struct text *out, size_t width);

void table_free(struct table *table);

#endif
