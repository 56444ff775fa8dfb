/* SPDX-License-Identifier: MIT */
/* Times, sizes and numbers as people write them. */
#include "unit.h"

#include "basics/quantity.h"

#include <stdio.h>
#include <stdlib.h>

static void times_have_units(void **state)
{
	static const struct {
		const char *text;
		uint32_t ms;
	} cases[] = {
		{ "0", 0 },
		{ "0ms", 0 },
		{ "1ms", 1 },
		{ "500ms", 500 },
		{ "30s", 30000 },
		{ "30", 30000 },
		{ "007s", 7000 },
		{ "5m", 300000 },
		{ "1h", 3600000 },
		{ "1193h", 1193u * 3600000 },
		{ "4294967294ms", 4294967294 },
		{ "4294967s", 4294967000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t ms = 1;

		assert_true(quantity_parse_time(cases[i].text, &ms));
		assert_int_equal(ms, cases[i].ms);
	}
}

static void what_is_no_time_leaves_the_result_alone(void **state)
{
	static const char *const cases[] = { "", " ", "s", "ms", "5x", "5 s", " 5s", "5s ", "-5s",
		"+5s", "0x5", "1.5s", "5S", "5M", "5sec", "5d", "4294967295ms", "4294968s", "1194h",
		"18446744073709551616ms", "18446744073709551615h", "99999999999999999999999", "5\n",
		"5s\r", "١s" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t ms = 77;

		assert_false(quantity_parse_time(cases[i], &ms));
		assert_int_equal(ms, 77);
	}
}

static void sizes_are_powers_of_1024(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "16K", 16384 },
		{ "128M", 134217728 },
		{ "2G", 2147483648 },
		{ "18446744073709551615", UINT64_MAX },
		{ "17179869183G", UINT64_C(17179869183) << 30 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t bytes = 1;

		assert_true(quantity_parse_size(cases[i].text, &bytes));
		assert_true(bytes == cases[i].bytes);
	}
}

static void what_is_no_size_leaves_the_result_alone(void **state)
{
	static const char *const cases[] = { "", "K", "16k", "16KB", "16KiB", "16 K", "-1", "+1",
		"1.5M", "1T", "18446744073709551616", "17179869184G", "18014398509481984K" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t bytes = 77;

		assert_false(quantity_parse_size(cases[i], &bytes));
		assert_true(bytes == 77);
	}
}

static void numbers_keep_to_their_bounds(void **state)
{
	int64_t number = 77;

	(void)state;
	assert_true(quantity_parse_number("-20", -20, 19, &number));
	assert_true(number == -20);
	assert_true(quantity_parse_number("19", -20, 19, &number));
	assert_true(number == 19);
	assert_true(quantity_parse_number("-0", -20, 19, &number));
	assert_true(number == 0);
	assert_true(quantity_parse_number("9223372036854775807", 0, INT64_MAX, &number));
	assert_true(number == INT64_MAX);

	number = 77;
	assert_false(quantity_parse_number("20", -20, 19, &number));
	assert_false(quantity_parse_number("-21", -20, 19, &number));
	assert_false(quantity_parse_number("", -20, 19, &number));
	assert_false(quantity_parse_number("-", -20, 19, &number));
	assert_false(quantity_parse_number("--1", -20, 19, &number));
	assert_false(quantity_parse_number("+1", -20, 19, &number));
	assert_false(quantity_parse_number("1 ", -20, 19, &number));
	assert_false(quantity_parse_number("0x1", -20, 19, &number));
	assert_false(quantity_parse_number("9223372036854775808", INT64_MIN, INT64_MAX, &number));
	assert_true(number == 77);
}

static void times_are_shown_with_two_units_at_most(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0ms" },
		{ 12, "12ms" },
		{ 999, "999ms" },
		{ 1000, "1.0s" },
		{ 3499, "3.4s" },
		{ 59999, "59.9s" },
		{ 60000, "1m00s" },
		{ 312000, "5m12s" },
		{ 3599999, "59m59s" },
		{ 3600000, "1h00m" },
		{ 10920000, "3h02m" },
		{ 86399999, "23h59m" },
		{ 86400000, "1d00h" },
		{ 370800000, "4d07h" },
		{ UINT64_C(86400000) * 999, "999d00h" },
		{ UINT64_C(86400000) * 1000, "1000d" },
		{ UINT64_MAX, "213503982334d" },
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			quantity_format_time(text, sizeof(text), cases[i].ms), cases[i].text);
}

static void sizes_are_shown_with_three_digits(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 812, "812" },
		{ 1023, "1023" },
		{ 1024, "1K" },
		{ 1025, "1.00K" },
		{ 10239, "9.99K" },
		{ 10241, "10.0K" },
		{ 15872, "15.5K" },
		{ 102399, "99.9K" },
		{ 102401, "100K" },
		{ 1048575, "1023K" },
		{ 1048576, "1M" },
		{ 1258292, "1.20M" },
		{ 2084315136, "1.94G" },
		{ 2147483648, "2G" },
		{ UINT64_C(5) << 40, "5120G" },
		{ UINT64_MAX, "17179869183G" },
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			quantity_format_size(text, sizeof(text), cases[i].bytes), cases[i].text);
}

/* Any number there is, from few bits and from many. */
static uint64_t any_number(void)
{
	uint64_t number = (uint64_t)rand() << 62 ^ (uint64_t)rand() << 31 ^ (uint64_t)rand();

	return number >> (rand() % 64);
}

static void every_value_fits_in_16_bytes(void **state)
{
	char text[16];

	(void)state;
	srand(1);
	for (int i = 0; i < 200000; i++) {
		assert_true(strlen(quantity_format_time(text, sizeof(text), any_number())) < 15);
		assert_true(strlen(quantity_format_size(text, sizeof(text), any_number())) < 15);
	}
}

static void a_buffer_too_small_is_cut_not_passed(void **state)
{
	char text[4] = "xyz";

	(void)state;
	quantity_format_time(text, 3, 123);
	assert_string_equal(text, "12");
	quantity_format_size(text, 3, UINT64_MAX);
	assert_string_equal(text, "17");
}

static void what_is_written_whole_is_read_back(void **state)
{
	(void)state;
	srand(2);
	for (int i = 0; i < 100000; i++) {
		char text[32];
		uint32_t ms = (uint32_t)any_number();
		uint64_t bytes = any_number();
		uint32_t read_ms = 0;
		uint64_t read_bytes = 0;

		snprintf(text, sizeof(text), "%ums", ms);
		assert_int_equal(quantity_parse_time(text, &read_ms), ms != UINT32_MAX);
		assert_true(ms == UINT32_MAX || read_ms == ms);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
		assert_true(quantity_parse_size(text, &read_bytes) && read_bytes == bytes);
		snprintf(text, sizeof(text), "%lluK", (unsigned long long)bytes);
		assert_int_equal(quantity_parse_size(text, &read_bytes), bytes <= UINT64_MAX >> 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_units),
		cmocka_unit_test(what_is_no_time_leaves_the_result_alone),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(what_is_no_size_leaves_the_result_alone),
		cmocka_unit_test(numbers_keep_to_their_bounds),
		cmocka_unit_test(times_are_shown_with_two_units_at_most),
		cmocka_unit_test(sizes_are_shown_with_three_digits),
		cmocka_unit_test(every_value_fits_in_16_bytes),
		cmocka_unit_test(a_buffer_too_small_is_cut_not_passed),
		cmocka_unit_test(what_is_written_whole_is_read_back),
	};

	return RUN("quantity", tests);
}
