/* SPDX-License-Identifier: MIT */
/* Log lines; see log.h. */
#include "basics/log.h"

#include <errno.h> /* program_invocation_short_name */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void log_line(const char *about, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	size_t length;
	va_list arguments;

	snprintf(line, sizeof(line), "%s: %s%s", program_invocation_short_name, about ? about : "",
		about ? ": " : "");
	for (length = 0; line[length]; length++)
		;
	va_start(arguments, format);
	vsnprintf(line + length, sizeof(line) - 1 - length, format, arguments);
	va_end(arguments);
	for (; line[length]; length++)
		;
	line[length++] = '\n';
	/* There is nobody to tell that the log does not work. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}
