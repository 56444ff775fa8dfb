/* SPDX-License-Identifier: MIT */
/* svctl rescan: PID 1 reads the service files again; what came of it is told by comparing. */
#include <stdio.h>

#include "control/protocol.h"
#include "control/record.h"
#include "svctl/answer.h"
#include "svctl/command.h"
#include "svctl/difference.h"
#include "svctl/message.h"
#include "svctl/request.h"

static int late(const struct invocation *invocation)
{
	struct text time = { 0 };

	text_add_time(&time, invocation->timeout_ms);
	complain("rescan: not done within %s: what changed is still stopping; it goes on "
		 "nevertheless",
		text_string(&time));
	text_free(&time);
	return EXIT_TRIED_AND_FAILED;
}

/* PID 1 answers when what has to stop for it has stopped. In the meantime it must answer others. */
static int await(struct connection *connection, const struct invocation *invocation)
{
	int64_t begun = connection_clock();

	for (;;) {
		int64_t look = connection_clock() + CONNECTION_ANSWER_MS;
		int64_t deadline = begun + invocation->timeout_ms;
		bool last = invocation->timeout_ms != COMMAND_NO_TIMEOUT && deadline <= look;
		struct snapshot snapshot;
		enum receipt receipt;
		char *line;
		int status;

		receipt = connection_line(connection, last ? deadline : look, &line);
		if (receipt == RECEIPT_LATE && last)
			return late(invocation);
		if (receipt == RECEIPT_LATE) {
			status = snapshot_take(&snapshot, NULL);
			snapshot_free(&snapshot);
			if (status != EXIT_DONE)
				return status;
			continue;
		}
		if (receipt != RECEIPT_LINE)
			return request_complain(receipt);
		switch (record_kind(&line)) {
		case RECORD_OK:
			return EXIT_DONE;
		case RECORD_ERROR:
			return answer_refused(line);
		default:
			break;
		}
	}
}

static int ask(const struct invocation *invocation)
{
	struct connection connection;
	struct text request = { 0 };
	int status;

	request_begin(&request, "rescan");
	status = request_send(&connection, &request);
	text_free(&request);
	if (status != EXIT_DONE)
		return status;
	status = await(&connection, invocation);
	connection_close(&connection);
	return status;
}

static int tell(const struct snapshot *before)
{
	struct snapshot after;
	struct text out = { 0 };
	int status = snapshot_take(&after, NULL);

	if (status == EXIT_DONE) {
		size_t invalid = difference_write(&out, before, &after);

		fputs(text_string(&out), stdout);
		if (invalid > 0) {
			complain("rescan: %zu invalid; all errors: svctl check " SERVICE_DIRECTORY,
				invalid);
			status = EXIT_TRIED_AND_FAILED;
		}
	}
	text_free(&out);
	snapshot_free(&after);
	return status;
}

int command_rescan(const struct invocation *invocation)
{
	struct snapshot before;
	int status = snapshot_take(&before, NULL);

	if (status == EXIT_DONE)
		status = ask(invocation);
	if (status == EXIT_DONE)
		status = tell(&before);
	snapshot_free(&before);
	return status;
}
