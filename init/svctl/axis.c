/* SPDX-License-Identifier: MIT */
/* Round numbers for people: see axis.h. */
#include "svctl/axis.h"

#include <inttypes.h>

enum { SECOND = 1000 * 1000, MS = 1000 };

int64_t axis_step(int64_t us)
{
	static const int64_t minutes[] = { 1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440 };
	int64_t power = 1;

	for (; power <= 10 * SECOND; power *= 10) {
		if (us <= power)
			return power;
		if (us <= 2 * power)
			return 2 * power;
		if (us <= 5 * power && 5 * power < 30 * SECOND)
			return 5 * power;
	}
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		if (us <= minutes[i] * 60 * SECOND)
			return minutes[i] * 60 * SECOND;
	}
	for (power = INT64_C(86400) * SECOND; power < us;)
		power *= 2;
	return power;
}

/* The number of decimals that a multiple of `step` needs in a unit of `unit` µs. */
static int decimals_of(int64_t step, int64_t unit)
{
	int decimals = 0;

	while (unit > step && unit > 1) {
		unit /= 10;
		decimals++;
	}
	return decimals;
}

static void add_decimal(struct text *out, int64_t us, int64_t unit, int decimals)
{
	int64_t rest = us % unit;

	text_format(out, "%" PRId64, us / unit);
	if (decimals == 0)
		return;
	for (int i = decimals; i > 0; i--)
		unit /= 10;
	text_format(out, ".%0*" PRId64, decimals, unit > 0 ? rest / unit : rest);
}

void axis_label(struct text *out, int64_t us, int64_t step)
{
	int64_t seconds = us / SECOND;

	if (step >= INT64_C(60) * SECOND) {
		text_format(out, "%" PRId64 " min", seconds / 60);
	} else if (step >= SECOND && seconds >= 120) {
		text_format(out, "%" PRId64 ":%02d", seconds / 60, (int)(seconds % 60));
	} else if (us >= 10 * SECOND || step >= SECOND) {
		add_decimal(out, us, SECOND, decimals_of(step, SECOND));
		text_add(out, " s");
	} else {
		add_decimal(out, us, MS, decimals_of(step, MS));
		text_add(out, " ms");
	}
}

void axis_duration(struct text *out, int64_t us)
{
	if (us < 0)
		us = 0;
	if (us < MS) {
		text_format(out, "%" PRId64 " \u00b5s", us);
	} else if (us < 10 * MS) {
		add_decimal(out, us + 5, MS, 2);
		text_add(out, " ms");
	} else if (us < SECOND) {
		add_decimal(out, us + 50, MS, 1);
		text_add(out, " ms");
	} else if (us < INT64_C(120) * SECOND) {
		add_decimal(out, us + 5000, SECOND, 2);
		text_add(out, " s");
	} else {
		text_format(out, "%" PRId64 " min %d s", us / SECOND / 60, (int)(us / SECOND % 60));
	}
}
