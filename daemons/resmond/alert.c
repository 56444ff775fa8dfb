/* SPDX-License-Identifier: MIT */
/* Hysteresis: see alert.h. */
#include "alert.h"

enum alert_change alert_level(
	struct alert *alert, int64_t value, int64_t high, int64_t low, uint64_t now_ms)
{
	if (value >= high)
		return alert_event(alert, now_ms);
	if (value > low || !alert->raised)
		return ALERT_SAME;
	alert->raised = false;
	return ALERT_OVER;
}

enum alert_change alert_event(struct alert *alert, uint64_t now_ms)
{
	bool raised = alert->raised;

	alert->raised = true;
	alert->at_ms = now_ms;
	return raised ? ALERT_SAME : ALERT_RAISED;
}

enum alert_change alert_quiet(struct alert *alert, uint64_t for_ms, uint64_t now_ms)
{
	if (!alert->raised || now_ms - alert->at_ms < for_ms)
		return ALERT_SAME;
	alert->raised = false;
	return ALERT_OVER;
}

const char *alert_name(enum alert_kind kind)
{
	static const char *const names[ALERT_COUNT] = {
		[ALERT_MEMORY] = "memory pressure",
		[ALERT_TEMPERATURE] = "too hot",
		[ALERT_OOM] = "killed for want of memory",
		[ALERT_SERVICE] = "a service has failed",
	};

	return names[kind];
}
