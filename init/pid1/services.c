/* SPDX-License-Identifier: MIT */
/* Lets the graph settle, and passes on requests. */
#include "services.h"

#include "condition.h"
#include "kmsg.h"
#include "obituary.h"
#include "process.h"
#include "service_event.h"

/* Services started in one turn: a thousand of them must not hold up the clients. */
enum { STARTED_A_TURN = 64 };

/* Whether it is already known, without a process that looks, that the service is to be skipped. */
static bool condition_fails(
	const struct supervisor *supervisor, const struct service_config *config)
{
	if (config->when == WHEN_CMDLINE)
		return !cmdline_matches(supervisor->cmdline, config->when_value);
	return config->when == WHEN_PATH && condition_surely_absent(config->when_value);
}

static void emit(void *context, uint32_t index, enum event event)
{
	struct supervisor *supervisor = context;

	/* It is to run as its new file says; the rescan waits for it to be down first. */
	if (event == EVENT_GO && supervisor->services[index].doomed)
		return;
	if (event == EVENT_GO && condition_fails(supervisor, config_of(supervisor, index))) {
		supervisor->services[index].left_out_by = NULL;
		event = EVENT_SKIP;
	}
	if (event == EVENT_GO && process_leftovers(supervisor, index))
		return; /* it stays waiting until that is gone */
	if (event == EVENT_GO && supervisor->started++ >= STARTED_A_TURN) {
		supervisor->unsettled = true; /* it stays waiting, and the next turn is at once */
		return;
	}
	service_event(supervisor, index, event, NULL);
}

/* What was killed long ago may be gone without our having been told, if there was no memory to tell us. */
static void pass_deadline(struct supervisor *supervisor, uint32_t index)
{
	bool gone = supervisor->lives[index].phase == PHASE_CLEARING &&
		    !process_left(supervisor, index);

	if (gone)
		process_trim(supervisor, index);
	service_event(supervisor, index, gone ? EVENT_EMPTY : EVENT_TIMEOUT, NULL);
}

static void pass_deadlines(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (supervisor->lives[i].deadline_us <= supervisor->now_us)
			pass_deadline(supervisor, i);
}

static void note_node_state(struct supervisor *supervisor)
{
	enum node_state state = graph_node_state(&supervisor->graph);

	if (state == supervisor->state)
		return;
	supervisor->state = state;
	changes_add(supervisor->changes, (struct change){
						 .at_us = supervisor->now_us,
						 .index = CHANGE_OF_NODE,
						 .state = (uint8_t)state,
					 });
	if (state == NODE_READY && !supervisor->ready_us) {
		supervisor->ready_us = loop_now_us();
		obituary_ready(supervisor);
	} else if (state != NODE_STOPPING) {
		kmsg(state == NODE_READY ? LEVEL_NOTICE : LEVEL_WARNING, "node is %s",
			node_state_name(state));
	}
}

/* Continues to remove cgroups. A service that has been started again since then may be using them. */
static void trim(struct supervisor *supervisor)
{
	supervisor->trim_due = false;
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];

		if (!service->trim_due)
			continue;
		service->trim_due = false;
		if (!phase_alive(supervisor->lives[i].phase))
			process_trim(supervisor, i);
	}
}

void services_settle(struct supervisor *supervisor)
{
	pass_deadlines(supervisor);
	supervisor->unsettled = false;
	supervisor->started = 0;
	graph_settle(&supervisor->graph, emit, supervisor);
	if (supervisor->trim_due)
		trim(supervisor);
	obituary_say_due(supervisor);
	note_node_state(supervisor);
}

uint64_t services_deadline(const struct supervisor *supervisor)
{
	if (supervisor->orphans || supervisor->unsettled || supervisor->trim_due)
		return 0;
	return graph_deadline(&supervisor->graph);
}

void service_start(struct supervisor *supervisor, uint32_t index)
{
	graph_start(&supervisor->graph, index, emit, supervisor);
}

void service_stop(struct supervisor *supervisor, uint32_t index)
{
	supervisor->services[index].resume = false;
	graph_stop(&supervisor->graph, index);
}

void service_restart(struct supervisor *supervisor, uint32_t index)
{
	if (phase_alive(supervisor->lives[index].phase))
		service_event(supervisor, index, EVENT_RESTART, NULL);
	else
		service_start(supervisor, index);
}

int service_signal(struct supervisor *supervisor, uint32_t index, int number)
{
	const struct service *service = &supervisor->services[index];

	if (number == 0)
		number = config_of(supervisor, index)->reload_signal;
	return process_signal(service, number);
}

void services_stop_all(struct supervisor *supervisor)
{
	/* Whatever asks for this, maybe a deadline after this turn's settling, no descriptor will report it. */
	supervisor->unsettled = true;
	graph_stop_all(&supervisor->graph);
}

void services_kill_all(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (phase_alive(supervisor->lives[i].phase))
			process_kill(supervisor, i);
}
