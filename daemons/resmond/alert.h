/* SPDX-License-Identifier: MIT */
/*
 * What a person should be told of, with hysteresis: it is raised at one level and over at a lower one, so that
 * a value that trembles around a threshold is told once. Pure; who feeds it is guard.c.
 */
#ifndef RESMOND_ALERT_H
#define RESMOND_ALERT_H

#include <stdbool.h>
#include <stdint.h>

enum alert_kind {
	ALERT_MEMORY, /* processes wait for memory */
	ALERT_TEMPERATURE,
	ALERT_OOM, /* the kernel killed a service's process for want of memory */
	ALERT_SERVICE, /* a service is failed or invalid */
	ALERT_COUNT,
};

struct alert {
	bool raised;
	uint64_t at_ms; /* when it was raised, or last again */
};

enum alert_change {
	ALERT_SAME,
	ALERT_RAISED,
	ALERT_OVER,
};

/* Raised from `high` on, over from `low` down, low < high; in between it stays as it is. */
enum alert_change alert_level(
	struct alert *alert, int64_t value, int64_t high, int64_t low, uint64_t now_ms);

/* Something happened: raised, or again so. */
enum alert_change alert_event(struct alert *alert, uint64_t now_ms);

/* Over if nothing happened for so long. */
enum alert_change alert_quiet(struct alert *alert, uint64_t for_ms, uint64_t now_ms);

/* For people, "memory pressure". */
const char *alert_name(enum alert_kind kind);

#endif
