/* SPDX-License-Identifier: MIT */
/*
 * The control socket: who is connected, what they asked, what they have yet to get. control/protocol.h and
 * init-control(7) describe the protocol; answer.h writes the answers.
 *
 * A client costs one slot of fixed size. It has a few seconds to ask, and a few more to take each answer; it
 * can be slow, stop reading or vanish without anybody else noticing.
 */
#ifndef PID1_CONTROL_H
#define PID1_CONTROL_H

#include "answer.h"
#include "control/protocol.h"
#include "power.h"
#include "supervisor.h"

enum {
	CLIENTS_MAX = 32,
	CLIENTS_NOT_ROOT_MAX = 24, /* the rest are kept for root */
	CLIENT_OUTPUT = 2 * PROTOCOL_LINE_MAX + PROTOCOL_LOG_MAX, /* bytes */
};

struct client {
	int fd; /* -1: the slot is free */
	bool root;
	bool asked; /* the request line is complete */
	bool finished; /* the answer's last line is in `output` */
	bool waits_for_room; /* the socket is full: watched for EPOLLOUT */
	uint64_t deadline_us; /* to ask, or to take some of the output; TIME_NEVER: none */
	size_t input_length;
	size_t output_start;
	size_t output_end;
	struct client_buffers *buffers; /* its own, once the slot was used */
};

/* Apart from the slots, so that the memory of one is touched only when it is used. */
struct client_buffers {
	struct answer answer;
	char input[PROTOCOL_REQUEST_MAX];
	char output[CLIENT_OUTPUT];
};

struct control {
	struct supervisor *supervisor;
	struct power *power;
	int fd;
	struct client clients[CLIENTS_MAX];
	struct client_buffers buffers[CLIENTS_MAX];
};

/* Nobody is connected. control->fd, which people connect to, is the business of sockets.h. */
void control_begin(struct control *control, struct supervisor *supervisor, struct power *power);

/* Takes new connections. */
void control_accept(struct control *control);

/* Something happened on a client's connection; `events` as epoll reports them. */
void control_client(struct control *control, uint32_t index, uint32_t events);

/* A rescan moved the `count` services there were; see rescan.h. */
void control_move(struct control *control, const uint16_t *moved, uint32_t count);

/* Sends what can be sent, drops clients that were too slow. Once per turn, after everything else. */
void control_turn(struct control *control);

/* When control_turn() must be called at the latest; TIME_NEVER when only an event matters. */
uint64_t control_deadline(const struct control *control);

#endif
