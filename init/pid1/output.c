/* SPDX-License-Identifier: MIT */
/* The log pipes. */
#include "output.h"

#include <string.h>
#include <unistd.h>

#include "kmsg.h"

enum {
	READ_A_TURN = 16 * 1024, /* bytes taken from one service in one turn */
	/* A pipe holds 64 KiB (pipe(7)); what is left of the cgroup may still write to it. */
	DRAIN_READS = 64 * 1024 / READ_A_TURN + 1,
	KMSG_LINE_MAX = 800, /* bytes of a line handed to the kernel log; a longer one is split */
};

/* Hands the whole lines that are new in the ring on to the kernel log. */
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
	char text[READ_A_TURN];
	ssize_t length;

	if (service->log_fd < 0)
		return 0;
	length = read(service->log_fd, text, sizeof(text));
	if (length <= 0)
		return length;
	ring_append(&service->log, text, (size_t)length);
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
	for (int reads = 0; reads < DRAIN_READS; reads++)
		if (take(supervisor, index) <= 0)
			return;
}
