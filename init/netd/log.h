/* SPDX-License-Identifier: MIT */
/*
 * What netd says to people: lines on stderr, which PID 1 keeps in the service's log. One write a line,
 * so that lines of netd and of its hook do not mix.
 */
#ifndef NETD_LOG_H
#define NETD_LOG_H

enum { LOG_LINE_MAX = 320 }; /* bytes; what is longer is cut */

/* "netd: eth0: message"; without a link (NULL) "netd: message". */
__attribute__((format(printf, 2, 3))) void log_line(const char *link, const char *format, ...);

#endif
