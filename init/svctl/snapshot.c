/* SPDX-License-Identifier: MIT */
/* Asks PID 1 for the state of everything and keeps the answer: see snapshot.h. */
#include "svctl/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "svctl/answer.h"
#include "svctl/request.h"
#include "svctl/text.h"

enum { LINES_FIRST = 16 };

void snapshot_begin(struct snapshot *snapshot)
{
	char nothing[] = "";

	*snapshot = (struct snapshot){ 0 };
	record_read_node(nothing, &snapshot->node);
	snapshot->room = LINES_FIRST;
	snapshot->services = must_resize(NULL, snapshot->room, sizeof(*snapshot->services));
	snapshot->lines = must_resize(NULL, snapshot->room + 1, sizeof(*snapshot->lines));
	snapshot->lines[0] = NULL;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (snapshot->lines != NULL) {
		for (size_t i = 0; i <= snapshot->count; i++)
			free(snapshot->lines[i]);
	}
	free(snapshot->lines);
	free(snapshot->services);
	*snapshot = (struct snapshot){ 0 };
}

static void grow(struct snapshot *snapshot)
{
	snapshot->room *= 2;
	snapshot->services =
		must_resize(snapshot->services, snapshot->room, sizeof(*snapshot->services));
	snapshot->lines =
		must_resize(snapshot->lines, snapshot->room + 1, sizeof(*snapshot->lines));
}

void snapshot_add_line(struct snapshot *snapshot, const char *line)
{
	char *copy = must_copy(line);
	char *keys = copy;

	switch (record_kind(&keys)) {
	case RECORD_NODE:
		free(snapshot->lines[0]);
		snapshot->lines[0] = copy;
		record_read_node(keys, &snapshot->node);
		break;
	case RECORD_SERVICE:
		if (snapshot->count == snapshot->room)
			grow(snapshot);
		record_read_service(keys, &snapshot->services[snapshot->count]);
		snapshot->lines[++snapshot->count] = copy;
		break;
	default:
		free(copy);
	}
}

int snapshot_take(struct snapshot *snapshot, char *const *names)
{
	struct connection connection;
	struct text request = { 0 };
	int status;

	snapshot_begin(snapshot);
	request_begin(&request, "status");
	for (; names != NULL && *names != NULL; names++)
		request_argument(&request, *names);
	status = request_send(&connection, &request);
	text_free(&request);
	if (status != EXIT_DONE)
		return status;

	for (;;) {
		char *line;

		status = answer_line(&connection, &line);
		if (status != ANSWER_GOES_ON)
			break;
		snapshot_add_line(snapshot, line);
	}
	connection_close(&connection);
	return status;
}

const struct service_record *snapshot_find(const struct snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		if (strcmp(snapshot->services[i].name, name) == 0)
			return &snapshot->services[i];
	}
	return NULL;
}

int64_t snapshot_until(const struct snapshot *snapshot, int64_t moment_ms)
{
	int64_t until;

	if (moment_ms == RECORD_UNKNOWN || snapshot->node.now_ms == RECORD_UNKNOWN ||
		__builtin_sub_overflow(moment_ms, snapshot->node.now_ms, &until))
		return RECORD_UNKNOWN;
	return until;
}

int64_t snapshot_age(const struct snapshot *snapshot, const struct service_record *service)
{
	int64_t until = snapshot_until(snapshot, service->since_ms);

	if (until == RECORD_UNKNOWN)
		return RECORD_UNKNOWN;
	return until > 0 ? 0 : -until;
}
