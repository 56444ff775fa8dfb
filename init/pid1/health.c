/* SPDX-License-Identifier: MIT */
/* The hardware watchdog (Documentation/watchdog/watchdog-api.rst) and the time a boot may take. */
#include "health.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basics/quantity.h"
#include "kmsg.h"

/* Seconds until the hardware resets. The A64's watchdog can be set to 16 at most. */
enum { WATCHDOG_SECONDS = 15, FEEDS_A_PERIOD = 3 };

static uint64_t time_from(const char *cmdline, const char *key, uint64_t otherwise_us)
{
	char value[32];
	uint32_t ms;

	if (cmdline_value(cmdline, key, value, sizeof(value)) < 0)
		return otherwise_us;
	if (!quantity_parse_time(value, &ms)) {
		kmsg(LEVEL_WARNING, "%s=%s on the kernel command line is %s", key, value,
			errno == ERANGE ? "too large: " QUANTITY_TIME_MOST " is the most"
					: "no time (try 3m)");
		return otherwise_us;
	}
	return ms ? (uint64_t)ms * 1000 : TIME_NEVER;
}

/* The requests have their top bit set; libc's ioctl() takes an int in one libc, a long in the other. */
static bool ask(const struct health *health, unsigned long request, int *value)
{
	return syscall(SYS_ioctl, health->watchdog_fd, request, value) == 0;
}

static void take_watchdog(struct health *health, struct supervisor *supervisor)
{
	int seconds = WATCHDOG_SECONDS, status = 0;
	bool anew = health->watchdog_fd < 0;

	if (anew)
		health->watchdog_fd = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);
	if (health->watchdog_fd < 0) {
		if (errno != ENOENT)
			kmsg(LEVEL_WARNING, "cannot open /dev/watchdog: %s", strerror(errno));
		return;
	}
	if (!ask(health, WDIOC_SETTIMEOUT, &seconds) && !ask(health, WDIOC_GETTIMEOUT, &seconds))
		seconds = WATCHDOG_SECONDS;
	if (ask(health, WDIOC_GETBOOTSTATUS, &status) && status & WDIOF_CARDRESET &&
		supervisor->boot_reason != BOOT_PANIC) /* which it only cut short */
		supervisor->boot_reason = BOOT_WATCHDOG;
	health->feed_every_us = (uint64_t)seconds * 1000000 / FEEDS_A_PERIOD;
	if (anew)
		kmsg(LEVEL_NOTICE, "hardware watchdog: resets the node %d s after it hangs%s",
			seconds, status & WDIOF_CARDRESET ? "; it has done so" : "");
}

void health_begin(struct health *health, struct supervisor *supervisor)
{
	const char *cmdline = supervisor->cmdline;

	health->boot_time_us = time_from(cmdline, "boot.timeout", HEALTH_BOOT_TIME);
	health->reboot_us = time_from(cmdline, "boot.reboot", TIME_NEVER);
	health->feed_us = health->turned_us = supervisor->now_us;
	if (!cmdline_matches(cmdline, "watchdog=off"))
		take_watchdog(health, supervisor);
}

static const char *missing_name(const struct supervisor *supervisor, int index)
{
	return supervisor->set.entries[index].config.name;
}

/* `missing` is the index of an essential service that is not well, or -1. */
static void judge_boot(
	struct health *health, struct supervisor *supervisor, struct power *power, int missing)
{
	uint64_t took_us = supervisor->now_us - supervisor->begun_us;
	char time[16];

	if (supervisor->graph.booted || supervisor->graph.stopping || missing < 0)
		return;
	if (!supervisor->graph.overdue && took_us >= health->boot_time_us) {
		supervisor->graph.overdue = true;
		supervisor->unsettled = true;
		quantity_format_time(time, sizeof(time), took_us / 1000);
		kmsg(LEVEL_ERROR, "not ready after %s: %s is essential and missing; trying on",
			time, missing_name(supervisor, missing));
	}
	if (took_us >= health->reboot_us) {
		kmsg(LEVEL_ERROR, "not ready in the time of boot.reboot=: %s is missing; rebooting",
			missing_name(supervisor, missing));
		power_ask(power, supervisor, POWER_REBOOT, false);
	}
}

static bool hangs(const struct health *health, const struct supervisor *supervisor)
{
	if (health->down_us)
		return supervisor->now_us - health->down_us > HEALTH_DOWN_TIME;
	return health->missing_us > HEALTH_ESSENTIAL_TIME;
}

static void feed(struct health *health, const struct supervisor *supervisor, int missing)
{
	if (hangs(health, supervisor)) {
		if (!health->starving)
			kmsg(LEVEL_ERROR, "%s%s; the hardware watchdog is not fed any more",
				missing >= 0 ? missing_name(supervisor, missing) : "the way down",
				missing >= 0 ? " is essential and missing" : " hangs");
		health->starving = true;
		return;
	}
	health->starving = false;
	(void)ask(health, WDIOC_KEEPALIVE, NULL);
}

static uint64_t lesser(uint64_t one_us, uint64_t other_us)
{
	return one_us < other_us ? one_us : other_us;
}

/* A service that comes back only to die again is not back: a moment of being well subtracts only a moment. */
static void add_up(struct health *health, uint64_t now_us, bool missing)
{
	uint64_t passed_us = now_us - health->turned_us;

	if (health->missing)
		health->missing_us = lesser(health->missing_us + passed_us, HEALTH_MISSING_MOST);
	else
		health->missing_us -=
			passed_us < health->missing_us ? passed_us : health->missing_us;
	health->missing = missing;
	health->turned_us = now_us;
}

void health_turn(struct health *health, struct supervisor *supervisor, struct power *power)
{
	int missing = graph_missing(&supervisor->graph);

	/* Until the boot is over, or has taken too long, nobody can be called missing. */
	add_up(health, supervisor->now_us,
		missing >= 0 && (supervisor->graph.booted || supervisor->graph.overdue));
	if (power->phase != POWER_UP && !health->down_us)
		health->down_us = supervisor->now_us;
	judge_boot(health, supervisor, power, missing);
	if (health->watchdog_fd < 0 || supervisor->now_us < health->feed_us)
		return;
	health->feed_us = supervisor->now_us + health->feed_every_us;
	feed(health, supervisor, health->down_us ? -1 : missing);
}

uint64_t health_deadline(const struct health *health, const struct supervisor *supervisor)
{
	uint64_t due_us = health->watchdog_fd >= 0 ? health->feed_us : TIME_NEVER;

	/* A boot in progress has two deadlines; those in the past have been dealt with. */
	if (supervisor->graph.booted || supervisor->graph.stopping ||
		graph_missing(&supervisor->graph) < 0)
		return due_us;
	if (!supervisor->graph.overdue && health->boot_time_us != TIME_NEVER)
		due_us = lesser(due_us, supervisor->begun_us + health->boot_time_us);
	if (health->reboot_us != TIME_NEVER)
		due_us = lesser(due_us, supervisor->begun_us + health->reboot_us);
	return due_us;
}
