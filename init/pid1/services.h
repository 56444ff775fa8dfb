/* SPDX-License-Identifier: MIT */
/* All services together: what is due, what may start or must stop now, and what people ask of them. */
#ifndef PID1_SERVICES_H
#define PID1_SERVICES_H

#include "supervisor.h"

/* Deadlines that passed, services that may start or stop now, the node's state. Once per turn. */
void services_settle(struct supervisor *supervisor);

/* When the loop must turn again at the latest; TIME_NEVER if only an event can matter. */
uint64_t services_deadline(const struct supervisor *supervisor);

/* Requests. They take effect at the next settle. */
void service_start(struct supervisor *supervisor, uint32_t index);
void service_stop(struct supervisor *supervisor, uint32_t index);
void service_restart(struct supervisor *supervisor, uint32_t index);

/*
 * Sends signal `number` to the main process; 0 stands for its reload-signal. Returns 0, -ESRCH if the
 * service is not running, or another -errno.
 */
int service_signal(struct supervisor *supervisor, uint32_t index, int number);

void services_stop_all(struct supervisor *supervisor);

/* Kills every process that is left of any service. */
void services_kill_all(struct supervisor *supervisor);

#endif
