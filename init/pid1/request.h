/* SPDX-License-Identifier: MIT */
/*
 * One line of the control protocol (control/protocol.h): who asks for what, whether they may, and what
 * comes of it. Knows nothing about sockets; control.h does.
 */
#ifndef PID1_REQUEST_H
#define PID1_REQUEST_H

#include "answer.h"
#include "power.h"
#include "supervisor.h"

struct request {
	struct supervisor *supervisor;
	struct power *power;
	struct answer *answer; /* begun when the request is accepted */
	bool root; /* the client is root */
	int code; /* 0: accepted; else the EXIT_… of the error line */
	const char *refusal; /* what the error line says; may point into the request's line */
};

/* Carries out `line`, without its newline, which is split in place. Sets `code`. */
void request_take(struct request *request, char *line);

#endif
