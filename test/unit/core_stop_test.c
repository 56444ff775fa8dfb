/* SPDX-License-Identifier: MIT */
/* Going down: the stop signal and what follows it, and orders that come while that goes on. */
#include "one_life.h"

static const struct death killed = { .code = -1, .signal = 9 };

/* A daemon in each phase that has a process, before anybody asked for its stop. */
static struct one one_alive(enum phase phase)
{
	struct one one = one_daemon();

	one.config.ready = READY_FD;
	one_begin(&one);
	one_go(&one);
	if (phase >= PHASE_RUNNING)
		one_send(&one, EVENT_EXEC_OK);
	if (phase == PHASE_READY)
		one_send(&one, EVENT_READY);
	assert_int_equal(one.life.phase, phase);
	one.now_us += SECONDS(1);
	return one;
}

/* The same one once it is told to stop, in each phase that a stop has. */
static struct one one_stopping(enum phase phase)
{
	struct one one = one_alive(PHASE_READY);

	one_send(&one, EVENT_STOP);
	if (phase == PHASE_KILLING)
		one_time_out(&one);
	if (phase == PHASE_CLEARING)
		one_die_as(&one, EVENT_EXITED_LEFT, (struct death){ .code = 0 });
	assert_int_equal(one.life.phase, phase);
	return one;
}

/* The last of its processes goes, whatever of it was left. */
static void one_end(struct one *one)
{
	if (one->life.phase == PHASE_CLEARING)
		one_send(one, EVENT_EMPTY);
	else
		one_die_as(one, EVENT_EXITED, killed);
}

static const enum phase alive[] = { PHASE_STARTING, PHASE_RUNNING, PHASE_READY };
static const enum phase stopping[] = { PHASE_TERMINATING, PHASE_KILLING, PHASE_CLEARING };

static void a_stop_sends_the_signal_and_ends_stopped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(alive); i++) {
		struct one one = one_alive(alive[i]);

		assert_int_equal(one_send(&one, EVENT_STOP), ACTION_TERMINATE);
		assert_int_equal(one.life.phase, PHASE_TERMINATING);
		assert_int_equal(one.life.deadline_us, one.now_us + SECONDS(5));
		one_exit(&one, 0);
		assert_int_equal(one.life.phase, PHASE_STOPPED);
		assert_int_equal(one.life.deadline_us, TIME_NEVER);
		assert_int_equal(one.life.death.cause, CAUSE_STOPPED);
	}
}

static void stop_timeout_0_kills_at_once(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.stop_timeout_ms = 0;
	one_begin_and_run(&one);
	one_send(&one, EVENT_STOP);
	assert_int_equal(one.life.deadline_us, one.now_us);
	assert_int_equal(one_time_out(&one), ACTION_KILL);
}

static void who_ignores_the_signal_is_killed_with_all_its_processes(void **state)
{
	struct one one = one_stopping(PHASE_TERMINATING);

	(void)state;
	assert_int_equal(one_time_out(&one), ACTION_KILL);
	assert_int_equal(one.life.phase, PHASE_KILLING);
	assert_int_equal(one.life.deadline_us, one.now_us + KILL_RETRY_US);
	one_die_as(&one, EVENT_EXITED, killed);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
	assert_int_equal(one.life.death.cause, CAUSE_STOPPED);
}

static void who_survives_a_kill_is_killed_again_and_again(void **state)
{
	static const enum phase phases[] = { PHASE_KILLING, PHASE_CLEARING };

	(void)state;
	for (size_t i = 0; i < COUNT(phases); i++) {
		struct one one = one_stopping(phases[i]);
		uint64_t since_us = one.life.since_us;

		for (int times = 0; times < 10; times++) {
			assert_int_equal(one_time_out(&one), ACTION_KILL | ACTION_KILL_EACH);
			assert_int_equal(one.life.phase, phases[i]);
			assert_int_equal(one.life.deadline_us, one.now_us + KILL_RETRY_US);
		}
		assert_int_equal(one.life.since_us, since_us);
	}
}

static void what_the_main_process_left_is_killed_before_the_stop_ends(void **state)
{
	struct one one = one_stopping(PHASE_TERMINATING);

	(void)state;
	assert_int_equal(
		one_die_as(&one, EVENT_EXITED_LEFT, (struct death){ .code = 0 }), ACTION_KILL);
	assert_int_equal(one.life.phase, PHASE_CLEARING);
	one_send(&one, EVENT_EMPTY);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
}

static void a_cgroup_that_is_empty_too_early_does_not_end_the_stop(void **state)
{
	struct one one = one_stopping(PHASE_KILLING);

	(void)state;
	one_send(&one, EVENT_EMPTY);
	assert_int_equal(one.life.phase, PHASE_KILLING);
}

static void exec_or_ready_do_not_call_off_a_stop(void **state)
{
	struct one one = one_alive(PHASE_STARTING);

	(void)state;
	one_send(&one, EVENT_STOP);
	one_send(&one, EVENT_EXEC_OK);
	one_send(&one, EVENT_READY);
	assert_int_equal(one.life.phase, PHASE_TERMINATING);
}

static void a_restart_stops_and_then_waits_to_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(alive); i++) {
		struct one one = one_alive(alive[i]);

		assert_int_equal(one_send(&one, EVENT_RESTART), ACTION_TERMINATE);
		assert_int_equal(one.life.phase, PHASE_TERMINATING);
		one_end(&one);
		assert_int_equal(one.life.phase, PHASE_WAITING);
		assert_int_equal(one.life.death.cause, CAUSE_STOPPED);
		assert_int_equal(one.life.restarts, 0);
	}
}

static void start_while_stopping_starts_afterwards(void **state)
{
	static const enum event orders[] = { EVENT_START, EVENT_RESTART };

	(void)state;
	for (size_t i = 0; i < COUNT(stopping) * COUNT(orders); i++) {
		struct one one = one_stopping(stopping[i / COUNT(orders)]);
		uint64_t deadline_us = one.life.deadline_us;

		assert_int_equal(one_send(&one, orders[i % COUNT(orders)]), 0);
		assert_int_equal(one.life.phase, stopping[i / COUNT(orders)]);
		assert_int_equal(one.life.deadline_us, deadline_us);
		one_end(&one);
		assert_int_equal(one.life.phase, PHASE_WAITING);
	}
}

static void the_last_order_while_stopping_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stopping); i++) {
		struct one one = one_stopping(stopping[i]);

		one_send(&one, EVENT_RESTART);
		one_send(&one, EVENT_START);
		assert_int_equal(one_send(&one, EVENT_STOP), 0);
		one_end(&one);
		assert_int_equal(one.life.phase, PHASE_STOPPED);
	}
}

static void a_stop_during_a_restart_stays_stopped(void **state)
{
	struct one one = one_alive(PHASE_READY);

	(void)state;
	one_send(&one, EVENT_RESTART);
	assert_int_equal(one_send(&one, EVENT_STOP), 0);
	one_exit(&one, 0);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
}

static void a_stop_of_what_is_killed_for_being_late_ends_stopped(void **state)
{
	struct one one = one_alive(PHASE_STARTING);

	(void)state;
	one_time_out(&one);
	assert_int_equal(one.life.phase, PHASE_KILLING);
	one_send(&one, EVENT_STOP);
	one_die_as(&one, EVENT_EXITED, killed);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
}

static void a_stop_while_a_crash_is_cleared_away_ends_stopped(void **state)
{
	struct one one = one_alive(PHASE_READY);

	(void)state;
	one_die_as(&one, EVENT_EXITED_LEFT, (struct death){ .code = -1, .signal = 11 });
	one_send(&one, EVENT_STOP);
	one_send(&one, EVENT_EMPTY);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
	/* How it died is not changed by what was asked afterwards. */
	assert_int_equal(one.life.death.cause, CAUSE_ITSELF);
	assert_int_equal(one.life.death.signal, 11);
}

static void a_crash_that_was_asked_for_counts_as_none(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.restart = RESTART_NEVER;
	one.config.limit_deaths = 1;
	one.config.limit_ms = 60 * 1000;
	one_begin(&one);
	for (int i = 0; i < 10; i++) {
		one_run(&one);
		one_send(&one, EVENT_RESTART);
		one_die_as(&one, EVENT_EXITED, killed);
		assert_int_equal(one.life.phase, PHASE_WAITING);
		assert_int_equal(one.life.restarts, 0);
	}
}

static void a_stop_before_the_start_needs_no_process(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin(&one);
	assert_int_equal(one_send(&one, EVENT_STOP), 0);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
	one_send(&one, EVENT_GO);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
	one_send(&one, EVENT_START);
	assert_int_equal(one.life.phase, PHASE_WAITING);
}

static void a_stop_in_backoff_takes_the_next_start_back(void **state)
{
	struct one one = one_alive(PHASE_READY);

	(void)state;
	one_exit(&one, 1);
	assert_int_equal(one.life.phase, PHASE_BACKOFF);
	assert_int_equal(one_send(&one, EVENT_STOP), 0);
	assert_int_equal(one.life.phase, PHASE_STOPPED);
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

static void who_says_that_it_stops_has_the_time_of_a_stop(void **state)
{
	struct one one = one_alive(PHASE_READY);

	(void)state;
	assert_int_equal(one_send(&one, EVENT_STOPPING), 0);
	assert_int_equal(one.life.phase, PHASE_TERMINATING);
	assert_int_equal(one_time_out(&one), ACTION_KILL);
	one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .signal = 9 });
	/* Nobody asked it to, so it comes back. */
	assert_int_equal(one.life.phase, PHASE_BACKOFF);
}

static void more_time_moves_a_deadline_back_only(void **state)
{
	struct one one = one_alive(PHASE_READY);
	uint64_t before_us;

	(void)state;
	one_send(&one, EVENT_STOP);
	before_us = one.life.deadline_us;
	life_extend(&one.life, one.now_us, SECONDS(1));
	assert_int_equal(one.life.deadline_us, before_us);
	life_extend(&one.life, one.now_us, SECONDS(20));
	assert_int_equal(one.life.deadline_us, one.now_us + SECONDS(20));
}

static void more_time_has_an_end(void **state)
{
	struct one one = one_alive(PHASE_READY);

	(void)state;
	one_send(&one, EVENT_STOP);
	for (int i = 0; i < 100; i++) {
		one.now_us += SECONDS(100);
		life_extend(&one.life, one.now_us, UINT64_MAX);
		life_extend(&one.life, one.now_us, SECONDS(1000));
	}
	assert_int_equal(one.life.deadline_us, one.life.since_us + EXTEND_MOST_US);
}

static void more_time_means_nothing_to_who_has_no_deadline(void **state)
{
	struct one one = one_alive(PHASE_READY);

	(void)state;
	life_extend(&one.life, one.now_us, SECONDS(20));
	assert_int_equal(one.life.deadline_us, TIME_NEVER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_sends_the_signal_and_ends_stopped),
		cmocka_unit_test(stop_timeout_0_kills_at_once),
		cmocka_unit_test(who_ignores_the_signal_is_killed_with_all_its_processes),
		cmocka_unit_test(who_survives_a_kill_is_killed_again_and_again),
		cmocka_unit_test(what_the_main_process_left_is_killed_before_the_stop_ends),
		cmocka_unit_test(a_cgroup_that_is_empty_too_early_does_not_end_the_stop),
		cmocka_unit_test(exec_or_ready_do_not_call_off_a_stop),
		cmocka_unit_test(a_restart_stops_and_then_waits_to_start),
		cmocka_unit_test(start_while_stopping_starts_afterwards),
		cmocka_unit_test(the_last_order_while_stopping_counts),
		cmocka_unit_test(a_stop_during_a_restart_stays_stopped),
		cmocka_unit_test(a_stop_of_what_is_killed_for_being_late_ends_stopped),
		cmocka_unit_test(a_stop_while_a_crash_is_cleared_away_ends_stopped),
		cmocka_unit_test(a_crash_that_was_asked_for_counts_as_none),
		cmocka_unit_test(a_stop_before_the_start_needs_no_process),
		cmocka_unit_test(a_stop_in_backoff_takes_the_next_start_back),
		cmocka_unit_test(who_says_that_it_stops_has_the_time_of_a_stop),
		cmocka_unit_test(more_time_moves_a_deadline_back_only),
		cmocka_unit_test(more_time_has_an_end),
		cmocka_unit_test(more_time_means_nothing_to_who_has_no_deadline),
	};

	return RUN("core: stopping", tests);
}
