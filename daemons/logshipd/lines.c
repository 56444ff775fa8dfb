/* SPDX-License-Identifier: MIT */
/* Cutting lines into messages. */
#include "lines.h"

#include <string.h>

#include "text.h"

static const char goes_on[] = "... ";

size_t lines_add(struct queue *queue, const struct origin *origin, const char *line, size_t length)
{
	char text[MESSAGE_TEXT_MAX];
	struct queue_line queued = {
		.at_us = origin->at_us,
		.position = origin->position,
		.source = origin->source,
		.priority = origin->priority,
		.name_length = (uint8_t)strnlen(origin->name, MESSAGE_NAME_MAX),
	};
	size_t count = 0, head = 0, taken;

	while (length > 0) {
		queued.length = (uint16_t)(head + text_clean(line, length, text + head,
							  sizeof(text) - head, &taken));
		line += taken;
		length -= taken;
		queued.ends = length == 0;
		queue_add(queue, &queued, origin->name, text);
		count++;
		head = sizeof(goes_on) - 1;
		memcpy(text, goes_on, head);
	}
	return count;
}

uint8_t lines_priority(const char **line, size_t *length, uint8_t priority)
{
	const char *at = *line;
	size_t digits = 1;
	unsigned number = 0;

	if (*length < 3 || at[0] != '<')
		return priority;
	for (; digits < *length && digits < 4 && at[digits] >= '0' && at[digits] <= '9'; digits++)
		number = number * 10 + (unsigned)(at[digits] - '0');
	if (digits == 1 || digits == *length || at[digits] != '>' || number > 191)
		return priority;
	*line += digits + 1;
	*length -= digits + 1;
	return (uint8_t)(number < 8 ? (priority & ~7U) | number : number);
}
