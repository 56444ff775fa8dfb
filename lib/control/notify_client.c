/* SPDX-License-Identifier: MIT */
/* sd_notify; see notify.h. */
#include "control/notify_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basics/clock.h"
#include "basics/log.h"

enum {
	AGAIN_MS = 250, /* PID 1 reads its socket far sooner */
	BARRIER_MS = 2000,
};

void notify_open(struct notify *notify, const char *path)
{
	size_t length = path ? strlen(path) : 0;

	*notify = (struct notify){ .socket = -1, .again_ms = CLOCK_NEVER };
	if (length == 0)
		return;
	if (length >= sizeof(notify->address.sun_path) || (path[0] != '/' && path[0] != '@')) {
		log_line(NULL, "NOTIFY_SOCKET is no socket's address; going on without it");
		return;
	}
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, path, length);
	if (path[0] == '@')
		notify->address.sun_path[0] = '\0';
	notify->address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->socket < 0)
		log_line(NULL, "cannot open a socket to PID 1: %s; going on without it",
			strerror(errno));
}

void notify_state(struct notify *notify, bool ready, const char *status, uint64_t now_ms)
{
	char message[NOTIFY_STATUS_MAX + 32];
	bool news = ready && !notify->ready_told;
	int length;

	if (notify->socket < 0 || (!news && strcmp(status, notify->status_told) == 0))
		return;
	length = snprintf(message, sizeof(message), "%sSTATUS=%.*s\n", news ? "READY=1\n" : "",
		NOTIFY_STATUS_MAX - 1, status);
	if (sendto(notify->socket, message, (size_t)length, MSG_NOSIGNAL,
		    (const struct sockaddr *)&notify->address, notify->address_length) < 0) {
		/* PID 1 may be busy, or be executing its next image: it will be back. */
		notify->again_ms = now_ms + AGAIN_MS;
		return;
	}
	notify->again_ms = CLOCK_NEVER;
	notify->ready_told |= ready;
	snprintf(notify->status_told, sizeof(notify->status_told), "%s", status);
}

/* Sends one end of a pipe. The other hears when PID 1 has come to that message: it closes what it does not want. */
void notify_barrier(struct notify *notify)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	char text[] = "BARRIER=1";
	struct iovec data = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr message = {
		.msg_name = &notify->address,
		.msg_namelen = notify->address_length,
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *descriptor = CMSG_FIRSTHDR(&message);
	int ends[2];

	if (notify->socket < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	descriptor->cmsg_level = SOL_SOCKET;
	descriptor->cmsg_type = SCM_RIGHTS;
	descriptor->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(descriptor), &ends[1], sizeof(int));
	if (sendmsg(notify->socket, &message, MSG_NOSIGNAL) < 0)
		descriptor = NULL;
	close(ends[1]);
	if (descriptor)
		(void)poll(&(struct pollfd){ .fd = ends[0], .events = POLLIN }, 1, BARRIER_MS);
	close(ends[0]);
}
