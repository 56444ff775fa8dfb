/* SPDX-License-Identifier: MIT */
/*
 * The sd_notify(3) socket: READY=1, STATUS=, WATCHDOG=1 from services that say `ready = notify` or
 * `watchdog`. A message counts only if its sender is in the cgroup of that service.
 */
#ifndef PID1_NOTIFY_H
#define PID1_NOTIFY_H

#include "supervisor.h"

/* Lets the kernel say who sent each message that arrives at the socket. 0 or -errno. */
int notify_prepare(int fd);

/* Takes what has arrived, a bounded number of messages. */
void notify_read(struct supervisor *supervisor, int fd);

/* Takes the text of one message from service `index`, which is split in place. Knows nothing about sockets. */
void notify_take(struct supervisor *supervisor, uint32_t index, char *text);

#endif
