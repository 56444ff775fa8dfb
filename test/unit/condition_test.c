/* SPDX-License-Identifier: MIT */
/* What PID 1 says of a path by itself. /dev is there wherever this runs, and nothing is made in it. */
#include "unit.h"

#include "pid1/condition.h"

#include <unistd.h>

static void what_is_not_there_is_absent(void **state)
{
	(void)state;
	assert_true(condition_surely_absent("/dev/no-such-greyhound"));
	assert_true(condition_surely_absent("/dev/no-such-greyhound/below"));
	assert_true(condition_surely_absent("/run/no-such-greyhound"));
}

static void what_is_there_is_not(void **state)
{
	(void)state;
	assert_int_equal(access("/dev/null", F_OK), 0);
	assert_false(condition_surely_absent("/dev/null"));
	assert_false(condition_surely_absent("/dev/./null"));
}

static void what_leads_out_is_in_doubt(void **state)
{
	(void)state;
	assert_false(condition_surely_absent("/dev/../no-such-greyhound"));
	/* A link to a folder of /proc. */
	assert_int_equal(access("/dev/fd", F_OK), 0);
	assert_false(condition_surely_absent("/dev/fd/no-such-greyhound"));
}

static void other_places_are_in_doubt(void **state)
{
	(void)state;
	assert_false(condition_surely_absent("/no-such-greyhound"));
	assert_false(condition_surely_absent("/devices/no-such-greyhound"));
	assert_false(condition_surely_absent("/dev"));
	assert_false(condition_surely_absent("/dev/"));
	assert_false(condition_surely_absent("/dev//no-such-greyhound"));
}

static void other_errors_are_in_doubt(void **state)
{
	(void)state;
	assert_false(condition_surely_absent("/dev/null/below"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_there_is_absent),
		cmocka_unit_test(what_is_there_is_not),
		cmocka_unit_test(what_leads_out_is_in_doubt),
		cmocka_unit_test(other_places_are_in_doubt),
		cmocka_unit_test(other_errors_are_in_doubt),
	};

	return RUN("condition", tests);
}
