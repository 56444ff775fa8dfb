/* SPDX-License-Identifier: MIT */
/* svctl why: the story of one service (explain.h) and how its log ends. */
#include <stdio.h>

#include "control/protocol.h"
#include "svctl/closest.h"
#include "svctl/command.h"
#include "svctl/explain.h"
#include "svctl/log_source.h"
#include "svctl/message.h"
#include "svctl/request.h"

enum { LOG_LINES = 5 };

static int no_such_service(const struct snapshot *snapshot, const char *name)
{
	struct closest closest = { .word = name };

	for (size_t i = 0; i < snapshot->count; i++)
		closest_consider(&closest, snapshot->services[i].name);
	if (closest.best != NULL)
		complain("there is no service '%s'; did you mean '%s'?", name, closest.best);
	else
		complain("there is no service '%s'; 'svctl status' lists them", name);
	return EXIT_NO_SUCH_SERVICE;
}

/* Adds the end of a service's log. Nothing is added for an empty one. */
static int add_log(struct text *out, const struct service_record *service)
{
	struct log_source source;
	struct log_writer writer = { .prefix = "    ", .escaped = true, .ends_in_line = true };
	struct log_piece piece;
	struct text lines = { 0 };
	enum log_event event;
	int status;

	if (service->log_bytes <= 0)
		return EXIT_DONE;
	status = log_source_open(&source, service->name, false, LOG_LINES);
	if (status != EXIT_DONE)
		return status;
	do {
		event = log_source_next(&source, connection_clock() + CONNECTION_ANSWER_MS, &piece);
		if (event == LOG_BYTES)
			log_writer_add(&writer, &lines, piece.bytes, piece.length);
	} while (event == LOG_BYTES || event == LOG_DROPPED);
	log_writer_end(&writer, &lines);
	if (lines.length > 0) {
		text_format(out, "\nThe log of %s ends with:\n", service->name);
		text_add(out, text_string(&lines));
	}
	text_free(&lines);
	if (event == LOG_END)
		return source.status;
	connection_close(&source.connection);
	return request_complain(RECEIPT_LATE);
}

static int tell(const struct snapshot *snapshot, const char *name)
{
	const struct service_record *service = snapshot_find(snapshot, name);
	const struct service_record *root;
	struct text out = { 0 };
	int status;

	if (service == NULL)
		return no_such_service(snapshot, name);
	explain_whole(&out, snapshot, service);
	status = add_log(&out, service);
	root = explain_root(snapshot, service);
	if (root != service && status == EXIT_DONE)
		status = add_log(&out, root);
	fputs(text_string(&out), stdout);
	text_free(&out);
	return status;
}

int command_why(const struct invocation *invocation)
{
	struct snapshot snapshot;
	int status = snapshot_take(&snapshot, NULL);

	if (status == EXIT_DONE)
		status = tell(&snapshot, invocation->names[0]);
	snapshot_free(&snapshot);
	return status;
}
