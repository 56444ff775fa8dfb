/* SPDX-License-Identifier: MIT */
/*
 * What services and the node use, read from the cgroups and from /proc/meminfo. svctl reads them
 * itself, so that PID 1 never waits for the kernel to add up numbers for somebody who looks.
 */
#ifndef SVCTL_RESOURCES_H
#define SVCTL_RESOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "control/record.h"

/* The directory of the services' cgroups, if not SERVICE_CGROUPS: for tests. */
#define RESOURCES_CGROUPS_VARIABLE "GREYHOUND_SERVICE_CGROUPS"

/* Each RECORD_UNKNOWN if the kernel has no such file. */
struct service_use {
	int64_t memory_bytes;
	int64_t memory_peak_bytes;
	int64_t cpu_us;
};

struct node_memory {
	int64_t total_bytes;
	int64_t available_bytes;
};

struct resources {
	int cgroups; /* the directory of the services' cgroups; -1: there is none */
	bool memory; /* memory is counted in them */
};

void resources_open(struct resources *resources);
void resources_close(struct resources *resources);

/* Reads the use of one service; only memory_bytes unless `all`. */
void resources_of_service(
	const struct resources *resources, const char *name, bool all, struct service_use *use);

void resources_of_node(struct node_memory *memory);

/*
 * The number that follows `key` at the beginning of a line of `text` ("usage_usec 12",
 * "MemTotal:  5 kB"), or RECORD_UNKNOWN. Pure.
 */
int64_t resources_value(const char *text, const char *key);

#endif
