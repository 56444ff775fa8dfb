/* SPDX-License-Identifier: MIT */
/*
 * svctl logs: what services wrote. One service's log is copied as it is; several get the name
 * before each line. Followed logs are read from one connection each, all waited for together.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "svctl/command.h"
#include "svctl/log_source.h"
#include "svctl/message.h"
#include "svctl/request.h"
#include "svctl/snapshot.h"
#include "svctl/terminal.h"

enum {
	PIECES_A_TURN = 16, /* read from one log before the others have their turn */
	FOLLOWED_MOST = 16, /* each takes one of PID 1's few places for clients */
};

struct log {
	struct log_source source;
	struct log_writer writer;
	struct text prefix;
	bool open;
};

struct logs {
	const struct invocation *invocation;
	char **names; /* NULL-terminated, of the invocation or of the snapshot */
	size_t count;
	bool escaped;
	int status;
	struct text out;
};

static void keep_status(struct logs *logs, int status)
{
	if (logs->status == EXIT_DONE)
		logs->status = status;
}

static void write_out(struct logs *logs)
{
	fwrite(text_string(&logs->out), 1, logs->out.length, stdout);
	text_clear(&logs->out);
}

static void tell_dropped(struct logs *logs, const struct log *log, int64_t dropped)
{
	struct text size = { 0 };

	write_out(logs);
	text_add_size(&size, (uint64_t)dropped);
	complain("logs: %s: %s bytes before this are lost: its ring keeps the newest (log-size)",
		log->source.name, text_string(&size));
	text_free(&size);
}

static void open_log(struct logs *logs, struct log *log, const char *name)
{
	int status;

	*log = (struct log){ .writer = {
				     .escaped = logs->escaped, .ends_in_line = logs->escaped } };
	if (logs->count > 1) {
		text_format(&log->prefix, "%s: ", name);
		log->writer.prefix = text_string(&log->prefix);
	}
	status = log_source_open(
		&log->source, name, logs->invocation->follow, logs->invocation->lines);
	log->open = status == EXIT_DONE;
	keep_status(logs, status);
}

static void end_log(struct logs *logs, struct log *log)
{
	log_writer_end(&log->writer, &logs->out);
	text_free(&log->prefix);
	log->open = false;
}

/* Takes one piece of a log. False: there was none before the deadline, or the log has ended. */
static bool take_piece(struct logs *logs, struct log *log, int64_t deadline)
{
	struct log_piece piece;

	switch (log_source_next(&log->source, deadline, &piece)) {
	case LOG_BYTES:
		log_writer_add(&log->writer, &logs->out, piece.bytes, piece.length);
		write_out(logs);
		return true;
	case LOG_DROPPED:
		/* Who asks for the last lines does not miss those before them. */
		if (logs->invocation->lines == LOG_ALL_LINES)
			tell_dropped(logs, log, piece.dropped);
		return true;
	case LOG_END:
		keep_status(logs, log->source.status);
		end_log(logs, log);
		write_out(logs);
		return false;
	default:
		return false;
	}
}

static void copy_log(struct logs *logs, const char *name)
{
	struct log *log = must_allocate(sizeof(*log));

	open_log(logs, log, name);
	while (log->open) {
		if (take_piece(logs, log, connection_clock() + CONNECTION_ANSWER_MS))
			continue;
		if (log->open) {
			keep_status(logs, request_complain(RECEIPT_LATE));
			connection_close(&log->source.connection);
			break;
		}
	}
	end_log(logs, log);
	write_out(logs);
	free(log);
}

/* Takes what has come. True: there may be more. */
static bool take_turn(struct logs *logs, struct log *log)
{
	for (int i = 0; i < PIECES_A_TURN; i++) {
		if (!take_piece(logs, log, 0))
			return false;
	}
	return true;
}

static void follow_logs(struct logs *logs)
{
	struct log *all = must_resize(NULL, logs->count, sizeof(*all));
	struct pollfd *fds = must_resize(NULL, logs->count, sizeof(*fds));

	for (size_t i = 0; i < logs->count; i++)
		open_log(logs, &all[i], logs->names[i]);
	for (;;) {
		bool more = false;
		nfds_t open = 0;

		for (size_t i = 0; i < logs->count; i++) {
			if (all[i].open)
				more |= take_turn(logs, &all[i]);
			if (all[i].open)
				fds[open++] = (struct pollfd){
					.fd = all[i].source.connection.fd,
					.events = POLLIN,
				};
		}
		if (open == 0 || fflush(stdout) != 0)
			break;
		poll(fds, open, more ? 0 : -1);
	}
	for (size_t i = 0; i < logs->count; i++) {
		if (all[i].open)
			connection_close(&all[i].source.connection);
		end_log(logs, &all[i]);
	}
	free(fds);
	free(all);
}

static void run(struct logs *logs)
{
	if (logs->invocation->follow && logs->count > FOLLOWED_MOST) {
		complain("logs: at most %d logs can be followed at once; name those you want",
			FOLLOWED_MOST);
		logs->status = EXIT_USAGE;
	} else if (logs->invocation->follow && logs->count > 0) {
		follow_logs(logs);
	} else {
		for (size_t i = 0; i < logs->count; i++)
			copy_log(logs, logs->names[i]);
	}
	text_free(&logs->out);
}

/* Without names all services are meant; a log that is empty, and stays so, is left out. */
static int all_logs(struct logs *logs)
{
	struct snapshot snapshot;
	int status = snapshot_take(&snapshot, NULL);

	if (status == EXIT_DONE) {
		logs->names = must_resize(NULL, snapshot.count + 1, sizeof(*logs->names));
		for (size_t i = 0; i < snapshot.count; i++) {
			if (logs->invocation->follow || snapshot.services[i].log_bytes != 0)
				logs->names[logs->count++] = must_copy(snapshot.services[i].name);
		}
		run(logs);
		status = logs->status;
		for (size_t i = 0; i < logs->count; i++)
			free(logs->names[i]);
		free(logs->names);
	}
	snapshot_free(&snapshot);
	return status;
}

int command_logs(const struct invocation *invocation)
{
	struct terminal terminal;
	struct logs logs = {
		.invocation = invocation,
		.names = invocation->names,
		.count = invocation->names_count,
	};

	terminal_look(&terminal);
	logs.escaped = terminal.present;
	if (invocation->names_count == 0)
		return all_logs(&logs);
	run(&logs);
	return logs.status;
}
