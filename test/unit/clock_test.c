/* SPDX-License-Identifier: MIT */
/* How long daemons wait. */
#include "unit.h"

#include "basics/clock.h"

static void a_failure_is_waited_for_longer_each_time(void **state)
{
	static const uint32_t delays[] = { 100, 200, 400, 800, 1000, 1000 };
	struct retry retry = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(delays); i++) {
		assert_int_equal(retry_later(&retry, 5000 + i, 100, 1000), delays[i]);
		assert_int_equal(retry.at_ms, 5000 + i + delays[i]);
	}
}

static void poll_is_told_how_long_to_wait(void **state)
{
	uint64_t now_ms = clock_now_ms();

	(void)state;
	assert_int_equal(clock_wait_ms(CLOCK_NEVER), -1);
	assert_int_equal(clock_wait_ms(0), 0);
	assert_int_equal(clock_wait_ms(now_ms), 0);
	assert_in_range(clock_wait_ms(now_ms + 3600000), 1, 3600000);
	/* Longer than it can be told: it is asked again then. */
	assert_int_equal(clock_wait_ms(CLOCK_NEVER - 1), INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_is_waited_for_longer_each_time),
		cmocka_unit_test(poll_is_told_how_long_to_wait),
	};

	return RUN("clock", tests);
}
