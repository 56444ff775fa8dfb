/* SPDX-License-Identifier: MIT */
/* The lines of the control protocol: quoting of values, and taking a line apart. */
#include "control/protocol.h"

#include <string.h>

static bool stands_for_itself(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '%';
}

int protocol_encode(char *buffer, size_t size, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t length = 0;

	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;
		size_t needed = stands_for_itself(c) ? 1 : 3;

		if (length + needed >= size)
			return -1;
		if (needed == 1) {
			buffer[length] = *value;
		} else {
			buffer[length] = '%';
			buffer[length + 1] = digits[c >> 4];
			buffer[length + 2] = digits[c & 15];
		}
		length += needed;
	}
	if (length >= size)
		return -1;
	buffer[length] = '\0';
	return (int)length;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte behind the % at `at`, or -1. A NUL is none: it would end the value early. */
static int escaped_byte(const char *at)
{
	int high = hex_digit(at[1]);
	int low = high < 0 ? -1 : hex_digit(at[2]);
	int byte = high * 16 + low;

	return high < 0 || low < 0 || byte == 0 ? -1 : byte;
}

bool protocol_decode(char *value)
{
	const char *from = value;
	char *to = value;

	/* Look before changing anything, so that what cannot be decoded is left as it came. */
	for (const char *at = value; (at = strchr(at, '%')); at++) {
		if (escaped_byte(at) < 0)
			return false;
	}
	while (*from) {
		if (*from == '%') {
			*to++ = (char)escaped_byte(from);
			from += 3;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return true;
}

static bool separates(char c)
{
	return c == ' ' || c == '\n';
}

/* One pass, and no search for what most values do not have: an answer has twenty thousand of them. */
bool protocol_next(char **line, char **key, char **value)
{
	char *at = *line, *equals = NULL;
	bool encoded = false;

	while (separates(*at))
		at++;
	*key = at;
	for (; *at && !separates(*at); at++) {
		if (*at == '=' && !equals)
			equals = at;
		encoded |= *at == '%';
	}
	*line = *at ? at + 1 : at;
	if (at == *key)
		return false;
	*at = '\0';
	*value = equals ? equals + 1 : at;
	if (equals)
		*equals = '\0';
	if (encoded)
		protocol_decode(*value); /* one that cannot be decoded is handed on as it came */
	return true;
}
