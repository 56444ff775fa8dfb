/* SPDX-License-Identifier: MIT */
/*
 * The collectors: each reads one of the kernel's (or PID 1's) sources and writes its metrics, with
 * node_exporter's names where it has them. They say false if a source could not be read or understood; then
 * its samples are left out, never written as 0. A source that this board or kernel does not have at all
 * (no sensor, say) is nothing to complain of.
 */
#ifndef RESMOND_COLLECT_H
#define RESMOND_COLLECT_H

#include <stdbool.h>

#include "services.h"
#include "step.h"

/* resmond's own memory: measured once for a scrape, as the kernel walks its pages for it. */
struct own_memory {
	bool measured, known;
	uint64_t resident, private; /* bytes */
};

/* What a collector works with. */
struct collect {
	struct step step;
	int root; /* a directory; "/" but in tests */
	const struct services *services; /* of this scrape */
	const struct own *own;
	struct own_memory memory;
};

/* What resmond counts of itself, since it was started. */
enum { OWN_CODES = 10 };
struct own {
	struct own_code {
		unsigned code; /* of HTTP; 0: not used yet */
		uint64_t count;
	} codes[OWN_CODES];
	uint64_t clients; /* connections open now */
	uint64_t evicted; /* idle or slow ones closed to make room for another */
	uint64_t timeouts; /* closed because they were too slow */
	uint64_t light_dropped; /* requests to the light that nobody took */
};

/* kernel.c */
bool collect_cpu(struct collect *collect); /* /proc/stat */
bool collect_memory(struct collect *collect); /* /proc/meminfo */
bool collect_vmstat(struct collect *collect); /* /proc/vmstat */
bool collect_load(struct collect *collect); /* /proc/loadavg */
bool collect_pressure(struct collect *collect); /* /proc/pressure */
bool collect_entropy(struct collect *collect);
bool collect_time(struct collect *collect);
bool collect_uname(struct collect *collect);

/* network.c */
bool collect_network(struct collect *collect); /* /proc/net/dev */
bool collect_link(struct collect *collect); /* /sys/class/net */

/* sensor.c */
bool collect_thermal(struct collect *collect); /* /sys/class/thermal */
bool collect_hwmon(struct collect *collect); /* /sys/class/hwmon */
bool collect_frequency(struct collect *collect); /* /sys/devices/system/cpu */

/* filesystem.c */
bool collect_filesystem(struct collect *collect); /* /proc/self/mounts */

/* service_metrics.c */
bool collect_node(struct collect *collect);
bool collect_services(struct collect *collect);

/* inclusion.c */
bool collect_netd(struct collect *collect); /* /run/net/metrics */

/* process.c */
bool collect_process(struct collect *collect); /* resmond itself */

#endif
