/* SPDX-License-Identifier: MIT */
/*
 * The way to the log server: UDP, one message a datagram (RFC 5426), or TCP with octet counting
 * (RFC 6587, 3.4.1). It is opened again, later each time, for as long as it takes.
 *
 * Over TCP a line is kept until the server's machine has acknowledged its bytes, and is sent again if
 * the connection breaks before. Over UDP nobody acknowledges; but a machine that has no server
 * refuses, so after a failure, and at first, one message goes ahead of the others.
 */
#ifndef LOGSHIPD_TRANSPORT_H
#define LOGSHIPD_TRANSPORT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "basics/clock.h"
#include "destination.h"
#include "losses.h"
#include "message.h"
#include "queue.h"
#include "resolver.h"
#include "sources.h"

enum transport_state {
	TRANSPORT_DOWN, /* until retry.at_ms */
	TRANSPORT_RESOLVING,
	TRANSPORT_CONNECTING,
	TRANSPORT_PROBING, /* UDP: one message is on its way, and may be refused */
	TRANSPORT_UP,
};

enum { TRANSPORT_REASON_MAX = 96 };

struct transport {
	enum transport_state state;
	bool (*find)(struct destination *destination); /* where to? False: nowhere */
	struct queue *queue;
	struct sources *sources;
	struct losses *losses;
	struct destination destination;
	char where[DESTINATION_TEXT_MAX];
	struct resolver resolver;
	struct addresses addresses;
	unsigned attempt; /* which of the addresses */
	int fd;
	struct retry retry;
	uint64_t deadline_ms; /* of the state; CLOCK_NEVER */
	uint64_t up_ms; /* since when it is up */
	uint64_t down_ms; /* since when it is not; 0: it is */
	bool doubt; /* UDP: nothing has been sent since it failed */
	bool told; /* that it is down */
	char reason[TRANSPORT_REASON_MAX]; /* why it failed last */
	char out[MESSAGE_MAX + 8]; /* the message that is being sent */
	size_t out_start, out_end;
	uint64_t written; /* bytes given to this connection */
	uint64_t confirmed; /* bytes of it whose lines were dropped from the queue */
	uint32_t confirm_ms; /* until the next look at that while the queue is full; 0: it is not */
};

/* The first four fields of *transport are set by the caller, the state to TRANSPORT_DOWN. */
void transport_init(struct transport *transport);

/* Sends what can be sent. `events` is what poll(2) found, 0 at first. */
void transport_turn(struct transport *transport, short events, uint64_t now_ms);

/* What to wait for; .fd is -1 if for nothing. */
struct pollfd transport_poll(const struct transport *transport);

/* When transport_turn() is due at the latest; CLOCK_NEVER. */
uint64_t transport_deadline(const struct transport *transport);

/* True when nothing is left to send, or to be acknowledged. */
bool transport_idle(const struct transport *transport);

/* Looks again where to; opens another way if it is another place. */
void transport_reload(struct transport *transport, uint64_t now_ms);

#endif
