/* SPDX-License-Identifier: MIT */
/* Lays out a table: see table.h. */
#include "svctl/table.h"

#include <stdlib.h>
#include <string.h>

#include "basics/utf8.h"
#include "svctl/terminal.h"

enum { GAP = 2 };

void table_add(struct table *table, const char *string, const char *colour)
{
	if (table->cells_count == table->cells_room) {
		table->cells_room = table->cells_room == 0 ? 64 : table->cells_room * 2;
		table->cells = must_resize(table->cells, table->cells_room, sizeof(*table->cells));
	}
	table->cells[table->cells_count++] =
		(struct table_cell){ .string = must_copy(string), .colour = colour };
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->cells_count; i++)
		free(table->cells[i].string);
	free(table->cells);
	table->cells = NULL;
	table->cells_count = table->cells_room = 0;
}

static void find_widths(const struct table *table, size_t *widths)
{
	for (size_t column = 0; column < table->columns_count; column++)
		widths[column] = utf8_columns(table->columns[column].heading);
	for (size_t i = 0; i < table->cells_count; i++) {
		size_t column = i % table->columns_count;
		size_t width = utf8_columns(table->cells[i].string);

		if (width > widths[column])
			widths[column] = width;
	}
}

static void write_coloured(struct text *out, const char *string, size_t length, const char *colour)
{
	if (colour != NULL)
		text_add(out, colour);
	text_add_bytes(out, string, length);
	if (colour != NULL)
		text_add(out, TERMINAL_PLAIN);
}

/* The last cell of a line has `room` columns, or as many as it wants (room 0). */
static void write_last(struct text *out, const struct table_cell *cell, size_t room)
{
	static const char dots[] = "...";
	size_t dots_length = sizeof(dots) - 1;

	if (room == 0 || utf8_columns(cell->string) <= room) {
		write_coloured(out, cell->string, strlen(cell->string), cell->colour);
	} else if (room <= dots_length) {
		text_add_bytes(out, dots, room);
	} else {
		write_coloured(out, cell->string, utf8_cut(cell->string, room - dots_length),
			cell->colour);
		text_add(out, dots);
	}
}

static void write_row(const struct table *table, struct text *out, const struct table_cell *cells,
	const size_t *widths, size_t width)
{
	size_t last = table->columns_count - 1;
	size_t used = 0;

	for (size_t column = 0; column < last; column++) {
		size_t length = strlen(cells[column].string);
		size_t blanks = widths[column] - utf8_columns(cells[column].string);

		if (table->columns[column].right)
			text_pad(out, blanks);
		write_coloured(out, cells[column].string, length, cells[column].colour);
		if (!table->columns[column].right)
			text_pad(out, blanks);
		text_pad(out, GAP);
		used += widths[column] + GAP;
	}
	/* On a terminal too narrow for the rest, a whole last cell is better than none. */
	write_last(out, &cells[last], width > used ? width - used : 0);
	while (out->length > 0 && out->bytes[out->length - 1] == ' ')
		out->bytes[--out->length] = '\0';
	text_add(out, "\n");
}

void table_write(const struct table *table, struct text *out, size_t width)
{
	struct table_cell headings[TABLE_COLUMNS_MAX] = { 0 };
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };
	size_t rows = table->cells_count / table->columns_count;

	for (size_t column = 0; column < table->columns_count; column++)
		headings[column] = (struct table_cell){
			.string = (char *)(uintptr_t)table->columns[column].heading,
		};
	find_widths(table, widths);
	write_row(table, out, headings, widths, width);
	for (size_t row = 0; row < rows; row++)
		write_row(table, out, &table->cells[row * table->columns_count], widths, width);
}
