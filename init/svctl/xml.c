/* SPDX-License-Identifier: MIT */
/* Characters of XML 1.0, section 2.2: see xml.h. */
#include "svctl/xml.h"

#include <stdbool.h>
#include <string.h>

#include "basics/utf8.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

/* Of a whole UTF-8 character. */
static bool is_allowed(const char *bytes, int length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return (first >= 0x20 && first != 0x7f) || first == '\t' || first == '\n';
	return length != 3 || memcmp(bytes, "\xef\xbf", 2) != 0 || (unsigned char)bytes[2] < 0xbe;
}

void xml_add(struct text *out, const char *string)
{
	size_t length = strlen(string);

	while (length > 0) {
		int character = utf8_character(string, length);
		size_t taken = character > 0 ? (size_t)character : 1;

		if (entity(string[0]) != NULL)
			text_add(out, entity(string[0]));
		else if (character > 0 && is_allowed(string, character))
			text_add_bytes(out, string, taken);
		else
			text_add(out, "\xef\xbf\xbd");
		string += taken;
		length -= taken;
	}
}
