/* SPDX-License-Identifier: MIT */
/*
 * Edit distance with swapped neighbours (optimal string alignment), for "did you mean": see
 * closest.h.
 */
#include "svctl/closest.h"

#include <string.h>

enum { LONGEST = 32 }; /* longer words are not corrected */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[3][LONGEST + 1] = { { 0 } }; /* two rows back, one row back, this one */
	size_t i, j;

	for (j = 0; j <= b_length; j++)
		row[1][j] = j;
	for (i = 1; i <= a_length; i++) {
		row[2][0] = i;
		for (j = 1; j <= b_length; j++) {
			size_t replaced = row[1][j - 1] + (a[i - 1] != b[j - 1]);

			row[2][j] = least(replaced, least(row[1][j], row[2][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[2][j] = least(row[2][j], row[0][j - 2] + 1);
		}
		memcpy(row[0], row[1], sizeof(row[0]));
		memcpy(row[1], row[2], sizeof(row[1]));
	}
	return row[1][b_length];
}

void closest_consider(struct closest *closest, const char *candidate)
{
	size_t length = strlen(closest->word);
	size_t candidate_length = strlen(candidate);
	size_t allowed = length <= 3 ? 1 : 2;
	size_t distance;

	if (length == 0 || length > LONGEST || candidate_length > LONGEST)
		return;
	distance = edit_distance(closest->word, length, candidate, candidate_length);
	if (distance > allowed || (closest->best != NULL && distance >= closest->distance))
		return;
	closest->best = candidate;
	closest->distance = distance;
}
