/* SPDX-License-Identifier: MIT */
/* Which of the addresses that the kernel reports a node can be reached at. */
#include "unit.h"

#include "netd/address6.h"

static struct address6_report report_of(uint8_t last)
{
	struct address6_report report = { .index = 2, .there = true };

	report.address.prefix = 64;
	report.address.address.s6_addr[0] = 0xfd;
	report.address.address.s6_addr[15] = last;
	return report;
}

static void an_address_comes_when_it_is_known_to_be_ours_and_goes(void **state)
{
	struct address6_list list = { .count = 0 };
	struct address6_report report = report_of(1);

	(void)state;
	report.tentative = true;
	assert_false(address6_take(&list, &report));
	report.tentative = false;
	assert_true(address6_take(&list, &report));
	assert_false(address6_take(&list, &report));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.addresses[0].prefix, 64);
	report.there = false;
	assert_true(address6_take(&list, &report));
	assert_false(address6_take(&list, &report));
	assert_int_equal(list.count, 0);
}

static void others_are_none(void **state)
{
	struct address6_list list = { .count = 0 };
	struct address6_report report = report_of(1);

	(void)state;
	report.of_link_only = true;
	assert_false(address6_take(&list, &report));
	report.of_link_only = false;
	report.failed = true;
	assert_false(address6_take(&list, &report));
	/* One that is in use may be found to be another's. */
	report.failed = false;
	assert_true(address6_take(&list, &report));
	report.failed = true;
	assert_true(address6_take(&list, &report));
	assert_int_equal(list.count, 0);
}

static void the_first_ones_are_remembered(void **state)
{
	struct address6_list list = { .count = 0 };

	(void)state;
	for (uint8_t i = 0; i < ADDRESS6_MAX + 2; i++) {
		struct address6_report report = report_of(i);

		assert_int_equal(address6_take(&list, &report), i < ADDRESS6_MAX);
	}
	assert_int_equal(list.count, ADDRESS6_MAX);
	for (uint8_t i = 0; i < ADDRESS6_MAX + 2; i++) {
		struct address6_report report = report_of(i);

		report.there = false;
		assert_int_equal(address6_take(&list, &report), i < ADDRESS6_MAX);
	}
	assert_int_equal(list.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_comes_when_it_is_known_to_be_ours_and_goes),
		cmocka_unit_test(others_are_none),
		cmocka_unit_test(the_first_ones_are_remembered),
	};

	return RUN("netd: IPv6 addresses", tests);
}
