/* SPDX-License-Identifier: MIT */
/* Colours; see colour.h. */
#include "colour.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* As an LED shows them: amber and orange have less green than on a screen. */
static const struct {
	const char *name;
	struct colour colour;
} names[] = {
	{ "off", { 0, 0, 0 } },
	{ "black", { 0, 0, 0 } },
	{ "white", { 255, 255, 255 } },
	{ "red", { 255, 0, 0 } },
	{ "orange", { 255, 64, 0 } },
	{ "amber", { 255, 96, 0 } },
	{ "yellow", { 255, 176, 0 } },
	{ "green", { 0, 255, 0 } },
	{ "cyan", { 0, 255, 255 } },
	{ "blue", { 0, 0, 255 } },
	{ "purple", { 128, 0, 255 } },
	{ "magenta", { 255, 0, 255 } },
	{ "pink", { 255, 32, 96 } },
};

static int digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

static bool parse_digits(const char *text, struct colour *colour)
{
	size_t length = strlen(text);
	size_t each = length / 3;
	int values[3] = { 0, 0, 0 };

	if (length != 3 && length != 6)
		return false;
	for (size_t i = 0; i < length; i++) {
		int value = digit(text[i]);

		if (value < 0)
			return false;
		/* #f80 is #ff8800. */
		values[i / each] = each == 1 ? value * 17 : values[i / each] * 16 + value;
	}
	*colour = (struct colour){ (uint8_t)values[0], (uint8_t)values[1], (uint8_t)values[2] };
	return true;
}

bool colour_parse(const char *text, struct colour *colour)
{
	if (text[0] == '#')
		return parse_digits(text + 1, colour);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			*colour = names[i].colour;
			return true;
		}
	}
	return false;
}

char *colour_format(char text[COLOUR_TEXT_MAX], struct colour colour)
{
	snprintf(text, COLOUR_TEXT_MAX, "#%02x%02x%02x", colour.red, colour.green, colour.blue);
	return text;
}

const char *colour_name(unsigned index)
{
	return index < sizeof(names) / sizeof(*names) ? names[index].name : NULL;
}

static uint8_t between(uint8_t from, uint8_t to, uint32_t part, uint32_t whole)
{
	int64_t way = ((int64_t)to - from) * part / whole;

	return (uint8_t)(from + way);
}

struct colour colour_between(struct colour from, struct colour to, uint32_t part, uint32_t whole)
{
	return (struct colour){
		between(from.red, to.red, part, whole),
		between(from.green, to.green, part, whole),
		between(from.blue, to.blue, part, whole),
	};
}

bool colour_same(struct colour one, struct colour other)
{
	return one.red == other.red && one.green == other.green && one.blue == other.blue;
}
