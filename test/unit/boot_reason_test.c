/* SPDX-License-Identifier: MIT */
/* What a boot left, found by the next one among whatever else is in that RAM. */
#include "unit.h"

#include "pid1/boot_reason.h"

static void each_reason_has_a_name_but_the_unknown(void **state)
{
	(void)state;
	assert_null(boot_reason_name(BOOT_UNKNOWN));
	assert_null(boot_reason_name(BOOT_REASON_COUNT));
	for (int reason = BOOT_UNKNOWN + 1; reason < BOOT_REASON_COUNT; reason++)
		assert_non_null(boot_reason_name((enum boot_reason)reason));
}

static void the_last_word_counts(void **state)
{
	(void)state;
	assert_int_equal(boot_reason_find("init: next: reset\n"), BOOT_RESET);
	assert_int_equal(boot_reason_find("init: next: reset\ninit: next: reboot\n"), BOOT_REBOOT);
	assert_int_equal(boot_reason_find("init: next: power-on\n"), BOOT_POWER_ON);
	assert_int_equal(boot_reason_find("init: next: crash\n"), BOOT_CRASH);
}

static void other_words_mean_nothing(void **state)
{
	static const char *const cases[] = { "", "reboot\n", "init: reboot\n", "init: next: \n",
		"init: next: rebooted\n", "init: next: reb", "init: next:", "next: reboot\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(boot_reason_find(cases[i]), BOOT_UNKNOWN);
	assert_int_equal(
		boot_reason_find("\x80\xffinit: next: reset\nnoise init: panic"), BOOT_RESET);
}

static void a_word_that_was_cut_off_is_not_believed(void **state)
{
	(void)state;
	assert_int_equal(boot_reason_find("init: next: reset\ninit: next: rebo"), BOOT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_has_a_name_but_the_unknown),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(other_words_mean_nothing),
		cmocka_unit_test(a_word_that_was_cut_off_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
