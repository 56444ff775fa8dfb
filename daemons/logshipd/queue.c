/* SPDX-License-Identifier: MIT */
/* The ring of lines: a header, the name, the text, and the next header. */
#include "queue.h"

#include <string.h>

static void copy_in(struct queue *queue, uint64_t position, const void *from, size_t length)
{
	size_t at = position % QUEUE_SIZE;
	size_t first = QUEUE_SIZE - at < length ? QUEUE_SIZE - at : length;

	memcpy(queue->bytes + at, from, first);
	memcpy(queue->bytes, (const char *)from + first, length - first);
}

static void copy_out(const struct queue *queue, uint64_t position, void *to, size_t length)
{
	size_t at = position % QUEUE_SIZE;
	size_t first = QUEUE_SIZE - at < length ? QUEUE_SIZE - at : length;

	memcpy(to, queue->bytes + at, first);
	memcpy((char *)to + first, queue->bytes, length - first);
}

static uint64_t behind(uint64_t position, const struct queue_line *line)
{
	return position + sizeof(*line) + line->name_length + line->length;
}

bool queue_has_room(const struct queue *queue, size_t lines)
{
	size_t each = sizeof(struct queue_line) + MESSAGE_NAME_MAX + MESSAGE_TEXT_MAX;

	return QUEUE_SIZE - (queue->end - queue->first) >= lines * each;
}

void queue_add(
	struct queue *queue, const struct queue_line *line, const char *name, const char *text)
{
	copy_in(queue, queue->end, line, sizeof(*line));
	copy_in(queue, queue->end + sizeof(*line), name, line->name_length);
	copy_in(queue, queue->end + sizeof(*line) + line->name_length, text, line->length);
	queue->end = behind(queue->end, line);
}

bool queue_waits(const struct queue *queue)
{
	return queue->next < queue->end;
}

bool queue_sent(const struct queue *queue)
{
	return queue->first < queue->next;
}

void queue_next(const struct queue *queue, struct queue_line *line, char *name, char *text)
{
	copy_out(queue, queue->next, line, sizeof(*line));
	copy_out(queue, queue->next + sizeof(*line), name, line->name_length);
	name[line->name_length] = '\0';
	copy_out(queue, queue->next + sizeof(*line) + line->name_length, text, line->length);
}

void queue_advance(struct queue *queue, uint32_t wire)
{
	struct queue_line line;

	copy_out(queue, queue->next, &line, sizeof(line));
	line.wire = wire;
	copy_in(queue, queue->next, &line, sizeof(line));
	queue->next = behind(queue->next, &line);
}

void queue_oldest(const struct queue *queue, struct queue_line *line)
{
	copy_out(queue, queue->first, line, sizeof(*line));
}

void queue_drop(struct queue *queue)
{
	struct queue_line line;

	queue_oldest(queue, &line);
	queue->first = behind(queue->first, &line);
}

void queue_rewind(struct queue *queue)
{
	queue->next = queue->first;
}
