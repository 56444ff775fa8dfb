/* SPDX-License-Identifier: MIT */
/*
 * The splitter of exec lines. The result is written over the text it is read from: quoting only
 * ever takes characters away, so what is written stays behind what is read.
 */
#include "service/words.h"

#include <stdbool.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * Reads one word from *in and writes it to *out, without a NUL. Returns 0 or a negative WORDS_….
 */
static int read_word(const char **in, char **out)
{
	const char *from = *in;
	char *to = *out;
	char quote = '\0';

	for (; *from && (quote || !is_blank(*from)); from++) {
		if (quote && *from == quote) {
			quote = '\0';
		} else if (!quote && (*from == '\'' || *from == '"')) {
			quote = *from;
		} else if (quote == '"' && *from == '\\' && (from[1] == '"' || from[1] == '\\')) {
			*to++ = *++from;
		} else if (!quote && *from == '\\') {
			if (!from[1])
				return WORDS_TRAILING_ESCAPE;
			*to++ = *++from;
		} else {
			*to++ = *from;
		}
	}
	*in = from;
	*out = to;
	return quote ? WORDS_OPEN_QUOTE : 0;
}

int words_split(char *text, const char **words, size_t most)
{
	const char *in = text;
	char *out = text;
	size_t count = 0;

	for (;;) {
		char *start = out;
		int error;
		bool last;

		while (is_blank(*in))
			in++;
		if (!*in)
			return (int)count;
		if (count == most)
			return WORDS_TOO_MANY;
		error = read_word(&in, &out);
		if (error)
			return error;
		/* The NUL may fall on the blank that ended the word: step over that first. */
		last = !*in;
		if (!last)
			in++;
		*out++ = '\0';
		words[count++] = start;
		if (last)
			return (int)count;
	}
}
