/* SPDX-License-Identifier: MIT */
/* The optimal string alignment distance, against each name. */
#include "service/nearest.h"

#include <string.h>

enum { WORD_MAX = 32 }; /* bytes; longer words and names have no neighbours */

/* Habits of other formats that cost nothing: capitals, and _ for -. */
static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static unsigned least(unsigned one, unsigned other)
{
	return one < other ? one : other;
}

static unsigned distance(const char *word, size_t word_length, const char *name, size_t name_length)
{
	unsigned rows[3][WORD_MAX + 1]; /* of the table, row i is at i % 3 */

	for (unsigned j = 0; j <= name_length; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= word_length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *above_that = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= name_length; j++) {
			char a = plain(word[i - 1]);
			char b = plain(name[j - 1]);

			row[j] = least(above[j - 1] + (a != b), least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a == plain(name[j - 2]) && plain(word[i - 2]) == b)
				row[j] = least(row[j], above_that[j - 2] + 1);
		}
	}
	return rows[word_length % 3][name_length];
}

const char *nearest_name(const char *word, const char *(*names)(int index))
{
	size_t length = strlen(word);
	unsigned nearest = (unsigned)(length + 2) / 3 + 1; /* exclusive */
	const char *found = NULL;
	const char *name;

	if (length > WORD_MAX)
		return NULL;
	for (int i = 0; (name = names(i)); i++) {
		size_t name_length = strlen(name);
		unsigned steps;

		if (name_length > WORD_MAX)
			continue;
		steps = distance(word, length, name, name_length);
		if (steps < nearest && steps < name_length) {
			nearest = steps;
			found = name;
		}
	}
	return found;
}
