/* SPDX-License-Identifier: MIT */
/*
 * The node and its services at one moment: what PID 1 says of them (control/protocol.h), and what their
 * cgroups have used. Each scrape takes its own, so that a slow client sees one state of things from its first
 * line to its last.
 */
#ifndef RESMOND_SERVICES_H
#define RESMOND_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/service_name.h"
#include "control/state.h"

enum {
	SERVICES_MAX = 4096, /* those behind are left out, and the snapshot is not `complete` */
	SERVICES_ANSWER_MS = 1000, /* PID 1 answers within that, or there is no snapshot */
};

/* INT64_MIN: not known. */
struct service {
	char name[SERVICE_NAME_MAX + 1];
	bool essential;
	signed char state; /* enum service_state, or -1 */
	int64_t pid;
	int64_t restarts;
	int64_t since_ms; /* CLOCK_BOOTTIME */
	int64_t cpu_us;
	int64_t memory; /* bytes, as the others */
	int64_t working_set; /* memory without the file pages that would be given up first */
	int64_t peak; /* of all runs since boot */
	int64_t memory_max;
	int64_t oom_kills; /* processes of it the kernel killed for want of memory, since boot */
	int64_t processes;
};

struct services {
	bool answered; /* PID 1 did; else nothing below is known */
	bool complete; /* all services are here, and what they used could be read */
	int node_state; /* enum node_state, or -1 */
	char boot_reason[16]; /* "": not known */
	int64_t now_ms, ready_ms, kernel_ready_ms, reexecs; /* see control/record.h */
	struct service *list; /* in PID 1's order */
	size_t count;
};

/*
 * Asks PID 1, and reads the cgroups below `root` if `use` is set. Returns services->answered. To be freed in
 * any case. Waits for at most SERVICES_ANSWER_MS.
 */
bool services_take(struct services *services, int root, bool use);
void services_free(struct services *services);

/* Reads what the cgroup has used. False if something of it could not be read. Pure but for the files. */
bool services_read_use(int root, struct service *service);

/*
 * Why the node is not ready, for people, in at most `size` bytes: "booting: net starting, job waiting".
 * Empty if it is ready.
 */
void services_explain(const struct services *services, char *text, size_t size);

#endif
