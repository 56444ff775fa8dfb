/* SPDX-License-Identifier: MIT */
/* Splitting a line as a shell does. */
#include "unit.h"

#include "service/words.h"

#include <stdlib.h>

enum { MOST = 8 };

/* Splits a copy of `text` that has not a byte to spare, and compares. */
static void expect(const char *text, int count, const char *const *expected)
{
	const char *words[MOST];
	char *copy = strdup(text);

	assert_int_equal(words_split(copy, words, MOST), count);
	for (int i = 0; i < count; i++)
		assert_string_equal(words[i], expected[i]);
	free(copy);
}

#define EXPECT(text, ...)                                                                          \
	do {                                                                                       \
		static const char *const expected[] = { __VA_ARGS__ };                             \
		expect(text, (int)COUNT(expected), expected);                                      \
	} while (0)

static void blanks_separate(void **state)
{
	(void)state;
	EXPECT("one", "one");
	EXPECT("one two three", "one", "two", "three");
	EXPECT("  one\t \ttwo\n", "one", "two");
	expect("", 0, NULL);
	expect(" \t ", 0, NULL);
}

static void single_quotes_are_literal(void **state)
{
	(void)state;
	EXPECT("'a b' c", "a b", "c");
	EXPECT("'a\"b\\c'", "a\"b\\c");
	EXPECT("'$HOME'", "$HOME");
}

static void double_quotes_quote_all_but_quote_and_backslash(void **state)
{
	(void)state;
	EXPECT("\"a b\" c", "a b", "c");
	EXPECT("\"it's\"", "it's");
	EXPECT("\"a\\\"b\"", "a\"b");
	EXPECT("\"a\\\\b\"", "a\\b");
	EXPECT("\"a\\nb\"", "a\\nb");
	EXPECT("\"a\\$b\"", "a\\$b");
}

static void a_backslash_quotes_one_character(void **state)
{
	(void)state;
	EXPECT("a\\ b c", "a b", "c");
	EXPECT("\\'a\\\"", "'a\"");
	EXPECT("\\\\", "\\");
	EXPECT("\\n", "n");
	EXPECT("a\\\tb", "a\tb");
}

static void quoted_and_plain_parts_join(void **state)
{
	(void)state;
	EXPECT("a'b c'd\"e f\"g", "ab cde fg");
	EXPECT("--name='x y'", "--name=x y");
}

static void an_empty_pair_of_quotes_is_a_word(void **state)
{
	(void)state;
	EXPECT("''", "");
	EXPECT("a '' \"\" b", "a", "", "", "b");
	EXPECT("''''", "");
}

static void nothing_is_expanded(void **state)
{
	(void)state;
	EXPECT("$HOME ~ * a|b ; c>d `e` #f", "$HOME", "~", "*", "a|b", ";", "c>d", "`e`", "#f");
}

static void mistakes_have_numbers(void **state)
{
	(void)state;
	expect("a 'b", WORDS_OPEN_QUOTE, NULL);
	expect("a \"b", WORDS_OPEN_QUOTE, NULL);
	expect("a \"b\\", WORDS_OPEN_QUOTE, NULL);
	expect("a \"b\\\"", WORDS_OPEN_QUOTE, NULL);
	expect("'", WORDS_OPEN_QUOTE, NULL);
	expect("a b\\", WORDS_TRAILING_ESCAPE, NULL);
	expect("\\", WORDS_TRAILING_ESCAPE, NULL);
}

static void more_words_than_room_is_an_error(void **state)
{
	(void)state;
	EXPECT("1 2 3 4 5 6 7 8", "1", "2", "3", "4", "5", "6", "7", "8");
	EXPECT("1 2 3 4 5 6 7 8  ", "1", "2", "3", "4", "5", "6", "7", "8");
	expect("1 2 3 4 5 6 7 8 9", WORDS_TOO_MANY, NULL);
	expect("1 2 3 4 5 6 7 8 ''", WORDS_TOO_MANY, NULL);
}

/* Words from an alphabet full of quotes: whatever comes out lies in the text, in order. */
static void any_text_stays_in_its_bounds(void **state)
{
	static const char alphabet[] = "ab \t'\"\\$";

	(void)state;
	srand(3);
	for (int i = 0; i < 200000; i++) {
		size_t length = (size_t)(rand() % 24);
		char *text = malloc(length + 1);
		const char *words[MOST];
		const char *past = text;
		int count;

		assert_non_null(text);
		for (size_t j = 0; j < length; j++)
			text[j] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		text[length] = '\0';
		count = words_split(text, words, MOST);
		assert_in_range(count + 3, 0, MOST + 3);
		for (int j = 0; j < count; j++) {
			assert_true(words[j] >= past);
			past = words[j] + strlen(words[j]) + 1;
			assert_true(past <= text + length + 1);
		}
		free(text);
	}
}

/* What a shell would be given, quoted word by word, splits back to the same words. */
static void quoted_words_come_back(void **state)
{
	static const char alphabet[] = "ab '\"\\\t=";

	(void)state;
	srand(4);
	for (int i = 0; i < 20000; i++) {
		char words[4][8];
		char line[4 * 8 * 4 + 16];
		const char *found[MOST];
		char *to = line;
		int count = 1 + rand() % 4;

		for (int j = 0; j < count; j++) {
			size_t length = (size_t)(rand() % 8);

			for (size_t k = 0; k < length; k++)
				words[j][k] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
			words[j][length] = '\0';
			*to++ = '\'';
			for (const char *c = words[j]; *c; c++) {
				if (*c == '\'')
					to = stpcpy(to, "'\\''");
				else
					*to++ = *c;
			}
			to = stpcpy(to, "' ");
		}
		assert_int_equal(words_split(line, found, MOST), count);
		for (int j = 0; j < count; j++)
			assert_string_equal(found[j], words[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_separate),
		cmocka_unit_test(single_quotes_are_literal),
		cmocka_unit_test(double_quotes_quote_all_but_quote_and_backslash),
		cmocka_unit_test(a_backslash_quotes_one_character),
		cmocka_unit_test(quoted_and_plain_parts_join),
		cmocka_unit_test(an_empty_pair_of_quotes_is_a_word),
		cmocka_unit_test(nothing_is_expanded),
		cmocka_unit_test(mistakes_have_numbers),
		cmocka_unit_test(more_words_than_room_is_an_error),
		cmocka_unit_test(any_text_stays_in_its_bounds),
		cmocka_unit_test(quoted_words_come_back),
	};

	return RUN("words", tests);
}
