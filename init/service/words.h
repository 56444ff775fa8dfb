/* SPDX-License-Identifier: MIT */
/*
 * Splits a line into words as a shell does: blanks separate; '…' is literal; "…" and \ quote.
 * Nothing is expanded: $, *, ~, | and ; are ordinary characters. Pure.
 */
#ifndef SERVICE_WORDS_H
#define SERVICE_WORDS_H

#include <stddef.h>

/*
 * Splits `text` in place (it shrinks, never grows) and stores pointers to the words in `words`, at most
 * `most` of them. Inside "…", \ quotes only " and \. Returns the number of words, or a negative
 * WORDS_… with nothing of use in `words`.
 */
enum {
	WORDS_TOO_MANY = -1,
	WORDS_OPEN_QUOTE = -2, /* a ' or " without its end */
	WORDS_TRAILING_ESCAPE = -3, /* a \ at the very end */
};
int words_split(char *text, const char **words, size_t most);

#endif
