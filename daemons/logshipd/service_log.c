/* SPDX-License-Identifier: MIT */
/* Following PID 1. */
#include "service_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "basics/log.h"
#include "control/record.h"
#include "lines.h"

enum { RETRY_FIRST_MS = 100, RETRY_LONGEST_MS = 10 * 1000 };

struct turn {
	struct service_log *log;
	struct queue *queue;
	struct sources *sources;
	struct losses *losses;
	uint64_t now_ms;
};

void service_log_init(struct service_log *log)
{
	*log = (struct service_log){ .connection = { .fd = -1 } };
}

/* PID 1 is away for a moment when it becomes a fresh image; that is not worth a word. */
static void leave(struct turn *turn, const char *why)
{
	struct service_log *log = turn->log;
	uint32_t delay_ms =
		retry_later(&log->retry, turn->now_ms, RETRY_FIRST_MS, RETRY_LONGEST_MS);

	connection_close(&log->connection);
	log->live = log->prompt = false;
	log->piece_size = log->piece_have = log->piece_at = 0;
	if (why)
		log_line(NULL,
			"cannot follow the services' logs: %s; trying again in %" PRIu32 " ms", why,
			delay_ms);
}

static void open_log(struct turn *turn)
{
	int error = connection_open(&turn->log->connection, "1 logs * follow");

	if (error)
		leave(turn, strerror(-error));
}

/* A piece has begun: what of it is new? */
static void begin_piece(struct turn *turn, const struct log_record *record)
{
	struct service_log *log = turn->log;
	uint64_t read, position = (uint64_t)record->position;

	log->piece_size = (size_t)record->bytes;
	log->piece_have = log->piece_at = 0;
	log->source = sources_find(turn->sources, record->name);
	log->position = position;
	read = turn->sources->read[log->source];
	if (position < read && !log->live)
		log->piece_at = read - position < log->piece_size ? (size_t)(read - position)
								  : log->piece_size;
	/* A position that went back: another service has the name of one that was removed. */
	if (position > read) {
		char text[96];
		int length = snprintf(text, sizeof(text),
			"[logshipd: %" PRIu64 " bytes before this are lost]", position - read);

		turn->losses->bytes += position - read;
		lines_add(turn->queue,
			&(struct origin){
				.name = record->name,
				.priority = PRIORITY(FACILITY_DAEMON, SEVERITY_WARNING),
				.at_us = turn->now_ms * 1000,
				.source = log->source,
				.position = position,
			},
			text, (size_t)length);
	}
	if (log->piece_at < log->piece_size)
		turn->sources->read[log->source] = position + log->piece_size;
}

/* Takes one line of PID 1's. False: nothing more for now. */
static bool take_record(struct turn *turn)
{
	struct service_log *log = turn->log;
	struct log_record record;
	struct error_record error;
	char *line;

	switch (connection_line(&log->connection, 0, &line)) {
	case RECEIPT_LINE:
		break;
	case RECEIPT_LATE:
		log->prompt = log->live;
		return false;
	case RECEIPT_END:
		leave(turn, NULL);
		return false;
	default:
		leave(turn, "PID 1's answer makes no sense");
		return false;
	}
	switch (record_kind(&line)) {
	case RECORD_LOG:
		record_read_log(line, &record);
		if (!record.name || record.position < 0 || record.bytes <= 0 ||
			record.bytes > PROTOCOL_LOG_MAX || !service_name_valid(record.name)) {
			leave(turn, "PID 1's answer makes no sense");
			return false;
		}
		begin_piece(turn, &record);
		return true;
	case RECORD_LIVE:
		log->live = true;
		log->retry = (struct retry){ .at_ms = 0 };
		return true;
	case RECORD_ERROR:
		record_read_error(line, &error);
		leave(turn, error.text);
		return false;
	default:
		return true;
	}
}

/* Takes more bytes of the piece. False: they have not come yet. */
static bool take_bytes(struct turn *turn)
{
	struct service_log *log = turn->log;
	const char *bytes;
	size_t length;

	switch (connection_bytes(
		&log->connection, 0, log->piece_size - log->piece_have, &bytes, &length)) {
	case RECEIPT_LINE:
		memcpy(log->piece + log->piece_have, bytes, length);
		log->piece_have += length;
		return true;
	case RECEIPT_LATE:
		return false;
	default:
		leave(turn, NULL);
		return false;
	}
}

/* Queues the next line of the piece, which is here whole. */
static void take_line(struct turn *turn)
{
	struct service_log *log = turn->log;
	const char *line = log->piece + log->piece_at;
	size_t left = log->piece_size - log->piece_at;
	const char *newline = memchr(line, '\n', left);
	size_t length = newline ? (size_t)(newline - line) : left;
	struct origin origin = {
		.name = turn->sources->table[log->source].name,
		.at_us = log->prompt ? turn->now_ms * 1000 : TIME_UNKNOWN,
		.source = log->source,
	};

	log->piece_at += newline ? length + 1 : length;
	origin.position = log->position + log->piece_at;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	origin.priority = lines_priority(&line, &length, PRIORITY(FACILITY_DAEMON, SEVERITY_INFO));
	lines_add(turn->queue, &origin, line, length);
}

void service_log_turn(struct service_log *log, struct queue *queue, struct sources *sources,
	struct losses *losses, uint64_t now_ms)
{
	struct turn turn = { log, queue, sources, losses, now_ms };

	if (log->connection.fd < 0 && log->retry.at_ms <= now_ms)
		open_log(&turn);
	while (log->connection.fd >= 0) {
		if (!queue_has_room(queue, LINES_PIECES_MAX + 1)) {
			/* What is read when there is room again may be old. */
			log->prompt = false;
			return;
		}
		if (log->piece_have < log->piece_size) {
			if (!take_bytes(&turn))
				return;
		} else if (log->piece_at < log->piece_size) {
			take_line(&turn);
		} else if (!take_record(&turn)) {
			return;
		}
	}
}
