/* SPDX-License-Identifier: MIT */
/* All services of a node, sorted by name. directory.h reads them, link.h finds whom they wait for. */
#ifndef SERVICE_SET_H
#define SERVICE_SET_H

#include "service/entry.h"

/* Services of one node; further files are reported and left out. */
enum { SERVICE_COUNT_MAX = 4096 };

struct service_set {
	struct service_entry *entries; /* sorted by name */
	uint32_t count;
};

/*
 * Adds one file's text under a name (a later one of the same name replaces the former) to a set that began as
 * all zeros. A file with errors is added, as invalid. Returns 0, -ENOMEM, -ENOSPC (SERVICE_COUNT_MAX) or
 * -EINVAL (not a service's name, reported); where adding fails, the set is as it was.
 */
int service_set_add(struct service_set *set, const char *name, const char *text, size_t length,
	const struct service_report *report);

/*
 * Adds a service that is invalid because its file could not be read, for this reason. Returns as
 * service_set_add() does; the name has to be a service's.
 */
int service_set_add_unread(struct service_set *set, const char *name, const char *reason,
	const struct service_report *report);

/* Index of a name, or -1. */
int service_set_find(const struct service_set *set, const char *name);

void service_set_free(struct service_set *set);

#endif
