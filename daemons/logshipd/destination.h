/* SPDX-License-Identifier: MIT */
/* Where the log goes: [udp://|tcp://]HOST[:PORT]. Pure. */
#ifndef LOGSHIPD_DESTINATION_H
#define LOGSHIPD_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DESTINATION_HOST_MAX = 255,
	DESTINATION_PORT = 514, /* RFC 5426; over TCP what syslog daemons listen on by custom */
	DESTINATION_TEXT_MAX = DESTINATION_HOST_MAX + 32,
};

struct destination {
	char host[DESTINATION_HOST_MAX + 1]; /* a name or an address, without brackets */
	uint16_t port;
	bool tcp;
};

/*
 * An IPv6 address with a port is in brackets. False, and *destination of no use, if it is none of
 * these, with a character that no name and no address has, or with a port that is none.
 */
bool destination_read(struct destination *destination, const char *text);

/* As it is written, with all parts; DESTINATION_TEXT_MAX bytes. */
void destination_write(char *text, const struct destination *destination);

#endif
