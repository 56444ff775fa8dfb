/* SPDX-License-Identifier: MIT */
/*
 * supervisor_load(): reads the services, and takes all memory PID 1 will ever use for them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kmsg.h"
#include "supervisor.h"

/* The one service of a rescue boot, and of a node whose image has no services. */
static const char rescue_file[] =
	"description = A root shell, since the node was booted for rescue\n"
	"exec = /bin/sh -l\n"
	"console = /dev/console\n"
	"stop-timeout = 1s\n";

static void report_error(void *context, const char *name, unsigned line, const char *message)
{
	(void)context;
	if (line)
		kmsg(LEVEL_ERROR, "%s, line %u: %s", name, line, message);
	else
		kmsg(LEVEL_ERROR, "%s: %s", name, message);
}

static int load_rescue(struct service_set *set, const struct service_report *report)
{
	int error;

	service_set_free(set);
	error = service_set_add(set, "rescue", rescue_file, sizeof(rescue_file) - 1, report);
	return error ? error : service_set_link(set, NULL, report);
}

static int load_set(struct service_set *set, const char *directory, bool rescue)
{
	const struct service_report report = { .error = report_error };
	int error;

	memset(set, 0, sizeof(*set));
	if (rescue)
		return load_rescue(set, &report);
	error = service_set_load(set, directory, NULL, &report);
	if (error == -ENOMEM)
		return error;
	if (!error && set->count > 0)
		return 0;
	kmsg(LEVEL_ERROR, "%s: %s; a rescue shell is all there is to run", directory,
		error ? strerror(-error) : "no services in it");
	return load_rescue(set, &report);
}

/* Untouched pages of the logs cost nothing: the kernel gives them when a service first writes. */
static int map_logs(struct supervisor *supervisor)
{
	size_t total = 0, at = 0;
	char *bytes;

	for (uint32_t i = 0; i < supervisor->set.count; i++)
		total += supervisor->set.entries[i].config.log_size;
	if (total == 0)
		return 0;
	bytes = mmap(NULL, total, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		uint32_t size = supervisor->set.entries[i].config.log_size;

		ring_init(&supervisor->services[i].log, bytes + at, size);
		at += size;
	}
	return 0;
}

static int init_lives(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		const struct service_entry *entry = &supervisor->set.entries[i];
		uint32_t limit = entry->config.limit_deaths;
		uint64_t *deaths_us = NULL;

		if (limit) {
			deaths_us = calloc(limit, sizeof(*deaths_us));
			if (!deaths_us)
				return -ENOMEM;
		}
		life_init(&supervisor->lives[i], &entry->config, entry->invalid, deaths_us,
			supervisor->now_us);
		supervisor->services[i] = (struct service){
			.pidfd = -1,
			.step_fd = -1,
			.ready_fd = -1,
			.log_fd = -1,
			.log_write_fd = -1,
			.cgroup_fd = -1,
			.events_fd = -1,
		};
	}
	return 0;
}

static void skip(struct supervisor *supervisor, uint32_t index, const char *why)
{
	supervisor->services[index].left_out_by = why;
	supervisor_event(supervisor, index, EVENT_SKIP, NULL);
}

/* svc.only=a,b names services that run with what they need; svc.skip=a,b ones that do not. */
static void apply_cmdline(struct supervisor *supervisor)
{
	struct graph *graph = &supervisor->graph;
	const char *line = supervisor->cmdline;
	bool only = cmdline_matches(line, "svc.only");

	memset(graph->marks, 0, supervisor->set.count * sizeof(*graph->marks));
	for (uint32_t i = 0; i < supervisor->set.count && only; i++)
		if (cmdline_lists(line, "svc.only", supervisor->set.entries[i].config.name))
			graph_mark_needs(graph, i);
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		if (only && !graph->marks[i])
			skip(supervisor, i, "svc.only");
		else if (cmdline_lists(line, "svc.skip", supervisor->set.entries[i].config.name))
			skip(supervisor, i, "svc.skip");
	}
}

/* Zeroed memory for `count` elements; never NULL for want of elements. */
static void *array(uint32_t count, size_t size)
{
	return calloc(count ? count : 1, size);
}

static int take_memory(struct supervisor *supervisor)
{
	struct graph *graph = &supervisor->graph;
	uint32_t count = supervisor->set.count;

	supervisor->lives = array(count, sizeof(*supervisor->lives));
	supervisor->services = array(count, sizeof(*supervisor->services));
	supervisor->changes = array(1, sizeof(*supervisor->changes));
	graph->set = &supervisor->set;
	graph->lives = supervisor->lives;
	graph->asks = array(count, sizeof(*graph->asks));
	graph->order = array(count, sizeof(*graph->order));
	graph->marks = array(count, sizeof(*graph->marks));
	if (!supervisor->lives || !supervisor->services || !supervisor->changes || !graph->asks ||
		!graph->order || !graph->marks)
		return -ENOMEM;
	return 0;
}

int supervisor_load(struct supervisor *supervisor, const char *directory, bool rescue)
{
	int error = load_set(&supervisor->set, directory, rescue);

	if (!error)
		error = take_memory(supervisor);
	if (!error)
		error = init_lives(supervisor);
	if (!error)
		error = map_logs(supervisor);
	if (error)
		return error;
	supervisor->state = NODE_BOOTING;
	graph_init(&supervisor->graph);
	apply_cmdline(supervisor);
	return 0;
}
