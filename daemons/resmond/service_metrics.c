/* SPDX-License-Identifier: MIT */
/*
 * Metrics of the node and its services as PID 1 and the cgroups tell them: see collect.h. What cAdvisor
 * measures of a container has cAdvisor's name; what only Greyhound has begins with greyhound_.
 */
#include <time.h>

#include "collect.h"
#include "control/record.h"

/* A moment on CLOCK_BOOTTIME, in ms, as ms since 1970. */
static int64_t in_unix_time(int64_t boot_ms)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (real.tv_sec - boot.tv_sec) * 1000 + (real.tv_nsec - boot.tv_nsec) / 1000000 +
	       boot_ms;
}

static void write_known(
	struct step *step, const struct family *family, int64_t value, unsigned decimals)
{
	if (value != RECORD_UNKNOWN)
		sample_one_fixed(step, family, value, decimals);
}

bool collect_node(struct collect *collect)
{
	static const struct family build = { "greyhound_build_info", "gauge",
		"The version of Greyhound; the value is 1." };
	static const struct family reason = { "greyhound_boot_info", "gauge",
		"What this boot followed upon, where the kernel can tell; the value is 1." };
	static const struct family state = { "greyhound_node_state", "gauge",
		"The state of the node as PID 1 sees it; the value is 1." };
	static const struct family ready = { "greyhound_node_ready", "gauge",
		"1 if the node is ready, 0 otherwise." };
	static const struct family since_init = { "greyhound_ready_seconds", "gauge",
		"Seconds from the start of PID 1 until the node was ready first." };
	static const struct family since_kernel = { "greyhound_kernel_ready_seconds", "gauge",
		"Seconds from the start of the kernel until the node was ready first." };
	static const struct family reexecs = { "greyhound_init_reexecs", "gauge",
		"Images of PID 1 in this boot before the present one." };
	const struct services *services = collect->services;
	struct step *step = &collect->step;

	if (sample_begin(step, &build)) {
		sample_label(step, "version", GREYHOUND_VERSION);
		sample_number(step, 1);
	}
	if (!services->answered)
		return false;
	if (sample_begin(step, &reason)) {
		sample_label(step, "reason",
			services->boot_reason[0] ? services->boot_reason : "unknown");
		sample_number(step, 1);
	}
	if (services->node_state >= 0 && sample_begin(step, &state)) {
		sample_label(step, "state", node_state_name((enum node_state)services->node_state));
		sample_number(step, 1);
	}
	sample_one(step, &ready, services->node_state == NODE_READY);
	write_known(step, &since_init, services->ready_ms, 3);
	write_known(step, &since_kernel, services->kernel_ready_ms, 3);
	write_known(step, &reexecs, services->reexecs, 0);
	return services->node_state >= 0;
}

enum what {
	WHAT_STATE,
	WHAT_RESTARTS,
	WHAT_START_TIME,
	WHAT_CPU,
	WHAT_WORKING_SET,
	WHAT_MEMORY,
	WHAT_PEAK,
	WHAT_MEMORY_MAX,
	WHAT_OOM_KILLS,
	WHAT_PROCESSES,
	WHAT_COUNT,
};

static const struct family families[WHAT_COUNT] = {
	[WHAT_STATE] = { "greyhound_service_state", "gauge",
		"The state of the service; the value is 1." },
	[WHAT_RESTARTS] = { "greyhound_service_restarts_total", "counter",
		"Starts after a death since it was last asked to start." },
	[WHAT_START_TIME] = { "container_start_time_seconds", "gauge",
		"Start time of the container since unix epoch in seconds." },
	[WHAT_CPU] = { "container_cpu_usage_seconds_total", "counter",
		"Cumulative cpu time consumed in seconds." },
	[WHAT_WORKING_SET] = { "container_memory_working_set_bytes", "gauge",
		"Current working set in bytes." },
	[WHAT_MEMORY] = { "container_memory_usage_bytes", "gauge",
		"Current memory usage in bytes, including all memory regardless of when it was "
		"accessed." },
	[WHAT_PEAK] = { "container_memory_max_usage_bytes", "gauge",
		"Maximum memory usage recorded in bytes." },
	[WHAT_MEMORY_MAX] = { "container_spec_memory_limit_bytes", "gauge",
		"Memory limit for the container." },
	[WHAT_OOM_KILLS] = { "container_oom_events_total", "counter",
		"Count of out of memory events observed for the container." },
	[WHAT_PROCESSES] = { "container_threads", "gauge",
		"Number of threads running inside the container." },
};

/* The value and its decimals; RECORD_UNKNOWN: there is no sample. */
static int64_t value_of(const struct service *service, enum what what, unsigned *decimals)
{
	*decimals = 0;
	switch (what) {
	case WHAT_STATE:
		return service->state < 0 ? RECORD_UNKNOWN : 1;
	case WHAT_RESTARTS:
		return service->restarts;
	case WHAT_START_TIME:
		*decimals = 3;
		/* since_ms is that of the state; a process that is told to stop began before. */
		if ((service->state != STATE_RUNNING && service->state != STATE_READY) ||
			service->since_ms == RECORD_UNKNOWN)
			return RECORD_UNKNOWN;
		return in_unix_time(service->since_ms);
	case WHAT_CPU:
		*decimals = 6;
		return service->cpu_us;
	case WHAT_WORKING_SET:
		return service->working_set;
	case WHAT_MEMORY:
		return service->memory;
	case WHAT_PEAK:
		return service->peak;
	case WHAT_MEMORY_MAX:
		return service->memory_max;
	case WHAT_OOM_KILLS:
		return service->oom_kills;
	case WHAT_PROCESSES:
		return service->processes;
	default:
		return RECORD_UNKNOWN;
	}
}

bool collect_services(struct collect *collect)
{
	const struct services *services = collect->services;
	struct step *step = &collect->step;

	for (enum what what = 0; what < WHAT_COUNT; what++) {
		for (size_t i = 0; i < services->count && !step->full; i++) {
			const struct service *service = &services->list[i];
			unsigned decimals;
			int64_t value = value_of(service, what, &decimals);

			if (value == RECORD_UNKNOWN || !sample_begin(step, &families[what]))
				continue;
			sample_label(step, "name", service->name);
			if (what == WHAT_STATE)
				sample_label(step, "state",
					service_state_name((enum service_state)service->state));
			sample_fixed(step, value, decimals);
		}
	}
	return services->answered && services->complete;
}
