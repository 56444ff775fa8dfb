/* SPDX-License-Identifier: MIT */
/* Characters that may be sent, and a form for those that may not. */
#include "text.h"

#include <string.h>

#include "basics/utf8.h"

static size_t escape(unsigned char byte, char *to)
{
	static const char digits[] = "0123456789abcdef";

	to[0] = '\\';
	to[1] = 'x';
	to[2] = digits[byte >> 4];
	to[3] = digits[byte & 15];
	return 4;
}

/* The length of the character if it stands for itself, else 0. */
static size_t stands(const char *from, size_t length)
{
	int bytes = utf8_character(from, length);
	unsigned char first = (unsigned char)*from;

	if (bytes == 1)
		return (first >= 0x20 && first != 0x7f) || first == '\t' ? 1 : 0;
	/* U+0080 to U+009F are control characters as well. */
	if (bytes == 2 && first == 0xc2 && (unsigned char)from[1] < 0xa0)
		return 0;
	return bytes > 0 ? (size_t)bytes : 0;
}

size_t text_clean(const char *from, size_t length, char *to, size_t size, size_t *taken)
{
	size_t at = 0, written = 0;

	while (at < length) {
		size_t bytes = stands(from + at, length - at);

		if (written + (bytes ? bytes : 4) > size)
			break;
		if (bytes) {
			memcpy(to + written, from + at, bytes);
			written += bytes;
			at += bytes;
		} else {
			written += escape((unsigned char)from[at++], to + written);
		}
	}
	*taken = at;
	return written;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t text_unescape(char *text, size_t length)
{
	size_t from = 0, to = 0;

	while (from < length) {
		if (length - from >= 4 && text[from] == '\\' && text[from + 1] == 'x' &&
			hex(text[from + 2]) >= 0 && hex(text[from + 3]) >= 0) {
			text[to++] = (char)(hex(text[from + 2]) << 4 | hex(text[from + 3]));
			from += 4;
		} else {
			text[to++] = text[from++];
		}
	}
	return to;
}
