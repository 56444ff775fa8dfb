/* SPDX-License-Identifier: MIT */
/* Follows PID 1's changes over connections that may break: see stream.h. */
#include "svctl/stream.h"

#include <poll.h>

#include "svctl/answer.h"
#include "svctl/request.h"

enum { RETURN_PAUSE_MS = 100 }; /* between tries to come back */

static void write_request(struct text *request, const char *verb, char *const *names)
{
	request_begin(request, verb);
	for (; *names != NULL; names++)
		request_argument(request, *names);
}

int stream_open(struct stream *stream, const char *verb, char *const *names)
{
	struct text request = { 0 };

	stream->watch = (struct text){ 0 };
	stream->live = false;
	stream->round = 0;
	write_request(&stream->watch, "watch", names);
	write_request(&request, verb, names);
	stream->status = request_send(&stream->connection, &request);
	text_free(&request);
	if (stream->status != EXIT_DONE)
		text_free(&stream->watch);
	return stream->status;
}

void stream_close(struct stream *stream)
{
	connection_close(&stream->connection);
	text_free(&stream->watch);
}

/* Opens a new connection in place of one that PID 1 closed. False: PID 1 stays away. */
static bool come_back(struct stream *stream)
{
	int64_t deadline = connection_clock() + CONNECTION_ANSWER_MS;

	connection_close(&stream->connection);
	stream->live = false;
	stream->round++;
	do {
		if (connection_open(&stream->connection, text_string(&stream->watch)) == 0)
			return true;
		poll(NULL, 0, RETURN_PAUSE_MS);
	} while (connection_clock() < deadline);
	return false;
}

static enum stream_event end(struct stream *stream, int status)
{
	stream->status = status;
	return STREAM_END;
}

/* Reads a line into the stream. False: nothing a caller wants to know. */
static bool read_line(struct stream *stream, char *line, enum stream_event *event)
{
	switch (record_kind(&line)) {
	case RECORD_NODE:
		record_read_node(line, &stream->node);
		*event = STREAM_NODE;
		return true;
	case RECORD_STATE:
	case RECORD_SERVICE:
		record_read_service(line, &stream->service);
		*event = STREAM_STATE;
		return true;
	case RECORD_LIVE:
		stream->live = true;
		*event = STREAM_LIVE;
		return true;
	case RECORD_LOST:
		stream->lost = record_read_lost(line);
		stream->round++;
		*event = STREAM_LOST;
		return true;
	case RECORD_ERROR:
		*event = end(stream, answer_refused(line));
		return true;
	case RECORD_OK:
		*event = end(stream, request_complain(RECEIPT_END));
		return true;
	default:
		return false;
	}
}

enum stream_event stream_next(struct stream *stream, int64_t deadline)
{
	for (;;) {
		int64_t answer = connection_clock() + CONNECTION_ANSWER_MS;
		bool answer_due =
			!stream->live && (deadline == CONNECTION_NO_DEADLINE || answer < deadline);
		enum stream_event event;
		enum receipt receipt;
		char *line;

		receipt =
			connection_line(&stream->connection, answer_due ? answer : deadline, &line);
		if (receipt == RECEIPT_LINE) {
			if (read_line(stream, line, &event))
				return event;
		} else if (receipt == RECEIPT_LATE && !answer_due) {
			return STREAM_LATE;
		} else if (receipt != RECEIPT_END || !stream->live || !come_back(stream)) {
			return end(stream, request_complain(receipt));
		}
	}
}
