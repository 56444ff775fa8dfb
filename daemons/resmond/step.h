/* SPDX-License-Identifier: MIT */
/*
 * Writes metrics in the Prometheus text format 0.0.4 in steps that each fill a fixed buffer, so that an
 * answer of any length needs none of its own.
 *
 * A collector is plain code that writes its samples one after the other. When there is no room for
 * one more it and all behind it are left out and `full` is set; once the buffer is empty again the
 * collector is run again, and what it wrote before is passed over. So its samples must come in the same
 * order each time, a family's in one piece.
 */
#ifndef RESMOND_STEP_H
#define RESMOND_STEP_H

#include "output.h"

/*
 * The room a sample may need, with the two lines before the first of its family: a name of 64 bytes
 * three times, a help of 200, two labels of full length when each byte is escaped, and a number.
 */
enum { STEP_ROOM = 1600, STEP_LABEL_MAX = 255 };

struct family {
	const char *name;
	const char *type; /* counter or gauge */
	const char *help; /* without backslash and newline */
};

struct step {
	struct output *output;
	const struct family *family; /* whose two lines were written */
	uint32_t written; /* samples of this collector so far, in all runs */
	uint32_t here; /* in this run, also those passed over */
	bool full;
	bool labelled; /* the current sample has a label */
};

/* Before a collector runs first. */
void step_begin(struct step *step);
/* Before it runs again, with room in step->output. */
void step_again(struct step *step);

/* True if this sample is to be written now: then its labels and its value must follow. */
bool sample_begin(struct step *step, const struct family *family);
/* A value longer than STEP_LABEL_MAX bytes is cut. Two of full length fit. */
void sample_label(struct step *step, const char *key, const char *value);
void sample_number(struct step *step, uint64_t value);
void sample_fixed(struct step *step, int64_t value, unsigned decimals);

/* All of it for a family with one sample. */
void sample_one(struct step *step, const struct family *family, uint64_t value);
void sample_one_fixed(
	struct step *step, const struct family *family, int64_t value, unsigned decimals);

/* A whole line that somebody else wrote and that was checked, in place of a sample. */
void sample_line(struct step *step, const char *line);

#endif
