/* SPDX-License-Identifier: MIT */
/* The lines of the control protocol: which keys they have and when, and that they stay within bounds. */
#include "played_supervisor.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/protocol.h"
#include "pid1/line.h"

/* ---- a line under construction ---- */

static void assert_line(const struct line *line, const char *text)
{
	assert_int_equal(line->length, strlen(text));
	assert_memory_equal(line->bytes, text, line->length);
}

static void a_line_is_a_word_and_pairs(void **state)
{
	char bytes[64];
	struct line line;

	(void)state;
	line_begin(&line, bytes, sizeof(bytes), "word");
	line_number(&line, "n", -5);
	line_text(&line, "t", "a b%\n", 64);
	line_number(&line, "m", INT64_MAX);
	line_end(&line);
	assert_line(&line, "word n=-5 t=a%20b%25%0A m=9223372036854775807\n");
}

static void a_key_without_a_value_is_left_out(void **state)
{
	char bytes[64];
	struct line line;

	(void)state;
	line_begin(&line, bytes, sizeof(bytes), "word");
	line_text(&line, "a", NULL, 64);
	line_text(&line, "b", "", 64);
	line_end(&line);
	assert_line(&line, "word\n");
}

static void a_value_is_cut_before_it_is_encoded(void **state)
{
	char bytes[64];
	struct line line;

	(void)state;
	line_begin(&line, bytes, sizeof(bytes), "word");
	line_text(&line, "t", "    ", 2);
	line_end(&line);
	assert_line(&line, "word t=%20%20\n");
}

static void a_value_of_any_length_is_taken(void **state)
{
	char *bytes = malloc(PROTOCOL_LINE_MAX);
	static char value[100 * 1000];
	struct line line;

	(void)state;
	assert_non_null(bytes);
	memset(value, ' ', sizeof(value) - 1);
	line_begin(&line, bytes, PROTOCOL_LINE_MAX, "word");
	line_text(&line, "t", value, sizeof(value));
	assert_true(line_end(&line) <= PROTOCOL_LINE_MAX);
	free(bytes);
}

static void what_does_not_fit_is_left_out_whole_and_the_rest_goes_on(void **state)
{
	char bytes[16];
	struct line line;

	(void)state;
	line_begin(&line, bytes, sizeof(bytes), "word");
	line_text(&line, "long", "0123456789", 64);
	line_number(&line, "n", 1);
	line_end(&line);
	assert_line(&line, "word n=1\n");
}

/* Room for exactly so much, so that a byte too far is seen. */
static void no_line_is_longer_than_its_room(void **state)
{
	(void)state;
	for (size_t size = 8; size < 80; size++) {
		char *bytes = malloc(size);
		struct line line;

		assert_non_null(bytes);
		line_begin(&line, bytes, size, "word");
		for (int i = 0; i < 10; i++) {
			line_text(&line, "k", "a b c", 64);
			line_number(&line, "n", i);
		}
		assert_true(line_end(&line) <= size);
		assert_int_equal(stage_line_length(bytes, size), line.length);
		free(bytes);
	}
}

/* ---- node ---- */

/* Who asks for a restart believes no state from before the answer, and what it brought may be stamped already. */
static void what_a_turn_changed_is_not_older_than_its_answer(void **state)
{
	struct change change = { .index = 0, .state = STATE_DONE };
	STAGE({ "a", "" });

	stage->supervisor.now_us = STAGE_NOW_US - 7000 * 1000; /* this turn takes seven seconds */
	change.at_us = stage->supervisor.now_us;
	stage->length = line_node(stage->line, &stage->supervisor);
	assert_value(stage, "now_ms", "83000");
	stage->length = line_change(stage->line, &stage->supervisor, &change);
	assert_value(stage, "at_ms", "83000");
}

static void the_node_says_what_it_turned_away(void **state)
{
	STAGE({ "a", "" });

	stage->supervisor.clients_refused = 68;
	stage->supervisor.messages_dropped = UINT64_C(5000000000);
	stage->length = line_node(stage->line, &stage->supervisor);
	assert_value(stage, "clients_refused", "68");
	assert_value(stage, "messages_dropped", "5000000000");
}

static void the_node_says_when_it_was_ready_once_it_was(void **state)
{
	STAGE({ "a", "" }, { "b", "" });

	stage->supervisor.state = NODE_BOOTING;
	stage->length = line_node(stage->line, &stage->supervisor);
	assert_memory_equal(stage->line, "node ", 5);
	assert_non_null(stage_value(stage, "hostname"));
	assert_value(stage, "state", "booting");
	assert_value(stage, "now_ms", "90000");
	assert_value(stage, "services", "2");
	assert_value(stage, "clients_refused", "0");
	assert_value(stage, "messages_dropped", "0");
	assert_no(stage, "ready_ms");
	assert_no(stage, "kernel_ready_ms");
	stage->supervisor.state = NODE_READY;
	stage->supervisor.ready_us = 4000 * 1000;
	stage->length = line_node(stage->line, &stage->supervisor);
	assert_value(stage, "state", "ready");
	assert_value(stage, "ready_ms", "2500");
	assert_value(stage, "kernel_ready_ms", "4000");
}

/* ---- service ---- */

static void a_service_that_is_ready_says_what_it_is_and_no_more(void **state)
{
	static const char *const absent[] = { "next_start_ms", "exit_code", "exit_signal", "oom",
		"step", "errno", "exit_cause", "blocked_by", "blocked_state", "when", "error",
		"status", "description", "needs", "user", "ready_wait", "pids_max", "memory_max" };
	STAGE({ "a", "ready = notify\n" });

	node_up(&stage->node);
	stage_service(stage, "a")->pid = 123;
	stage_say(stage, "a");
	assert_memory_equal(stage->line, "service ", 8);
	assert_value(stage, "name", "a");
	assert_value(stage, "state", "ready");
	assert_value(stage, "pid", "123");
	assert_value(stage, "since_ms", "1000");
	assert_value(stage, "restarts", "0");
	assert_value(stage, "log_bytes", "0");
	assert_value(stage, "log_dropped", "0");
	assert_value(stage, "essential", "0");
	assert_value(stage, "type", "daemon");
	assert_value(stage, "start_timeout_ms", "30000");
	assert_value(stage, "stop_timeout_ms", "5000");
	assert_value(stage, "exec", "/bin/true");
	for (size_t i = 0; i < COUNT(absent); i++)
		assert_no(stage, absent[i]);
}

static void another_file_has_another_digest(void **state)
{
	char before[32];
	STAGE({ "a", "" });

	stage_say(stage, "a");
	assert_non_null(stage_value(stage, "digest"));
	snprintf(before, sizeof(before), "%s", stage_value(stage, "digest"));
	assert_int_equal(strlen(before), 16);
	stage->supervisor.set.entries[0].digest++;
	stage_say(stage, "a");
	assert_string_not_equal(stage_value(stage, "digest"), before);
}

static void without_a_process_there_is_no_pid(void **state)
{
	STAGE({ "a", "" });

	stage_say(stage, "a");
	assert_value(stage, "state", "waiting");
	assert_no(stage, "pid");
}

static void what_its_file_says_is_said(void **state)
{
	STAGE({ "a", "" }, { "b", "" },
		{ "t", "description = 100 % done,\tand ÿ\ntype = task\nneeds = a b\n"
		       "start-timeout = 0\nstop-timeout = 1s\nuser = nobody\n"
		       "pids-max = 7\nmemory-max = 2M\nessential = yes\n" });

	stage_say(stage, "t");
	assert_value(stage, "description", "100 % done,\tand ÿ");
	assert_value(stage, "type", "task");
	assert_value(stage, "needs", "a,b");
	assert_no(stage, "start_timeout_ms");
	assert_value(stage, "stop_timeout_ms", "1000");
	assert_value(stage, "user", "nobody");
	assert_value(stage, "pids_max", "7");
	assert_value(stage, "memory_max", "2097152");
	assert_value(stage, "essential", "1");
}

static void ready_wait_is_said_while_it_runs_and_is_not_ready(void **state)
{
	STAGE({ "fd", "ready = fd:3\n" }, { "none", "" }, { "notify", "ready = notify\n" });

	node_settle(&stage->node);
	stage_say(stage, "fd");
	assert_no(stage, "ready_wait"); /* starting */
	node_send(&stage->node, "fd", EVENT_EXEC_OK);
	node_send(&stage->node, "notify", EVENT_EXEC_OK);
	stage_say(stage, "fd");
	assert_value(stage, "ready_wait", "fd");
	stage_say(stage, "notify");
	assert_value(stage, "ready_wait", "notify");
	node_up(&stage->node);
	stage_say(stage, "notify");
	assert_no(stage, "ready_wait");
	stage_say(stage, "none");
	assert_no(stage, "ready_wait");
}

static void in_backoff_it_says_when_it_starts_again(void **state)
{
	STAGE({ "a", "backoff = 2s\n" });

	node_up(&stage->node);
	node_exit(&stage->node, "a", 3);
	stage_say(stage, "a");
	assert_value(stage, "state", "backoff");
	assert_value(stage, "next_start_ms", "3000");
	assert_value(stage, "exit_code", "3");
	assert_value(stage, "oom", "0");
	assert_no(stage, "exit_signal");
	assert_no(stage, "exit_cause");
	assert_no(stage, "step");
	node_time_out(&stage->node, "a");
	stage_say(stage, "a");
	assert_no(stage, "next_start_ms");
	assert_value(stage, "restarts", "1");
	assert_value(stage, "exit_code", "3"); /* the last death stays */
}

static void an_exit_with_0_is_told_as_well(void **state)
{
	STAGE({ "t", "type = task\n" });

	node_up(&stage->node);
	stage_say(stage, "t");
	assert_value(stage, "state", "done");
	assert_value(stage, "exit_code", "0");
}

static void a_signal_and_the_oom_killer_are_named(void **state)
{
	STAGE({ "a", "" });

	node_up(&stage->node);
	node_event(&stage->node, 0, EVENT_EXITED,
		&(struct death){ .code = -1, .signal = 9, .oom = true });
	stage_say(stage, "a");
	assert_value(stage, "exit_signal", "9");
	assert_value(stage, "oom", "1");
	assert_no(stage, "exit_code");
}

static void a_step_that_failed_is_named_with_its_errno(void **state)
{
	STAGE({ "a", "" });

	node_settle(&stage->node);
	node_event(&stage->node, 0, EVENT_EXITED,
		&(struct death){ .code = -1, .step = STEP_NO_NEW_PRIVILEGES, .error = 22 });
	stage_say(stage, "a");
	assert_value(stage, "step", "no-new-privileges");
	assert_value(stage, "errno", "22");
	assert_no(stage, "exit_code");
}

static void why_it_was_ended_is_told_unless_it_did_so_itself(void **state)
{
	static const char *const causes[] = {
		[CAUSE_STOPPED] = "asked",
		[CAUSE_START_TIMEOUT] = "start-timeout",
		[CAUSE_WATCHDOG] = "watchdog",
	};
	STAGE({ "a", "" });

	node_up(&stage->node);
	node_exit(&stage->node, "a", 1);
	for (enum death_cause cause = CAUSE_STOPPED; cause <= CAUSE_WATCHDOG; cause++) {
		node_life(&stage->node, "a")->death.cause = cause;
		stage_say(stage, "a");
		assert_value(stage, "exit_cause", causes[cause]);
	}
}

static void a_condition_that_did_not_hold_is_no_death(void **state)
{
	STAGE({ "a", "when = path:/nowhere in particular\n" });

	node_settle(&stage->node);
	node_event(&stage->node, 0, EVENT_EXITED,
		&(struct death){ .code = -1, .step = STEP_CONDITION, .error = 2 });
	stage_say(stage, "a");
	assert_value(stage, "state", "skipped");
	assert_value(stage, "when", "path:/nowhere in particular");
	assert_no(stage, "step");
	assert_no(stage, "errno");
	assert_no(stage, "oom");
}

static void who_is_skipped_says_by_what(void **state)
{
	STAGE({ "a", "when = cmdline:ntp=host\n" }, { "b", "" });

	stage_say(stage, "a");
	assert_no(stage, "when"); /* it may hold yet */
	node_event(&stage->node, 0, EVENT_SKIP, NULL);
	node_event(&stage->node, 1, EVENT_SKIP, NULL);
	stage_say(stage, "a");
	assert_value(stage, "when", "cmdline:ntp=host");
	stage_service(stage, "a")->left_out_by = "svc.only";
	stage_say(stage, "a");
	assert_value(stage, "when", "svc.only");
	stage_service(stage, "b")->left_out_by = "svc.skip";
	stage_say(stage, "b");
	assert_value(stage, "when", "svc.skip");
}

static void who_waits_says_for_whom_and_how_that_one_is(void **state)
{
	STAGE({ "a", "needs = t\n" }, { "b", "after = c\n" }, { "c", "ready = notify\n" },
		{ "t", "type = task\n" });

	node_settle(&stage->node);
	stage_say(stage, "b");
	assert_value(stage, "blocked_by", "after:c");
	assert_value(stage, "blocked_state", "starting");
	node_send(&stage->node, "t", EVENT_EXEC_OK);
	node_exit(&stage->node, "t", 1);
	stage_say(stage, "a");
	assert_value(stage, "blocked_by", "t");
	assert_value(stage, "blocked_state", "failed");
}

static void an_invalid_service_says_why(void **state)
{
	STAGE({ "a", "nofiles = 3\n" });

	stage_say(stage, "a");
	assert_value(stage, "state", "invalid");
	assert_non_null(strstr(stage_value(stage, "error"), "line 2: "));
	assert_non_null(strstr(stage_value(stage, "error"), "nofiles"));
}

static void its_status_and_its_log_are_told(void **state)
{
	char bytes[STAGE_LOG_SIZE + 10];
	STAGE({ "a", "" });

	memset(bytes, 'x', sizeof(bytes));
	ring_append(&stage_service(stage, "a")->log, bytes, sizeof(bytes));
	snprintf(stage_service(stage, "a")->status, STATUS_MAX, "half way = 50 %%");
	stage_say(stage, "a");
	assert_value(stage, "status", "half way = 50 %");
	assert_value(stage, "log_bytes", "16384");
	assert_value(stage, "log_dropped", "10");
}

/* ---- the other lines ---- */

static void a_state_line_has_what_watchers_want(void **state)
{
	STAGE({ "a", "needs = b\n" }, { "b", "ready = notify\n" });

	node_settle(&stage->node);
	stage_service(stage, "b")->pid = 5;
	stage->length = line_state(stage->line, &stage->supervisor, 1);
	assert_memory_equal(stage->line, "state ", 6);
	assert_value(stage, "name", "b");
	assert_value(stage, "state", "starting");
	assert_value(stage, "pid", "5");
	assert_value(stage, "at_ms", "1000");
	assert_no(stage, "blocked_by");
	stage->length = line_state(stage->line, &stage->supervisor, 0);
	assert_value(stage, "state", "waiting");
	assert_value(stage, "blocked_by", "b");
	assert_no(stage, "pid");
}

static void a_change_says_what_was_then(void **state)
{
	const struct change change = {
		.at_us = 2500 * 1000, .index = 0, .state = STATE_RUNNING, .pid = 6
	};
	STAGE({ "a", "" });

	stage->length = line_change(stage->line, &stage->supervisor, &change);
	assert_memory_equal(stage->line, "state ", 6);
	assert_value(stage, "name", "a");
	assert_value(stage, "state", "running"); /* though it waits by now */
	assert_value(stage, "pid", "6");
	assert_value(stage, "at_ms", "2500");
}

static void a_change_to_waiting_says_for_whom(void **state)
{
	const struct change change = { .index = 0, .state = STATE_WAITING };
	STAGE({ "a", "needs = b\n" }, { "b", "" });

	stage->length = line_change(stage->line, &stage->supervisor, &change);
	assert_value(stage, "blocked_by", "b");
	assert_value(stage, "blocked_state", "waiting");
}

static void a_change_of_the_node_is_a_node_line(void **state)
{
	const struct change change = {
		.at_us = 2500 * 1000, .index = CHANGE_OF_NODE, .state = NODE_DEGRADED
	};
	STAGE({ "a", "" });

	stage->length = line_change(stage->line, &stage->supervisor, &change);
	assert_memory_equal(stage->line, "node ", 5);
	assert_value(stage, "state", "degraded");
	assert_value(stage, "now_ms", "2500");
	assert_no(stage, "name");
}

static void lost_and_log_lines_carry_their_numbers(void **state)
{
	STAGE({ "a", "" });

	stage->length = line_lost(stage->line, 12);
	assert_memory_equal(stage->line, "lost count=12\n", stage->length);
	stage->length = line_log(stage->line, 4096, 77);
	assert_memory_equal(stage->line, "log bytes=4096 dropped=77\n", stage->length);
	stage->length = line_log_of(stage->line, "web", 3, 4096, 77);
	assert_memory_equal(
		stage->line, "log name=web position=3 bytes=4096 dropped=77\n", stage->length);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_word_and_pairs),
		cmocka_unit_test(a_key_without_a_value_is_left_out),
		cmocka_unit_test(a_value_is_cut_before_it_is_encoded),
		cmocka_unit_test(a_value_of_any_length_is_taken),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole_and_the_rest_goes_on),
		cmocka_unit_test(no_line_is_longer_than_its_room),
		STAGE_TEST(what_a_turn_changed_is_not_older_than_its_answer),
		STAGE_TEST(the_node_says_what_it_turned_away),
		STAGE_TEST(the_node_says_when_it_was_ready_once_it_was),
		STAGE_TEST(a_service_that_is_ready_says_what_it_is_and_no_more),
		STAGE_TEST(another_file_has_another_digest),
		STAGE_TEST(without_a_process_there_is_no_pid),
		STAGE_TEST(what_its_file_says_is_said),
		STAGE_TEST(ready_wait_is_said_while_it_runs_and_is_not_ready),
		STAGE_TEST(in_backoff_it_says_when_it_starts_again),
		STAGE_TEST(an_exit_with_0_is_told_as_well),
		STAGE_TEST(a_signal_and_the_oom_killer_are_named),
		STAGE_TEST(a_step_that_failed_is_named_with_its_errno),
		STAGE_TEST(why_it_was_ended_is_told_unless_it_did_so_itself),
		STAGE_TEST(a_condition_that_did_not_hold_is_no_death),
		STAGE_TEST(who_is_skipped_says_by_what),
		STAGE_TEST(who_waits_says_for_whom_and_how_that_one_is),
		STAGE_TEST(an_invalid_service_says_why),
		STAGE_TEST(its_status_and_its_log_are_told),
		STAGE_TEST(a_state_line_has_what_watchers_want),
		STAGE_TEST(a_change_says_what_was_then),
		STAGE_TEST(a_change_to_waiting_says_for_whom),
		STAGE_TEST(a_change_of_the_node_is_a_node_line),
		STAGE_TEST(lost_and_log_lines_carry_their_numbers),
	};

	return RUN("protocol lines", tests);
}
