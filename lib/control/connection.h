/* SPDX-License-Identifier: MIT */
/*
 * One connection to PID 1's control socket: a request goes out, lines come back
 * (control/protocol.h). Every wait has an end; why there is no answer is told in words, once.
 */
#ifndef CONTROL_CONNECTION_H
#define CONTROL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/protocol.h"

enum {
	CONNECTION_ANSWER_MS = 5000, /* PID 1 answers within that, or it does not answer */
	CONNECTION_NO_DEADLINE = -1,
};

/*
 * The socket's path is PROTOCOL_SOCKET unless this environment variable names another one: for
 * tests and for talking to a node whose /run lies elsewhere. It gives no rights: PID 1 checks
 * who asks.
 */
#define CONNECTION_SOCKET_VARIABLE "GREYHOUND_INIT_SOCKET"

struct connection {
	int fd;
	size_t start, end; /* of what was received and not yet taken */
	char buffer[2 * PROTOCOL_LINE_MAX];
};

enum receipt {
	RECEIPT_LINE, /* here it is */
	RECEIPT_END, /* PID 1 closed the connection */
	RECEIPT_LATE, /* not before the deadline */
	RECEIPT_BROKEN, /* a read error, or a line that is longer than PROTOCOL_LINE_MAX */
};

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
int64_t connection_clock(void);

/* The path that is connected to. */
const char *connection_path(void);

/*
 * Connects and sends the request (without its newline). Returns 0 with connection->fd open and not
 * blocking, or -errno: -ENAMETOOLONG (socket's path), -E2BIG (request), -ETIMEDOUT, or what
 * connect() or send() said.
 */
int connection_open(struct connection *connection, const char *request);

/* Nothing happens to one that is closed already. */
void connection_close(struct connection *connection);

/*
 * The next line, without its newline, NUL-terminated, valid until the next call. Waits until
 * `deadline` (connection_clock(); 0 has passed already, so only what is there; or
 * CONNECTION_NO_DEADLINE).
 */
enum receipt connection_line(struct connection *connection, int64_t deadline, char **line);

/*
 * Up to `most` raw bytes (those behind a log line), at least one. *length says how many; *bytes is
 * valid until the next call.
 */
enum receipt connection_bytes(struct connection *connection, int64_t deadline, size_t most,
	const char **bytes, size_t *length);

#endif
