/* SPDX-License-Identifier: MIT */
/*
 * What a daemon says to people: lines on stderr, which PID 1 keeps in the service's log. One write a
 * line, so that lines of a daemon and of its children do not mix.
 */
#ifndef BASICS_LOG_H
#define BASICS_LOG_H

enum { LOG_LINE_MAX = 320 }; /* bytes; what is longer is cut */

/* "PROGRAM: eth0: message" about the link, stick, client … eth0; about none (NULL) "PROGRAM: message". */
__attribute__((format(printf, 2, 3))) void log_line(const char *about, const char *format, ...);

#endif
