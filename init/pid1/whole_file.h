/* SPDX-License-Identifier: MIT */
/* A file that counts as a whole or not at all: half a passwd must not decide who a program runs as. */
#ifndef PID1_WHOLE_FILE_H
#define PID1_WHOLE_FILE_H

#include <stddef.h>

/*
 * Reads the file `path`, which is looked up from the folder `at` (AT_FDCWD: the working directory) unless it is absolute. Returns 0
 * with its *length in bytes, or -errno: -EFBIG if it has `size` bytes or more. Allocates nothing.
 */
int whole_file_read(int at, const char *path, char *text, size_t size, size_t *length);

#endif
