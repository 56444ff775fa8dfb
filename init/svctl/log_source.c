/* SPDX-License-Identifier: MIT */
/* The log part of the control protocol, and lines from bytes: see log_source.h. */
#include "svctl/log_source.h"

#include <inttypes.h>
#include <string.h>

#include "control/record.h"
#include "svctl/answer.h"
#include "svctl/request.h"

enum { LINE_MOST = 4096 }; /* a longer line behind a prefix is broken */

int log_source_open(struct log_source *source, const char *name, bool follow, int64_t lines)
{
	struct text request = { 0 };
	int status;

	source->name = name;
	source->piece_left = 0;
	request_begin(&request, "logs");
	request_argument(&request, name);
	if (follow)
		request_argument(&request, "follow");
	if (lines != LOG_ALL_LINES)
		text_format(&request, " lines=%" PRId64, lines);
	status = request_send(&source->connection, &request);
	text_free(&request);
	return status;
}

static enum log_event end(struct log_source *source, int status)
{
	connection_close(&source->connection);
	source->status = status;
	return LOG_END;
}

static enum log_event no_receipt(struct log_source *source, enum receipt receipt)
{
	return receipt == RECEIPT_LATE ? LOG_LATE : end(source, request_complain(receipt));
}

static enum log_event next_bytes(
	struct log_source *source, int64_t deadline, struct log_piece *piece)
{
	enum receipt receipt = connection_bytes(&source->connection, deadline,
		(size_t)source->piece_left, &piece->bytes, &piece->length);

	if (receipt != RECEIPT_LINE)
		return no_receipt(source, receipt);
	source->piece_left -= (int64_t)piece->length;
	return LOG_BYTES;
}

enum log_event log_source_next(struct log_source *source, int64_t deadline, struct log_piece *piece)
{
	while (source->piece_left == 0) {
		struct log_record log;
		enum receipt receipt;
		char *line;

		receipt = connection_line(&source->connection, deadline, &line);
		if (receipt != RECEIPT_LINE)
			return no_receipt(source, receipt);
		switch (record_kind(&line)) {
		case RECORD_OK:
			return end(source, EXIT_DONE);
		case RECORD_ERROR:
			return end(source, answer_refused(line));
		case RECORD_LOG:
			record_read_log(line, &log);
			if (log.bytes < 0)
				return end(source, request_complain(RECEIPT_BROKEN));
			source->piece_left = log.bytes;
			if (log.dropped > 0) {
				piece->dropped = log.dropped;
				return LOG_DROPPED;
			}
			break;
		default:
			break;
		}
	}
	return next_bytes(source, deadline, piece);
}

static void write_bytes(
	struct log_writer *writer, struct text *out, const char *bytes, size_t length)
{
	if (writer->escaped)
		escape_piece(&writer->escape, out, bytes, length);
	else
		text_add_bytes(out, bytes, length);
}

static void write_line(struct log_writer *writer, struct text *out)
{
	text_add(out, writer->prefix);
	write_bytes(writer, out, text_string(&writer->line), writer->line.length);
	escape_end(&writer->escape, out);
	text_add(out, "\n");
	text_clear(&writer->line);
}

void log_writer_add(struct log_writer *writer, struct text *out, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (writer->prefix == NULL) {
		write_bytes(writer, out, bytes, length);
		writer->inside_line = bytes[length - 1] != '\n';
		return;
	}
	while (length > 0) {
		const char *newline = memchr(bytes, '\n', length);
		size_t taken = newline == NULL ? length : (size_t)(newline - bytes);
		size_t room = LINE_MOST - writer->line.length;
		bool fits = taken <= room;

		if (!fits)
			taken = room;
		text_add_bytes(&writer->line, bytes, taken);
		if (fits && newline == NULL)
			return;
		write_line(writer, out);
		if (fits)
			taken++; /* the newline */
		bytes += taken;
		length -= taken;
	}
}

void log_writer_end(struct log_writer *writer, struct text *out)
{
	if (writer->line.length > 0)
		write_line(writer, out);
	escape_end(&writer->escape, out);
	if (writer->inside_line && writer->ends_in_line)
		text_add(out, "\n");
	writer->inside_line = false;
	text_free(&writer->line);
}
