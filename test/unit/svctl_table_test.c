/* SPDX-License-Identifier: MIT */
/* svctl's tables: columns fit, whatever is in them. */
#include "unit.h"

#include "svctl/table.h"

static const struct table_column columns[] = {
	{ "NAME", false },
	{ "PID", true },
	{ "DETAIL", false },
};

/* Writes a table of `cells` (a NULL ends them) for a terminal of `width` and compares. */
static void expect(size_t width, const char *const *cells, const char *expected)
{
	struct table table = { .columns = columns, .columns_count = COUNT(columns) };
	struct text out = { 0 };

	for (; *cells; cells++)
		table_add(&table, *cells, NULL);
	table_write(&table, &out, width);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	table_free(&table);
}

#define EXPECT(width, expected, ...)                                                               \
	do {                                                                                       \
		static const char *const cells[] = { __VA_ARGS__, NULL };                          \
		expect(width, cells, expected);                                                    \
	} while (0)

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	(void)state;
	EXPECT(0,
		"NAME      PID  DETAIL\n"
		"a           1  short\n"
		"resmond  4711  long\n",
		"a", "1", "short", "resmond", "4711", "long");
}

static void headings_can_be_the_widest(void **state)
{
	(void)state;
	EXPECT(0, "NAME  PID  DETAIL\na       -  x\n", "a", "-", "x");
}

static void no_blanks_end_a_line(void **state)
{
	(void)state;
	EXPECT(0, "NAME  PID  DETAIL\na       1\n", "a", "1", "");
}

static void only_the_last_column_is_cut(void **state)
{
	(void)state;
	EXPECT(17, "NAME  PID  DETAIL\na       1  abc...\n", "a", "1", "abcdefgh");
	EXPECT(17, "NAME  PID  DETAIL\na       1  abcdef\n", "a", "1", "abcdef");
	EXPECT(13, "NAME  PID  ..\na       1  ..\n", "a", "1", "abcdef");
}

static void a_terminal_that_is_too_narrow_gets_whole_lines(void **state)
{
	(void)state;
	EXPECT(5, "NAME  PID  DETAIL\na       1  abcdef\n", "a", "1", "abcdef");
}

static void characters_count_not_bytes(void **state)
{
	(void)state;
	EXPECT(17,
		"NAME  PID  DETAIL\n"
		"äöü     1  äöü...\n"
		"abcd    2  äöüäöü\n",
		"äöü", "1", "äöüäöüä", "abcd", "2", "äöüäöü");
}

static void colours_take_no_room(void **state)
{
	struct table table = { .columns = columns, .columns_count = COUNT(columns) };
	struct text out = { 0 };

	(void)state;
	table_add(&table, "web", "\033[32m");
	table_add(&table, "1", NULL);
	table_add(&table, "abcdefgh", "\033[31m");
	table_write(&table, &out, 17);
	assert_string_equal(text_string(&out), "NAME  PID  DETAIL\n"
					       "\033[32mweb\033[0m     1  \033[31mabc\033[0m...\n");
	text_free(&out);
	table_free(&table);
}

static void a_row_that_is_not_full_is_not_written(void **state)
{
	(void)state;
	EXPECT(0, "NAME  PID  DETAIL\n", "a", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(headings_can_be_the_widest),
		cmocka_unit_test(no_blanks_end_a_line),
		cmocka_unit_test(only_the_last_column_is_cut),
		cmocka_unit_test(a_terminal_that_is_too_narrow_gets_whole_lines),
		cmocka_unit_test(characters_count_not_bytes),
		cmocka_unit_test(colours_take_no_room),
		cmocka_unit_test(a_row_that_is_not_full_is_not_written),
	};

	return RUN("svctl table", tests);
}
