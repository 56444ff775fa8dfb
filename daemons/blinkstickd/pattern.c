/* SPDX-License-Identifier: MIT */
/* Patterns; see pattern.h. */
#include "pattern.h"

#include <stddef.h>
#include <string.h>

static const struct colour dark;

static const char *const names[] = {
	[PATTERN_STEADY] = "steady",
	[PATTERN_BLINK] = "blink",
	[PATTERN_PULSE] = "pulse",
	[PATTERN_MORPH] = "morph",
};

static uint32_t least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

/* The eye sees brightness by its root, so the way down and up is squared to look even. */
static struct colour pulse(struct colour colour, uint32_t phase_ms, uint32_t period_ms)
{
	uint32_t half = period_ms / 2;
	uint32_t away = phase_ms < half ? half - phase_ms : phase_ms - half;
	uint32_t level = away * 1024 / (period_ms - half); /* 1024: full */

	return colour_between(dark, colour, level * level, 1024 * 1024);
}

struct colour pattern_colour(const struct pattern *pattern, uint64_t elapsed_ms, uint32_t *wait_ms)
{
	uint32_t period = pattern->period_ms;
	uint32_t phase;

	*wait_ms = UINT32_MAX;
	if (pattern->kind == PATTERN_STEADY || period == 0)
		return pattern->colour;
	if (pattern->kind == PATTERN_MORPH) {
		if (elapsed_ms >= period)
			return pattern->colour;
		*wait_ms = least(PATTERN_FRAME_MS, period - (uint32_t)elapsed_ms);
		return colour_between(pattern->from, pattern->colour, (uint32_t)elapsed_ms, period);
	}
	phase = (uint32_t)(elapsed_ms % period);
	if (pattern->kind == PATTERN_PULSE) {
		*wait_ms = PATTERN_FRAME_MS;
		return pulse(pattern->colour, phase, period);
	}
	if (phase < period / 2) {
		*wait_ms = period / 2 - phase;
		return pattern->colour;
	}
	*wait_ms = period - phase;
	return dark;
}

const char *pattern_name(enum pattern_kind kind)
{
	return names[kind];
}

int pattern_parse(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}
