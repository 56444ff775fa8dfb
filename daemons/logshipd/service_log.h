/* SPDX-License-Identifier: MIT */
/* The logs of all services, as PID 1 tells them (init-control(7): logs * follow), into the queue. */
#ifndef LOGSHIPD_SERVICE_LOG_H
#define LOGSHIPD_SERVICE_LOG_H

#include <stdbool.h>

#include "basics/clock.h"
#include "control/connection.h"
#include "losses.h"
#include "queue.h"
#include "sources.h"

struct service_log {
	struct connection connection; /* .fd is -1 while there is none */
	struct retry retry;
	bool live; /* what the rings held has been told */
	bool prompt; /* what comes now was written just now */
	uint16_t source; /* of the piece */
	uint64_t position; /* of its first byte */
	size_t piece_size, piece_have, piece_at; /* bytes: all, here, taken */
	char piece[PROTOCOL_LOG_MAX];
};

void service_log_init(struct service_log *log);

/*
 * Connects if it is time to, and queues what has come, as long as the queue has room. What was sent
 * before is passed over. A line gets the present time only if it was written just now.
 */
void service_log_turn(struct service_log *log, struct queue *queue, struct sources *sources,
	struct losses *losses, uint64_t now_ms);

#endif
