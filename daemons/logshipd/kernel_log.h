/* SPDX-License-Identifier: MIT */
/* The kernel's log, from its oldest record on, into the queue. */
#ifndef LOGSHIPD_KERNEL_LOG_H
#define LOGSHIPD_KERNEL_LOG_H

#include <stdbool.h>

#include "losses.h"
#include "queue.h"
#include "sources.h"

/* A descriptor of /dev/kmsg, or -1 with errno. Needs the capability syslog. */
int kernel_log_open(void);

/*
 * Queues what there is, up to `count` records and as long as the queue has room. Records that were sent
 * before are passed over, and so are copies of services' lines (service(5), log = kmsg): those come from their
 * services.
 */
void kernel_log_read(int fd, struct queue *queue, struct sources *sources, struct losses *losses,
	uint64_t now_us, uint32_t count);

#endif
