/* SPDX-License-Identifier: MIT */
/* A supervisor that supervises nothing. */
#include "played_supervisor.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/protocol.h"
#include "pid1/line.h"

/* The clock of the system, as line.c asks for it. */
uint64_t loop_now_us(void)
{
	return STAGE_NOW_US;
}

int stage_setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	*state = stage;
	if (!stage)
		return -1;
	stage->supervisor.changes = calloc(1, sizeof(*stage->supervisor.changes));
	stage->line = malloc(PROTOCOL_LINE_MAX);
	return stage->supervisor.changes && stage->line ? 0 : -1;
}

int stage_teardown(void **state)
{
	struct stage *stage = *state;

	node_end(&stage->node);
	free(stage->supervisor.services);
	free(stage->supervisor.changes);
	free(stage->logs);
	free(stage->line);
	free(stage);
	return 0;
}

void stage_begin(struct stage *stage, const char *const (*files)[2], size_t count)
{
	struct supervisor *supervisor = &stage->supervisor;

	node_begin(&stage->node, files, count);
	supervisor->set = stage->node.set;
	supervisor->lives = stage->node.lives;
	supervisor->graph = stage->node.graph;
	supervisor->now_us = STAGE_NOW_US;
	supervisor->begun_us = 1500 * 1000;
	supervisor->services = calloc(count, sizeof(*supervisor->services));
	stage->logs = calloc(count, STAGE_LOG_SIZE);
	assert_non_null(supervisor->services);
	assert_non_null(stage->logs);
	for (size_t i = 0; i < count; i++)
		ring_init(&supervisor->services[i].log, stage->logs + i * STAGE_LOG_SIZE,
			STAGE_LOG_SIZE);
}

struct service *stage_service(struct stage *stage, const char *name)
{
	return &stage->supervisor.services[node_index(&stage->node, name)];
}

void stage_say(struct stage *stage, const char *name)
{
	stage->length =
		line_service(stage->line, &stage->supervisor, node_index(&stage->node, name));
}

size_t stage_line_length(const char *text, size_t most)
{
	const char *newline = memchr(text, '\n', most);

	assert_non_null(newline);
	assert_null(memchr(text, '\0', (size_t)(newline - text)));
	return (size_t)(newline - text) + 1;
}

const char *stage_value(const struct stage *stage, const char *key)
{
	static char copy[PROTOCOL_LINE_MAX];
	char *rest, *found, *value;

	assert_true(stage->length <= PROTOCOL_LINE_MAX);
	assert_int_equal(stage_line_length(stage->line, stage->length), stage->length);
	memcpy(copy, stage->line, stage->length - 1);
	copy[stage->length - 1] = '\0';
	rest = copy + strcspn(copy, " "); /* behind the keyword */
	while (protocol_next(&rest, &found, &value)) {
		if (strcmp(found, key) == 0)
			return value;
	}
	return NULL;
}
