/* SPDX-License-Identifier: MIT */
/* The kernel command line, read as the kernel reads it. */
#include "unit.h"

#include "basics/cmdline.h"

#include <stdio.h>
#include <stdlib.h>

static bool append(void *context, const char *key, const char *value)
{
	char *text = context;
	size_t length = strlen(text);

	if (value)
		snprintf(text + length, 256 - length, "[%s=%s]", key, value);
	else
		snprintf(text + length, 256 - length, "[%s]", key);
	return true;
}

static void expect(const char *line, const char *parameters)
{
	char text[256] = "";

	cmdline_each(line, append, text);
	assert_string_equal(text, parameters);
}

static void parameters_are_split_at_blanks(void **state)
{
	(void)state;
	expect("", "");
	expect(" \n", "");
	expect("quiet console=ttyAMA0,115200 init=/init\n",
		"[quiet][console=ttyAMA0,115200][init=/init]");
	expect("  a \t b=  c=d=e ", "[a][b=][c=d=e]");
	expect("=a", "[=a]");
	expect("-- x", "[--][x]");
}

static void double_quotes_hold_blanks_together(void **state)
{
	(void)state;
	expect("a=\"b c\" d", "[a=b c][d]");
	expect("\"a=b c\" d", "[a=b c][d]");
	expect("\"a b\" c", "[a b][c]");
	expect("a=\"\" b", "[a=][b]");
	expect("a=b\" \"c d", "[a=b\" \"c][d]");
	expect("a='b c'", "[a='b][c']");
	expect("a=\"b c", "[a=b c]");
	expect("\"", "[]");
	expect("\"\" a", "[][a]");
	expect("a=\"", "[a=]");
}

static bool stop_at_b(void *context, const char *key, const char *value)
{
	(void)value;
	++*(int *)context;
	return strcmp(key, "b") != 0;
}

static void a_callback_can_end_the_walk(void **state)
{
	int calls = 0;

	(void)state;
	cmdline_each("a b c", stop_at_b, &calls);
	assert_int_equal(calls, 2);
}

static void the_last_value_wins(void **state)
{
	char value[16];

	(void)state;
	assert_int_equal(cmdline_value("a=1 b a=23", "a", value, sizeof(value)), 2);
	assert_string_equal(value, "23");
	assert_int_equal(cmdline_value("a=1 a", "a", value, sizeof(value)), 0);
	assert_string_equal(value, "");
	assert_int_equal(cmdline_value("a=\"x y\"", "a", value, sizeof(value)), 3);
	assert_string_equal(value, "x y");
}

static void a_value_that_is_not_there_or_does_not_fit_is_minus_1(void **state)
{
	char value[4] = "zzz";

	(void)state;
	assert_int_equal(cmdline_value("ab=1 xa=2", "a", value, sizeof(value)), -1);
	assert_string_equal(value, "");
	assert_int_equal(cmdline_value("a=1234", "a", value, sizeof(value)), -1);
	assert_string_equal(value, "");
	assert_int_equal(cmdline_value("a=1 a=1234", "a", value, sizeof(value)), -1);
	assert_int_equal(cmdline_value("a=1234 a=123", "a", value, sizeof(value)), 3);
	assert_string_equal(value, "123");
	assert_int_equal(cmdline_value("a=1", "a", value, 0), -1);
}

static void a_word_matches_bare_or_with_any_value(void **state)
{
	(void)state;
	assert_true(cmdline_matches("x rescue y", "rescue"));
	assert_true(cmdline_matches("rescue=1", "rescue"));
	assert_false(cmdline_matches("rescued norescue", "rescue"));
	assert_false(cmdline_matches("a=rescue", "rescue"));
	assert_false(cmdline_matches("", "rescue"));
}

static void key_and_value_match_any_occurrence(void **state)
{
	(void)state;
	assert_true(cmdline_matches("role=a role=b", "role=a"));
	assert_true(cmdline_matches("role=a role=b", "role=b"));
	assert_true(cmdline_matches("role=\"a b\"", "role=a b"));
	assert_true(cmdline_matches("role=", "role="));
	assert_true(cmdline_matches("role=a=b", "role=a=b"));
	assert_false(cmdline_matches("role", "role="));
	assert_false(cmdline_matches("role=ab", "role=a"));
	assert_false(cmdline_matches("arole=a", "role=a"));
}

static void names_are_found_in_lists(void **state)
{
	(void)state;
	assert_true(cmdline_lists("svc.skip=a,b", "svc.skip", "a"));
	assert_true(cmdline_lists("svc.skip=a,b", "svc.skip", "b"));
	assert_true(cmdline_lists("svc.skip=a svc.skip=b", "svc.skip", "a"));
	assert_true(cmdline_lists("svc.skip=,b,", "svc.skip", "b"));
	assert_false(cmdline_lists("svc.skip=ab,c", "svc.skip", "a"));
	assert_false(cmdline_lists("svc.skip=,", "svc.skip", ""));
	assert_false(cmdline_lists("svc.skip", "svc.skip", "a"));
	assert_false(cmdline_lists("svc.only=a", "svc.skip", "a"));
}

static void a_line_too_long_loses_its_end_by_whole_words(void **state)
{
	char line[CMDLINE_MAX + 64];
	char value[16];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "a=1 ", 4);
	memcpy(line + CMDLINE_MAX - 6, " b=1234", 7);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(cmdline_value(line, "a", value, sizeof(value)), 1);
	assert_int_equal(cmdline_value(line, "b", value, sizeof(value)), -1);

	memset(line, 'x', sizeof(line) - 1);
	assert_false(cmdline_matches(line, "x"));

	/* The longest that fits is whole. */
	memset(line, ' ', CMDLINE_MAX - 1);
	memcpy(line + CMDLINE_MAX - 4, "c=1", 4);
	assert_int_equal(cmdline_value(line, "c", value, sizeof(value)), 1);
}

static void any_line_can_be_walked(void **state)
{
	static const char alphabet[] = "ab=\" ,\n";

	(void)state;
	srand(5);
	for (int i = 0; i < 100000; i++) {
		size_t length = (size_t)(rand() % 24);
		char *line = malloc(length + 1);
		char value[8];
		int calls = 0;

		assert_non_null(line);
		for (size_t j = 0; j < length; j++)
			line[j] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		line[length] = '\0';
		cmdline_each(line, stop_at_b, &calls);
		cmdline_value(line, "a", value, sizeof(value));
		cmdline_matches(line, "a=b");
		cmdline_lists(line, "a", "b");
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_split_at_blanks),
		cmocka_unit_test(double_quotes_hold_blanks_together),
		cmocka_unit_test(a_callback_can_end_the_walk),
		cmocka_unit_test(the_last_value_wins),
		cmocka_unit_test(a_value_that_is_not_there_or_does_not_fit_is_minus_1),
		cmocka_unit_test(a_word_matches_bare_or_with_any_value),
		cmocka_unit_test(key_and_value_match_any_occurrence),
		cmocka_unit_test(names_are_found_in_lists),
		cmocka_unit_test(a_line_too_long_loses_its_end_by_whole_words),
		cmocka_unit_test(any_line_can_be_walked),
	};

	return RUN("cmdline", tests);
}
