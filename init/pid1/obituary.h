/* SPDX-License-Identifier: MIT */
/* What PID 1 says of its services in the kernel log: every death, and what comes of it. */
#ifndef PID1_OBITUARY_H
#define PID1_OBITUARY_H

#include "supervisor.h"

/* `event` has been applied to the service, which was in phase `before`. Says what a reader of dmesg needs. */
void obituary(struct supervisor *supervisor, uint32_t index, enum event event, enum phase before);

/* The one line that says the node is ready. */
void obituary_ready(const struct supervisor *supervisor);

#endif
