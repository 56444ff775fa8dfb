/* SPDX-License-Identifier: MIT */
/* The entries of a folder of the kernel's, such as /sys/class/net. */
#ifndef RESMOND_FOLDER_H
#define RESMOND_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

enum { FOLDER_NAME_MAX = 64 }; /* bytes, NUL included; an entry with a longer name is passed over */

/*
 * Calls `entry` with the open folder and each name in it, hidden ones left out, in the kernel's
 * order, until it returns false. A folder that is not there has no entries; false with errno if it cannot be
 * read.
 */
bool folder_each(int root, const char *path,
	bool (*entry)(void *context, int folder, const char *name), void *context);

#endif
