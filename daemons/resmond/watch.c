/* SPDX-License-Identifier: MIT */
/* The stream of changes: see watch.h. */
#include "watch.h"

#include <string.h>

#include "basics/log.h"
#include "control/record.h"

enum {
	RETRY_FIRST_MS = 100, /* a fresh image of PID 1 is there by then */
	RETRY_LONGEST_MS = 30000,
};

void watch_begin(struct watch *watch)
{
	*watch = (struct watch){ .connection = { .fd = -1 }, .node_state = -1 };
}

uint64_t watch_due_ms(const struct watch *watch)
{
	return watch->connection.fd < 0 ? watch->retry.at_ms : CLOCK_NEVER;
}

static void lose(struct watch *watch, const char *why, uint64_t now_ms)
{
	connection_close(&watch->connection);
	watch->node_state = -1;
	retry_later(&watch->retry, now_ms, RETRY_FIRST_MS, RETRY_LONGEST_MS);
	/* Once it has been away for longer than an image of it takes. */
	if (watch->retry.delay_ms > 4 * RETRY_FIRST_MS && !watch->complained) {
		log_line(NULL, "no news from PID 1 over %s: %s; trying again", connection_path(),
			why);
		watch->complained = true;
	}
}

static bool open_stream(struct watch *watch, uint64_t now_ms)
{
	int error = connection_open(&watch->connection, "1 watch");

	if (error == 0)
		return true;
	lose(watch, strerror(-error), now_ms);
	return false;
}

static void take(struct watch *watch, char *line)
{
	struct node_record node;
	struct service_record service;

	switch (record_kind(&line)) {
	case RECORD_NODE:
		record_read_node(line, &node);
		watch->node_state = node.state ? node_state_parse(node.state) : -1;
		watch->retry = (struct retry){ 0 };
		watch->complained = false;
		break;
	case RECORD_STATE:
		record_read_service(line, &service);
		if (service.state == STATE_FAILED || service.state == STATE_INVALID ||
			service.state == STATE_WAITING || service.state == STATE_STOPPED ||
			service.state == STATE_STARTING)
			watch->changed = true;
		break;
	case RECORD_LOST:
		watch->changed = true;
		break;
	default:
		break;
	}
}

void watch_turn(struct watch *watch, uint64_t now_ms)
{
	enum receipt receipt;
	char *line;

	if (watch->connection.fd < 0 &&
		(now_ms < watch->retry.at_ms || !open_stream(watch, now_ms)))
		return;
	while ((receipt = connection_line(&watch->connection, 0, &line)) == RECEIPT_LINE)
		take(watch, line);
	if (receipt != RECEIPT_LATE)
		lose(watch, receipt == RECEIPT_END ? "it was closed" : "not understood", now_ms);
}
