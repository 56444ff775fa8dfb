/* SPDX-License-Identifier: MIT */
/* What svctl does with text that services wrote: harmless on a terminal, right in JSON. */
#include "unit.h"

#include <stdlib.h>

#include "svctl/escape.h"
#include "svctl/json.h"

static void expect_line(const char *string, const char *expected)
{
	struct text out = { 0 };

	escape_line(&out, string);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void text_stays_as_it_is(void **state)
{
	(void)state;
	expect_line("", "");
	expect_line("plain text, 100 %", "plain text, 100 %");
	expect_line("größer, 日本, 🐕", "größer, 日本, 🐕");
}

static void control_characters_become_visible(void **state)
{
	(void)state;
	expect_line("\033[2J", "\\x1b[2J");
	expect_line("a\nb\tc\r", "a\\x0ab\\x09c\\x0d");
	expect_line("\177", "\\x7f");
	expect_line("\302\233"
		    "31m",
		"\\xc2\\x9b31m"); /* U+009B, which some take for ESC [ */
	expect_line("\302\240", "\302\240"); /* U+00A0 is a blank */
}

static void what_is_not_utf8_becomes_visible(void **state)
{
	(void)state;
	expect_line("\377x", "\\xffx");
	expect_line("\300\257", "\\xc0\\xaf"); /* an overlong / */
	expect_line("\355\240\200", "\\xed\\xa0\\x80"); /* a surrogate */
	expect_line("\364\220\200\200", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	expect_line("\342\202", "\\xe2\\x82"); /* cut short */
	expect_line("\342\202x", "\\xe2\\x82x");
}

static void escape_in_pieces(
	struct text *out, const char *bytes, size_t length, size_t (*piece)(void))
{
	struct escape_stream stream = { .begun_length = 0 };

	while (length > 0) {
		size_t taken = piece();

		taken = taken < length ? taken : length;
		escape_piece(&stream, out, bytes, taken);
		bytes += taken;
		length -= taken;
	}
	escape_end(&stream, out);
}

static size_t whole(void)
{
	return SIZE_MAX;
}

static size_t some(void)
{
	return 1 + (size_t)rand() % 4;
}

static void lines_and_tabs_of_a_log_stay(void **state)
{
	struct text out = { 0 };

	(void)state;
	escape_in_pieces(&out, "a\tb\n\0c", 6, whole);
	assert_string_equal(text_string(&out), "a\tb\n\\x00c");
	text_free(&out);
}

/* However a log is cut into pieces, even within a character, the same comes out. */
static void pieces_make_no_difference(void **state)
{
	static const char alphabet[] = "ab\n\033\303\244\342\202\254\360\237\220\225\377\355\240";

	(void)state;
	srand(5);
	for (int i = 0; i < 50000; i++) {
		struct text at_once = { 0 }, piecemeal = { 0 };
		char bytes[24];
		size_t length = (size_t)rand() % sizeof(bytes);

		for (size_t j = 0; j < length; j++)
			bytes[j] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		escape_in_pieces(&at_once, bytes, length, whole);
		escape_in_pieces(&piecemeal, bytes, length, some);
		assert_string_equal(text_string(&at_once), text_string(&piecemeal));
		text_free(&at_once);
		text_free(&piecemeal);
	}
}

static void expect_json(const char *string, const char *expected)
{
	struct text out = { 0 };

	json_string(&out, string);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void json_strings_are_quoted(void **state)
{
	(void)state;
	expect_json(NULL, "null");
	expect_json("", "\"\"");
	expect_json("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	expect_json("\n\t\r\001\177", "\"\\n\\t\\u000d\\u0001\\u007f\"");
	expect_json("größer 🐕", "\"größer 🐕\"");
	expect_json("\377\303", "\"\\ufffd\\ufffd\"");
}

static void json_seconds_have_three_decimals(void **state)
{
	static const struct {
		int64_t ms;
		const char *expected;
	} cases[] = {
		{ 0, "0.000" },
		{ 1, "0.001" },
		{ 1999, "1.999" },
		{ 86400000, "86400.000" },
		{ -5, "0.000" },
		{ INT64_MAX, "9223372036854775.807" },
		{ RECORD_UNKNOWN, "null" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text out = { 0 };

		json_seconds(&out, cases[i].ms);
		assert_string_equal(text_string(&out), cases[i].expected);
		text_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_as_it_is),
		cmocka_unit_test(control_characters_become_visible),
		cmocka_unit_test(what_is_not_utf8_becomes_visible),
		cmocka_unit_test(lines_and_tabs_of_a_log_stay),
		cmocka_unit_test(pieces_make_no_difference),
		cmocka_unit_test(json_strings_are_quoted),
		cmocka_unit_test(json_seconds_have_three_decimals),
	};

	return RUN("svctl escape", tests);
}
