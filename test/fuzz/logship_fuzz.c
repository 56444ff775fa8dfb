/* SPDX-License-Identifier: MIT */
/*
 * What logshipd reads: the first byte says what the rest is, a record of the kernel (even) or a line of a
 * service. Whatever it is, what comes out is messages of RFC 5424 in clean UTF-8, and nothing of the
 * line is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "basics/utf8.h"
#include "fuzz.h"
#include "logshipd/destination.h"
#include "logshipd/kernel_record.h"
#include "logshipd/lines.h"

static void look_at_text(const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		int bytes = utf8_character(text + at, length - at);

		expect(bytes > 0);
		expect(bytes > 1 || (unsigned char)text[at] >= 0x20 || text[at] == '\t');
		expect(text[at] != 0x7f);
		at += (size_t)bytes;
	}
}

static void look_at_message(const struct queue_line *line, const char *name, const char *text)
{
	static const struct clocks clocks = { 5000000, CLOCK_SET_US + 1 };
	const struct message message = { .priority = line->priority,
		.at_us = line->at_us,
		.host = "node",
		.name = name,
		.text = text,
		.length = line->length };
	char *bytes = malloc(MESSAGE_MAX);
	size_t length = message_format(bytes, &message, &clocks);

	expect(length <= MESSAGE_MAX);
	expect(bytes[0] == '<' && memchr(bytes, '>', 5));
	look_at_text(bytes, length);
	free(bytes);
}

/* Takes everything out of the queue; returns the bytes of the texts, without the marks of pieces. */
static size_t drain(struct queue *queue, uint64_t position)
{
	char name[MESSAGE_NAME_MAX + 1], text[MESSAGE_TEXT_MAX];
	struct queue_line line = { .ends = true };
	bool whole = true;
	size_t sum = 0;

	while (queue_waits(queue)) {
		queue_next(queue, &line, name, text);
		expect(*name && line.length <= MESSAGE_TEXT_MAX && line.length > 0);
		expect(line.position == position);
		look_at_message(&line, name, text);
		expect(whole || (line.length > 4 && memcmp(text, "... ", 4) == 0));
		sum += line.length - (whole ? 0 : 4U);
		whole = line.ends;
		queue_advance(queue, 1);
		queue_drop(queue);
	}
	expect(line.ends);
	return sum;
}

static void add(struct queue *queue, const struct origin *origin, const char *text, size_t length)
{
	size_t count = lines_add(queue, origin, text, length), sum;

	expect(count <= LINES_PIECES_MAX && (count > 0) == (length > 0));
	sum = drain(queue, origin->position);
	expect(sum >= length && sum <= 4 * length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct queue queue;
	struct origin origin = { .name = "web", .at_us = 1, .priority = 30, .position = 12 };
	struct kernel_record record;
	struct destination destination;
	char *bytes, *text;
	const char *line;
	size_t length;

	if (size == 0 || size > LINES_TEXT_MAX)
		return 0;
	memset(&queue, 0, sizeof(queue));
	bytes = fuzz_bytes(data + 1, size - 1);
	text = fuzz_text(data + 1, size - 1);
	line = bytes;
	length = size - 1;
	if (data[0] % 2 == 0 && kernel_record_read(&record, bytes, length)) {
		expect(record.name[0] && strlen(record.name) <= MESSAGE_NAME_MAX);
		expect(record.text >= bytes && record.text + record.length <= bytes + size - 1);
		origin.name = record.name;
		origin.priority = record.priority;
		add(&queue, &origin, record.text, record.length);
	} else if (data[0] % 2) {
		origin.priority = lines_priority(&line, &length, 30);
		expect(origin.priority <= 191 && line + length == bytes + size - 1);
		add(&queue, &origin, line, length);
	}
	if (destination_read(&destination, text)) {
		char written[DESTINATION_TEXT_MAX];
		struct destination again;

		destination_write(written, &destination);
		expect(destination_read(&again, written));
		expect(strcmp(again.host, destination.host) == 0 &&
			again.port == destination.port && again.tcp == destination.tcp);
	}
	free(bytes);
	free(text);
	return 0;
}
