/* SPDX-License-Identifier: MIT */
/* Whether the program of a service is there. */
#ifndef SERVICE_PROGRAM_H
#define SERVICE_PROGRAM_H

#include "service/entry.h"

/* Refuses the service if its program cannot be run; `roots` as in service_set_load() (directory.h). */
void service_check_program(
	struct service_entry *entry, const char *const *roots, const struct service_report *report);

#endif
