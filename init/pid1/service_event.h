/* SPDX-License-Identifier: MIT */
/* The only way something happens to a service: the core is told, and what it decides is carried out. */
#ifndef PID1_SERVICE_EVENT_H
#define PID1_SERVICE_EVENT_H

#include "supervisor.h"

/* Hands the core one event and does what follows from it. `death` as in struct event_data. */
void service_event(
	struct supervisor *supervisor, uint32_t index, enum event event, const struct death *death);

#endif
