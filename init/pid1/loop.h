/* SPDX-License-Identifier: MIT */
/*
 * What PID 1 waits for. Each descriptor in the one epoll set carries its source and an index. A
 * handler may be called for a descriptor that was closed and opened again in the same turn,
 * so all handlers read without blocking and accept "nothing there" as an answer.
 */
#ifndef PID1_LOOP_H
#define PID1_LOOP_H

#include <stdint.h>
#include <time.h>

enum source {
	SOURCE_SIGNAL, /* the signalfd */
	SOURCE_NAMES, /* inotify: the name of a socket of ours changed */
	SOURCE_NOTIFY, /* the sd_notify socket */
	SOURCE_CONTROL, /* the control socket: somebody connects */
	SOURCE_CLIENT, /* index: of the client */
	/* From here on the index is a service's. */
	SOURCE_PROCESS, /* pidfd: the main process died */
	SOURCE_STEP, /* step pipe: exec succeeded or a step failed */
	SOURCE_READY, /* ready pipe */
	SOURCE_CGROUP, /* cgroup.events: the cgroup may be empty */
	SOURCE_LOG, /* log pipe */
};

/* Adds `fd` to the set for `events` (EPOLLIN, …). 0 or -errno. */
int loop_watch(int epoll_fd, int fd, uint32_t events, enum source source, uint32_t index);

/* Changes the events of a watched descriptor. */
int loop_rewatch(int epoll_fd, int fd, uint32_t events, enum source source, uint32_t index);

/* Removes *fd from the set and closes it, if it is open, and sets *fd to -1. */
void loop_close(int epoll_fd, int *fd);

/* Microseconds of CLOCK_BOOTTIME. */
uint64_t loop_now_us(void);

#endif
