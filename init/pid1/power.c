/* SPDX-License-Identifier: MIT */
/* The phases of the way down. */
#include "power.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basics/quantity.h"
#include "kmsg.h"
#include "last_boot.h"
#include "services.h"

/* Microseconds. */
#define STOPPING_SHORTEST (15 * 1000 * 1000)
#define STOPPING_MARGIN   (5 * 1000 * 1000) /* on top of the longest stop-timeout */
#define SYNCING           (5 * 1000 * 1000)
#define KERNEL            (5 * 1000 * 1000)

/* Long enough for the service that was granted the most time, but never endless. */
static uint64_t stopping_time(const struct supervisor *supervisor)
{
	uint64_t longest_us = 0;

	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		uint64_t us = (uint64_t)supervisor->set.entries[i].config.stop_timeout_ms * 1000;

		if (phase_alive(supervisor->lives[i].phase) && us > longest_us)
			longest_us = us;
	}
	longest_us += STOPPING_MARGIN;
	return longest_us > STOPPING_SHORTEST ? longest_us : STOPPING_SHORTEST;
}

static void enter(struct power *power, const struct supervisor *supervisor, enum power_phase phase,
	uint64_t time_us)
{
	power->phase = phase;
	power->deadline_us = supervisor->now_us + time_us;
}

static int kernel_command(enum power_request request)
{
	switch (request) {
	case POWER_OFF:
		return RB_POWER_OFF;
	case POWER_HALT:
		return (int)RB_HALT_SYSTEM;
	default:
		return RB_AUTOBOOT;
	}
}

/* The kernel shuts down devices in the caller's time; if one hangs, PID 1 still runs. */
static void ask_kernel(struct power *power, const struct supervisor *supervisor)
{
	enter(power, supervisor, POWER_DOWN, KERNEL);
	if (power->request == POWER_REBOOT)
		last_boot_leave(BOOT_REBOOT);
	else if (power->request == POWER_OFF)
		last_boot_leave(BOOT_POWER_ON);
	power->helper = fork_helper();
	if (power->helper == 0) {
		reboot(kernel_command(power->request));
		_exit(1);
	}
}

/* Everything but PID 1 and the child itself goes. */
static void kill_and_sync(struct power *power, const struct supervisor *supervisor)
{
	enter(power, supervisor, POWER_SYNCING, SYNCING);
	power->helper = fork_helper();
	if (power->helper == 0) {
		kill(-1, SIGKILL);
		sync();
		_exit(0);
	}
}

/* True when the helper is gone, or was never made. The loop's own reaping may have taken it. */
static bool helper_gone(struct power *power)
{
	if (power->helper <= 0)
		return true;
	if (waitpid(power->helper, NULL, WNOHANG) == 0)
		return false;
	power->helper = 0;
	return true;
}

static const char *name_of(enum power_request request)
{
	static const char *const names[] = {
		[POWER_NONE] = "",
		[POWER_OFF] = "powering off",
		[POWER_REBOOT] = "rebooting",
		[POWER_HALT] = "halting",
	};

	return names[request];
}

void power_ask(
	struct power *power, struct supervisor *supervisor, enum power_request request, bool now)
{
	char time[16];

	power->request = request;
	if (now) {
		kmsg(LEVEL_NOTICE, "%s at once", name_of(request));
		ask_kernel(power, supervisor);
	} else if (power->phase == POWER_UP) {
		enter(power, supervisor, POWER_STOPPING, stopping_time(supervisor));
		quantity_format_time(
			time, sizeof(time), (power->deadline_us - supervisor->now_us) / 1000);
		kmsg(LEVEL_NOTICE, "%s; services have %s to stop", name_of(request), time);
		services_stop_all(supervisor);
	}
}

static void say_late(const struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (phase_alive(supervisor->lives[i].phase))
			kmsg(LEVEL_WARNING, "%s: did not stop in time; going on without it",
				supervisor->set.entries[i].config.name);
}

void power_turn(struct power *power, struct supervisor *supervisor)
{
	bool late = supervisor->now_us >= power->deadline_us;

	switch (power->phase) {
	case POWER_UP:
		break;
	case POWER_STOPPING:
		if (!graph_all_down(&supervisor->graph) && !late)
			break;
		say_late(supervisor);
		services_kill_all(supervisor);
		kill_and_sync(power, supervisor);
		break;
	case POWER_SYNCING:
		if (!helper_gone(power) && !late)
			break;
		if (late)
			kmsg(LEVEL_WARNING,
				"writing out data did not end in time; going on without it");
		kmsg(LEVEL_NOTICE, "%s now", name_of(power->request));
		ask_kernel(power, supervisor);
		break;
	case POWER_DOWN:
		if (!helper_gone(power) && !late)
			break;
		/* The child failed or hangs. Nothing is left to keep alive: from here on PID 1 may block. */
		reboot(kernel_command(power->request));
		kmsg(LEVEL_ERROR, "the kernel refused: %s; trying again", strerror(errno));
		enter(power, supervisor, POWER_DOWN, KERNEL);
		break;
	}
}

uint64_t power_deadline(const struct power *power)
{
	return power->phase == POWER_UP ? TIME_NEVER : power->deadline_us;
}
