/* SPDX-License-Identifier: MIT */
/* Thresholds: see guard.h. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basics/log.h"
#include "basics/quantity.h"
#include "control/protocol.h"
#include "light.h"
#include "lines.h"
#include "sensor.h"

enum {
	/* The kernel lets everybody watch in windows of so much (Documentation/accounting/psi.rst). */
	PRESSURE_WINDOW_US = 2000000,
	PRESSURE_AGAIN_MS =
		10000, /* how often it is looked whether it is over; its average is of 10 s */
	TEMPERATURE_AGAIN_MS = 30000, /* a heat sink takes minutes */
	TEMPERATURE_BELOW = 5, /* degrees under the threshold it is over */
	OOM_SHOWN_MS = 60000, /* a kill is told for so long */
	OOM_PAUSE_MS = 1000, /* a service at its limit changes its file all the time */
	MILLI = 1000,
};

#define PRESSURE_FILE "/proc/pressure/memory"
#define OOM_FILE      SERVICE_CGROUPS "/memory.events"

static void tell(
	struct guard *guard, enum alert_kind kind, enum alert_change change, const char *what)
{
	if (change == ALERT_SAME)
		return;
	log_line(NULL, "%s%s", what, change == ALERT_OVER ? ": over" : "");
	if (!light_show(kind, change == ALERT_RAISED))
		guard->own->light_dropped++;
}

static int open_pressure(const struct guard *guard)
{
	char trigger[48];
	int fd, length;

	if (guard->settings->memory_pressure == 0)
		return -1;
	fd = openat(guard->root, &PRESSURE_FILE[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	length = snprintf(trigger, sizeof(trigger), "some %d %d",
		PRESSURE_WINDOW_US / 100 * guard->settings->memory_pressure, PRESSURE_WINDOW_US);
	/* The NUL belongs to it. */
	if (fd >= 0 && write(fd, trigger, (size_t)length + 1) > 0)
		return fd;
	log_line(NULL, "cannot watch " PRESSURE_FILE ": %s; going on without it", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Processes of services the kernel has killed. False: it does not tell. */
static bool read_oom_kills(int fd, uint64_t *kills)
{
	char text[256];
	const char *found;
	ssize_t length = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	found = strstr(text, "oom_kill ");
	return found && lines_number(found + strlen("oom_kill "), kills);
}

void guard_begin(struct guard *guard, const struct settings *settings, struct own *own, int root,
	uint64_t now_ms)
{
	int64_t temperature;

	*guard = (struct guard){
		.settings = settings,
		.own = own,
		.root = root,
		.temperature_ms = CLOCK_NEVER,
		.pressure_ms = CLOCK_NEVER,
	};
	guard->pressure = open_pressure(guard);
	guard->oom = lines_open_file(root, OOM_FILE);
	(void)read_oom_kills(guard->oom, &guard->oom_kills);
	if (settings->temperature > 0 && sensor_hottest(root, &temperature))
		guard->temperature_ms = now_ms;
	for (enum alert_kind kind = 0; kind < ALERT_COUNT; kind++)
		(void)light_show(
			kind, false); /* what a predecessor that crashed may have left on */
}

/* Percent, times 100, of the last 10 s in which some process waited for memory. */
static bool read_pressure(int root, uint64_t *percent)
{
	char text[256];
	const char *average;

	if (lines_read(root, PRESSURE_FILE, text, sizeof(text)) < 0)
		return false;
	average = strstr(text, "avg10=");
	return average && lines_fixed(average + strlen("avg10="), 2, percent);
}

void guard_pressure(struct guard *guard, uint64_t now_ms)
{
	uint64_t kilobytes = 0;
	char what[128], size[16] = "?";
	struct lines lines;
	char *line;

	if (alert_event(&guard->alerts[ALERT_MEMORY], now_ms) != ALERT_RAISED)
		return;
	if (lines_open(&lines, guard->root, "/proc/meminfo")) {
		while ((line = lines_next(&lines))) {
			const char *value = lines_after(line, "MemAvailable:");

			if (value && lines_number(value, &kilobytes))
				quantity_format_size(size, sizeof(size), kilobytes * 1024);
		}
		lines_close(&lines);
	}
	snprintf(what, sizeof(what),
		"memory pressure: processes waited for memory at least %u %% of the time; %s available",
		guard->settings->memory_pressure, size);
	tell(guard, ALERT_MEMORY, ALERT_RAISED, what);
	guard->pressure_ms = now_ms + PRESSURE_AGAIN_MS;
}

static void look_at_pressure(struct guard *guard, uint64_t now_ms)
{
	uint64_t percent;
	enum alert_change change = ALERT_SAME;

	if (!read_pressure(guard->root, &percent) ||
		now_ms - guard->alerts[ALERT_MEMORY].at_ms < PRESSURE_AGAIN_MS)
		percent = UINT32_MAX;
	else
		change = alert_level(&guard->alerts[ALERT_MEMORY], (int64_t)percent, INT64_MAX,
			guard->settings->memory_pressure * 100 / 3, now_ms);
	tell(guard, ALERT_MEMORY, change, "memory pressure");
	guard->pressure_ms = change == ALERT_OVER ? CLOCK_NEVER : now_ms + PRESSURE_AGAIN_MS;
	if (change == ALERT_SAME)
		(void)light_show(ALERT_MEMORY, true); /* for some time more */
}

void guard_oom(struct guard *guard, uint64_t now_ms)
{
	uint64_t kills;
	char what[128];

	guard->oom_pause_ms = now_ms + OOM_PAUSE_MS;
	if (!read_oom_kills(guard->oom, &kills) || kills <= guard->oom_kills)
		return;
	snprintf(what, sizeof(what),
		"out of memory: the kernel killed %" PRIu64
		" process%s of services; see svctl status",
		kills - guard->oom_kills, kills - guard->oom_kills == 1 ? "" : "es");
	guard->oom_kills = kills;
	if (alert_event(&guard->alerts[ALERT_OOM], now_ms) == ALERT_RAISED)
		tell(guard, ALERT_OOM, ALERT_RAISED, what);
	else
		log_line(NULL, "%s", what);
}

void guard_services(struct guard *guard, uint64_t now_ms)
{
	struct services services;
	unsigned failed = 0;
	char names[sizeof(guard->failed)] = "", what[128];
	enum alert_change change;

	if (!services_take(&services, guard->root, false)) {
		services_free(&services);
		return;
	}
	for (size_t i = 0; i < services.count; i++) {
		const struct service *service = &services.list[i];
		size_t length = strlen(names);

		if (service->state != STATE_FAILED && service->state != STATE_INVALID)
			continue;
		snprintf(names + length, sizeof(names) - length, "%s%s", failed++ ? ", " : "",
			service->name);
	}
	services_free(&services);
	change = alert_level(&guard->alerts[ALERT_SERVICE], failed, 1, 0, now_ms);
	snprintf(what, sizeof(what), "failed services: %s", failed ? names : guard->failed);
	/* Another one than before is news, too. */
	if (change == ALERT_SAME && failed && strcmp(names, guard->failed) != 0)
		log_line(NULL, "%s", what);
	tell(guard, ALERT_SERVICE, change, what);
	snprintf(guard->failed, sizeof(guard->failed), "%s", names);
}

static void look_at_temperature(struct guard *guard, uint64_t now_ms)
{
	int64_t hottest, high = (int64_t)guard->settings->temperature * MILLI;
	char what[64];
	enum alert_change change;

	guard->temperature_ms = now_ms + TEMPERATURE_AGAIN_MS;
	if (!sensor_hottest(guard->root, &hottest))
		return;
	change = alert_level(&guard->alerts[ALERT_TEMPERATURE], hottest, high,
		high - (int64_t)TEMPERATURE_BELOW * MILLI, now_ms);
	snprintf(what, sizeof(what), "temperature: %" PRId64 " degrees Celsius", hottest / MILLI);
	tell(guard, ALERT_TEMPERATURE, change, what);
	if (change == ALERT_SAME && guard->alerts[ALERT_TEMPERATURE].raised)
		(void)light_show(ALERT_TEMPERATURE, true); /* for some time more */
}

void guard_turn(struct guard *guard, uint64_t now_ms)
{
	if (now_ms >= guard->temperature_ms)
		look_at_temperature(guard, now_ms);
	if (now_ms >= guard->pressure_ms)
		look_at_pressure(guard, now_ms);
	tell(guard, ALERT_OOM, alert_quiet(&guard->alerts[ALERT_OOM], OOM_SHOWN_MS, now_ms),
		"out of memory");
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

uint64_t guard_due_ms(const struct guard *guard)
{
	const struct alert *oom = &guard->alerts[ALERT_OOM];
	uint64_t due = earlier(guard->temperature_ms, guard->pressure_ms);

	return oom->raised ? earlier(due, oom->at_ms + OOM_SHOWN_MS) : due;
}

void guard_status(const struct guard *guard, char *text, size_t size)
{
	size_t length;

	snprintf(text, size, "metrics on port %u", guard->settings->port);
	for (enum alert_kind kind = 0; kind < ALERT_COUNT; kind++) {
		length = strlen(text);
		if (guard->alerts[kind].raised)
			snprintf(text + length, size - length, "; %s", alert_name(kind));
	}
}
