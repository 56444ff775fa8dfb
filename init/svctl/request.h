/* SPDX-License-Identifier: MIT */
/* What svctl asks PID 1, and what it says to people when no answer comes. */
#ifndef SVCTL_REQUEST_H
#define SVCTL_REQUEST_H

#include "control/connection.h"
#include "svctl/text.h"

/* Begins a request with the protocol's version and the verb; adds an argument, encoded. */
void request_begin(struct text *request, const char *verb);
void request_argument(struct text *request, const char *argument);

/*
 * connection_open() with the request. Returns EXIT_DONE; or says on standard error why it failed and
 * returns the exit status.
 */
int request_send(struct connection *connection, const struct text *request);

/* Says on standard error what a receipt other than RECEIPT_LINE means. Returns EXIT_NO_ANSWER. */
int request_complain(enum receipt receipt);

#endif
