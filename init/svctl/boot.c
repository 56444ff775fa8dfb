/* SPDX-License-Identifier: MIT */
/* svctl boot and svctl graph: PID 1's answer to "boot", told or drawn. */
#include <stdio.h>

#include "svctl/answer.h"
#include "svctl/command.h"
#include "svctl/graph.h"
#include "svctl/message.h"
#include "svctl/request.h"
#include "svctl/terminal.h"
#include "svctl/timeline.h"

enum { COLUMNS_USUAL = 80 }; /* of a terminal that does not know, as serial lines */

/* Returns EXIT_DONE, or the exit status, told on standard error. */
static int take_timeline(struct timeline *timeline)
{
	struct connection connection;
	struct text request = { 0 };
	char *line;
	int status;

	timeline_begin(timeline);
	request_begin(&request, "boot");
	status = request_send(&connection, &request);
	text_free(&request);
	if (status != EXIT_DONE)
		return status;
	while ((status = answer_line(&connection, &line)) == ANSWER_GOES_ON)
		timeline_add_line(timeline, line);
	connection_close(&connection);
	timeline_compute(timeline);
	return status;
}

static void write_text(struct text *out, const struct timeline *timeline)
{
	struct terminal terminal;
	size_t width = 0;

	terminal_look(&terminal);
	if (terminal.present)
		width = terminal.width > 0 ? terminal.width : COLUMNS_USUAL;
	timeline_write_text(out, timeline, width, terminal.coloured);
}

int command_boot(const struct invocation *invocation)
{
	struct timeline timeline;
	struct text out = { 0 };
	int status;

	if (invocation->json && invocation->svg) {
		complain("boot: either --json or --svg");
		return EXIT_USAGE;
	}
	status = take_timeline(&timeline);
	if (status == EXIT_DONE) {
		if (invocation->json)
			timeline_write_json(&out, &timeline);
		else if (invocation->svg)
			timeline_write_svg(&out, &timeline);
		else
			write_text(&out, &timeline);
		fputs(text_string(&out), stdout);
	}
	text_free(&out);
	timeline_free(&timeline);
	return status;
}

int command_graph(const struct invocation *invocation)
{
	struct timeline timeline;
	struct text out = { 0 };
	int status = take_timeline(&timeline);

	(void)invocation;
	if (status == EXIT_DONE) {
		graph_write(&out, &timeline);
		fputs(text_string(&out), stdout);
	}
	text_free(&out);
	timeline_free(&timeline);
	return status;
}
