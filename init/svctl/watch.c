/* SPDX-License-Identifier: MIT */
/* svctl watch: one line for every change of state, with the time since the kernel's start. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "svctl/command.h"
#include "svctl/escape.h"
#include "svctl/explain.h"
#include "svctl/stream.h"
#include "svctl/terminal.h"

/* What was last told of a service, to say what it was before. */
struct seen {
	char *name;
	char *state;
	int64_t at_ms;
	unsigned round; /* of the stream, when it was told last */
};

struct watch {
	struct stream stream;
	struct seen *seen;
	size_t count;
	size_t name_width; /* the longest name so far */
	struct seen node; /* its time is not looked at: it comes with every line */
	bool begun; /* the first round is over: from now on, what changes is news */
	bool coloured;
};

enum { NAME_WIDTH_LEAST = 8 };

static void print_time(struct text *out, int64_t at_ms)
{
	if (at_ms == RECORD_UNKNOWN)
		text_add(out, "         -  ");
	else
		text_format(out, "%6" PRId64 ".%03d  ", at_ms / 1000, (int)(at_ms % 1000));
}

static void add_state(struct text *out, const char *state, const char *colour)
{
	text_add(out, colour == NULL ? "" : colour);
	escape_line(out, state);
	text_add(out, colour == NULL ? "" : TERMINAL_PLAIN);
}

static void begin_line(const struct watch *watch, struct text *out, int64_t at_ms, const char *name)
{
	size_t start;

	print_time(out, at_ms);
	start = out->length;
	escape_line(out, name);
	if (out->length - start < watch->name_width)
		text_pad(out, watch->name_width - (out->length - start));
	text_add(out, "  ");
}

static void end_line(struct text *out)
{
	text_add(out, "\n");
	fputs(text_string(out), stdout);
	fflush(stdout);
	text_free(out);
}

static struct seen *find_seen(struct watch *watch, const char *name)
{
	struct seen *seen;
	size_t length = strlen(name);

	for (size_t i = 0; i < watch->count; i++) {
		if (strcmp(watch->seen[i].name, name) == 0)
			return &watch->seen[i];
	}
	watch->seen = must_resize(watch->seen, watch->count + 1, sizeof(*watch->seen));
	seen = &watch->seen[watch->count++];
	*seen = (struct seen){ .name = must_copy(name) };
	if (length > watch->name_width)
		watch->name_width = length;
	return seen;
}

/* Takes over what is new. False if nothing is: told again after a connection broke, say. */
static bool changes(struct seen *seen, const char *state, int64_t at_ms)
{
	if (seen->state != NULL && strcmp(seen->state, state) == 0 && seen->at_ms == at_ms)
		return false;
	free(seen->state);
	seen->state = must_copy(state);
	seen->at_ms = at_ms;
	return true;
}

static void add_why(struct text *out, const struct service_record *service)
{
	if (service->pid > 0)
		text_format(out, "  process %" PRId64, service->pid);
	if (explain_blocker(service) != NULL) {
		text_add(out, "  waits for ");
		escape_line(out, explain_blocker(service));
	}
}

static void take_service(struct watch *watch)
{
	const struct service_record *service = &watch->stream.service;
	const char *state = service->state_name == NULL ? "?" : service->state_name;
	struct seen *seen = find_seen(watch, service->name);
	struct text out = { 0 };

	seen->round = watch->stream.round;
	if (!changes(seen, state, service->at_ms) || !watch->begun)
		return;
	begin_line(watch, &out, service->at_ms, service->name);
	add_state(&out, state, watch->coloured ? terminal_service_colour(state) : NULL);
	add_why(&out, service);
	end_line(&out);
}

static void take_node(struct watch *watch)
{
	const struct node_record *node = &watch->stream.node;
	const char *state = node->state == NULL ? "?" : node->state;
	struct text out = { 0 };

	if (!changes(&watch->node, state, RECORD_UNKNOWN) || !watch->begun)
		return;
	begin_line(watch, &out, node->now_ms, "(node)");
	add_state(&out, state, watch->coloured ? terminal_node_colour(state) : NULL);
	end_line(&out);
}

static void take_lost(struct watch *watch)
{
	struct text out = { 0 };

	begin_line(watch, &out, RECORD_UNKNOWN, "-");
	text_format(&out,
		"%" PRId64 " change%s passed over: they came faster than they were read, or with a "
		"rescan",
		watch->stream.lost, watch->stream.lost == 1 ? " was" : "s were");
	end_line(&out);
}

/* All states have been told. Whose was not has gone with a rescan. */
static void take_live(struct watch *watch)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->count; i++) {
		struct seen *seen = &watch->seen[i];
		struct text out = { 0 };

		if (seen->round == watch->stream.round) {
			watch->seen[kept++] = *seen;
			continue;
		}
		begin_line(watch, &out, RECORD_UNKNOWN, seen->name);
		text_add(&out, "removed");
		end_line(&out);
		free(seen->name);
		free(seen->state);
	}
	watch->count = kept;
	watch->begun = true;
}

static void watch_all(struct watch *watch)
{
	/* A write error ends it: nobody reads any more. */
	while (!ferror(stdout)) {
		switch (stream_next(&watch->stream, CONNECTION_NO_DEADLINE)) {
		case STREAM_STATE:
			take_service(watch);
			break;
		case STREAM_NODE:
			take_node(watch);
			break;
		case STREAM_LIVE:
			take_live(watch);
			break;
		case STREAM_LOST:
			take_lost(watch);
			break;
		case STREAM_END:
			return;
		default:
			break;
		}
	}
}

int command_watch(const struct invocation *invocation)
{
	struct watch watch = { .name_width = NAME_WIDTH_LEAST };
	struct terminal terminal;
	int status = stream_open(&watch.stream, "watch", invocation->names);

	if (status != EXIT_DONE)
		return status;
	terminal_look(&terminal);
	watch.coloured = terminal.coloured;
	watch_all(&watch);
	stream_close(&watch.stream);
	for (size_t i = 0; i < watch.count; i++) {
		free(watch.seen[i].name);
		free(watch.seen[i].state);
	}
	free(watch.seen);
	free(watch.node.state);
	return watch.stream.status;
}
