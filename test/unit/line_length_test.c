/* SPDX-License-Identifier: MIT */
/* Lines with the longest values there can be: each fits, and what svctl cannot do without is in it. */
#include "played_supervisor.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/protocol.h"
#include "pid1/line.h"

enum { NEEDED = SERVICE_NEEDS_MAX };

struct longest {
	char names[NEEDED + 1][SERVICE_NAME_MAX + 1];
	char text[SERVICE_FILE_MAX - 64];
	size_t length;
	const char *files[NEEDED + 1][2];
};

static void add(struct longest *longest, const char *start, char filler, size_t count)
{
	size_t length = strlen(start);

	assert_true(longest->length + length + count + 2 < sizeof(longest->text));
	memcpy(longest->text + longest->length, start, length);
	memset(longest->text + longest->length + length, filler, count);
	longest->length += length + count;
	longest->text[longest->length++] = '\n';
	longest->text[longest->length] = '\0';
}

/* The last service needs all others, whose names are as long as names may be. */
static void make_names(struct longest *longest)
{
	char needs[NEEDED * (SERVICE_NAME_MAX + 1) + 16] = "needs =";
	size_t length = strlen(needs);

	for (int i = 0; i <= NEEDED; i++) {
		memset(longest->names[i], 'x', SERVICE_NAME_MAX);
		longest->names[i][0] = (char)('0' + i / 10);
		longest->names[i][1] = (char)('0' + i % 10);
		longest->files[i][0] = longest->names[i];
		longest->files[i][1] = "";
		if (i < NEEDED)
			length += (size_t)snprintf(
				needs + length, sizeof(needs) - length, " %s", longest->names[i]);
	}
	add(longest, needs, ' ', 0);
	longest->files[NEEDED][1] = longest->text;
}

/* All texts of the file, longer than any line, of bytes that take three when they are encoded. */
static void make_texts(struct longest *longest)
{
	add(longest, "description = x", '\xff', 2500);
	add(longest, "when = path:/", '\xff', 2500);
	add(longest, "user = ", 'u', 32);
	add(longest,
		"essential = yes\nready = notify\npids-max = 4194304\nmemory-max = 65536G\n"
		"start-timeout = 1193h\nstop-timeout = 1193h",
		' ', 0);
}

static struct stage *begin(void **state)
{
	struct longest *longest = calloc(1, sizeof(*longest));
	struct stage *stage = *state;

	assert_non_null(longest);
	make_names(longest);
	make_texts(longest);
	stage_begin(stage, (const char *const(*)[2])longest->files, NEEDED + 1);
	free(longest);
	if (stage->supervisor.set.entries[NEEDED].invalid)
		fail_msg("the file is wrong: %s", stage->supervisor.set.entries[NEEDED].error);
	return stage;
}

/* The most that a line can hold at one time, in the phase given. */
static void say(struct stage *stage, enum phase phase)
{
	struct service_entry *entry = &stage->supervisor.set.entries[NEEDED];
	struct life *life = &stage->supervisor.lives[NEEDED];

	entry->invalid = phase == PHASE_INVALID;
	life->phase = phase;
	life->since_us = life->deadline_us = UINT64_MAX / 2;
	life->restarts = UINT32_MAX;
	life->death = (struct death){ .happened = true,
		.oom = true,
		.code = 255,
		.signal = 64,
		.step = STEP_NO_NEW_PRIVILEGES,
		.error = 4095,
		.cause = CAUSE_START_TIMEOUT };
	stage->supervisor.services[NEEDED].pid = 4194303;
	stage->length = line_service(stage->line, &stage->supervisor, NEEDED);
}

static void set_error(struct stage *stage, char filler, size_t length)
{
	struct service_entry *entry = &stage->supervisor.set.entries[NEEDED];
	char *error = calloc(1, SERVICE_ERROR_MAX);

	assert_non_null(error);
	memset(error, filler, length);
	service_entry_absolve(entry);
	entry->invalid = true;
	entry->error = error;
}

static void set_status(struct stage *stage, char filler, size_t length)
{
	char *status = stage->supervisor.services[NEEDED].status;

	memset(status, filler, length);
	status[length] = '\0';
}

static void the_longest_service_line_fits_and_has_what_matters(void **state)
{
	static const char *const keys[] = { "name", "state", "since_ms", "restarts", "oom",
		"exit_code", "exit_signal", "step", "errno", "exit_cause", "essential", "type",
		"log_bytes", "log_dropped", "stop_timeout_ms" };
	struct stage *stage = begin(state);

	set_status(stage, '\xff', STATUS_MAX - 1);
	set_error(stage, ' ', SERVICE_ERROR_MAX - 1);
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		say(stage, phase);
		for (size_t i = 0; i < COUNT(keys); i++) {
			if (!stage_value(stage, keys[i]))
				fail_msg("phase %d: there is no %s", phase, keys[i]);
		}
	}
}

static void an_error_is_never_cut_short(void **state)
{
	struct stage *stage = begin(state);

	set_status(stage, '\xff', STATUS_MAX - 1);
	set_error(stage, ' ', SERVICE_ERROR_MAX - 1);
	say(stage, PHASE_INVALID);
	assert_non_null(stage_value(stage, "error"));
	assert_int_equal(strlen(stage_value(stage, "error")), SERVICE_ERROR_MAX - 1);
}

/* One byte more each time, so that each key is once the one that just fits, and just does not. */
static void a_service_line_of_any_length_fits(void **state)
{
	struct stage *stage = begin(state);

	for (size_t length = 0; length < SERVICE_ERROR_MAX; length++) {
		set_error(stage, 'e', length);
		for (size_t status = 0; status < STATUS_MAX; status += 9) {
			set_status(stage, '\xff', status);
			say(stage, PHASE_INVALID);
			assert_true(stage->length <= PROTOCOL_LINE_MAX);
			assert_int_equal(
				stage_line_length(stage->line, stage->length), stage->length);
		}
	}
}

static void state_lines_with_the_longest_names_fit(void **state)
{
	struct stage *stage = begin(state);

	stage->length = line_state(stage->line, &stage->supervisor, NEEDED);
	assert_int_equal(strlen(stage_value(stage, "name")), SERVICE_NAME_MAX);
	assert_non_null(stage_value(stage, "blocked_by"));
	assert_int_equal(strlen(stage_value(stage, "blocked_by")), SERVICE_NAME_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STAGE_TEST(the_longest_service_line_fits_and_has_what_matters),
		STAGE_TEST(an_error_is_never_cut_short),
		STAGE_TEST(a_service_line_of_any_length_fits),
		STAGE_TEST(state_lines_with_the_longest_names_fit),
	};

	return RUN("the longest protocol lines", tests);
}
