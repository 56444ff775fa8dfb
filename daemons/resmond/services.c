/* SPDX-License-Identifier: MIT */
/* Takes the state of the node from PID 1 and the cgroups: see services.h. */
#include "services.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/connection.h"
#include "control/record.h"
#include "lines.h"

enum {
	FIRST_ROOM = 16, /* services there is room for at first */
	NAMES_TOLD = 6, /* services that services_explain() names */
};

/* A number in the cgroup's file, or behind a key in it. "max" is no number. */
static bool read_value(
	int root, const char *name, const char *file, const char *key, int64_t *value)
{
	char path[sizeof(SERVICE_CGROUPS) + SERVICE_NAME_MAX + 32];
	struct lines lines;
	bool found = false;
	char *line;
	uint64_t number;

	snprintf(path, sizeof(path), SERVICE_CGROUPS "/%s/%s", name, file);
	if (!lines_open(&lines, root, path))
		return false;
	while (!found && (line = lines_next(&lines))) {
		const char *digits = lines_after(line, key);

		found = digits && lines_number(digits, &number) && number <= INT64_MAX;
	}
	if (found)
		*value = (int64_t)number;
	lines_close(&lines);
	return found;
}

bool services_read_use(int root, struct service *service)
{
	const char *name = service->name;
	int64_t inactive;
	bool good;

	good = read_value(root, name, "cpu.stat", "usage_usec ", &service->cpu_us);
	good &= read_value(root, name, "memory.current", "", &service->memory);
	/* Peak and the count of deaths are in no old kernel, but in ours. */
	good &= read_value(root, name, "memory.peak", "", &service->peak);
	good &= read_value(root, name, "memory.events", "oom_kill ", &service->oom_kills);
	good &= read_value(root, name, "pids.current", "", &service->processes);
	(void)read_value(root, name, "memory.max", "", &service->memory_max);
	if (service->memory != RECORD_UNKNOWN &&
		read_value(root, name, "memory.stat", "inactive_file ", &inactive))
		service->working_set = service->memory > inactive ? service->memory - inactive : 0;
	else
		good = false;
	return good;
}

static void take_node(struct services *services, char *line)
{
	struct node_record node;

	record_read_node(line, &node);
	services->node_state = node.state ? node_state_parse(node.state) : -1;
	services->now_ms = node.now_ms;
	services->ready_ms = node.ready_ms;
	services->kernel_ready_ms = node.kernel_ready_ms;
	services->reexecs = node.reexecs;
	if (node.boot_reason)
		snprintf(services->boot_reason, sizeof(services->boot_reason), "%s",
			node.boot_reason);
}

/* False if there is no room for it. */
static bool take_service(struct services *services, size_t *room, char *line)
{
	struct service_record record;
	struct service *service;

	record_read_service(line, &record);
	if (!service_name_valid(record.name))
		return true;
	if (services->count == *room) {
		size_t more = *room ? *room * 2 : FIRST_ROOM;
		struct service *list = more > SERVICES_MAX
					       ? NULL
					       : reallocarray(services->list, more, sizeof(*list));

		if (!list)
			return false;
		services->list = list;
		*room = more;
	}
	service = &services->list[services->count++];
	*service = (struct service){
		.essential = record.essential == 1,
		.state = (signed char)record.state,
		.pid = record.pid,
		.restarts = record.restarts,
		.since_ms = record.since_ms,
		.cpu_us = RECORD_UNKNOWN,
		.memory = RECORD_UNKNOWN,
		.working_set = RECORD_UNKNOWN,
		.peak = RECORD_UNKNOWN,
		.memory_max = RECORD_UNKNOWN,
		.oom_kills = RECORD_UNKNOWN,
		.processes = RECORD_UNKNOWN,
	};
	snprintf(service->name, sizeof(service->name), "%s", record.name);
	return true;
}

/* Reads PID 1's answer to the end. */
static void take_answer(struct services *services, struct connection *connection)
{
	int64_t deadline = connection_clock() + SERVICES_ANSWER_MS;
	size_t room = 0;
	char *line;

	services->complete = true;
	while (connection_line(connection, deadline, &line) == RECEIPT_LINE) {
		switch (record_kind(&line)) {
		case RECORD_NODE:
			take_node(services, line);
			break;
		case RECORD_SERVICE:
			services->complete &= take_service(services, &room, line);
			break;
		case RECORD_OK:
			services->answered = true;
			return;
		case RECORD_ERROR:
			return;
		default:
			break;
		}
	}
}

bool services_take(struct services *services, int root, bool use)
{
	struct connection connection;

	*services = (struct services){
		.node_state = -1,
		.now_ms = RECORD_UNKNOWN,
		.ready_ms = RECORD_UNKNOWN,
		.kernel_ready_ms = RECORD_UNKNOWN,
		.reexecs = RECORD_UNKNOWN,
	};
	if (connection_open(&connection, "1 status") == 0)
		take_answer(services, &connection);
	connection_close(&connection);
	if (!services->answered)
		services_free(services);
	for (size_t i = 0; use && i < services->count; i++) {
		/* A service that never ran has no cgroup. */
		if (!services_read_use(root, &services->list[i]) &&
			services->list[i].pid != RECORD_UNKNOWN)
			services->complete = false;
	}
	return services->answered;
}

void services_free(struct services *services)
{
	free(services->list);
	services->list = NULL;
	services->count = 0;
}

/* The states a service that should be well is not in when the node is ready. */
static bool keeps_back(const struct service *service)
{
	switch (service->state) {
	case STATE_READY:
	case STATE_DONE:
	case STATE_SKIPPED:
	case STATE_STOPPED:
		return false;
	default:
		return true;
	}
}

void services_explain(const struct services *services, char *text, size_t size)
{
	unsigned told = 0, more = 0;
	size_t length;

	if (!services->answered) {
		snprintf(text, size, "PID 1 does not answer");
		return;
	}
	text[0] = '\0';
	if (services->node_state == NODE_READY)
		return;
	snprintf(text, size, "%s",
		services->node_state < 0 ? "in a state that is not known here"
					 : node_state_name((enum node_state)services->node_state));
	for (size_t i = 0; i < services->count; i++) {
		const struct service *service = &services->list[i];

		if (!keeps_back(service))
			continue;
		if (told == NAMES_TOLD) {
			more++;
			continue;
		}
		length = strlen(text);
		snprintf(text + length, size - length, "%s%s %s", told++ ? ", " : ": ",
			service->name,
			service->state < 0
				? "?"
				: service_state_name((enum service_state)service->state));
	}
	length = strlen(text);
	if (more > 0)
		snprintf(text + length, size - length, " and %u more", more);
}
