/* SPDX-License-Identifier: MIT */
/* How svctl makes lines of a log that comes in pieces. */
#include "unit.h"

#include "svctl/log_source.h"

/* Writes the pieces (a NULL ends them) and compares what has come after each `|` and at the end. */
static void expect(struct log_writer writer, const char *const *pieces, const char *expected)
{
	struct text out = { 0 };

	for (; *pieces; pieces++) {
		log_writer_add(&writer, &out, *pieces, strlen(*pieces));
		text_add(&out, "|");
	}
	log_writer_end(&writer, &out);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

#define PIECES(...)                                                                                \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void one_log_is_copied_piece_by_piece(void **state)
{
	(void)state;
	expect((struct log_writer){ 0 }, PIECES("a\nb", "c\n\033", "d"), "a\nb|c\n\033|d|");
}

static void on_a_terminal_it_is_escaped_and_ends_in_a_line(void **state)
{
	const struct log_writer terminal = { .escaped = true, .ends_in_line = true };

	(void)state;
	expect(terminal, PIECES("a\033[m\n", "b"), "a\\x1b[m\n|b|\n");
	expect(terminal, PIECES("a\n"), "a\n|");
	expect(terminal, PIECES("\303", "\244\n"), "|ä\n|");
}

static void behind_a_prefix_only_whole_lines_appear(void **state)
{
	const struct log_writer named = { .prefix = "web: " };

	(void)state;
	expect(named, PIECES("one\ntw", "o", "\n\n"), "web: one\n||web: two\nweb: \n|");
	expect(named, PIECES("half"), "|web: half\n");
	expect(named, PIECES("\n"), "web: \n|");
	expect(named, PIECES(""), "|");
}

static void a_line_without_end_is_broken(void **state)
{
	struct log_writer writer = { .prefix = "> " };
	struct text out = { 0 };
	char piece[1000];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (int i = 0; i < 10; i++)
		log_writer_add(&writer, &out, piece, sizeof(piece));
	assert_int_equal(out.length, 2 * (2 + 4096 + 1));
	log_writer_add(&writer, &out, "\n", 1);
	assert_int_equal(out.length, 10 * sizeof(piece) + 3 * 3);
	log_writer_end(&writer, &out);
	text_free(&out);
}

static void a_line_of_just_that_length_is_one_line(void **state)
{
	struct log_writer writer = { .prefix = "" };
	struct text out = { 0 };
	char piece[4097];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	piece[4096] = '\n';
	log_writer_add(&writer, &out, piece, sizeof(piece));
	log_writer_end(&writer, &out);
	assert_int_equal(out.length, 4097);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_log_is_copied_piece_by_piece),
		cmocka_unit_test(on_a_terminal_it_is_escaped_and_ends_in_a_line),
		cmocka_unit_test(behind_a_prefix_only_whole_lines_appear),
		cmocka_unit_test(a_line_without_end_is_broken),
		cmocka_unit_test(a_line_of_just_that_length_is_one_line),
	};

	return RUN("svctl log", tests);
}
