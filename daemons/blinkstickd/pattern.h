/* SPDX-License-Identifier: MIT */
/* What a light does over time. Pure: time in, colour out. */
#ifndef BLINKSTICK_PATTERN_H
#define BLINKSTICK_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "colour.h"

enum {
	PATTERN_FRAME_MS = 50, /* between two colours of what moves: 20 a second */
	PATTERN_PERIOD_LEAST_MS = 100, /* a faster blink would be steady to the eye, or harmful */
	PATTERN_PERIOD_MOST_MS = 60 * 1000,
};

enum pattern_kind {
	PATTERN_STEADY,
	PATTERN_BLINK, /* half of the period lit, half dark */
	PATTERN_PULSE, /* down to dark and up again, as breathing; begins lit, to be seen at once */
	PATTERN_MORPH, /* from another colour to this one in one period, and stays */
};

struct pattern {
	enum pattern_kind kind;
	struct colour colour;
	struct colour from; /* PATTERN_MORPH only */
	uint32_t period_ms; /* not looked at if steady; else within the limits above */
};

/*
 * The colour `elapsed_ms` after the pattern began. *wait_ms: how long it stays that at least, UINT32_MAX
 * for ever.
 */
struct colour pattern_colour(const struct pattern *pattern, uint64_t elapsed_ms, uint32_t *wait_ms);

/* "steady", "blink" …; and back, -1 if it is none. */
const char *pattern_name(enum pattern_kind kind);
int pattern_parse(const char *name);

#endif
