/* SPDX-License-Identifier: MIT */
/*
 * The lines of the control protocol. What is encoded decodes to itself and holds no byte that would end
 * a value; a line is taken apart within its bounds, whatever it is.
 */
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "fuzz.h"

static void look_at_encoded(const char *encoded)
{
	for (; *encoded; encoded++)
		expect(*encoded > 0x20 && *encoded < 0x7f);
}

/* Into every size of buffer around the one that it needs. */
static void encode(const char *value)
{
	size_t most = 3 * strlen(value) + 1;
	char *encoded = malloc(most);
	int length = protocol_encode(encoded, most, value);

	expect(length >= (int)strlen(value) && (size_t)length < most);
	expect(strlen(encoded) == (size_t)length);
	look_at_encoded(encoded);
	for (size_t room = (size_t)length > 3 ? (size_t)length - 3 : 0; room <= (size_t)length + 1;
		room++) {
		char *tight = malloc(room ? room : 1);
		int got = protocol_encode(tight, room, value);

		expect(got == (room > (size_t)length ? length : -1));
		expect(got < 0 || strcmp(tight, encoded) == 0);
		free(tight);
	}
	expect(protocol_decode(encoded));
	expect(strcmp(encoded, value) == 0);
	free(encoded);
}

static void decode(const char *text)
{
	size_t length = strlen(text);
	char *value = fuzz_text(text, length);
	char *again = malloc(3 * length + 1);
	bool decoded = protocol_decode(value);

	expect(strlen(value) <= length);
	if (decoded) {
		expect(protocol_encode(again, 3 * length + 1, value) >= 0);
		expect(protocol_decode(again) && strcmp(again, value) == 0);
	} else {
		expect(strcmp(value, text) == 0);
	}
	free(again);
	free(value);
}

static void take_apart(const char *text)
{
	size_t length = strlen(text);
	char *copy = fuzz_text(text, length), *line = copy, *before = line;
	char *key = NULL, *value = NULL;

	while (protocol_next(&line, &key, &value)) {
		expect(line > before && line <= copy + length);
		expect(key >= before && key < line + 1);
		expect(value >= key && value + strlen(value) <= copy + length);
		expect(!strpbrk(key, " \n="));
		before = line;
	}
	expect(*line == '\0');
	expect(!protocol_next(&line, &key, &value));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	encode(text);
	decode(text);
	take_apart(text);
	free(text);
	return 0;
}
