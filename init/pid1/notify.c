/* SPDX-License-Identifier: MIT */
/* sd_notify: one datagram is a set of NAME=value lines. */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service_event.h"
#include "service_watch.h"

enum {
	MESSAGE_MAX = 2048, /* bytes; a longer message is dropped whole */
	MESSAGES_A_TURN = 64,
};

int notify_prepare(int fd)
{
	static const int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ? -errno : 0;
}

/* The service whose cgroup a process is in, from "0::/svc/NAME[/…]"; -1 if none. */
static int service_by_cgroup(const struct supervisor *supervisor, pid_t pid)
{
	static const char prefix[] = "0::/svc/";
	char path[32], text[512], *name;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	name = strstr(text, prefix);
	if (!name || (name != text && name[-1] != '\n'))
		return -1;
	name += sizeof(prefix) - 1;
	name[strcspn(name, "/\n")] = '\0';
	return service_set_find(&supervisor->set, name);
}

static int service_by_pid(const struct supervisor *supervisor, pid_t pid)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (supervisor->services[i].pid == pid)
			return (int)i;
	return service_by_cgroup(supervisor, pid);
}

static void keep_status(struct service *service, const char *status)
{
	snprintf(service->status, sizeof(service->status), "%s", status);
}

/* READY=1 is also how a reload ends. */
static void said_ready(struct supervisor *supervisor, uint32_t index)
{
	supervisor->services[index].reloading = false;
	if (supervisor->set.entries[index].config.ready != READY_NOTIFY)
		return;
	/* It can only speak because exec succeeded; the step pipe may not have said so yet. */
	service_handle(supervisor, SOURCE_STEP, index);
	service_event(supervisor, index, EVENT_READY, NULL);
}

static void extend(struct supervisor *supervisor, uint32_t index, const char *value)
{
	char *end;
	unsigned long long us = strtoull(value, &end, 10);

	if (end != value && !*end)
		life_extend(&supervisor->lives[index], supervisor->now_us, us);
}

/*
 * What is not named here means nothing to PID 1. That includes MAINPID=, which is refused: the main
 * process is the one PID 1 started.
 */
static void take_line(struct supervisor *supervisor, uint32_t index, const char *line)
{
	static const char status[] = "STATUS=", more_time[] = "EXTEND_TIMEOUT_USEC=";

	if (strcmp(line, "READY=1") == 0)
		said_ready(supervisor, index);
	else if (strcmp(line, "RELOADING=1") == 0)
		supervisor->services[index].reloading = true;
	else if (strcmp(line, "STOPPING=1") == 0)
		service_event(supervisor, index, EVENT_STOPPING, NULL);
	else if (strcmp(line, "WATCHDOG=1") == 0)
		service_event(supervisor, index, EVENT_ALIVE, NULL);
	else if (strncmp(line, status, sizeof(status) - 1) == 0)
		keep_status(&supervisor->services[index], line + sizeof(status) - 1);
	else if (strncmp(line, more_time, sizeof(more_time) - 1) == 0)
		extend(supervisor, index, line + sizeof(more_time) - 1);
}

void notify_take(struct supervisor *supervisor, uint32_t index, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		take_line(supervisor, index, line);
}

static pid_t sender(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_CREDENTIALS)
		return 0;
	memcpy(&credentials, CMSG_DATA(control), sizeof(credentials));
	return credentials.pid;
}

/* Room for the credentials alone: descriptors that come along are closed by the kernel. */
static ssize_t receive(int fd, char *text, size_t size, pid_t *pid)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec data = { .iov_base = text, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);

	*pid = length >= 0 ? sender(&message) : 0;
	return length;
}

void notify_read(struct supervisor *supervisor, int fd)
{
	char text[MESSAGE_MAX];
	ssize_t length;
	pid_t pid;
	int index;

	for (int count = 0; count < MESSAGES_A_TURN; count++) {
		length = receive(fd, text, sizeof(text) - 1, &pid);
		if (length < 0)
			return;
		index = -1;
		if ((size_t)length < sizeof(text) && pid > 0)
			index = service_by_pid(supervisor, pid);
		if (index < 0) {
			supervisor->messages_dropped++;
			continue;
		}
		text[length] = '\0';
		notify_take(supervisor, (uint32_t)index, text);
	}
}
