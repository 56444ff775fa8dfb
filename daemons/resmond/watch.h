/* SPDX-License-Identifier: MIT */
/*
 * Follows PID 1's stream of changes (control/protocol.h, `watch`), so that the state of the node is known without
 * asking. PID 1 may go and come back as a fresh image; then the stream is opened again.
 */
#ifndef RESMOND_WATCH_H
#define RESMOND_WATCH_H

#include "basics/clock.h"
#include "control/connection.h"

struct watch {
	struct connection connection; /* fd is -1 while there is no stream */
	struct retry retry;
	int node_state; /* enum node_state; -1 while it is not known */
	bool complained; /* that there is no stream */
	bool changed; /* a service came into a state of trouble, or out of one: for the reader to clear */
};

void watch_begin(struct watch *watch);

/* Opens the stream if it is time to, and takes what came. Never waits for PID 1's answer. */
void watch_turn(struct watch *watch, uint64_t now_ms);

/* When watch_turn() is due without anything to read. */
uint64_t watch_due_ms(const struct watch *watch);

#endif
