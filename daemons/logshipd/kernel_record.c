/* SPDX-License-Identifier: MIT */
/* "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,…];TEXT\n", then lines that begin with a blank. */
#include "kernel_record.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* A decimal number that ends in `end`; *at moves behind that. */
static bool take_number(char **at, const char *limit, char end, uint64_t most, uint64_t *number)
{
	char *digit = *at;

	*number = 0;
	while (digit < limit && *digit >= '0' && *digit <= '9') {
		uint64_t value = (uint64_t)(*digit++ - '0');

		if (*number > (most - value) / 10)
			return false;
		*number = *number * 10 + value;
	}
	if (digit == *at || digit == limit || *digit != end)
		return false;
	*at = digit + 1;
	return true;
}

static bool of_a_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* Takes "NAME: " off the text. */
static void take_name(struct kernel_record *record)
{
	size_t length = 0;

	while (length < record->length && length < MESSAGE_NAME_MAX &&
		of_a_name(record->text[length]))
		length++;
	if (length == 0 || length + 2 > record->length ||
		memcmp(record->text + length, ": ", 2) != 0) {
		snprintf(record->name, sizeof(record->name), "kmsg");
		return;
	}
	memcpy(record->name, record->text, length);
	record->name[length] = '\0';
	record->text += length + 2;
	record->length -= length + 2;
}

bool kernel_record_read(struct kernel_record *record, char *bytes, size_t length)
{
	char *at = bytes, *limit = bytes + length, *newline;
	uint64_t priority;

	if (!take_number(&at, limit, ',', 191, &priority) ||
		!take_number(&at, limit, ',', UINT64_MAX, &record->sequence) ||
		!take_number(&at, limit, ',', UINT64_MAX, &record->at_us))
		return false;
	at = memchr(at, ';', (size_t)(limit - at));
	if (!at)
		return false;
	newline = memchr(at, '\n', (size_t)(limit - at));
	record->priority = (uint8_t)priority;
	record->text = at + 1;
	record->length = (size_t)((newline ? newline : limit) - record->text);
	record->length = text_unescape(record->text, record->length);
	if (priority >> 3 == FACILITY_KERNEL)
		snprintf(record->name, sizeof(record->name), "kernel");
	else
		take_name(record);
	return true;
}
