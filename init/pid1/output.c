/* SPDX-License-Identifier: MIT */
/* The log pipes. */
#include "output.h"

#include <string.h>
#include <unistd.h>

#include "kmsg.h"

enum {
	READ_A_TURN = 16 * 1024, /* bytes taken from one service in one turn */
	/* A pipe holds 64 KiB (pipe(7)); what is left of the cgroup may still write to it. */
	DRAIN_MOST = 64 * 1024 + READ_A_TURN,
	KMSG_LINE_MAX = 800, /* bytes of a line handed to the kernel log; a longer one is split */
};

/* Passes on the whole lines that are new in the ring to the kernel log. */
static void forward(const struct service_config *config, struct service *service)
{
	char text[KMSG_LINE_MAX];
	uint64_t from = service->kmsg_from;
	size_t length, line;
	const char *end;

	for (;;) {
		length = ring_read(&service->log, &from, text, sizeof(text), NULL);
		end = memchr(text, '\n', length);
		if (!end && length < sizeof(text))
			return;
		line = end ? (size_t)(end - text) : length;
		kmsg_line(config->name, text, line);
		service->kmsg_from = from - length + line + (end ? 1 : 0);
		from = service->kmsg_from;
	}
}

static ssize_t take(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	const struct service_config *config = &supervisor->set.entries[index].config;
	struct iovec pieces[2];
	ssize_t length;

	if (service->log_fd < 0)
		return 0;
	ring_room(&service->log, READ_A_TURN, pieces);
	length = readv(service->log_fd, pieces, 2);
	if (length <= 0)
		return length;
	ring_advance(&service->log, (size_t)length);
	supervisor->log_changes++;
	if (config->log == LOG_KMSG)
		forward(config, service);
	return length;
}

void output_read(struct supervisor *supervisor, uint32_t index)
{
	(void)take(supervisor, index);
}

void output_drain(struct supervisor *supervisor, uint32_t index)
{
	ssize_t length;

	for (size_t drained = 0; drained < DRAIN_MOST; drained += (size_t)length) {
		length = take(supervisor, index);
		if (length <= 0)
			return;
	}
}
