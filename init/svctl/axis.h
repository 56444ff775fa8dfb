/* SPDX-License-Identifier: MIT */
/* The ticks of a time axis, and times in the unit that suits them. Pure. */
#ifndef SVCTL_AXIS_H
#define SVCTL_AXIS_H

#include "svctl/text.h"

/* The least round number of µs (1, 2, 5 of any power of ten; minutes) that is at least `us`. */
int64_t axis_step(int64_t us);

/*
 * Adds the label of a tick at `us` for ticks `step` apart, with as many decimals as tell them apart:
 * "331.25 ms", "12 s", "1:30".
 */
void axis_label(struct text *out, int64_t us, int64_t step);

/* Adds a duration with about three digits: "640 µs", "3.25 ms", "12.5 s", "3 min 20 s". */
void axis_duration(struct text *out, int64_t us);

#endif
