/* SPDX-License-Identifier: MIT */
/* Control characters made visible: see escape.h. */
#include "svctl/escape.h"

#include <stdbool.h>
#include <string.h>

static bool is_control(const char *bytes, int length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return first < 0x20 || first == 0x7f;
	return length == 2 && first == 0xc2 &&
	       (unsigned char)bytes[1] < 0xa0; /* U+0080 to U+009F */
}

static void add_escaped(struct text *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text_format(out, "\\x%02x", (unsigned char)bytes[i]);
}

/* Adds one character or one wrong byte. Returns how many bytes it took; 0: it is not complete. */
static size_t add_character(struct text *out, const char *bytes, size_t length, const char *kept)
{
	int character = utf8_character(bytes, length);

	if (character == UTF8_INCOMPLETE)
		return 0;
	if (character == UTF8_INVALID) {
		add_escaped(out, bytes, 1);
		return 1;
	}
	if (is_control(bytes, character) && (bytes[0] == '\0' || strchr(kept, bytes[0]) == NULL))
		add_escaped(out, bytes, (size_t)character);
	else
		text_add_bytes(out, bytes, (size_t)character);
	return (size_t)character;
}

void escape_line(struct text *out, const char *string)
{
	size_t length = strlen(string);

	while (length > 0) {
		size_t taken = add_character(out, string, length, "");

		if (taken == 0) {
			add_escaped(out, string, 1);
			taken = 1;
		}
		string += taken;
		length -= taken;
	}
}

void escape_piece(struct escape_stream *stream, struct text *out, const char *bytes, size_t length)
{
	/* A character begun in the piece before is completed byte by byte, or turns out wrong. */
	while (stream->begun_length > 0 && length > 0) {
		size_t taken;

		stream->begun[stream->begun_length++] = *bytes++;
		length--;
		taken = add_character(out, stream->begun, stream->begun_length, "\n\t");
		while (taken > 0) {
			stream->begun_length -= taken;
			memmove(stream->begun, stream->begun + taken, stream->begun_length);
			taken = stream->begun_length == 0 ? 0
							  : add_character(out, stream->begun,
								    stream->begun_length, "\n\t");
		}
	}
	while (length > 0) {
		size_t taken = add_character(out, bytes, length, "\n\t");

		if (taken == 0) {
			memcpy(stream->begun, bytes, length);
			stream->begun_length = length;
			return;
		}
		bytes += taken;
		length -= taken;
	}
}

void escape_end(struct escape_stream *stream, struct text *out)
{
	add_escaped(out, stream->begun, stream->begun_length);
	stream->begun_length = 0;
}
