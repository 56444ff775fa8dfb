/* SPDX-License-Identifier: MIT */
/*
 * Times and sizes as people write them: 500ms, 30s, 5m, 1h; 64K, 128M, 2G. Pure.
 */
#ifndef BASICS_QUANTITY_H
#define BASICS_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUANTITY_TIME_MAX  (UINT32_MAX - 1) /* milliseconds */
#define QUANTITY_TIME_MOST "1193h (49 days)" /* the same for people, in whole hours */

/*
 * A decimal number, no sign, with a unit: ms s m h; without one it is seconds. *ms is
 * at most QUANTITY_TIME_MAX. Returns false on anything else, *ms untouched, with errno: ERANGE if it is too
 * large, else EINVAL.
 */
bool quantity_parse_time(const char *text, uint32_t *ms);

/* A decimal number with K M G (powers of 1024) or none (bytes). False with errno as above. */
bool quantity_parse_size(const char *text, uint64_t *bytes);

/* A whole decimal number within [low, high], a leading - allowed. */
bool quantity_parse_number(const char *text, int64_t low, int64_t high, int64_t *number);

/*
 * For people: "12ms", "3.4s", "5m12s", "3h02m", "4d07h"; "812", "64K", "1.25M", "15.5M", "612M". A size has
 * three digits, rounded down, or none after the point if it is exact. Return buffer. `size` of 16 is enough for any value.
 */
char *quantity_format_time(char *buffer, size_t size, uint64_t ms);
char *quantity_format_size(char *buffer, size_t size, uint64_t bytes);

#endif
