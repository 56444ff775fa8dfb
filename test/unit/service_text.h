/* SPDX-License-Identifier: MIT */
/* For tests of service files: errors collected as text, one "NAME:LINE: MESSAGE\n" each. */
#ifndef UNIT_SERVICE_TEXT_H
#define UNIT_SERVICE_TEXT_H

#include "service/parser.h"

#include <stdio.h>
#include <string.h>

struct errors {
	char text[16 * 1024];
	size_t length;
	unsigned count;
};

static inline void errors_add(void *context, const char *name, unsigned line, const char *message)
{
	struct errors *seen = context;
	int length = snprintf(seen->text + seen->length, sizeof(seen->text) - seen->length,
		"%s:%u: %s\n", name, line, message);

	if (length > 0 && (size_t)length < sizeof(seen->text) - seen->length)
		seen->length += (size_t)length;
	seen->count++;
}

#endif
