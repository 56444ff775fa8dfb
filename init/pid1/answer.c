/* SPDX-License-Identifier: MIT */
/* Which line comes next. How a line is written is in line.c. */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "line.h"
#include "rescan.h"

#define NEVER_LOOKED UINT64_MAX /* for log_changes */

void answer_begin(struct answer *answer, enum answer_kind kind, const struct supervisor *supervisor)
{
	*answer = (struct answer){ .kind = kind, .next_change = supervisor->changes->end };
}

void answer_add_name(struct answer *answer, uint32_t index)
{
	answer->named = true;
	answer->names[index / 64] |= UINT64_C(1) << index % 64;
	if (answer->kind == ANSWER_LOGS)
		answer->index = index;
}

bool answer_names(const struct answer *answer, uint32_t index)
{
	return answer->names[index / 64] >> index % 64 & 1;
}

static bool wanted(const struct answer *answer, uint32_t index)
{
	return !answer->named || answer_names(answer, index);
}

void answer_logs(struct answer *answer, const struct supervisor *supervisor, bool follow, bool tail,
	uint32_t lines)
{
	answer->follow = follow;
	if (tail)
		answer->log_from = ring_tail(&supervisor->services[answer->index].log, lines);
}

bool answer_all_logs(struct answer *answer, struct supervisor *supervisor, bool follow, bool tail,
	uint32_t lines)
{
	uint32_t place = 0;

	while (place < LOG_READERS_MAX && supervisor->log_reader[place])
		place++;
	if (place == LOG_READERS_MAX)
		return false;
	supervisor->log_reader[place] = true;
	answer->reader = place + 1;
	answer->follow = follow;
	answer->log_changes = NEVER_LOOKED;
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];

		service->log_from[place] = tail ? ring_tail(&service->log, lines) : 0;
	}
	return true;
}

void answer_end(struct answer *answer, struct supervisor *supervisor)
{
	if (answer->reader)
		supervisor->log_reader[answer->reader - 1] = false;
	answer->reader = 0;
}

bool answer_move(struct answer *answer, const uint16_t *moved, uint32_t count)
{
	uint64_t names[SERVICE_COUNT_MAX / 64] = { 0 };

	for (uint32_t i = 0; i < count; i++)
		if (answer_names(answer, i) && moved[i] != RESCAN_GONE)
			names[moved[i] / 64] |= UINT64_C(1) << moved[i] % 64;
	memcpy(answer->names, names, sizeof(names));
	answer->log_changes = NEVER_LOOKED;
	if (answer->kind != ANSWER_LOGS)
		return true;
	if (moved[answer->index] == RESCAN_GONE)
		return false;
	answer->index = moved[answer->index];
	return true;
}

size_t answer_error(char *output, size_t size, int code, const char *text)
{
	struct line line;

	line_begin(&line, output, size, "error");
	line_number(&line, "code", code);
	line_text(&line, "text", text, 512);
	return line_end(&line);
}

static size_t say(char *output, const char *word)
{
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, word);
	return line_end(&line);
}

/* The next service the client wants; false at the end. answer->index is then past it. */
static bool next_service(
	struct answer *answer, const struct supervisor *supervisor, uint32_t *index)
{
	while (answer->index < supervisor->set.count) {
		*index = answer->index++;
		if (wanted(answer, *index))
			return true;
	}
	return false;
}

static size_t next_status(
	struct answer *answer, const struct supervisor *supervisor, char *output, bool *finished)
{
	uint32_t index;

	if (!answer->node_said) {
		answer->node_said = true;
		return line_node(output, supervisor);
	}
	if (next_service(answer, supervisor, &index))
		return line_service(output, supervisor, index);
	*finished = true;
	return say(output, "ok");
}

static size_t next_boot(
	struct answer *answer, const struct supervisor *supervisor, char *output, bool *finished)
{
	uint32_t index;

	if (!answer->node_said) {
		answer->node_said = true;
		return line_node(output, supervisor);
	}
	if (!answer->live) {
		answer->live = true;
		return line_boot(output, supervisor);
	}
	if (next_service(answer, supervisor, &index))
		return line_times(output, supervisor, index);
	*finished = true;
	return say(output, "ok");
}

static size_t next_change(struct answer *answer, const struct supervisor *supervisor, char *output)
{
	const struct change *change;
	uint64_t lost;

	while ((change = changes_get(supervisor->changes, &answer->next_change, &lost))) {
		if (lost) {
			/* What was missed cannot be told; the present state can. */
			answer->node_said = answer->live = false;
			answer->index = 0;
			answer->next_change = supervisor->changes->end;
			return line_lost(output, lost);
		}
		answer->next_change++;
		if (change->index == CHANGE_OF_NODE || wanted(answer, change->index))
			return line_change(output, supervisor, change);
	}
	return 0;
}

static size_t next_watch(struct answer *answer, const struct supervisor *supervisor, char *output)
{
	uint32_t index;

	if (answer->live)
		return next_change(answer, supervisor, output);
	if (!answer->node_said) {
		answer->node_said = true;
		answer->next_change = supervisor->changes->end;
		return line_node(output, supervisor);
	}
	if (next_service(answer, supervisor, &index))
		return line_state(output, supervisor, index);
	answer->live = true;
	return say(output, "live");
}

static size_t next_logs(
	struct answer *answer, const struct supervisor *supervisor, char *output, bool *finished)
{
	const struct ring *ring = &supervisor->services[answer->index].log;
	char bytes[PROTOCOL_LOG_MAX];
	size_t header, length;

	length = ring_read(ring, &answer->log_from, bytes, sizeof(bytes), &answer->log_lost);
	if (length > 0) {
		header = line_log(output, length, answer->log_lost);
		answer->log_lost = 0;
		memcpy(output + header, bytes, length);
		return header + length;
	}
	if (answer->follow)
		return 0;
	*finished = true;
	return say(output, "ok");
}

/*
 * How many of the bytes are sent: whole lines. An unfinished line waits for its end, unless there is no
 * room for more of it, or nobody is left to end it.
 */
static size_t whole_lines(const struct answer *answer, const struct service *service,
	const char *bytes, size_t length)
{
	const char *newline = memrchr(bytes, '\n', length);

	if (newline)
		return (size_t)(newline - bytes) + 1;
	if (!answer->follow || service->pid == 0)
		return length;
	return length == PROTOCOL_LOG_MAX || length == service->log.size ? length : 0;
}

/* The news of one service; 0 if there are none. */
static size_t next_of_all(
	const struct answer *answer, struct supervisor *supervisor, char *output, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	uint64_t *from = &service->log_from[answer->reader - 1], position = *from, lost = 0;
	char bytes[PROTOCOL_LOG_MAX];
	size_t header, length;

	if (position == service->log.end)
		return 0;
	length = ring_read(&service->log, &position, bytes, sizeof(bytes), &lost);
	position -= length;
	length = whole_lines(answer, service, bytes, length);
	if (length == 0)
		return 0;
	*from = position + length;
	header = line_log_of(
		output, supervisor->set.entries[index].config.name, position, length, lost);
	memcpy(output + header, bytes, length);
	return header + length;
}

/* A piece from each service that has one, in turn, so that a loud one does not keep the others waiting. */
static size_t next_all_logs(
	struct answer *answer, struct supervisor *supervisor, char *output, bool *finished)
{
	uint32_t count = supervisor->set.count;
	size_t length;

	if (answer->log_changes != supervisor->log_changes) {
		for (uint32_t i = 0; i < count; i++) {
			uint32_t index = answer->index < count ? answer->index : 0;

			answer->index = index + 1;
			length = next_of_all(answer, supervisor, output, index);
			if (length > 0)
				return length;
		}
		answer->log_changes = supervisor->log_changes;
	}
	if (!answer->follow) {
		*finished = true;
		return say(output, "ok");
	}
	if (answer->live)
		return 0;
	answer->live = true;
	return say(output, "live");
}

size_t answer_room(const struct answer *answer)
{
	bool logs = answer->kind == ANSWER_LOGS || answer->kind == ANSWER_ALL_LOGS;

	return logs ? ANSWER_PIECE_MAX : PROTOCOL_LINE_MAX;
}

size_t answer_next(
	struct answer *answer, struct supervisor *supervisor, char *output, bool *finished)
{
	switch (answer->kind) {
	case ANSWER_STATUS:
		return next_status(answer, supervisor, output, finished);
	case ANSWER_BOOT:
		return next_boot(answer, supervisor, output, finished);
	case ANSWER_WATCH:
		return next_watch(answer, supervisor, output);
	case ANSWER_LOGS:
		return next_logs(answer, supervisor, output, finished);
	case ANSWER_ALL_LOGS:
		return next_all_logs(answer, supervisor, output, finished);
	case ANSWER_RESCAN:
		if (supervisor->rescanning)
			return 0;
		break;
	case ANSWER_OK:
		break;
	}
	*finished = true;
	return say(output, "ok");
}
