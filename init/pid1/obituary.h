/* SPDX-License-Identifier: MIT */
/* What PID 1 says about its services in the kernel log: every death, and what follows from it. */
#ifndef PID1_OBITUARY_H
#define PID1_OBITUARY_H

#include "supervisor.h"

/*
 * `event` has been applied to the service, which was in phase `before`. Says what a reader of dmesg needs, or,
 * if that is a death, notes it: the kernel log can be as slow as a serial line, and the service's next start
 * comes first.
 */
void obituary(struct supervisor *supervisor, uint32_t index, enum event event, enum phase before);

/* Says what is due about a service, before another death of it replaces the one that was noted. */
void obituary_say(struct supervisor *supervisor, uint32_t index);

/* Says all that is due. */
void obituary_say_due(struct supervisor *supervisor);

/* The one line that says the node is ready. */
void obituary_ready(const struct supervisor *supervisor);

#endif
