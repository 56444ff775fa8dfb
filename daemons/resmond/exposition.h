/* SPDX-License-Identifier: MIT */
/*
 * Checks text in the Prometheus format 0.0.4 that another program wrote, line by line, before it may become part
 * of our answer: one bad line would make a scraper refuse all of it. Pure.
 *
 * What passes: "# HELP name text", "# TYPE name type" once and before the family's samples, and samples with a
 * name that begins with the prefix that is the writer's own, labels and a number, each family in one
 * piece. No comments, empty lines, timestamps, histograms or summaries.
 */
#ifndef RESMOND_EXPOSITION_H
#define RESMOND_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EXPOSITION_FAMILIES = 64, /* that one text may have */
	EXPOSITION_SAMPLES = 512,
	EXPOSITION_LINE = 512, /* bytes of a line, without its newline */
};

struct exposition {
	const char *prefix;
	uint64_t names[EXPOSITION_FAMILIES]; /* hashes of those that were begun */
	size_t name_count;
	uint64_t samples
		[EXPOSITION_SAMPLES]; /* hashes of names with labels, to find one that is there twice */
	size_t sample_count;
	uint64_t name; /* of the family that is being written */
	bool help, type, sampled; /* what there was of it */
};

void exposition_begin(struct exposition *exposition, const char *prefix);

/* The next line, without its newline. NULL if it is all right, else what is wrong with it. */
const char *exposition_line(struct exposition *exposition, const char *line);

#endif
