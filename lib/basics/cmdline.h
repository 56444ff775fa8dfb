/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line: words, double quotes around values with blanks, as the kernel's own parser
 * reads them (Documentation/admin-guide/kernel-parameters.rst). Pure; the caller reads /proc/cmdline.
 */
#ifndef BASICS_CMDLINE_H
#define BASICS_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

enum { CMDLINE_MAX = 4096 }; /* bytes, NUL included; arm64's COMMAND_LINE_SIZE is 2048 */

/*
 * Calls `word` for each parameter: key, and value (NULL when there is no '='). Both point into a
 * copy valid during the call. A callback that returns false ends the walk.
 */
void cmdline_each(const char *line, bool (*word)(void *context, const char *key, const char *value),
	void *context);

/*
 * The value of `key`; the last one given wins, as for most kernel parameters. Copies it to buffer
 * (always NUL-terminated) and returns its length; 0 with an empty buffer for a bare word;
 * -1 if the key is not there, or does not fit in `size`.
 */
int cmdline_value(const char *line, const char *key, char *buffer, size_t size);

/*
 * The condition of `when = cmdline:…`: "word" holds if word stands there, bare or with any value;
 * "key=value" if that key has that value (any occurrence).
 */
bool cmdline_matches(const char *line, const char *condition);

/* True if `name` is in the comma-separated list that is the value of `key` (any occurrence). */
bool cmdline_lists(const char *line, const char *key, const char *name);

#endif
