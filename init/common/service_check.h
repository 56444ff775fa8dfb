/* SPDX-License-Identifier: MIT */
/* Between the files that make up service_set.h. Nobody else includes this. */
#ifndef COMMON_SERVICE_CHECK_H
#define COMMON_SERVICE_CHECK_H

#include "common/service_set.h"

/*
 * Marks the service as invalid, keeps the text if it is the first error, and passes it on to `report`
 * (may be NULL). `line` is the line of its file, 0: the file as a whole.
 */
void service_entry_refuse(struct service_entry *entry, const struct service_report *report,
	unsigned line, const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Puts a service into the set that is invalid because its file could not be read. Returns as
 * service_set_add() does.
 */
int service_set_add_refused(struct service_set *set, const char *name, const char *reason,
	const struct service_report *report);

/* Refuses the service if its program cannot be run; `roots` as in service_set_load(). */
void service_check_program(
	struct service_entry *entry, const char *const *roots, const struct service_report *report);

/*
 * Refuses every service that waits for itself by way of others: started never, and not by its own
 * fault alone. Returns 0 or -ENOMEM.
 */
int service_check_cycles(struct service_set *set, const struct service_report *report);

#endif
