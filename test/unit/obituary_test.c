/* SPDX-License-Identifier: MIT */
/* What PID 1 writes of its services to the kernel log: every death that nobody asked for, and why. */
#include "played_supervisor.h"

#include <signal.h>
#include <stdio.h>

#include "pid1/kmsg.h"
#include "pid1/obituary.h"

/* What was said since the last time, one line each, with its level before it. */
static char said[2048];

void kmsg(enum level level, const char *format, ...)
{
	size_t length = strlen(said);
	va_list arguments;

	length += (size_t)snprintf(said + length, sizeof(said) - length, "%d ", level);
	va_start(arguments, format);
	length += (size_t)vsnprintf(said + length, sizeof(said) - length, format, arguments);
	va_end(arguments);
	assert_true(length < sizeof(said) - 1);
	said[length] = '\n';
	said[length + 1] = '\0';
}

#define assert_said(text)                                                                          \
	do {                                                                                       \
		assert_string_equal(said, text);                                                   \
		said[0] = '\0';                                                                    \
	} while (0)

static int setup(void **state)
{
	said[0] = '\0';
	return stage_setup(state);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, stage_teardown)

/* An event of the first service, and what is said of it, as the supervisor does. */
static void happen(struct stage *stage, enum event event, struct death death)
{
	enum phase before = stage->supervisor.lives[0].phase;

	stage->supervisor.now_us = stage->node.now_us;
	node_event(&stage->node, 0, event, &death);
	obituary(&stage->supervisor, 0, event, before);
	obituary_say_due(&stage->supervisor);
}

static void run(struct stage *stage)
{
	node_event(&stage->node, 0, EVENT_GO, NULL);
	node_event(&stage->node, 0, EVENT_EXEC_OK, NULL);
}

static void time_out(struct stage *stage)
{
	stage->node.now_us = stage->supervisor.lives[0].deadline_us;
	happen(stage, EVENT_TIMEOUT, (struct death){ .code = 0 });
}

static void each_way_to_die_has_its_sentence(void **state)
{
	static const struct {
		struct death death;
		const char *sentence;
	} cases[] = {
		{ { .code = 3 }, "4 a: exited with code 3; starts again in 2.0s\n" },
		{ { .code = 0 }, "4 a: exited with code 0; starts again in 2.0s\n" },
		{ { .code = -1, .signal = 11 }, "4 a: killed by SIGSEGV; starts again in 2.0s\n" },
		{ { .code = -1, .signal = SIGSYS },
			"4 a: killed by SIGSYS; starts again in 2.0s\n" },
		{ { .code = -1, .signal = 40 },
			"4 a: killed by signal 40; starts again in 2.0s\n" },
		{ { .code = -1, .signal = 9, .oom = true },
			"4 a: killed by SIGKILL (out of memory); starts again in 2.0s\n" },
		{ { .code = 1, .oom = true },
			"4 a: exited with code 1 (a process of it was killed: out of memory); "
			"starts again in 2.0s\n" },
		{ { .code = -1, .step = STEP_USER, .error = 2 },
			"4 a: cannot run /bin/true: user: No such file or directory; "
			"starts again in 2.0s\n" },
	};
	STAGE({ "a", "backoff = 2s 2s\n" });

	for (size_t i = 0; i < COUNT(cases); i++) {
		run(stage);
		happen(stage, EVENT_EXITED, cases[i].death);
		assert_said(cases[i].sentence);
		time_out(stage);
	}
}

static void a_forbidden_system_call_is_named_where_there_are_such(void **state)
{
	STAGE({ "a", "system-calls = basic\nbackoff = 2s 2s\n" });

	run(stage);
	happen(stage, EVENT_EXITED, (struct death){ .code = -1, .signal = SIGSYS });
	assert_said("4 a: killed by SIGSYS (a system call that system-calls does not allow); "
		    "starts again in 2.0s\n");
}

static void a_start_that_is_not_possible_is_told(void **state)
{
	STAGE({ "a", "restart = never\n" });

	node_event(&stage->node, 0, EVENT_GO, NULL);
	happen(stage, EVENT_SPAWN_FAILED,
		(struct death){ .code = -1, .step = STEP_CGROUP, .error = 2 });
	assert_said("4 a: cannot run /bin/true: cgroup: No such file or directory; "
		    "failed, not started again\n");
}

static void a_condition_that_does_not_hold_is_not_worth_a_word(void **state)
{
	STAGE({ "a", "" });

	node_event(&stage->node, 0, EVENT_GO, NULL);
	happen(stage, EVENT_EXITED, (struct death){ .code = -1, .step = STEP_CONDITION });
	assert_said("");
}

static void what_was_asked_for_or_went_well_is_not_told(void **state)
{
	STAGE({ "a", "restart = on-failure\n" });

	run(stage);
	happen(stage, EVENT_EXITED, (struct death){ .code = 0 });
	assert_said("");
	node_event(&stage->node, 0, EVENT_START, NULL);
	run(stage);
	happen(stage, EVENT_STOP, (struct death){ .code = 0 });
	happen(stage, EVENT_EXITED, (struct death){ .code = -1, .signal = 15 });
	assert_said("");
}

static void what_it_left_behind_is_told(void **state)
{
	STAGE({ "a", "" });

	run(stage);
	happen(stage, EVENT_EXITED_LEFT, (struct death){ .code = 1 });
	assert_said("");
	happen(stage, EVENT_EMPTY, (struct death){ .code = 0 });
	assert_said(
		"4 a: exited with code 1, and what it left behind was killed; starts again in 100ms\n");
}

static void who_dies_many_times_a_second_is_told_once_with_a_count(void **state)
{
	STAGE({ "a", "backoff = 0\n" });

	for (int i = 0; i < 5; i++) {
		run(stage);
		happen(stage, EVENT_EXITED, (struct death){ .code = 1 });
		stage->node.now_us += 240 * 1000;
	}
	assert_said("4 a: exited with code 1; starts again\n");
	run(stage);
	happen(stage, EVENT_EXITED, (struct death){ .code = 1 });
	assert_said("4 a: exited with code 1 (and 4 times before); starts again\n");
	stage->node.now_us += 1000 * 1000;
	run(stage);
	happen(stage, EVENT_EXITED, (struct death){ .code = 1 });
	assert_said("4 a: exited with code 1; starts again\n");
}

static void that_it_is_given_up_is_always_told(void **state)
{
	STAGE({ "a", "backoff = 0\nlimit = 2/1m\n" });

	for (int i = 0; i < 3; i++) {
		run(stage);
		happen(stage, EVENT_EXITED, (struct death){ .code = 1 });
	}
	assert_said("4 a: exited with code 1; starts again\n"
		    "4 a: exited with code 1 (and 1 times before); failed, not started again\n");
}

static void who_is_late_is_told_with_the_time_it_had(void **state)
{
	STAGE({ "a", "ready = notify\nstart-timeout = 5s\nstop-timeout = 500ms\n" });

	run(stage);
	time_out(stage);
	assert_said("4 a: not ready after 5.0s; stopping it\n");
	time_out(stage);
	assert_said("4 a: not stopped after 500ms; killing it\n");
	time_out(stage);
	assert_said("3 a: still there after SIGKILL (waiting for a device?); trying again\n");
}

static void a_task_is_late_for_being_done(void **state)
{
	STAGE({ "a", "type = task\nstart-timeout = 5s\n" });

	run(stage);
	time_out(stage);
	assert_said("4 a: not done after 5.0s; stopping it\n");
}

static void who_gives_no_sign_of_life_is_told(void **state)
{
	STAGE({ "a", "ready = notify\nwatchdog = 3s\n" });

	run(stage);
	node_event(&stage->node, 0, EVENT_READY, NULL);
	time_out(stage);
	assert_said("4 a: no sign of life for 3.0s; killing it\n");
}

static void a_delay_that_is_over_is_no_news(void **state)
{
	STAGE({ "a", "" });

	run(stage);
	happen(stage, EVENT_EXITED, (struct death){ .code = 1 });
	said[0] = '\0';
	time_out(stage);
	assert_said("");
}

static void the_node_says_how_fast_it_was(void **state)
{
	STAGE({ "a", "" });

	stage->supervisor.begun_us = 38200;
	stage->supervisor.ready_us = 2045750;
	obituary_ready(&stage->supervisor);
	assert_said("5 ready in 2.0075 s (2.0457 s after kernel start)\n");
}

static void every_step_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (enum step step = STEP_NONE + 1; step < STEP_COUNT; step++) {
		assert_non_null(step_name(step));
		assert_string_not_equal(step_name(step), "");
		assert_string_not_equal(step_name(step), "unknown");
		for (enum step other = STEP_NONE; other < step; other++)
			assert_string_not_equal(step_name(step), step_name(other));
	}
	assert_string_equal(step_name(STEP_COUNT), "unknown");
	assert_string_equal(step_name((enum step) - 1), "unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_way_to_die_has_its_sentence),
		TEST(a_forbidden_system_call_is_named_where_there_are_such),
		TEST(a_start_that_is_not_possible_is_told),
		TEST(a_condition_that_does_not_hold_is_not_worth_a_word),
		TEST(what_was_asked_for_or_went_well_is_not_told),
		TEST(what_it_left_behind_is_told),
		TEST(who_dies_many_times_a_second_is_told_once_with_a_count),
		TEST(that_it_is_given_up_is_always_told),
		TEST(who_is_late_is_told_with_the_time_it_had),
		TEST(a_task_is_late_for_being_done),
		TEST(who_gives_no_sign_of_life_is_told),
		TEST(a_delay_that_is_over_is_no_news),
		TEST(the_node_says_how_fast_it_was),
		cmocka_unit_test(every_step_has_a_name_of_its_own),
	};

	return RUN("the kernel log", tests);
}
