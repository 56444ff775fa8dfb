/* SPDX-License-Identifier: MIT */
/* What the targets share. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A fuzzer does little but allocate: where from is told in few frames, and what is freed stays unused for
 * megabytes instead of for hundreds of them.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=6:quarantine_size_mb=8:max_malloc_fill_size=0:"
	       "detect_stack_use_after_return=0";
}

void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

static char *copy(const void *data, size_t size, size_t room)
{
	char *bytes = malloc(room ? room : 1);

	if (!bytes)
		abort();
	if (size)
		memcpy(bytes, data, size);
	return bytes;
}

char *fuzz_bytes(const void *data, size_t size)
{
	return copy(data, size, size);
}

char *fuzz_text(const void *data, size_t size)
{
	char *text = copy(data, size, size + 1);

	text[size] = '\0';
	return text;
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

char *fuzz_line(struct fuzz_input *input)
{
	const uint8_t *newline;
	size_t length;
	char *line;

	if (input->size == 0)
		return NULL;
	newline = memchr(input->data, '\n', input->size);
	length = newline ? (size_t)(newline - input->data) : input->size;
	line = fuzz_text(input->data, length);
	if (newline)
		length++;
	input->data += length;
	input->size -= length;
	return line;
}

bool fuzz_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}
