/* SPDX-License-Identifier: MIT */
/* Writing to the kernel log. The descriptor is the only state: errors must be reportable from anywhere. */
#include "kmsg.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* The kernel takes records of up to 1 KiB less its own prefix (PRINTKRB_RECORD_MAX). */
enum { RECORD_MAX = 900 };

/* So that whoever reads both recognises a copy of what is in a ring (RFC 5424, 6.2.1). */
enum { FACILITY_DAEMON = 3 << 3 };

static int kmsg_fd = -1;

void kmsg_open(void)
{
	kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK);
}

static void emit(const char *record, size_t length)
{
	/* A record that cannot be written has nowhere left to be reported to. */
	if (kmsg_fd >= 0)
		(void)!write(kmsg_fd, record, length);
	else
		(void)!write(STDERR_FILENO, record, length);
}

void kmsg(enum level level, const char *format, ...)
{
	char record[RECORD_MAX];
	int prefix, length;
	va_list arguments;

	prefix = snprintf(record, sizeof(record), "<%d>init: ", level);
	va_start(arguments, format);
	length = vsnprintf(record + prefix, sizeof(record) - (size_t)prefix - 1, format, arguments);
	va_end(arguments);
	length += prefix;
	if (length > (int)sizeof(record) - 2)
		length = (int)sizeof(record) - 2;
	record[length] = '\n';
	emit(record, (size_t)length + 1);
}

void kmsg_line(const char *name, const char *line, size_t length)
{
	char record[RECORD_MAX];
	int written =
		snprintf(record, sizeof(record), "<%d>%s: %.*s\n", FACILITY_DAEMON | LEVEL_INFO,
			name, (int)(length > RECORD_MAX ? RECORD_MAX : length), line);

	emit(record, written < (int)sizeof(record) ? (size_t)written : sizeof(record) - 1);
}
