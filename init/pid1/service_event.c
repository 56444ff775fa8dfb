/* SPDX-License-Identifier: MIT */
/* What surrounds each step of the core: its time, its random number, the change it makes, its actions. */
#include "service_event.h"

#include "obituary.h"
#include "process.h"

/* xorshift32 (Marsaglia 2003): jitter needs no more. */
static uint32_t next_random(struct supervisor *supervisor)
{
	uint32_t x = supervisor->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return supervisor->random = x;
}

static void start(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	struct death death = { .code = -1 };
	int error;

	service->report = (struct step_report){ .step = STEP_NONE };
	service->status[0] = '\0';
	service->reloading = false;
	service->left_out_by = NULL;
	error = process_start(supervisor, index, &death.step);
	if (!error)
		return;
	death.error = -error;
	service_event(supervisor, index, EVENT_SPAWN_FAILED, &death);
}

static void carry_out(struct supervisor *supervisor, uint32_t index, unsigned actions)
{
	if (actions & ACTION_SPAWN)
		start(supervisor, index);
	if (actions & ACTION_TERMINATE)
		process_terminate(supervisor, index);
	if (actions & ACTION_KILL)
		process_kill(supervisor, index);
	if (actions & ACTION_KILL_EACH)
		process_kill_each(supervisor, index);
}

/* The first time of this boot only: for the boot chart. */
static void note_time(uint64_t *first_us)
{
	if (!*first_us)
		*first_us = loop_now_us();
}

static void note_first_times(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];

	switch (supervisor->lives[index].phase) {
	case PHASE_STARTING:
		note_time(&service->first_start_us);
		break;
	case PHASE_RUNNING:
		note_time(&service->first_exec_us);
		break;
	case PHASE_READY:
	case PHASE_DONE:
		note_time(&service->first_exec_us);
		note_time(&service->first_ready_us);
		break;
	default:
		break;
	}
}

void service_event(
	struct supervisor *supervisor, uint32_t index, enum event event, const struct death *death)
{
	struct life *life = &supervisor->lives[index];
	enum phase before = life->phase;
	struct event_data data = {
		.now_us = supervisor->now_us,
		.random = next_random(supervisor),
		.death = death,
	};
	unsigned actions;

	if (death)
		obituary_say(supervisor, index);
	actions = step(life, config_of(supervisor, index), event, &data);
	note_first_times(supervisor, index);
	if (phase_state(life->phase) != phase_state(before))
		changes_add(supervisor->changes, (struct change){
							 .at_us = supervisor->now_us,
							 .index = (uint16_t)index,
							 .state = (uint8_t)phase_state(life->phase),
							 .pid = supervisor->services[index].pid,
						 });
	/* What ends can let others go, and no descriptor will tell: settle once more. */
	if (life->phase != before && !phase_alive(life->phase))
		supervisor->unsettled = true;
	obituary(supervisor, index, event, before);
	carry_out(supervisor, index, actions);
}
