/* SPDX-License-Identifier: MIT */
/*
 * PID 1's own messages go to the kernel log: there they survive everything in user space, are sent by
 * netconsole, and share one timeline with the kernel's.
 */
#ifndef PID1_KMSG_H
#define PID1_KMSG_H

#include <stddef.h>

/* syslog's numbers, as /dev/kmsg takes them (Documentation/ABI/testing/dev-kmsg). */
enum level { LEVEL_ERROR = 3, LEVEL_WARNING = 4, LEVEL_NOTICE = 5, LEVEL_INFO = 6 };

/* Opens /dev/kmsg. Until then, and where there is none, messages go to stderr. */
void kmsg_open(void);

/* One line, without newline; "init: " is put before it. Cut at 900 bytes. Never blocks for long. */
__attribute__((format(printf, 2, 3))) void kmsg(enum level level, const char *format, ...);

/* One line of a service with log = kmsg: "NAME: line", with syslog's facility daemon. */
void kmsg_line(const char *name, const char *line, size_t length);

#endif
