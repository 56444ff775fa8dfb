/* SPDX-License-Identifier: MIT */
/* A message in the form of RFC 5424. Pure. */
#ifndef LOGSHIPD_MESSAGE_H
#define LOGSHIPD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	/* Bytes. With the header a message stays below IPv6's least MTU, so no datagram is split. */
	MESSAGE_TEXT_MAX = 1024,
	MESSAGE_NAME_MAX = 48, /* RFC 5424: APP-NAME */
	MESSAGE_HOST_MAX = 64, /* the kernel's longest host name */
	MESSAGE_MAX = MESSAGE_TEXT_MAX + MESSAGE_NAME_MAX + MESSAGE_HOST_MAX + 128,
};

/* RFC 5424, tables 1 and 2. */
enum facility { FACILITY_KERNEL = 0, FACILITY_USER = 1, FACILITY_DAEMON = 3 };
enum severity { SEVERITY_WARNING = 4, SEVERITY_INFO = 6 };

#define PRIORITY(facility, severity) ((uint8_t)((facility) << 3 | (severity)))

#define TIME_UNKNOWN UINT64_MAX

/* The clock is taken to be set if it shows a later time: 1 January 2024, in microseconds. */
#define CLOCK_SET_US UINT64_C(1704067200000000)

/* The two clocks at one moment, in microseconds. */
struct clocks {
	uint64_t since_boot_us;
	uint64_t wall_us; /* since 1970 */
};

/* Strings point to what the caller keeps. */
struct message {
	uint8_t priority;
	uint64_t at_us; /* when it was written, since boot; or TIME_UNKNOWN */
	const char *
		host; /* what is not printable ASCII, or longer than MESSAGE_HOST_MAX, is left out */
	const char *name; /* APP-NAME, likewise */
	const char *text; /* as text_clean() leaves it, not NUL-terminated */
	size_t length;
};

/*
 * Writes the message into `buffer` of MESSAGE_MAX bytes and returns its length. A moment since boot
 * becomes a time of day by what the clocks show now, so that a clock that jumped from 1970 does no harm.
 * As long as it is not set the timestamp is "-" and the moment stands in the element
 * [meta sysUpTime="…"], in hundredths of a second since boot.
 */
size_t message_format(char *buffer, const struct message *message, const struct clocks *clocks);

#endif
