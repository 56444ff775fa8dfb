/* SPDX-License-Identifier: MIT */
/*
 * Numbers with units. Everything is done on unsigned integers by hand: strtoull() takes signs,
 * blanks and, in some locales, more; a service file may not.
 */
#include "basics/quantity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit time_units[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "K", 1024 },
	{ "M", 1024 * 1024 },
	{ "G", 1024 * 1024 * 1024 },
};

/* Reads digits; returns what follows them, or NULL with errno: EINVAL, there are none; ERANGE, too large. */
static const char *read_digits(const char *text, uint64_t *number)
{
	uint64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*at - '0'), &value)) {
			errno = ERANGE;
			return NULL;
		}
	}
	if (at == text) {
		errno = EINVAL;
		return NULL;
	}
	*number = value;
	return at;
}

static bool read_with_unit(
	const char *text, const struct unit *units, size_t count, uint64_t most, uint64_t *value)
{
	uint64_t number;
	const char *unit = read_digits(text, &number);

	if (!unit)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(number, units[i].factor, &number) || number > most) {
			errno = ERANGE;
			return false;
		}
		*value = number;
		return true;
	}
	errno = EINVAL;
	return false;
}

bool quantity_parse_time(const char *text, uint32_t *ms)
{
	uint64_t value;

	if (!read_with_unit(text, time_units, sizeof(time_units) / sizeof(time_units[0]),
		    QUANTITY_TIME_MAX, &value))
		return false;
	*ms = (uint32_t)value;
	return true;
}

bool quantity_parse_size(const char *text, uint64_t *bytes)
{
	return read_with_unit(
		text, size_units, sizeof(size_units) / sizeof(size_units[0]), UINT64_MAX, bytes);
}

bool quantity_parse_number(const char *text, int64_t low, int64_t high, int64_t *number)
{
	bool negative = *text == '-';
	uint64_t magnitude;
	int64_t value;
	const char *end = read_digits(text + negative, &magnitude);

	if (!end || *end || magnitude > INT64_MAX)
		return false;
	value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	if (value < low || value > high)
		return false;
	*number = value;
	return true;
}

char *quantity_format_time(char *buffer, size_t size, uint64_t ms)
{
	uint64_t seconds = ms / 1000;
	uint64_t minutes = seconds / 60;
	uint64_t hours = minutes / 60;
	uint64_t days = hours / 24;

	if (ms < 1000)
		snprintf(buffer, size, "%ums", (unsigned)ms);
	else if (minutes == 0)
		snprintf(buffer, size, "%u.%us", (unsigned)seconds, (unsigned)(ms % 1000 / 100));
	else if (hours == 0)
		snprintf(buffer, size, "%um%02us", (unsigned)minutes, (unsigned)(seconds % 60));
	else if (days == 0)
		snprintf(buffer, size, "%uh%02um", (unsigned)hours, (unsigned)(minutes % 60));
	else if (days < 1000)
		snprintf(buffer, size, "%ud%02uh", (unsigned)days, (unsigned)(hours % 24));
	else /* nobody reads the hours, and so any value fits in 16 bytes */
		snprintf(buffer, size, "%llud", (unsigned long long)days);
	return buffer;
}

char *quantity_format_size(char *buffer, size_t size, uint64_t bytes)
{
	static const char units[] = "KMG";
	unsigned unit = 0;
	unsigned shift = 10;
	uint64_t whole, rest;

	if (bytes < 1024) {
		snprintf(buffer, size, "%u", (unsigned)bytes);
		return buffer;
	}
	while (bytes >> (shift + 10) && units[unit + 1]) {
		shift += 10;
		unit++;
	}
	whole = bytes >> shift;
	rest = bytes & ((UINT64_C(1) << shift) - 1);
	if (rest == 0 || whole >= 100)
		snprintf(buffer, size, "%llu%c", (unsigned long long)whole, units[unit]);
	else if (whole >= 10)
		snprintf(buffer, size, "%u.%u%c", (unsigned)whole, (unsigned)(rest * 10 >> shift),
			units[unit]);
	else
		snprintf(buffer, size, "%u.%02u%c", (unsigned)whole,
			(unsigned)(rest * 100 >> shift), units[unit]);
	return buffer;
}
