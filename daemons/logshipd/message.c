/* SPDX-License-Identifier: MIT */
/* RFC 5424, section 6. */
#include "message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_US 1000000

/* A header field: printable ASCII without blanks, or the NILVALUE. */
static void copy_field(char *to, size_t size, const char *from)
{
	size_t at = 0;

	for (; *from && at + 1 < size; from++)
		if (*from > ' ' && *from < 0x7f)
			to[at++] = *from;
	if (at == 0)
		to[at++] = '-';
	to[at] = '\0';
}

static void format_time(char *to, size_t size, uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / SECOND_US);
	struct tm day;

	if (!gmtime_r(&seconds, &day) || day.tm_year > 9999 - 1900)
		snprintf(to, size, "-");
	else
		snprintf(to, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06" PRIu64 "Z",
			day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, day.tm_hour, day.tm_min,
			day.tm_sec, wall_us % SECOND_US);
}

size_t message_format(char *buffer, const struct message *message, const struct clocks *clocks)
{
	char host[MESSAGE_HOST_MAX + 1], name[MESSAGE_NAME_MAX + 1], stamp[64] = "-",
								     data[64] = "-";
	uint64_t ago_us = 0;
	size_t length;

	if (message->at_us != TIME_UNKNOWN && message->at_us < clocks->since_boot_us)
		ago_us = clocks->since_boot_us - message->at_us;
	if (message->at_us != TIME_UNKNOWN && clocks->wall_us > CLOCK_SET_US)
		format_time(stamp, sizeof(stamp), clocks->wall_us - ago_us);
	else if (message->at_us != TIME_UNKNOWN)
		snprintf(data, sizeof(data), "[meta sysUpTime=\"%" PRIu64 "\"]",
			message->at_us / (SECOND_US / 100));
	copy_field(host, sizeof(host), message->host);
	copy_field(name, sizeof(name), message->name);
	length = (size_t)snprintf(buffer, MESSAGE_MAX, "<%u>1 %s %s %s - - %s ", message->priority,
		stamp, host, name, data);
	memcpy(buffer + length, message->text,
		message->length < MESSAGE_TEXT_MAX ? message->length : MESSAGE_TEXT_MAX);
	return length + (message->length < MESSAGE_TEXT_MAX ? message->length : MESSAGE_TEXT_MAX);
}
