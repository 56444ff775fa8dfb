/* SPDX-License-Identifier: MIT */
/* What a client is told, piece by piece: status, the stream of changes, logs. */
#include "played_supervisor.h"

#include <stdio.h>
#include <stdlib.h>

#include "pid1/answer.h"
#include "pid1/rescan.h"

/*
 * Up to `most` pieces, each as its first two words, or "log BYTES DROPPED"; "." at the end of the
 * answer, "..." where there is nothing to say now.
 */
static const char *told(struct stage *stage, struct answer *answer, unsigned most)
{
	static char text[8192];
	char *piece = malloc(ANSWER_PIECE_MAX), first[64], second[64], third[64];
	size_t length, at = 0;
	bool finished = false;

	assert_non_null(piece);
	text[0] = '\0';
	while (most-- > 0 && !finished) {
		int words;

		length = answer_next(answer, &stage->supervisor, piece, &finished);
		assert_true(length <= ANSWER_PIECE_MAX);
		if (length == 0) {
			at += (size_t)snprintf(text + at, sizeof(text) - at, "...");
			break;
		}
		piece[stage_line_length(piece, length) - 1] = '\0';
		words = sscanf(piece, "%63s %63s %63s", first, second, third);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", first);
		if (words > 1 && strcmp(first, "node") != 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %s", second);
		if (words > 2 && (strcmp(first, "state") == 0 || strcmp(first, "log") == 0))
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %s", third);
		at += (size_t)snprintf(text + at, sizeof(text) - at, finished ? "." : "; ");
	}
	free(piece);
	return text;
}

#define assert_told(stage, answer, text) assert_string_equal(told(stage, answer, 100), text)

static void change(struct stage *stage, uint16_t index, uint8_t state)
{
	changes_add(stage->supervisor.changes,
		(struct change){ .at_us = STAGE_NOW_US, .index = index, .state = state });
}

static void ok_is_one_line(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	answer_begin(&answer, ANSWER_OK, &stage->supervisor);
	assert_told(stage, &answer, "ok.");
}

/* ---- status ---- */

static void status_is_the_node_all_services_and_ok(void **state)
{
	struct answer answer;
	STAGE({ "c", "" }, { "a", "" }, { "b", "" });

	answer_begin(&answer, ANSWER_STATUS, &stage->supervisor);
	assert_told(stage, &answer, "node; service name=a; service name=b; service name=c; ok.");
}

static void status_of_some_leaves_the_others_out(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" }, { "c", "" });

	answer_begin(&answer, ANSWER_STATUS, &stage->supervisor);
	answer_add_name(&answer, 2);
	answer_add_name(&answer, 0);
	assert_told(stage, &answer, "node; service name=a; service name=c; ok.");
}

static void any_service_can_be_named(void **state)
{
	static const uint32_t named[] = { 0, 63, 64, SERVICE_COUNT_MAX - 1 };
	struct answer answer;
	STAGE({ "a", "" });

	answer_begin(&answer, ANSWER_STATUS, &stage->supervisor);
	for (size_t i = 0; i < COUNT(named); i++)
		answer_add_name(&answer, named[i]);
	for (uint32_t i = 0, k = 0; i < SERVICE_COUNT_MAX; i++) {
		bool is_named = k < COUNT(named) && named[k] == i;

		assert_int_equal(answer_names(&answer, i), is_named);
		k += is_named;
	}
}

/* ---- watch ---- */

static void watch_is_what_is_now_then_live_then_changes_for_ever(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	change(stage, 0, STATE_STARTING); /* before it was asked */
	answer_begin(&answer, ANSWER_WATCH, &stage->supervisor);
	assert_told(stage, &answer,
		"node; state name=a state=waiting; state name=b state=waiting; live; ...");
	assert_told(stage, &answer, "...");
	change(stage, 1, STATE_STARTING);
	change(stage, CHANGE_OF_NODE, NODE_READY);
	assert_told(stage, &answer, "state name=b state=starting; node; ...");
}

/* It is part of what is now; told again, it would undo what came after it. */
static void what_changed_before_the_states_are_told_is_not_told_again(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	answer_begin(&answer, ANSWER_WATCH, &stage->supervisor);
	change(stage, 0, STATE_STARTING);
	assert_told(stage, &answer, "node; state name=a state=waiting; live; ...");
}

static void what_changes_while_the_states_are_told_is_told_after_them(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	answer_begin(&answer, ANSWER_WATCH, &stage->supervisor);
	assert_string_equal(told(stage, &answer, 2), "node; state name=a state=waiting; ");
	change(stage, 0, STATE_STARTING);
	assert_told(stage, &answer,
		"state name=b state=waiting; live; state name=a state=starting; ...");
}

static void watch_of_some_hears_of_them_and_of_the_node(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	answer_begin(&answer, ANSWER_WATCH, &stage->supervisor);
	answer_add_name(&answer, 1);
	assert_told(stage, &answer, "node; state name=b state=waiting; live; ...");
	change(stage, 0, STATE_STARTING);
	change(stage, 1, STATE_STARTING);
	change(stage, CHANGE_OF_NODE, NODE_DEGRADED);
	change(stage, 0, STATE_READY);
	assert_told(stage, &answer, "state name=b state=starting; node; ...");
}

static void who_was_too_slow_hears_how_much_and_then_what_is_now(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	answer_begin(&answer, ANSWER_WATCH, &stage->supervisor);
	answer_add_name(&answer, 0);
	told(stage, &answer, 100);
	for (int i = 0; i < CHANGES_KEPT + 3; i++)
		change(stage, 0, STATE_STARTING);
	assert_told(stage, &answer, "lost count=3; node; state name=a state=waiting; live; ...");
	change(stage, 0, STATE_READY);
	assert_told(stage, &answer, "state name=a state=ready; ...");
}

static void who_was_too_slow_for_the_states_hears_that_too(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	answer_begin(&answer, ANSWER_WATCH, &stage->supervisor);
	assert_string_equal(told(stage, &answer, 1), "node; ");
	for (int i = 0; i < CHANGES_KEPT + 1; i++)
		change(stage, 0, STATE_STARTING);
	assert_told(stage, &answer,
		"state name=a state=waiting; live; lost count=1; node; "
		"state name=a state=waiting; live; ...");
}

/* ---- logs ---- */

static void append(struct stage *stage, const char *text)
{
	ring_append(&stage_service(stage, "a")->log, text, strlen(text));
}

static void fill(struct stage *stage, size_t length)
{
	while (length-- > 0)
		ring_append(&stage_service(stage, "a")->log, "x", 1);
}

static void begin_logs(
	struct stage *stage, struct answer *answer, bool follow, bool tail, uint32_t lines)
{
	answer_begin(answer, ANSWER_LOGS, &stage->supervisor);
	answer_add_name(answer, node_index(&stage->node, "a"));
	answer_logs(answer, &stage->supervisor, follow, tail, lines);
}

static void an_empty_log_is_just_ok(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	begin_logs(stage, &answer, false, false, 0);
	assert_told(stage, &answer, "ok.");
}

static void a_log_is_told_as_it_was_written(void **state)
{
	char piece[ANSWER_PIECE_MAX];
	struct answer answer;
	bool finished = false;
	STAGE({ "a", "" });

	append(stage, "one\n%41 \x01\n");
	begin_logs(stage, &answer, false, false, 0);
	assert_int_equal(answer_next(&answer, &stage->supervisor, piece, &finished), 33);
	assert_memory_equal(piece, "log bytes=10 dropped=0\none\n%41 \x01\n", 33);
	assert_false(finished);
}

static void a_long_log_comes_in_pieces(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	fill(stage, 2 * PROTOCOL_LOG_MAX + 7);
	begin_logs(stage, &answer, false, false, 0);
	assert_told(stage, &answer,
		"log bytes=4096 dropped=0; log bytes=4096 dropped=0; log bytes=7 dropped=0; ok.");
}

static void what_the_ring_lost_is_told_with_the_first_piece(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	fill(stage, STAGE_LOG_SIZE + 9);
	begin_logs(stage, &answer, false, false, 0);
	assert_told(stage, &answer,
		"log bytes=4096 dropped=9; log bytes=4096 dropped=0; log bytes=4096 dropped=0; "
		"log bytes=4096 dropped=0; ok.");
}

static void the_last_lines_come_without_what_is_before(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	fill(stage, STAGE_LOG_SIZE);
	append(stage, "\none\ntwo\nthree\n");
	begin_logs(stage, &answer, false, true, 2);
	assert_told(stage, &answer, "log bytes=10 dropped=0; ok.");
	begin_logs(stage, &answer, false, true, 0);
	assert_told(stage, &answer, "ok.");
}

static void who_follows_hears_what_comes(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	append(stage, "one\n");
	begin_logs(stage, &answer, true, false, 0);
	assert_told(stage, &answer, "log bytes=4 dropped=0; ...");
	assert_told(stage, &answer, "...");
	append(stage, "three\n");
	assert_told(stage, &answer, "log bytes=6 dropped=0; ...");
}

static void who_follows_without_lines_hears_only_what_is_new(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	append(stage, "one\n");
	begin_logs(stage, &answer, true, true, 0);
	assert_told(stage, &answer, "...");
	append(stage, "three\n");
	assert_told(stage, &answer, "log bytes=6 dropped=0; ...");
}

static void who_follows_too_slowly_hears_how_much_is_lost(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	append(stage, "one\n");
	begin_logs(stage, &answer, true, false, 0);
	told(stage, &answer, 100);
	fill(stage, STAGE_LOG_SIZE + 5);
	assert_string_equal(told(stage, &answer, 1), "log bytes=4096 dropped=5; ");
	assert_string_equal(told(stage, &answer, 1), "log bytes=4096 dropped=0; ");
}

/* ---- all logs ---- */

static void write_to(struct stage *stage, const char *name, const char *text)
{
	ring_append(&stage_service(stage, name)->log, text, strlen(text));
	stage_service(stage, name)->pid = 77;
	stage->supervisor.log_changes++;
}

static bool begin_all(struct stage *stage, struct answer *answer, bool follow, bool tail)
{
	answer_begin(answer, ANSWER_ALL_LOGS, &stage->supervisor);
	return answer_all_logs(answer, &stage->supervisor, follow, tail, 1);
}

/* All pieces as they are, "." at the end of the answer. */
static const char *heard(struct stage *stage, struct answer *answer)
{
	static char text[8192];
	char *piece = malloc(ANSWER_PIECE_MAX);
	size_t length, at = 0;
	bool finished = false;

	assert_non_null(piece);
	while (!finished &&
		(length = answer_next(answer, &stage->supervisor, piece, &finished)) > 0) {
		assert_true(at + length + 2 < sizeof(text));
		memcpy(text + at, piece, length);
		at += length;
	}
	memcpy(text + at, ".", finished ? 2 : 1);
	text[at + (finished ? 1 : 0)] = '\0';
	free(piece);
	return text;
}

static void all_logs_come_with_their_names_and_end_with_ok(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" }, { "c", "" });

	write_to(stage, "a", "one\ntwo");
	write_to(stage, "c", "three\n");
	assert_true(begin_all(stage, &answer, false, false));
	assert_string_equal(heard(stage, &answer),
		"log name=a position=0 bytes=4 dropped=0\none\n"
		"log name=c position=0 bytes=6 dropped=0\nthree\n"
		"log name=a position=4 bytes=3 dropped=0\ntwook\n.");
	answer_end(&answer, &stage->supervisor);
}

static void who_follows_all_hears_what_was_then_live_then_what_comes(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	write_to(stage, "b", "old\n");
	assert_true(begin_all(stage, &answer, true, false));
	assert_string_equal(
		heard(stage, &answer), "log name=b position=0 bytes=4 dropped=0\nold\nlive\n");
	assert_string_equal(heard(stage, &answer), "");
	write_to(stage, "b", "new\n");
	write_to(stage, "a", "first\n");
	assert_string_equal(heard(stage, &answer),
		"log name=a position=0 bytes=6 dropped=0\nfirst\n"
		"log name=b position=4 bytes=4 dropped=0\nnew\n");
}

static void who_follows_all_hears_whole_lines(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	write_to(stage, "a", "one\nha");
	assert_true(begin_all(stage, &answer, true, false));
	assert_string_equal(
		heard(stage, &answer), "log name=a position=0 bytes=4 dropped=0\none\nlive\n");
	write_to(stage, "a", "lf\nand");
	assert_string_equal(
		heard(stage, &answer), "log name=a position=4 bytes=5 dropped=0\nhalf\n");
	/* Its process has ended: so has the line. */
	stage_service(stage, "a")->pid = 0;
	stage->supervisor.log_changes++;
	assert_string_equal(heard(stage, &answer), "log name=a position=9 bytes=3 dropped=0\nand");
}

static void a_line_that_is_longer_than_a_piece_is_told_in_several(void **state)
{
	struct answer answer;
	STAGE({ "a", "" });

	fill(stage, 2 * PROTOCOL_LOG_MAX + 7);
	write_to(stage, "a", "");
	assert_true(begin_all(stage, &answer, true, false));
	assert_told(stage, &answer, "log name=a position=0; log name=a position=4096; live; ...");
	write_to(stage, "a", "\n");
	assert_told(stage, &answer, "log name=a position=8192; ...");
}

static void a_loud_service_does_not_keep_the_others_waiting(void **state)
{
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	for (int i = 0; i < STAGE_LOG_SIZE / 8; i++)
		write_to(stage, "a", "1234567\n");
	write_to(stage, "b", "quiet\n");
	write_to(stage, "a", "one more\n");
	assert_true(begin_all(stage, &answer, true, false));
	assert_string_equal(told(stage, &answer, 1), "log name=a position=9; ");
	assert_string_equal(told(stage, &answer, 1), "log name=b position=0; ");
	assert_string_equal(told(stage, &answer, 1), "log name=a position=4104; ");
}

static void only_so_many_follow_all_logs_each_at_its_own_pace(void **state)
{
	struct answer answers[LOG_READERS_MAX + 1];
	STAGE({ "a", "" });

	write_to(stage, "a", "one\ntwo\n");
	for (int i = 0; i < LOG_READERS_MAX; i++)
		assert_true(begin_all(stage, &answers[i], true, i == 1));
	assert_false(begin_all(stage, &answers[LOG_READERS_MAX], true, false));
	answer_end(&answers[LOG_READERS_MAX], &stage->supervisor);
	assert_string_equal(heard(stage, &answers[0]),
		"log name=a position=0 bytes=8 dropped=0\none\ntwo\nlive\n");
	write_to(stage, "a", "three\n");
	assert_string_equal(
		heard(stage, &answers[0]), "log name=a position=8 bytes=6 dropped=0\nthree\n");
	assert_string_equal(heard(stage, &answers[1]),
		"log name=a position=4 bytes=10 dropped=0\ntwo\nthree\nlive\n");
	answer_end(&answers[0], &stage->supervisor);
	answer_end(&answers[0], &stage->supervisor);
	assert_true(begin_all(stage, &answers[0], true, false));
	assert_false(begin_all(stage, &answers[LOG_READERS_MAX], true, false));
}

static void a_rescan_does_not_disturb_who_follows_all_logs(void **state)
{
	static const uint16_t moved[] = { RESCAN_GONE, 0 };
	struct answer answer;
	STAGE({ "a", "" }, { "b", "" });

	assert_true(begin_all(stage, &answer, true, false));
	assert_string_equal(heard(stage, &answer), "live\n");
	write_to(stage, "b", "one\n");
	assert_true(answer_move(&answer, moved, 2));
	assert_string_equal(
		heard(stage, &answer), "log name=b position=0 bytes=4 dropped=0\none\n");
}

/* ---- errors ---- */

static void an_error_has_a_code_and_a_text(void **state)
{
	char line[64];
	size_t length = answer_error(line, sizeof(line), 4, "no service 'x'");

	(void)state;
	assert_int_equal(length, strlen("error code=4 text=no%20service%20'x'\n"));
	assert_memory_equal(line, "error code=4 text=no%20service%20'x'\n", length);
}

static void an_error_of_any_length_is_a_line(void **state)
{
	static char text[PROTOCOL_REQUEST_MAX];
	char *line = malloc(PROTOCOL_LINE_MAX);
	size_t length;

	(void)state;
	assert_non_null(line);
	memset(text, '\xff', sizeof(text) - 1);
	length = answer_error(line, PROTOCOL_LINE_MAX, EXIT_USAGE, text);
	assert_true(length <= PROTOCOL_LINE_MAX);
	assert_int_equal(stage_line_length(line, length), length);
	assert_memory_equal(line, "error code=2 text=%FF%FF", 24);
	free(line);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STAGE_TEST(ok_is_one_line),
		STAGE_TEST(status_is_the_node_all_services_and_ok),
		STAGE_TEST(status_of_some_leaves_the_others_out),
		STAGE_TEST(any_service_can_be_named),
		STAGE_TEST(watch_is_what_is_now_then_live_then_changes_for_ever),
		STAGE_TEST(what_changed_before_the_states_are_told_is_not_told_again),
		STAGE_TEST(what_changes_while_the_states_are_told_is_told_after_them),
		STAGE_TEST(watch_of_some_hears_of_them_and_of_the_node),
		STAGE_TEST(who_was_too_slow_hears_how_much_and_then_what_is_now),
		STAGE_TEST(who_was_too_slow_for_the_states_hears_that_too),
		STAGE_TEST(an_empty_log_is_just_ok),
		STAGE_TEST(a_log_is_told_as_it_was_written),
		STAGE_TEST(a_long_log_comes_in_pieces),
		STAGE_TEST(what_the_ring_lost_is_told_with_the_first_piece),
		STAGE_TEST(the_last_lines_come_without_what_is_before),
		STAGE_TEST(who_follows_hears_what_comes),
		STAGE_TEST(who_follows_without_lines_hears_only_what_is_new),
		STAGE_TEST(who_follows_too_slowly_hears_how_much_is_lost),
		STAGE_TEST(all_logs_come_with_their_names_and_end_with_ok),
		STAGE_TEST(who_follows_all_hears_what_was_then_live_then_what_comes),
		STAGE_TEST(who_follows_all_hears_whole_lines),
		STAGE_TEST(a_line_that_is_longer_than_a_piece_is_told_in_several),
		STAGE_TEST(a_loud_service_does_not_keep_the_others_waiting),
		STAGE_TEST(only_so_many_follow_all_logs_each_at_its_own_pace),
		STAGE_TEST(a_rescan_does_not_disturb_who_follows_all_logs),
		cmocka_unit_test(an_error_has_a_code_and_a_text),
		cmocka_unit_test(an_error_of_any_length_is_a_line),
	};

	return RUN("answers", tests);
}
