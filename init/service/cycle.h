/* SPDX-License-Identifier: MIT */
/* Services that wait for each other in a circle. */
#ifndef SERVICE_CYCLE_H
#define SERVICE_CYCLE_H

#include "service/set.h"

/*
 * Refuses every service that waits for itself by way of others: it would never start, and not by its own fault
 * alone. Returns 0 or -ENOMEM.
 */
int service_check_cycles(struct service_set *set, const struct service_report *report);

#endif
