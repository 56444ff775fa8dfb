/* SPDX-License-Identifier: MIT */
/* The syntax of UTF-8, RFC 3629 section 4: see utf8.h. */
#include "basics/utf8.h"

#include <string.h>

/*
 * Beyond ASCII: the first byte's range, the length, and the second byte's range, which is what rules
 * out overlong forms, surrogates (0xed) and what lies above U+10FFFF (0xf4).
 */
/* clang-format off */
static const struct {
	unsigned char first_low, first_high, length, second_low, second_high;
} forms[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};
/* clang-format on */

int utf8_character(const char *bytes, size_t length)
{
	const unsigned char *c = (const unsigned char *)bytes;

	if (c[0] < 0x80)
		return 1;
	for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		if (c[0] < forms[form].first_low || c[0] > forms[form].first_high)
			continue;
		for (size_t i = 1; i < forms[form].length; i++) {
			unsigned char low = i == 1 ? forms[form].second_low : 0x80;
			unsigned char high = i == 1 ? forms[form].second_high : 0xbf;

			if (i == length)
				return UTF8_INCOMPLETE;
			if (c[i] < low || c[i] > high)
				return UTF8_INVALID;
		}
		return forms[form].length;
	}
	return UTF8_INVALID;
}

size_t utf8_cut(const char *text, size_t columns)
{
	size_t length = strlen(text);
	size_t at = 0;

	while (at < length && columns > 0) {
		int bytes = utf8_character(text + at, length - at);

		at += bytes > 0 ? (size_t)bytes : 1;
		columns--;
	}
	return at;
}

size_t utf8_columns(const char *text)
{
	size_t length = strlen(text);
	size_t columns = 0;

	for (size_t at = 0; at < length; columns++) {
		int bytes = utf8_character(text + at, length - at);

		at += bytes > 0 ? (size_t)bytes : 1;
	}
	return columns;
}
