/* SPDX-License-Identifier: MIT */
/* From the start of a service to its being ready: when it is, how long it may take, its watchdog. */
#include "one_life.h"

static void a_daemon_without_ready_is_ready_once_exec_succeeded(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin_and_run(&one);
	assert_int_equal(one.life.phase, PHASE_READY);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void a_daemon_that_says_when_runs_until_it_does(void **state)
{
	static const enum ready_kind kinds[] = { READY_FD, READY_NOTIFY };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct one one = one_daemon();

		one.config.ready = kinds[i];
		one_begin_and_run(&one);
		assert_int_equal(one.life.phase, PHASE_RUNNING);
		assert_int_equal(one_send(&one, EVENT_READY), 0);
		assert_int_equal(one.life.phase, PHASE_READY);
		assert_int_equal(one.life.deadline_us, TIME_NEVER);
	}
}

static void a_task_runs_until_it_exits(void **state)
{
	struct one one = one_task();

	(void)state;
	one_begin_and_run(&one);
	assert_int_equal(one.life.phase, PHASE_RUNNING);
	one_exit(&one, 0);
	assert_int_equal(one.life.phase, PHASE_DONE);
}

static void a_task_that_says_ready_is_not_believed(void **state)
{
	struct one one = one_task();

	(void)state;
	one_begin_and_run(&one);
	one.now_us += SECONDS(1);
	assert_int_equal(one_send(&one, EVENT_READY), 0);
	assert_int_equal(one.life.phase, PHASE_RUNNING);
	assert_int_equal(one.life.since_us, SECONDS(100));
}

static void saying_ready_twice_is_saying_it_once(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.ready = READY_NOTIFY;
	one.config.watchdog_ms = 1000;
	one_begin_and_run(&one);
	one_send(&one, EVENT_READY);
	one.now_us += MS(500);
	one_send(&one, EVENT_READY);
	assert_int_equal(one.life.since_us, SECONDS(100));
	assert_int_equal(one.life.deadline_us, SECONDS(101));
}

static void start_timeout_counts_from_the_fork_on(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.ready = READY_FD;
	one_begin(&one);
	one_go(&one);
	assert_int_equal(one.life.deadline_us, SECONDS(130));
	one.now_us += SECONDS(10);
	one_send(&one, EVENT_EXEC_OK);
	assert_int_equal(one.life.phase, PHASE_RUNNING);
	assert_int_equal(one.life.deadline_us, SECONDS(130));
}

static void start_timeout_0_is_never(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.ready = READY_NOTIFY;
	one.config.start_timeout_ms = SERVICE_TIME_NEVER;
	one_give(&one, KEY_START_TIMEOUT);
	one_begin(&one);
	one_go(&one);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
	one_send(&one, EVENT_EXEC_OK);
	assert_int_equal(one.life.phase, PHASE_RUNNING);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void the_longest_start_timeout_does_not_overflow(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.start_timeout_ms = SERVICE_TIME_NEVER - 1;
	one_begin(&one);
	one_go(&one);
	assert_int_equal(one.life.deadline_us, SECONDS(100) + UINT64_C(4294967294000));
}

static void a_task_at_work_has_no_deadline_by_default(void **state)
{
	struct one one = one_task();

	(void)state;
	one_begin(&one);
	one_go(&one);
	assert_int_equal(one.life.deadline_us, SECONDS(130)); /* to get past exec */
	one_send(&one, EVENT_EXEC_OK);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void a_task_at_work_has_the_deadline_its_file_gives(void **state)
{
	struct one one = one_task();

	(void)state;
	one.config.start_timeout_ms = 60 * 1000;
	one_give(&one, KEY_START_TIMEOUT);
	one_begin(&one);
	one_go(&one);
	one.now_us += SECONDS(3);
	one_send(&one, EVENT_EXEC_OK);
	assert_int_equal(one.life.deadline_us, SECONDS(160));
}

static void a_task_whose_file_says_never_has_none_at_all(void **state)
{
	struct one one = one_task();

	(void)state;
	one.config.start_timeout_ms = SERVICE_TIME_NEVER;
	one_give(&one, KEY_START_TIMEOUT);
	one_begin(&one);
	one_go(&one);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
	one_send(&one, EVENT_EXEC_OK);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void before_exec_the_start_timeout_kills(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin(&one);
	one_go(&one);
	assert_int_equal(one_time_out(&one), ACTION_KILL);
	assert_int_equal(one.life.phase, PHASE_KILLING);
	assert_int_equal(one.life.deadline_us, one.now_us + KILL_RETRY_US);
	one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .signal = 9 });
	assert_int_equal(one.life.phase, PHASE_BACKOFF);
	assert_int_equal(one.life.death.cause, CAUSE_START_TIMEOUT);
	assert_int_equal(one.life.death.signal, 9);
}

static void after_exec_the_start_timeout_sends_the_stop_signal(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.ready = READY_FD;
	one_begin_and_run(&one);
	assert_int_equal(one_time_out(&one), ACTION_TERMINATE);
	assert_int_equal(one.life.phase, PHASE_TERMINATING);
	assert_int_equal(one.life.deadline_us, one.now_us + SECONDS(5));
	assert_int_equal(one_time_out(&one), ACTION_KILL);
	one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .signal = 9 });
	assert_int_equal(one.life.phase, PHASE_BACKOFF);
	assert_int_equal(one.life.death.cause, CAUSE_START_TIMEOUT);
}

static void ready_in_time_ends_the_start_timeout(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.ready = READY_FD;
	one_begin_and_run(&one);
	one.now_us += SECONDS(29);
	one_send(&one, EVENT_READY);
	assert_int_equal(one.life.phase, PHASE_READY);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void a_condition_found_missing_by_the_child_skips(void **state)
{
	static const enum event events[] = { EVENT_EXITED, EVENT_SPAWN_FAILED };

	(void)state;
	for (size_t i = 0; i < COUNT(events); i++) {
		struct one one = one_daemon();

		one.config.limit_deaths = 1;
		one.config.limit_ms = 1000;
		one_begin(&one);
		one_go(&one);
		one_die_as(&one, events[i],
			(struct death){ .code = -1, .step = STEP_CONDITION, .error = 2 });
		assert_int_equal(one.life.phase, PHASE_SKIPPED);
		assert_int_equal(one.life.deadline_us, TIME_NEVER);
		assert_int_equal(one.life.deaths, 0);
	}
}

static void a_condition_that_does_not_hold_skips_without_a_process(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin(&one);
	assert_int_equal(one_send(&one, EVENT_SKIP), 0);
	assert_int_equal(one.life.phase, PHASE_SKIPPED);
	assert_false(one.life.death.happened);
}

static struct one one_watched(void)
{
	struct one one = one_daemon();

	one.config.ready = READY_NOTIFY;
	one.config.watchdog_ms = 3000;
	one_begin_and_run(&one);
	return one;
}

static void the_watchdog_watches_from_ready_on(void **state)
{
	struct one one = one_watched();

	(void)state;
	assert_int_equal(one.life.deadline_us, SECONDS(130)); /* of its start */
	one.now_us += SECONDS(1);
	one_send(&one, EVENT_ALIVE);
	assert_int_equal(one.life.deadline_us, SECONDS(130));
	one_send(&one, EVENT_READY);
	assert_int_equal(one.life.deadline_us, SECONDS(104));
}

static void each_sign_of_life_moves_the_watchdog(void **state)
{
	struct one one = one_watched();

	(void)state;
	one_send(&one, EVENT_READY);
	for (int i = 0; i < 5; i++) {
		one.now_us += SECONDS(2);
		assert_int_equal(one_send(&one, EVENT_ALIVE), 0);
		assert_int_equal(one.life.deadline_us, one.now_us + SECONDS(3));
	}
	assert_int_equal(one.life.phase, PHASE_READY);
	assert_int_equal(one.life.since_us, SECONDS(100));
}

static void a_sign_of_life_without_watchdog_makes_no_deadline(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin_and_run(&one);
	one_send(&one, EVENT_ALIVE);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void who_gives_no_sign_is_killed_and_started_again(void **state)
{
	struct one one = one_watched();

	(void)state;
	one_send(&one, EVENT_READY);
	assert_int_equal(one_time_out(&one), ACTION_KILL);
	assert_int_equal(one.life.phase, PHASE_KILLING);
	one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .signal = 9 });
	assert_int_equal(one.life.phase, PHASE_BACKOFF);
	assert_int_equal(one.life.death.cause, CAUSE_WATCHDOG);
}

static void the_next_life_has_no_part_in_the_last_ones_cause(void **state)
{
	struct one one = one_watched();

	(void)state;
	one_send(&one, EVENT_READY);
	one_time_out(&one);
	one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .signal = 9 });
	one_time_out(&one);
	one_run(&one);
	assert_int_equal(one.life.death.cause, CAUSE_WATCHDOG); /* it is the last death still */
	one_exit(&one, 1);
	assert_int_equal(one.life.death.cause, CAUSE_ITSELF);
	assert_int_equal(one.life.death.code, 1);
	assert_int_equal(one.life.death.signal, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daemon_without_ready_is_ready_once_exec_succeeded),
		cmocka_unit_test(a_daemon_that_says_when_runs_until_it_does),
		cmocka_unit_test(a_task_runs_until_it_exits),
		cmocka_unit_test(a_task_that_says_ready_is_not_believed),
		cmocka_unit_test(saying_ready_twice_is_saying_it_once),
		cmocka_unit_test(start_timeout_counts_from_the_fork_on),
		cmocka_unit_test(start_timeout_0_is_never),
		cmocka_unit_test(the_longest_start_timeout_does_not_overflow),
		cmocka_unit_test(a_task_at_work_has_no_deadline_by_default),
		cmocka_unit_test(a_task_at_work_has_the_deadline_its_file_gives),
		cmocka_unit_test(a_task_whose_file_says_never_has_none_at_all),
		cmocka_unit_test(before_exec_the_start_timeout_kills),
		cmocka_unit_test(after_exec_the_start_timeout_sends_the_stop_signal),
		cmocka_unit_test(ready_in_time_ends_the_start_timeout),
		cmocka_unit_test(a_condition_found_missing_by_the_child_skips),
		cmocka_unit_test(a_condition_that_does_not_hold_skips_without_a_process),
		cmocka_unit_test(the_watchdog_watches_from_ready_on),
		cmocka_unit_test(each_sign_of_life_moves_the_watchdog),
		cmocka_unit_test(a_sign_of_life_without_watchdog_makes_no_deadline),
		cmocka_unit_test(who_gives_no_sign_is_killed_and_started_again),
		cmocka_unit_test(the_next_life_has_no_part_in_the_last_ones_cause),
	};

	return RUN("core: starting", tests);
}
