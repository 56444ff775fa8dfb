/* SPDX-License-Identifier: MIT */
/*
 * Reads the kernel's text files line by line through a small buffer, however long they are, and takes
 * lines apart. Paths begin with '/' and are looked up below a directory, so that tests can play a
 * kernel; the node's is "/".
 */
#ifndef RESMOND_LINES_H
#define RESMOND_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINES_BUFFER = 2048 }; /* a longer line is cut; the rest of it is passed over */

struct lines {
	int fd;
	int error; /* errno of what ended it; 0: the end of the file */
	size_t start, end;
	size_t kept_length; /* of what was read so far, while it fits */
	bool kept, whole; /* it fits; and it is the whole file */
	bool again; /* the lines come from what was kept */
	char buffer[LINES_BUFFER];
	char copy[LINES_BUFFER - 1]; /* what is handed out may be taken apart */
};

/* An open descriptor for reading, or -1 with errno. */
int lines_open_file(int root, const char *path);

/* False with errno (and lines->error) if it cannot be opened; closing it is all right then. */
bool lines_open(struct lines *lines, int root, const char *path);
/* The same for a descriptor, which belongs to it from then on. */
void lines_begin(struct lines *lines, int fd);
void lines_close(struct lines *lines);

/* The next line without its newline, valid until the next call; NULL at the end. */
char *lines_next(struct lines *lines);

/*
 * Begins again at the first line: with the same text if the file was read to its end and fits the buffer, which
 * saves the kernel writing it once more, else with what the file says then.
 */
void lines_rewind(struct lines *lines);

/* The next word of *text, split off in place; "" at the end. */
char *lines_word(char **text);

/* Decimal digits at the beginning of the text, blanks before them allowed. False: none, or too many. */
bool lines_number(const char *text, uint64_t *number);
/* The same, perhaps with a minus sign, and nothing behind it but blanks and newlines. */
bool lines_signed(const char *text, int64_t *number);

/*
 * A number with decimals, "0.25", as 10^-decimals: 25 for 2. Further decimals are cut off.
 */
bool lines_fixed(const char *text, unsigned decimals, uint64_t *number);

/* If the line begins with the key, what follows it; else NULL. */
const char *lines_after(const char *line, const char *key);

/*
 * The whole of a small file as text, without the newline at its end. The length, or -1 with errno.
 * What does not fit is cut off.
 */
int lines_read(int root, const char *path, char *text, size_t size);
/* False with errno; EINVAL if it has no number. */
bool lines_read_number(int root, const char *path, uint64_t *number);
bool lines_read_signed(int root, const char *path, int64_t *number);

#endif
