/* SPDX-License-Identifier: MIT */
/* Growing text, and allocation that does not return on failure: see text.h. */
#include "svctl/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basics/quantity.h"
#include "control/protocol.h"
#include "svctl/message.h"

void *must_resize(void *block, size_t count, size_t size)
{
	void *resized = reallocarray(block, count, size);

	if (resized == NULL) {
		complain("out of memory");
		exit(EXIT_TRIED_AND_FAILED);
	}
	return resized;
}

void *must_allocate(size_t size)
{
	return must_resize(NULL, 1, size);
}

char *must_copy(const char *string)
{
	size_t size = strlen(string) + 1;

	return memcpy(must_allocate(size), string, size);
}

static void reserve(struct text *text, size_t more)
{
	size_t needed = text->length + more + 1;
	size_t room = text->room == 0 ? 256 : text->room;

	if (needed <= text->room)
		return;
	while (room < needed)
		room *= 2;
	text->bytes = must_resize(text->bytes, room, 1);
	text->room = room;
}

const char *text_string(const struct text *text)
{
	return text->length == 0 ? "" : text->bytes;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	reserve(text, length);
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length <= 0)
		return;

	reserve(text, (size_t)length);
	va_start(arguments, format);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

void text_pad(struct text *text, size_t count)
{
	reserve(text, count);
	memset(text->bytes + text->length, ' ', count);
	text->length += count;
	text->bytes[text->length] = '\0';
}

void text_add_time(struct text *text, int64_t ms)
{
	char buffer[16];

	text_add(text, quantity_format_time(buffer, sizeof(buffer), ms < 0 ? 0 : (uint64_t)ms));
}

void text_add_size(struct text *text, uint64_t bytes)
{
	char buffer[16];

	text_add(text, quantity_format_size(buffer, sizeof(buffer), bytes));
}

void text_add_share(struct text *text, uint64_t part, uint64_t whole, const char *what)
{
	static const struct {
		const char *name;
		double bytes;
	} units[] = { { "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 } };
	size_t unit = whole >> 30 ? 2 : whole >> 20 ? 1 : 0;

	text_format(text, "%.2f of %.2f %s %s (%.1f %%)", (double)part / units[unit].bytes,
		(double)whole / units[unit].bytes, units[unit].name, what,
		whole ? (double)part * 100 / (double)whole : 0);
}

void text_clear(struct text *text)
{
	text->length = 0;
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}
