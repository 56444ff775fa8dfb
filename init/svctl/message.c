/* SPDX-License-Identifier: MIT */
/* Messages for people on standard error: see message.h. */
#include "svctl/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/protocol.h"

void complain(const char *format, ...)
{
	va_list arguments;

	fflush(stdout); /* in the order in which it happened, should both go to one terminal */
	fputs("svctl: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	complain("cannot write to standard output: %s", strerror(errno));
	return EXIT_TRIED_AND_FAILED;
}
