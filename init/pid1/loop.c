/* SPDX-License-Identifier: MIT */
/* The epoll set and the clock. */
#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

static int control(
	int epoll_fd, int operation, int fd, uint32_t events, enum source source, uint32_t index)
{
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)source << 32 | index,
	};

	return epoll_ctl(epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

int loop_watch(int epoll_fd, int fd, uint32_t events, enum source source, uint32_t index)
{
	return control(epoll_fd, EPOLL_CTL_ADD, fd, events, source, index);
}

int loop_rewatch(int epoll_fd, int fd, uint32_t events, enum source source, uint32_t index)
{
	return control(epoll_fd, EPOLL_CTL_MOD, fd, events, source, index);
}

void loop_close(int epoll_fd, int *fd)
{
	if (*fd < 0)
		return;
	/* A child between fork and exec still holds a copy; closing alone would leave it watched. */
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

uint64_t loop_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
