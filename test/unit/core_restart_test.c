/* SPDX-License-Identifier: MIT */
/* After a death: whether a service starts again, how long that takes, and when it is given up. */
#include "one_life.h"

/* ---- whether ---- */

/* Ways to die, all by themselves. */
enum way { EXIT_0, EXIT_1, SIGNALLED, OUT_OF_MEMORY, NO_EXEC, NO_FORK, TOO_LATE, MUTE, WAYS };

static unsigned die(struct one *one, enum way way, bool leave)
{
	static const struct death deaths[WAYS] = {
		[EXIT_0] = { .code = 0 },
		[EXIT_1] = { .code = 1 },
		[SIGNALLED] = { .code = -1, .signal = 11 },
		[OUT_OF_MEMORY] = { .code = -1, .signal = 9, .oom = true },
		[NO_EXEC] = { .code = -1, .step = STEP_EXEC, .error = 2 },
		[NO_FORK] = { .code = -1, .step = STEP_FORK, .error = 11 },
		/* Who is told to go for want of success may say "0" on the way; it is none. */
		[TOO_LATE] = { .code = 0 },
		[MUTE] = { .code = 0 },
	};
	unsigned actions;

	if (way == NO_EXEC || way == NO_FORK)
		return one_die_as(
			one, way == NO_FORK ? EVENT_SPAWN_FAILED : EVENT_EXITED, deaths[way]);
	one_send(one, EVENT_EXEC_OK);
	if (way == MUTE)
		one_send(one, EVENT_READY);
	if (way == TOO_LATE || way == MUTE)
		one_time_out(one);
	actions = one_die_as(one, leave ? EVENT_EXITED_LEFT : EVENT_EXITED, deaths[way]);
	if (!leave)
		return actions;
	assert_int_equal(one->life.phase, PHASE_CLEARING);
	return one_send(one, EVENT_EMPTY);
}

struct outcome {
	enum service_type type;
	enum restart_policy restart;
	enum phase after_exit_0;
	enum phase after_failure;
};

static const struct outcome outcomes[] = {
	{ SERVICE_DAEMON, RESTART_ALWAYS, PHASE_BACKOFF, PHASE_BACKOFF },
	{ SERVICE_DAEMON, RESTART_ON_FAILURE, PHASE_DONE, PHASE_BACKOFF },
	{ SERVICE_DAEMON, RESTART_NEVER, PHASE_DONE, PHASE_FAILED },
	{ SERVICE_TASK, RESTART_ON_FAILURE, PHASE_DONE, PHASE_BACKOFF },
	{ SERVICE_TASK, RESTART_NEVER, PHASE_DONE, PHASE_FAILED },
};

static void check_outcome(const struct outcome *outcome, enum way way, bool leave)
{
	struct one one = outcome->type == SERVICE_TASK ? one_task() : one_daemon();

	print_message("type %d, restart %d, way %d\n", outcome->type, outcome->restart, way);
	one.config.restart = outcome->restart;
	if (outcome->type == SERVICE_DAEMON) {
		one.config.ready = READY_NOTIFY;
		one.config.watchdog_ms = 1000;
	}
	one_give(&one, KEY_START_TIMEOUT);
	one_begin(&one);
	one_go(&one);
	assert_int_equal(die(&one, way, leave), 0);
	assert_int_equal(
		one.life.phase, way == EXIT_0 ? outcome->after_exit_0 : outcome->after_failure);
	assert_true(one.life.death.happened);
	assert_int_equal(one.life.deadline_us == TIME_NEVER, one.life.phase != PHASE_BACKOFF);
}

static void each_policy_answers_each_way_to_die(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		for (enum way way = 0; way < WAYS; way++) {
			if (way == MUTE && outcomes[i].type == SERVICE_TASK)
				continue; /* it is never ready, so nobody watches it */
			check_outcome(&outcomes[i], way, false);
			check_outcome(&outcomes[i], way, true);
		}
	}
}

static void a_death_is_kept_as_it_was_told(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin(&one);
	one_go(&one);
	one_die_as(&one, EVENT_EXITED,
		(struct death){ .code = -1, .oom = true, .step = STEP_USER, .error = 22 });
	assert_true(one.life.death.happened);
	assert_true(one.life.death.oom);
	assert_int_equal(one.life.death.code, -1);
	assert_int_equal(one.life.death.step, STEP_USER);
	assert_int_equal(one.life.death.error, 22);
	assert_int_equal(one.life.death.cause, CAUSE_ITSELF);
}

/* ---- how long ---- */

static uint64_t delay_us(const struct one *one)
{
	assert_int_equal(one->life.phase, PHASE_BACKOFF);
	return one->life.deadline_us - one->now_us;
}

static void the_delay_doubles_up_to_the_longest(void **state)
{
	static const unsigned delays_ms[] = { 100, 200, 400, 800, 1000, 1000, 1000 };
	struct one one = one_daemon();

	(void)state;
	one.config.backoff_longest_ms = 1000;
	one_begin(&one);
	for (size_t i = 0; i < COUNT(delays_ms); i++) {
		one_run(&one);
		one_exit(&one, 1);
		assert_int_equal(delay_us(&one), MS(delays_ms[i]));
		one_time_out(&one);
		assert_int_equal(one.life.phase, PHASE_WAITING);
	}
}

static void the_longest_delay_there_is_does_not_overflow(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.backoff_first_ms = UINT32_C(0x80000001);
	one.config.backoff_longest_ms = UINT32_MAX - 1;
	one.random = UINT32_MAX;
	one_begin(&one);
	for (int i = 0; i < 4; i++) {
		uint64_t whole_us = MS(i ? one.config.backoff_longest_ms : UINT32_C(0x80000001));

		one_run(&one);
		one_exit(&one, 1);
		assert_int_equal(delay_us(&one), whole_us - whole_us / 4);
		one_time_out(&one);
	}
}

static void jitter_takes_up_to_a_quarter_off(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct one one = one_daemon();

		one.config.backoff_first_ms = 1000;
		random = random * 1664525 + 1013904223;
		one.random = random;
		one_begin_and_run(&one);
		one_exit(&one, 1);
		assert_in_range(delay_us(&one), MS(750), MS(1000));
	}
}

static void jitter_reaches_both_its_ends(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.backoff_first_ms = 1000;
	one.random = 0;
	one_begin_and_run(&one);
	one_exit(&one, 1);
	assert_int_equal(delay_us(&one), MS(1000));
	one_begin(&one);
	one.random = UINT32_MAX;
	one_run(&one);
	one_exit(&one, 1);
	assert_int_equal(delay_us(&one), MS(750));
}

static void jitter_does_not_feed_on_itself(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.random = UINT32_MAX;
	one_begin(&one);
	for (unsigned whole_ms = 100; whole_ms <= 12800; whole_ms *= 2) {
		one_run(&one);
		one_exit(&one, 1);
		assert_int_equal(delay_us(&one), MS(whole_ms) * 3 / 4);
		one_time_out(&one);
	}
}

/* The delay after a daemon with the delays 1s 8s has died three times, and then was up so long. */
static uint64_t delay_after_up_us(uint64_t up_us)
{
	struct one one = one_daemon();

	one.config.backoff_first_ms = 1000;
	one.config.backoff_longest_ms = 8000;
	one_begin(&one);
	for (int i = 0; i < 3; i++) {
		one_run(&one);
		one_exit(&one, 1);
		one_time_out(&one);
	}
	one_run(&one);
	one.now_us += up_us;
	one_exit(&one, 1);
	return delay_us(&one);
}

static void the_delay_starts_over_after_the_longest_delay_up(void **state)
{
	(void)state;
	assert_int_equal(delay_after_up_us(SECONDS(8) - 1), SECONDS(8));
	assert_int_equal(delay_after_up_us(SECONDS(8)), SECONDS(1));
	assert_int_equal(delay_after_up_us(SECONDS(80)), SECONDS(1));
}

static void one_that_never_got_ready_has_not_been_up(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.ready = READY_NOTIFY;
	one.config.start_timeout_ms = 60 * 1000;
	one_begin(&one);
	for (int i = 0; i < 2; i++) {
		one_send(&one, EVENT_GO);
		one_send(&one, EVENT_EXEC_OK);
		one_time_out(&one); /* not ready in a minute, twice the longest delay */
		assert_int_equal(one.life.phase, PHASE_TERMINATING);
		one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .signal = 15 });
		assert_int_equal(delay_us(&one), i ? MS(200) : MS(100));
		one_time_out(&one);
	}
}

static void a_delay_of_0_starts_again_at_once(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.backoff_first_ms = 0;
	one_begin(&one);
	for (unsigned i = 1; i <= 20; i++) {
		one_run(&one);
		assert_int_equal(one_exit(&one, 1), 0);
		assert_int_equal(one.life.phase, PHASE_WAITING);
		assert_int_equal(one.life.deadline_us, TIME_NEVER);
		assert_int_equal(one.life.restarts, i);
	}
}

static void what_cannot_even_run_waits_whatever_the_delay(void **state)
{
	static const uint32_t first_ms[] = { 0, 1, 99, 100 };
	static const enum event events[] = { EVENT_SPAWN_FAILED, EVENT_EXITED };

	(void)state;
	for (uint32_t i = 0; i < COUNT(first_ms) * COUNT(events) * 2; i++) {
		struct one one = one_daemon();

		one.config.backoff_first_ms = first_ms[i / 4];
		one.random = i & 1 ? UINT32_MAX : 0;
		one_begin(&one);
		one_go(&one);
		one_die_as(&one, events[i / 2 % 2],
			(struct death){ .code = -1, .step = STEP_EXEC, .error = 2 });
		assert_true(delay_us(&one) >= START_FAILED_DELAY_US);
	}
}

static void what_cannot_even_run_waits_longer_if_the_delay_is(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one.config.backoff_first_ms = 400;
	one_begin(&one);
	for (unsigned ms = 400; ms <= 1600; ms *= 2) {
		one_go(&one);
		one_die_as(&one, EVENT_EXITED, (struct death){ .code = -1, .step = STEP_EXEC });
		assert_int_equal(delay_us(&one), MS(ms));
		one_time_out(&one);
	}
}

static void a_start_that_is_asked_for_begins_with_the_first_delay(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin(&one);
	for (int i = 0; i < 5; i++) {
		one_run(&one);
		one_exit(&one, 1);
		if (i < 4)
			one_time_out(&one);
	}
	one_send(&one, EVENT_START);
	assert_int_equal(one.life.phase, PHASE_WAITING);
	assert_int_equal(one.life.restarts, 0);
	one_run(&one);
	one_exit(&one, 1);
	assert_int_equal(delay_us(&one), MS(100));
}

static void restarts_count_starts_after_a_death(void **state)
{
	struct one one = one_daemon();

	(void)state;
	one_begin(&one);
	for (unsigned i = 0; i < 5; i++) {
		one_run(&one);
		assert_int_equal(one.life.restarts, i);
		one_exit(&one, 1);
		assert_int_equal(one.life.restarts, i);
		one_time_out(&one);
	}
	one_run(&one);
	one_send(&one, EVENT_STOP);
	one_exit(&one, 0);
	assert_int_equal(one.life.restarts, 5);
	one_send(&one, EVENT_START);
	assert_int_equal(one.life.restarts, 0);
}

/* ---- when it is given up ---- */

/* Dies `count` times, one death every `each_us`; returns how many it survived. */
static unsigned deaths_survived(struct one *one, unsigned count, uint64_t each_us)
{
	one_begin(one);
	for (unsigned i = 0; i < count; i++) {
		one->now_us += each_us;
		one_run(one);
		one_exit(one, 1);
		if (one->life.phase == PHASE_FAILED)
			return i;
		assert_int_equal(one->life.phase, PHASE_WAITING);
	}
	return count;
}

static struct one one_limited(uint32_t deaths, uint32_t ms)
{
	struct one one = one_daemon();

	one.config.limit_deaths = deaths;
	one.config.limit_ms = ms;
	one.config.backoff_first_ms = 0;
	return one;
}

static void one_death_more_than_the_limit_is_failed(void **state)
{
	(void)state;
	for (uint32_t limit = 1; limit <= ONE_LIMIT_MAX; limit++) {
		struct one one = one_limited(limit, 60 * 1000);

		assert_int_equal(deaths_survived(&one, 100, 1), limit);
		assert_int_equal(one.life.deadline_us, TIME_NEVER);
	}
}

static void deaths_spread_over_more_than_the_time_are_no_failure(void **state)
{
	struct one one = one_limited(5, 60 * 1000);

	(void)state;
	assert_int_equal(deaths_survived(&one, 1000, SECONDS(12) + 1), 1000);
}

static void deaths_that_fill_the_time_exactly_are_one_too_many(void **state)
{
	struct one one = one_limited(5, 60 * 1000);

	(void)state;
	assert_int_equal(deaths_survived(&one, 1000, SECONDS(12)), 5);
}

static void a_limit_counts_the_deaths_of_any_window(void **state)
{
	struct one one = one_limited(3, 10 * 1000);

	(void)state;
	assert_int_equal(deaths_survived(&one, 20, SECONDS(4)), 20);
	/* The last four lie within 12 s so far, and with this one within 9 s. */
	one.now_us += SECONDS(1);
	one_run(&one);
	one_exit(&one, 1);
	assert_int_equal(one.life.phase, PHASE_FAILED);
}

static void without_a_limit_nothing_is_too_many(void **state)
{
	struct one one = one_limited(0, 0);

	(void)state;
	assert_int_equal(deaths_survived(&one, 10000, 0), 10000);
}

static void a_start_that_is_asked_for_forgets_the_deaths(void **state)
{
	struct one one = one_limited(2, 60 * 1000);

	(void)state;
	assert_int_equal(deaths_survived(&one, 100, 1), 2);
	one_send(&one, EVENT_START);
	for (int i = 0; i < 2; i++) {
		one_run(&one);
		one_exit(&one, 1);
		assert_int_equal(one.life.phase, PHASE_WAITING);
	}
	one_run(&one);
	one_exit(&one, 1);
	assert_int_equal(one.life.phase, PHASE_FAILED);
}

static void starts_that_fail_count_against_the_limit(void **state)
{
	struct one one = one_limited(2, 60 * 1000);

	(void)state;
	one_begin(&one);
	for (int i = 0; i < 3; i++) {
		one_go(&one);
		one_die_as(
			&one, EVENT_SPAWN_FAILED, (struct death){ .code = -1, .step = STEP_FORK });
		if (i < 2)
			one_time_out(&one);
	}
	assert_int_equal(one.life.phase, PHASE_FAILED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_policy_answers_each_way_to_die),
		cmocka_unit_test(a_death_is_kept_as_it_was_told),
		cmocka_unit_test(the_delay_doubles_up_to_the_longest),
		cmocka_unit_test(the_longest_delay_there_is_does_not_overflow),
		cmocka_unit_test(jitter_takes_up_to_a_quarter_off),
		cmocka_unit_test(jitter_reaches_both_its_ends),
		cmocka_unit_test(jitter_does_not_feed_on_itself),
		cmocka_unit_test(the_delay_starts_over_after_the_longest_delay_up),
		cmocka_unit_test(one_that_never_got_ready_has_not_been_up),
		cmocka_unit_test(a_delay_of_0_starts_again_at_once),
		cmocka_unit_test(what_cannot_even_run_waits_whatever_the_delay),
		cmocka_unit_test(what_cannot_even_run_waits_longer_if_the_delay_is),
		cmocka_unit_test(a_start_that_is_asked_for_begins_with_the_first_delay),
		cmocka_unit_test(restarts_count_starts_after_a_death),
		cmocka_unit_test(one_death_more_than_the_limit_is_failed),
		cmocka_unit_test(deaths_spread_over_more_than_the_time_are_no_failure),
		cmocka_unit_test(deaths_that_fill_the_time_exactly_are_one_too_many),
		cmocka_unit_test(a_limit_counts_the_deaths_of_any_window),
		cmocka_unit_test(without_a_limit_nothing_is_too_many),
		cmocka_unit_test(a_start_that_is_asked_for_forgets_the_deaths),
		cmocka_unit_test(starts_that_fail_count_against_the_limit),
	};

	return RUN("core: restarting", tests);
}
