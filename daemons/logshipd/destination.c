/* SPDX-License-Identifier: MIT */
/* Taking a destination apart. */
#include "destination.h"

#include <stdio.h>
#include <string.h>

#include "basics/quantity.h"

static bool of_a_host(const char *text, size_t length)
{
	static const char others[] = "-._:%";

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    strchr(others, c)))
			return false;
	}
	/* Nor is it taken for an option or a path by anybody. */
	return length > 0 && length <= DESTINATION_HOST_MAX && text[0] != '-' && text[0] != '.';
}

bool destination_read(struct destination *destination, const char *text)
{
	const char *end, *port;
	int64_t number = DESTINATION_PORT;
	size_t length;

	destination->tcp = strncmp(text, "tcp://", 6) == 0;
	if (destination->tcp || strncmp(text, "udp://", 6) == 0)
		text += 6;
	if (*text == '[') {
		text++;
		end = strchr(text, ']');
		if (!end)
			return false;
		port = end + 1;
	} else {
		end = strchr(text, ':');
		/* More than one colon: an address, and no port. */
		if (!end || strchr(end + 1, ':'))
			end = text + strlen(text);
		port = end;
	}
	length = (size_t)(end - text);
	if (!of_a_host(text, length))
		return false;
	memcpy(destination->host, text, length);
	destination->host[length] = '\0';
	if (*port && (*port != ':' || port[1] < '0' || port[1] > '9' ||
			     !quantity_parse_number(port + 1, 1, UINT16_MAX, &number)))
		return false;
	destination->port = (uint16_t)number;
	return true;
}

void destination_write(char *text, const struct destination *destination)
{
	bool brackets = strchr(destination->host, ':') != NULL;

	snprintf(text, DESTINATION_TEXT_MAX, "%s://%s%s%s:%u", destination->tcp ? "tcp" : "udp",
		brackets ? "[" : "", destination->host, brackets ? "]" : "", destination->port);
}
