/* SPDX-License-Identifier: MIT */
/* The sentences. A service that dies many times a second is mentioned once a second, with a count. */
#include "obituary.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "basics/quantity.h"
#include "basics/signal_name.h"
#include "kmsg.h"

enum { SAY_EVERY_US = 1000 * 1000 };

static void describe_signal(
	char *text, size_t size, const struct service_config *config, const struct death *death)
{
	const char *name = signal_name(death->signal);
	const char *why = "";

	if (death->oom)
		why = " (out of memory)";
	else if (death->signal == SIGSYS && config->system_calls)
		why = " (a system call that system-calls does not allow)";

	if (name)
		snprintf(text, size, "killed by SIG%s%s", name, why);
	else
		snprintf(text, size, "killed by signal %d", death->signal);
}

static void describe_death(
	char *text, size_t size, const struct service_config *config, const struct death *death)
{
	if (death->step != STEP_NONE)
		snprintf(text, size, "cannot run %s: %s: %s", config->argv[0],
			step_name(death->step), strerror(death->error));
	else if (death->signal)
		describe_signal(text, size, config, death);
	else
		snprintf(text, size, "exited with code %d%s", death->code,
			death->oom ? " (a process of it was killed: out of memory)" : "");
}

static void describe_outcome(char *text, size_t size, const struct obituary_due *due)
{
	char delay[16];

	switch (due->phase) {
	case PHASE_BACKOFF:
		quantity_format_time(delay, sizeof(delay), due->delay_us / 1000);
		snprintf(text, size, "starts again in %s", delay);
		break;
	case PHASE_WAITING:
		snprintf(text, size, "starts again");
		break;
	case PHASE_FAILED:
		snprintf(text, size, "failed, not started again");
		break;
	default:
		snprintf(text, size, "%s", service_state_name(phase_state(due->phase)));
		break;
	}
}

/* Only what dies again within a second can flood the log. */
static bool comes_back_soon(const struct life *life, uint64_t now_us)
{
	return life->phase == PHASE_WAITING ||
	       (life->phase == PHASE_BACKOFF && life->deadline_us - now_us < SAY_EVERY_US);
}

void obituary_say(struct supervisor *supervisor, uint32_t index)
{
	const struct service_config *config = &supervisor->set.entries[index].config;
	struct service *service = &supervisor->services[index];
	char death[160], outcome[64], more[32] = "";

	if (!service->obituary.and_then)
		return;
	describe_death(death, sizeof(death), config, &supervisor->lives[index].death);
	describe_outcome(outcome, sizeof(outcome), &service->obituary);
	if (service->unsaid)
		snprintf(more, sizeof(more), " (and %" PRIu32 " times before)", service->unsaid);
	kmsg(LEVEL_WARNING, "%s: %s%s%s; %s", config->name, death, more, service->obituary.and_then,
		outcome);
	service->said_us = supervisor->now_us;
	service->unsaid = 0;
	service->obituary.and_then = NULL;
}

static void note_death(struct supervisor *supervisor, uint32_t index, const char *and_then)
{
	const struct life *life = &supervisor->lives[index];
	struct service *service = &supervisor->services[index];

	if (service->said_us && supervisor->now_us - service->said_us < SAY_EVERY_US &&
		comes_back_soon(life, supervisor->now_us)) {
		service->unsaid++;
		return;
	}
	service->obituary = (struct obituary_due){
		.and_then = and_then,
		.phase = life->phase,
		.delay_us =
			life->phase == PHASE_BACKOFF ? life->deadline_us - supervisor->now_us : 0,
	};
	supervisor->words_due = true;
}

void obituary_say_due(struct supervisor *supervisor)
{
	if (!supervisor->words_due)
		return;
	supervisor->words_due = false;
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		obituary_say(supervisor, i);
}

static void say_timeout(const struct supervisor *supervisor, uint32_t index, enum phase before)
{
	const struct service_config *config = &supervisor->set.entries[index].config;
	char time[16];

	switch (before) {
	case PHASE_STARTING:
	case PHASE_RUNNING:
		quantity_format_time(time, sizeof(time), config->start_timeout_ms);
		kmsg(LEVEL_WARNING, "%s: not %s after %s; stopping it", config->name,
			config->type == SERVICE_TASK ? "done" : "ready", time);
		break;
	case PHASE_READY:
		quantity_format_time(time, sizeof(time), config->watchdog_ms);
		kmsg(LEVEL_WARNING, "%s: no sign of life for %s; killing it", config->name, time);
		break;
	case PHASE_TERMINATING:
		quantity_format_time(time, sizeof(time), config->stop_timeout_ms);
		kmsg(LEVEL_WARNING, "%s: not stopped after %s; killing it", config->name, time);
		break;
	case PHASE_KILLING:
	case PHASE_CLEARING:
		kmsg(LEVEL_ERROR,
			"%s: still there after SIGKILL (waiting for a device?); trying again",
			config->name);
		break;
	default:
		break;
	}
}

void obituary(struct supervisor *supervisor, uint32_t index, enum event event, enum phase before)
{
	const struct life *life = &supervisor->lives[index];
	bool asked = life->death.cause == CAUSE_STOPPED;
	bool went_well = life->phase == PHASE_DONE || life->phase == PHASE_SKIPPED;

	switch (event) {
	case EVENT_EXITED:
	case EVENT_SPAWN_FAILED:
		if (!asked && !went_well)
			note_death(supervisor, index, "");
		break;
	case EVENT_EMPTY: /* what EVENT_EXITED_LEFT left behind is gone */
		if (!asked && before == PHASE_CLEARING)
			note_death(supervisor, index, ", and what it left behind was killed");
		break;
	case EVENT_TIMEOUT:
		say_timeout(supervisor, index, before);
		break;
	default:
		break;
	}
}

void obituary_ready(const struct supervisor *supervisor)
{
	uint64_t took_us = supervisor->ready_us - supervisor->begun_us;

	kmsg(LEVEL_NOTICE,
		"ready in %" PRIu64 ".%04" PRIu64 " s (%" PRIu64 ".%04" PRIu64
		" s after kernel start)",
		took_us / 1000000, took_us / 100 % 10000, supervisor->ready_us / 1000000,
		supervisor->ready_us / 100 % 10000);
}
