/* SPDX-License-Identifier: MIT */
/*
 * What every fuzz target includes. A target is one function that takes any bytes and aborts if a promise
 * of a header was broken; it is linked with libFuzzer (`make fuzz`) or with standalone.c, which runs it
 * once for each saved input (`make fuzz-regression`).
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The target. libFuzzer knows it by this name; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says where and what, and aborts, if the condition does not hold. */
#define expect(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))
/* The same for a place that is only come to if the promise `what` was broken. */
#define never(what) fuzz_broken(__FILE__, __LINE__, what)
_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/* A copy of `size` bytes with no byte to spare behind them; a NUL follows in the second. Free it. */
char *fuzz_bytes(const void *data, size_t size);
char *fuzz_text(const void *data, size_t size);

/* The input as it is taken apart. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* The next byte; 0 at the end. */
uint8_t fuzz_byte(struct fuzz_input *input);

/*
 * Takes the input up to the next newline, which is passed over, as a NUL-terminated text to be freed.
 * NULL at the end.
 */
char *fuzz_line(struct fuzz_input *input);

/* True if the text is printable ASCII. */
bool fuzz_printable(const char *text);

#endif
