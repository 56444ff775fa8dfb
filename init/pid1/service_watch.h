/* SPDX-License-Identifier: MIT */
/*
 * What the kernel reports about services: their descriptors in the epoll set, and children that died. It
 * becomes events for the core.
 */
#ifndef PID1_SERVICE_WATCH_H
#define PID1_SERVICE_WATCH_H

#include "supervisor.h"

/*
 * Watches the open descriptors of a service under its index: `anew` adds them to the loop; otherwise they
 * have been watched under another index.
 */
void service_watch(struct supervisor *supervisor, uint32_t index, bool anew);

/* One event of the loop, for a SOURCE_ from SOURCE_PROCESS on. */
void service_handle(struct supervisor *supervisor, enum source source, uint32_t index);

/*
 * Reaps dead processes, a bounded number at a time. This is for orphans: looking for them costs a walk over all
 * children, so it comes after the settle, when services that died have been started again.
 */
void services_reap(struct supervisor *supervisor);

#endif
