/* SPDX-License-Identifier: MIT */
/* Text into a fixed buffer: see output.h. */
#include "output.h"

#include <string.h>

enum { DIGITS_MAX = 20 }; /* of a 64-bit number */

size_t output_room(const struct output *output)
{
	return output->size - output->length;
}

void output_bytes(struct output *output, const char *bytes, size_t length)
{
	if (length > output_room(output)) {
		output->cut = true;
		length = output_room(output);
	}
	memcpy(output->bytes + output->length, bytes, length);
	output->length += length;
}

void output_text(struct output *output, const char *text)
{
	output_bytes(output, text, strlen(text));
}

/* The number with at least `least` digits. */
static void add_digits(struct output *output, uint64_t number, unsigned least)
{
	char digits[DIGITS_MAX];
	unsigned count = 0;

	do {
		digits[DIGITS_MAX - ++count] = (char)('0' + number % 10);
		number /= 10;
	} while (count < DIGITS_MAX && (number > 0 || count < least));
	output_bytes(output, digits + DIGITS_MAX - count, count);
}

void output_number(struct output *output, uint64_t number)
{
	add_digits(output, number, 1);
}

void output_fixed(struct output *output, int64_t number, unsigned decimals)
{
	uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
	uint64_t scale = 1;

	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	if (number < 0)
		output_text(output, "-");
	add_digits(output, size / scale, 1);
	if (decimals > 0) {
		output_text(output, ".");
		add_digits(output, size % scale, decimals);
	}
}

/* Bytes of the UTF-8 character that begins here (RFC 3629, section 4), 0 if none does. */
static size_t character_length(const unsigned char *at)
{
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	size_t length;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		length = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		length = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	}
	return length;
}

void output_label(struct output *output, const char *value)
{
	while (*value) {
		size_t length = character_length((const unsigned char *)value);

		if (*value == '\n')
			output_text(output, "\\n");
		else if (*value == '\\' || *value == '"')
			output_bytes(output, *value == '"' ? "\\\"" : "\\\\", 2);
		else if (length == 0)
			output_text(output, "?");
		else
			output_bytes(output, value, length);
		value += length == 0 ? 1 : length;
	}
}
