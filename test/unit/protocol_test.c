/* SPDX-License-Identifier: MIT */
/* Quoting of values, and taking a line of the control protocol apart. */
#include "unit.h"

#include "control/protocol.h"

#include <stdio.h>
#include <stdlib.h>

static void bytes_that_would_be_misread_are_escaped(void **state)
{
	char buffer[64];

	(void)state;
	assert_int_equal(protocol_encode(buffer, sizeof(buffer), "plain/text=1,2"), 14);
	assert_string_equal(buffer, "plain/text=1,2");
	assert_int_equal(protocol_encode(buffer, sizeof(buffer), "a b%\n\x7f\xc3\xa4"), 20);
	assert_string_equal(buffer, "a%20b%25%0A%7F%C3%A4");
	assert_int_equal(protocol_encode(buffer, sizeof(buffer), ""), 0);
	assert_string_equal(buffer, "");
}

static void a_value_that_does_not_fit_is_minus_1(void **state)
{
	char buffer[4];

	(void)state;
	assert_int_equal(protocol_encode(buffer, 4, "abc"), 3);
	assert_int_equal(protocol_encode(buffer, 4, " "), 3);
	assert_int_equal(protocol_encode(buffer, 4, "abcd"), -1);
	assert_int_equal(protocol_encode(buffer, 4, "a "), -1);
	assert_int_equal(protocol_encode(buffer, 1, ""), 0);
	assert_int_equal(protocol_encode(buffer, 0, ""), -1);
	assert_int_equal(protocol_encode(buffer, 0, "a"), -1);
}

static void escapes_are_undone_in_place(void **state)
{
	char text[] = "%41%62c%0a%e4%E4";

	(void)state;
	assert_true(protocol_decode(text));
	assert_string_equal(text, "Abc\n\xe4\xe4");
}

static void what_cannot_be_decoded_is_left_as_it_came(void **state)
{
	static const char *const cases[] = { "%", "%4", "%g1", "%4g", "%41%", "a%00b", "%+4",
		"% 4" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[8];

		strcpy(text, cases[i]);
		assert_false(protocol_decode(text));
		assert_string_equal(text, cases[i]);
	}
}

static void any_value_comes_back(void **state)
{
	(void)state;
	srand(7);
	for (int i = 0; i < 50000; i++) {
		char value[17];
		char line[3 * 16 + 8] = "key=";
		char *at = line;
		char *key;
		char *read;
		size_t length = (size_t)(rand() % 17);

		for (size_t j = 0; j < length; j++)
			value[j] = (char)(1 + rand() % 255);
		value[length] = '\0';
		assert_true(protocol_encode(line + 4, sizeof(line) - 4, value) >= 0);
		assert_int_equal(strcspn(line, " \n"), strlen(line));
		assert_true(protocol_next(&at, &key, &read));
		assert_string_equal(key, "key");
		assert_string_equal(read, value);
		assert_false(protocol_next(&at, &key, &read));
	}
}

static void a_line_is_taken_apart_into_pairs(void **state)
{
	char line[] = "service  name=a%20b pid=12 flag empty= odd==x\n";
	static const struct {
		const char *key;
		const char *value;
	} pairs[] = {
		{ "service", "" },
		{ "name", "a b" },
		{ "pid", "12" },
		{ "flag", "" },
		{ "empty", "" },
		{ "odd", "=x" },
	};
	char *at = line;
	char *key;
	char *value;

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		assert_true(protocol_next(&at, &key, &value));
		assert_string_equal(key, pairs[i].key);
		assert_string_equal(value, pairs[i].value);
	}
	assert_false(protocol_next(&at, &key, &value));
	assert_false(protocol_next(&at, &key, &value));
}

static void a_value_that_cannot_be_decoded_is_handed_on_raw(void **state)
{
	char line[] = "a=%zz b=%31";
	char *at = line;
	char *key;
	char *value;

	(void)state;
	assert_true(protocol_next(&at, &key, &value));
	assert_string_equal(value, "%zz");
	assert_true(protocol_next(&at, &key, &value));
	assert_string_equal(value, "1");
}

static void any_line_can_be_taken_apart(void **state)
{
	static const char alphabet[] = "a=% \n1";

	(void)state;
	srand(8);
	for (int i = 0; i < 100000; i++) {
		size_t length = (size_t)(rand() % 24);
		char *line = malloc(length + 1);
		char *at = line;
		char *key;
		char *value;

		assert_non_null(line);
		for (size_t j = 0; j < length; j++)
			line[j] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		line[length] = '\0';
		while (protocol_next(&at, &key, &value)) {
			assert_true(key >= line && value >= key);
			assert_true(value + strlen(value) <= line + length);
		}
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_would_be_misread_are_escaped),
		cmocka_unit_test(a_value_that_does_not_fit_is_minus_1),
		cmocka_unit_test(escapes_are_undone_in_place),
		cmocka_unit_test(what_cannot_be_decoded_is_left_as_it_came),
		cmocka_unit_test(any_value_comes_back),
		cmocka_unit_test(a_line_is_taken_apart_into_pairs),
		cmocka_unit_test(a_value_that_cannot_be_decoded_is_handed_on_raw),
		cmocka_unit_test(any_line_can_be_taken_apart),
	};

	return RUN("protocol", tests);
}
