/* SPDX-License-Identifier: MIT */
/* The node and its services at one moment, as PID 1 tells it to "status". */
#ifndef SVCTL_SNAPSHOT_H
#define SVCTL_SNAPSHOT_H

#include <stddef.h>

#include "control/record.h"

struct snapshot {
	struct node_record node;
	struct service_record *services; /* in PID 1's order: by name */
	size_t count;
	size_t room;
	char **lines; /* what the records point into: [0] the node's, [i + 1] service i's */
};

/*
 * Asks PID 1 for all services, or for those named (NULL-terminated). Returns EXIT_DONE, or the exit
 * status after saying on standard error what went wrong; then the snapshot is empty. Free it.
 */
int snapshot_take(struct snapshot *snapshot, char *const *names);

/* Adds an answer's line (node or service) to the snapshot; other lines are passed over. */
void snapshot_add_line(struct snapshot *snapshot, const char *line);

/* The service of that name, or NULL. */
const struct service_record *snapshot_find(const struct snapshot *snapshot, const char *name);

/*
 * Milliseconds until (positive) or since (negative) a moment of the node's clock; or
 * RECORD_UNKNOWN.
 */
int64_t snapshot_until(const struct snapshot *snapshot, int64_t moment_ms);

/* How long a service has been in its state, in ms, never negative; or RECORD_UNKNOWN. */
int64_t snapshot_age(const struct snapshot *snapshot, const struct service_record *service);

/* An empty snapshot, to be filled with snapshot_add_line(). */
void snapshot_begin(struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);

#endif
