/* SPDX-License-Identifier: MIT */
/*
 * Reads the services, and takes all memory PID 1 will ever use for them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kmsg.h"
#include "load.h"
#include "service/directory.h"
#include "service/link.h"
#include "service_event.h"

/* The one service of a rescue boot, and of a node whose image has no services. */
static const char rescue_file[] =
	"description = A root shell, since the node was booted for rescue\n"
	"exec = /bin/sh -l\n"
	"console = /dev/console\n"
	"stop-timeout = 1s\n";

void load_report(void *context, const char *name, unsigned line, const char *message)
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
	const struct service_report report = { .error = load_report };
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

/* Untouched pages of a log cost nothing: the kernel gives them when its service first writes. */
static int map_log(struct service *service, uint32_t size)
{
	char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	ring_init(&service->log, bytes, size);
	return 0;
}

static int fit_out_service(struct supervisor *supervisor, uint32_t index)
{
	const struct service_entry *entry = &supervisor->set.entries[index];
	uint32_t limit = entry->config.limit_deaths;
	uint64_t *deaths_us = NULL;

	if (limit) {
		deaths_us = calloc(limit, sizeof(*deaths_us));
		if (!deaths_us)
			return -ENOMEM;
	}
	life_init(&supervisor->lives[index], &entry->config, entry->invalid, deaths_us,
		supervisor->now_us);
	return map_log(&supervisor->services[index], entry->config.log_size);
}

void load_release_service(struct life *life, struct service *service)
{
	free(life->deaths_us);
	life->deaths_us = NULL;
	if (service->log.bytes)
		munmap(service->log.bytes, service->log.size);
	service->log.bytes = NULL;
}

void load_release(struct supervisor *supervisor)
{
	free(supervisor->lives);
	free(supervisor->services);
	free(supervisor->graph.asks);
	free(supervisor->graph.order);
	free(supervisor->graph.marks);
	service_set_free(&supervisor->set);
}

static void skip(struct supervisor *supervisor, uint32_t index, const char *why)
{
	supervisor->services[index].left_out_by = why;
	service_event(supervisor, index, EVENT_SKIP, NULL);
}

/*
 * Those with `start = need`: what no service needs that is to run is left alone, and what a new one needs comes with
 * it. Marks the needs of services that begin now; of those that were there before nothing changes.
 */
static void start_on_need(struct supervisor *supervisor)
{
	struct graph *graph = &supervisor->graph;

	for (uint32_t i = 0; i < supervisor->set.count; i++)
		graph->marks[i] = !supervisor->services[i].carried &&
				  !supervisor->set.entries[i].config.on_need &&
				  supervisor->lives[i].phase == PHASE_WAITING;
	graph_mark_needs(graph);
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct life *life = &supervisor->lives[i];

		if (!supervisor->set.entries[i].config.on_need)
			continue;
		if (graph->marks[i] && life->phase == PHASE_STOPPED)
			service_event(supervisor, i, EVENT_START, NULL);
		else if (!graph->marks[i] && life->phase == PHASE_WAITING &&
			 !supervisor->services[i].carried)
			life->phase = PHASE_STOPPED;
	}
}

void load_choose(struct supervisor *supervisor)
{
	struct graph *graph = &supervisor->graph;
	const char *line = supervisor->cmdline;
	bool only = cmdline_matches(line, "svc.only");

	for (uint32_t i = 0; i < supervisor->set.count; i++)
		graph->marks[i] =
			cmdline_lists(line, "svc.only", supervisor->set.entries[i].config.name);
	graph_mark_needs(graph);
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		if (supervisor->services[i].carried)
			continue;
		if (only && !graph->marks[i])
			skip(supervisor, i, "svc.only");
		else if (cmdline_lists(line, "svc.skip", supervisor->set.entries[i].config.name))
			skip(supervisor, i, "svc.skip");
	}
	start_on_need(supervisor);
}

/* Zeroed memory for `count` elements; not NULL just because `count` is 0. */
static void *array(uint32_t count, size_t size)
{
	return calloc(count ? count : 1, size);
}

static int take_arrays(struct supervisor *supervisor)
{
	struct graph *graph = &supervisor->graph;
	uint32_t count = supervisor->set.count;

	supervisor->lives = array(count, sizeof(*supervisor->lives));
	supervisor->services = array(count, sizeof(*supervisor->services));
	*graph = (struct graph){
		.set = &supervisor->set,
		.lives = supervisor->lives,
		.asks = array(count, sizeof(*graph->asks)),
		.order = array(count, sizeof(*graph->order)),
		.marks = array(count, sizeof(*graph->marks)),
	};
	if (!supervisor->lives || !supervisor->services || !graph->asks || !graph->order ||
		!graph->marks)
		return -ENOMEM;
	return 0;
}

int load_fit_out(struct supervisor *supervisor)
{
	int error = take_arrays(supervisor);

	for (uint32_t i = 0; i < supervisor->set.count && !error; i++) {
		supervisor->services[i] = SERVICE_CLOSED;
		error = fit_out_service(supervisor, i);
	}
	if (!error)
		graph_init(&supervisor->graph);
	return error;
}

int services_load(struct supervisor *supervisor, const char *directory, bool rescue)
{
	int error = load_set(&supervisor->set, directory, rescue);

	supervisor->changes = array(1, sizeof(*supervisor->changes));
	if (!error && !supervisor->changes)
		error = -ENOMEM;
	if (!error)
		error = load_fit_out(supervisor);
	if (error)
		return error;
	supervisor->state = NODE_BOOTING;
	load_choose(supervisor);
	return 0;
}
