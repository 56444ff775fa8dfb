/* SPDX-License-Identifier: MIT */
/* When start, stop, restart and wait are over; and what mistyped words were meant to be. */
#include "unit.h"

#include "svctl/closest.h"
#include "svctl/goal.h"

enum { P = VERDICT_PENDING, R = VERDICT_REACHED, M = VERDICT_MISSED, U = VERDICT_UNSURE };

/* Every state, for every goal. */
static const struct {
	enum service_state state;
	int up, down, await;
} cells[] = {
	{ STATE_WAITING, U, P, P },
	{ STATE_STARTING, P, P, P },
	{ STATE_RUNNING, P, P, P },
	{ STATE_READY, R, P, R },
	{ STATE_STOPPING, P, P, P },
	{ STATE_BACKOFF, M, P, P },
	{ STATE_DONE, R, R, R },
	{ STATE_FAILED, M, R, M },
	{ STATE_SKIPPED, M, R, M },
	{ STATE_INVALID, M, R, M },
	{ STATE_STOPPED, U, R, M },
};

static void every_state_is_judged(void **state)
{
	(void)state;
	assert_int_equal(COUNT(cells), STATE_COUNT);
	for (size_t i = 0; i < COUNT(cells); i++) {
		assert_int_equal(cells[i].state, i);
		assert_int_equal(goal_judge(GOAL_UP, (int)i), cells[i].up);
		assert_int_equal(goal_judge(GOAL_DOWN, (int)i), cells[i].down);
		assert_int_equal(goal_judge(GOAL_AWAIT, (int)i), cells[i].await);
	}
}

static void a_state_of_a_later_version_is_pending(void **state)
{
	(void)state;
	assert_int_equal(goal_judge(GOAL_UP, -1), VERDICT_PENDING);
	assert_int_equal(goal_judge(GOAL_DOWN, -1), VERDICT_PENDING);
	assert_int_equal(goal_judge(GOAL_AWAIT, -1), VERDICT_PENDING);
}

static const char *meant(const char *word)
{
	static const char *const words[] = { "status", "start", "stop", "restart", "logs", "why",
		"wait", "watch" };
	struct closest closest = { .word = word };

	for (size_t i = 0; i < COUNT(words); i++)
		closest_consider(&closest, words[i]);
	return closest.best;
}

static void mistyped_words_are_recognised(void **state)
{
	(void)state;
	assert_string_equal(meant("statsu"), "status");
	assert_string_equal(meant("strat"), "start");
	assert_string_equal(meant("reststart"), "restart");
	assert_string_equal(meant("log"), "logs");
	assert_string_equal(meant("wacth"), "watch");
	assert_string_equal(meant("hwy"), "why");
}

static void other_words_are_not(void **state)
{
	(void)state;
	assert_null(meant(""));
	assert_null(meant("x"));
	assert_null(meant("enable"));
	assert_null(meant("a-word-that-is-longer-than-any-name-can-be"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_is_judged),
		cmocka_unit_test(a_state_of_a_later_version_is_pending),
		cmocka_unit_test(mistyped_words_are_recognised),
		cmocka_unit_test(other_words_are_not),
	};

	return RUN("svctl goal", tests);
}
