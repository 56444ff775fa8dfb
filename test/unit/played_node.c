/* SPDX-License-Identifier: MIT */
/* A node without processes. */
#include "played_node.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/state.h"
#include "service/link.h"

enum { ROUNDS_MAX = 10000 }; /* of settling; a node has come to rest long before */

static void add(struct node *node, const char *name, const char *text)
{
	char file[SERVICE_FILE_MAX];
	int length = snprintf(file, sizeof(file), "exec = /bin/true\n%s", text);

	assert_int_equal(service_set_add(&node->set, name, file, (size_t)length, NULL), 0);
}

static void take_memory(struct node *node)
{
	size_t count = node->set.count;

	node->lives = calloc(count, sizeof(*node->lives));
	node->played = calloc(count, sizeof(*node->played));
	node->graph.set = &node->set;
	node->graph.lives = node->lives;
	node->graph.asks = calloc(count, sizeof(*node->graph.asks));
	node->graph.order = calloc(count, sizeof(*node->graph.order));
	node->graph.marks = calloc(count, sizeof(*node->graph.marks));
	assert_non_null(node->lives);
	assert_non_null(node->played);
	assert_non_null(node->graph.asks);
	assert_non_null(node->graph.order);
	assert_non_null(node->graph.marks);
}

void node_begin(struct node *node, const char *const (*files)[2], size_t count)
{
	*node = (struct node){ .now_us = 1000 * 1000 };
	for (size_t i = 0; i < count; i++)
		add(node, files[i][0], files[i][1]);
	assert_int_equal(service_set_link(&node->set, NULL, NULL), 0);
	take_memory(node);
	for (uint32_t i = 0; i < node->set.count; i++) {
		const struct service_entry *entry = &node->set.entries[i];
		uint32_t limit = entry->config.limit_deaths;
		uint64_t *deaths_us = limit ? calloc(limit, sizeof(*deaths_us)) : NULL;

		life_init(&node->lives[i], &entry->config, entry->invalid, deaths_us, node->now_us);
	}
	graph_init(&node->graph);
}

void node_end(struct node *node)
{
	for (uint32_t i = 0; i < node->set.count; i++)
		free(node->lives[i].deaths_us);
	service_set_free(&node->set);
	free(node->lives);
	free(node->played);
	free(node->graph.asks);
	free(node->graph.order);
	free(node->graph.marks);
	*node = (struct node){ .lives = NULL };
}

int node_setup(void **state)
{
	*state = calloc(1, sizeof(struct node));
	return *state ? 0 : -1;
}

int node_teardown(void **state)
{
	node_end(*state);
	free(*state);
	return 0;
}

uint32_t node_index(const struct node *node, const char *name)
{
	int index = service_set_find(&node->set, name);

	assert_true(index >= 0);
	return (uint32_t)index;
}

struct life *node_life(struct node *node, const char *name)
{
	return &node->lives[node_index(node, name)];
}

static const struct service_config *config_of(const struct node *node, uint32_t index)
{
	return &node->set.entries[index].config;
}

static void record(struct node *node, char sign, uint32_t index)
{
	size_t length = strlen(node->record);

	snprintf(node->record + length, sizeof(node->record) - length, "%s%c%s", length ? " " : "",
		sign, config_of(node, index)->name);
}

static void carry_out(struct node *node, uint32_t index, unsigned actions)
{
	struct played *played = &node->played[index];

	if (actions & ACTION_SPAWN) {
		record(node, '+', index);
		if (played->fails == STEP_NONE)
			played->process = true;
		else
			node_event(node, index, EVENT_SPAWN_FAILED,
				&(struct death){ .code = -1, .step = played->fails, .error = 12 });
	}
	if (actions & ACTION_TERMINATE)
		record(node, '-', index);
	if (actions & ACTION_KILL)
		record(node, '!', index);
}

void node_event(struct node *node, uint32_t index, enum event event, const struct death *death)
{
	const struct event_data data = {
		.now_us = node->now_us, .random = node->random, .death = death
	};
	unsigned actions;

	node->events++;
	if (node->before)
		node->before(node, index, event);
	actions = step(&node->lives[index], config_of(node, index), event, &data);
	if (node->after)
		node->after(node, index, event, actions);
	carry_out(node, index, actions);
}

static void emit(void *context, uint32_t index, enum event event)
{
	struct node *node = context;

	if (event == EVENT_GO && node->played[index].skipped)
		event = EVENT_SKIP;
	node_event(node, index, event, NULL);
}

void node_settle_once(struct node *node)
{
	graph_settle(&node->graph, emit, node);
}

void node_settle(struct node *node)
{
	uint64_t events;
	int rounds = 0;

	do {
		events = node->events;
		node_settle_once(node);
		assert_true(++rounds < ROUNDS_MAX);
	} while (node->events != events);
}

void node_send(struct node *node, const char *name, enum event event)
{
	node_event(node, node_index(node, name), event, NULL);
	node_settle(node);
}

void node_exit(struct node *node, const char *name, int code)
{
	uint32_t index = node_index(node, name);

	assert_true(node->played[index].process);
	node->played[index].process = false;
	node_event(node, index, EVENT_EXITED, &(struct death){ .code = code });
	node_settle(node);
}

static void come_up(struct node *node, uint32_t index)
{
	const char *name = config_of(node, index)->name;

	if (node->lives[index].phase == PHASE_STARTING)
		node_send(node, name, EVENT_EXEC_OK);
	else if (node->lives[index].phase != PHASE_RUNNING)
		return;
	else if (config_of(node, index)->type == SERVICE_TASK)
		node_exit(node, name, 0);
	else
		node_send(node, name, EVENT_READY);
}

void node_up(struct node *node)
{
	uint64_t events;

	node_settle(node);
	do {
		events = node->events;
		for (uint32_t i = 0; i < node->set.count; i++)
			come_up(node, i);
	} while (node->events != events);
}

void node_time_out(struct node *node, const char *name)
{
	uint64_t deadline_us = node_life(node, name)->deadline_us;

	assert_int_not_equal(deadline_us, TIME_NEVER);
	if (deadline_us > node->now_us)
		node->now_us = deadline_us;
	node_send(node, name, EVENT_TIMEOUT);
}

void node_start(struct node *node, const char *name)
{
	graph_start(&node->graph, node_index(node, name), emit, node);
	node_settle(node);
}

void node_stop(struct node *node, const char *name)
{
	graph_stop(&node->graph, node_index(node, name));
	node_settle(node);
}

void node_stop_all(struct node *node)
{
	graph_stop_all(&node->graph);
	node_settle(node);
}

const char *node_states(const struct node *node)
{
	static char text[4096];
	size_t length = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < node->set.count && length < sizeof(text); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s=%s",
			i ? " " : "", config_of(node, i)->name,
			service_state_name(phase_state(node->lives[i].phase)));
	return text;
}

const char *node_did(struct node *node)
{
	static char text[sizeof(node->record)];

	memcpy(text, node->record, sizeof(text));
	node->record[0] = '\0';
	return text;
}

const char *node_blocker(const struct node *node, const char *name)
{
	static char text[sizeof("after:") + SERVICE_NAME_MAX];
	bool after = false;
	int blocker = graph_blocker(&node->graph, node_index(node, name), &after);

	text[0] = '\0';
	if (blocker >= 0)
		snprintf(text, sizeof(text), "%s%s", after ? "after:" : "",
			config_of(node, (uint32_t)blocker)->name);
	return text;
}
