/* SPDX-License-Identifier: MIT */
/* Whether the program of a service is there. */
#ifndef SERVICE_PROGRAM_H
#define SERVICE_PROGRAM_H

#include "service/entry.h"

/*
 * Refuses the service if its program cannot be run; `roots` as in service_set_load() (directory.h). One that is not
 * there is no error where it may still come.
 */
void service_check_program(struct service_entry *entry, const char *const *roots, bool may_come,
	const struct service_report *report);

#endif
