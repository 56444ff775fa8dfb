/* SPDX-License-Identifier: MIT */
/* Requests to the light: see light.h. */
#include "light.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LIGHT_SOCKET "/run/blinkstick.sock"

bool light_show(enum alert_kind kind, bool raised)
{
	/*
	 * A time for each, so that the light does not tell for ever what nobody took back. A failed service
	 * makes the node degraded, which the light shows by itself.
	 */
	static const struct {
		const char *name, *look, *time;
	} requests[ALERT_COUNT] = {
		[ALERT_MEMORY] = { "resmon-memory", "degraded", "60s" },
		[ALERT_TEMPERATURE] = { "resmon-heat", "critical", "90s" },
		[ALERT_OOM] = { "resmon-oom", "critical", "60s" },
		[ALERT_SERVICE] = { "resmon-service", "degraded", "1h" },
	};
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = LIGHT_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char text[128];
	ssize_t sent;

	if (raised)
		snprintf(text, sizeof(text), "show look=%s priority=60 for=%s name=%s",
			requests[kind].look, requests[kind].time, requests[kind].name);
	else
		snprintf(text, sizeof(text), "release name=%s", requests[kind].name);
	sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		sizeof(address));
	if (fd >= 0)
		close(fd);
	return sent >= 0;
}
