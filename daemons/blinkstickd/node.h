/* SPDX-License-Identifier: MIT */
/*
 * How the node is, as PID 1 tells it: its answer to `watch`, followed for ever. When PID 1 is replaced
 * or comes back after a crash, the connection ends and a new one is made.
 */
#ifndef BLINKSTICK_NODE_H
#define BLINKSTICK_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "basics/clock.h"
#include "control/connection.h"
#include "control/state.h"

enum {
	NODE_RETRY_FIRST_MS = 100,
	NODE_RETRY_LONGEST_MS = 5000,
	NODE_LOST_MS = 10 * 1000, /* without PID 1 for so long is critical: nobody mends anything */
};

struct node {
	struct connection connection; /* .fd is -1: there is none */
	struct retry retry;
	enum node_state state; /* the last that was heard */
	uint64_t heard_ms; /* when there was a connection last; of no use while there is one */
	bool lost; /* for NODE_LOST_MS */
};

void node_begin(struct node *node, uint64_t now_ms);

/* Reads what there is if `readable`, connects if that is due. Returns when to call it again at the latest. */
uint64_t node_turn(struct node *node, bool readable, uint64_t now_ms);

#endif
