/* SPDX-License-Identifier: MIT */
/* The log ring: what is kept, what is lost, where the last lines begin; and all against a plain model. */
#include "unit.h"

#include "pid1/ring.h"

#include <stdlib.h>

static struct ring ring_of(char *bytes, uint32_t size)
{
	struct ring ring;

	memset(bytes, '?', size);
	ring_init(&ring, bytes, size);
	return ring;
}

static void append(struct ring *ring, const char *text)
{
	ring_append(ring, text, strlen(text));
}

/* All there is from `from` on, as a string. */
static const char *all_from(const struct ring *ring, uint64_t from)
{
	static char text[256];

	text[ring_read(ring, &from, text, sizeof(text) - 1, NULL)] = '\0';
	return text;
}

static void an_empty_ring_has_nothing(void **state)
{
	char bytes[8];
	struct ring ring = ring_of(bytes, sizeof(bytes));
	uint64_t from = 0, lost = 0;

	(void)state;
	assert_int_equal(ring_start(&ring), 0);
	assert_int_equal(ring_read(&ring, &from, bytes, sizeof(bytes), &lost), 0);
	assert_int_equal(from, 0);
	assert_int_equal(lost, 0);
	assert_int_equal(ring_tail(&ring, 10), 0);
}

static void what_fits_is_kept_whole(void **state)
{
	char bytes[8];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "abc");
	append(&ring, "");
	append(&ring, "defgh");
	assert_int_equal(ring_start(&ring), 0);
	assert_string_equal(all_from(&ring, 0), "abcdefgh");
}

static void the_oldest_makes_room(void **state)
{
	char bytes[8];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "abcdef");
	append(&ring, "ghijk");
	assert_int_equal(ring_start(&ring), 3);
	assert_string_equal(all_from(&ring, 0), "defghijk");
}

static void it_goes_on_where_another_one_ended(void **state)
{
	char bytes[8];
	struct ring ring = ring_of(bytes, sizeof(bytes));
	uint64_t from = 0, lost = 0;

	(void)state;
	ring_begin_at(&ring, 13);
	assert_int_equal(ring_start(&ring), 13);
	assert_int_equal(ring_read(&ring, &from, bytes, sizeof(bytes), &lost), 0);
	assert_int_equal(from, 13);
	assert_int_equal(lost, 13);
	append(&ring, "abcdef");
	assert_int_equal(ring_start(&ring), 13);
	assert_string_equal(all_from(&ring, 0), "abcdef");
	append(&ring, "ghi");
	assert_int_equal(ring_start(&ring), 14);
	assert_int_equal(ring.end, 22);
	assert_string_equal(all_from(&ring, 0), "bcdefghi");
}

static void of_what_is_larger_than_the_ring_the_end_is_kept(void **state)
{
	char bytes[4];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "x");
	append(&ring, "abcdefghij");
	assert_int_equal(ring.end, 11);
	assert_int_equal(ring_start(&ring), 7);
	assert_string_equal(all_from(&ring, 0), "ghij");
}

static void a_ring_of_one_byte_keeps_the_last(void **state)
{
	char byte[1];
	struct ring ring = ring_of(byte, 1);

	(void)state;
	append(&ring, "abc");
	append(&ring, "d");
	assert_string_equal(all_from(&ring, 0), "d");
}

static void a_reader_goes_on_where_it_was(void **state)
{
	char bytes[8], text[4];
	struct ring ring = ring_of(bytes, sizeof(bytes));
	uint64_t from = 0, lost = 0;

	(void)state;
	append(&ring, "abcdef");
	assert_int_equal(ring_read(&ring, &from, text, 4, &lost), 4);
	assert_memory_equal(text, "abcd", 4);
	append(&ring, "ghij"); /* around the end; nothing it has not read is lost */
	assert_int_equal(ring_read(&ring, &from, text, 4, &lost), 4);
	assert_memory_equal(text, "efgh", 4);
	assert_int_equal(ring_read(&ring, &from, text, 4, &lost), 2);
	assert_memory_equal(text, "ij", 2);
	assert_int_equal(ring_read(&ring, &from, text, 4, &lost), 0);
	assert_int_equal(from, 10);
	assert_int_equal(lost, 0);
}

static void a_reader_that_was_overtaken_learns_by_how_much(void **state)
{
	char bytes[4], text[4];
	struct ring ring = ring_of(bytes, sizeof(bytes));
	uint64_t from = 0, lost = 5; /* from before */

	(void)state;
	append(&ring, "abcdefg");
	assert_int_equal(ring_read(&ring, &from, text, 2, &lost), 2);
	assert_memory_equal(text, "de", 2);
	assert_int_equal(lost, 5 + 3);
	assert_int_equal(ring_read(&ring, &from, text, 4, &lost), 2);
	assert_int_equal(lost, 5 + 3);
}

static void a_reader_ahead_of_the_ring_reads_nothing(void **state)
{
	char bytes[4], text[4];
	struct ring ring = ring_of(bytes, sizeof(bytes));
	uint64_t from = 100, lost = 0;

	(void)state;
	append(&ring, "ab");
	assert_int_equal(ring_read(&ring, &from, text, 4, &lost), 0);
	assert_int_equal(from, 100);
}

static void reading_nothing_is_nothing(void **state)
{
	char bytes[4];
	struct ring ring = ring_of(bytes, sizeof(bytes));
	uint64_t from = 0;

	(void)state;
	append(&ring, "ab");
	assert_int_equal(ring_read(&ring, &from, bytes, 0, NULL), 0);
	assert_int_equal(from, 0);
}

/* ---- the last lines ---- */

static void the_last_lines_are_found(void **state)
{
	static const struct {
		uint32_t lines;
		const char *rest;
	} cases[] = {
		{ 0, "" },
		{ 1, "three\n" },
		{ 2, "two\nthree\n" },
		{ 3, "one\ntwo\nthree\n" },
		{ 4, "one\ntwo\nthree\n" },
		{ UINT32_MAX, "one\ntwo\nthree\n" },
	};
	char bytes[64];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "one\ntwo\nthree\n");
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			all_from(&ring, ring_tail(&ring, cases[i].lines)), cases[i].rest);
}

static void a_last_line_without_newline_counts(void **state)
{
	char bytes[64];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "one\ntwo\nthr");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 1)), "thr");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 2)), "two\nthr");
}

static void empty_lines_are_lines(void **state)
{
	char bytes[64];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "one\n\n\n");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 1)), "\n");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 3)), "one\n\n\n");
}

static void a_torn_first_line_is_none(void **state)
{
	char bytes[12];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "first\nsecond\nthird\n");
	assert_string_equal(all_from(&ring, ring_start(&ring)), "econd\nthird\n");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 9)), "third\n");
}

static void a_line_longer_than_the_ring_is_shown_as_far_as_it_is_there(void **state)
{
	char bytes[8];
	struct ring ring = ring_of(bytes, sizeof(bytes));

	(void)state;
	append(&ring, "a very long line");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 1)), "ong line");
	append(&ring, "\n"); /* that it has ended is no reason to hide it */
	assert_string_equal(all_from(&ring, ring_tail(&ring, 1)), "ng line\n");
	append(&ring, "b");
	assert_string_equal(all_from(&ring, ring_tail(&ring, 9)), "b");
}

/* ---- against a model: everything ever written, in one piece ---- */

enum { WRITTEN_MAX = 64 * 1024, SIZE_MAX_HERE = 97 };

struct model {
	char bytes[WRITTEN_MAX];
	uint64_t end;
	uint32_t size;
};

static uint64_t model_start(const struct model *model)
{
	return model->end > model->size ? model->end - model->size : 0;
}

/* Where the last lines begin: all line starts that are known, counted from the back. */
static uint64_t model_tail(const struct model *model, uint32_t lines)
{
	uint64_t start = model_start(model), first = start, at = model->end;

	if (lines == 0)
		return model->end;
	if (start > 0) {
		while (first < model->end && model->bytes[first] != '\n')
			first++;
		first = first + 1 < model->end ? first + 1 : start;
	}
	while (at > first) {
		at--;
		if ((at == first || model->bytes[at - 1] == '\n') && --lines == 0)
			break;
	}
	return at;
}

static uint32_t draw(uint32_t *random, uint32_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	return *random % below;
}

static void write_some(struct ring *ring, struct model *model, uint32_t *random)
{
	static const char letters[] = "ab\n\ncdefgh";
	uint32_t length = draw(random, draw(random, 8) ? 20 : 2 * SIZE_MAX_HERE);
	char *data = model->bytes + model->end;

	for (uint32_t i = 0; i < length; i++)
		data[i] = letters[draw(random, sizeof(letters) - 1)];
	ring_append(ring, data, length);
	model->end += length;
}

static void read_some(
	const struct ring *ring, const struct model *model, uint64_t *from, uint32_t *random)
{
	char text[SIZE_MAX_HERE];
	uint64_t wanted = *from, lost = 0;
	size_t most = draw(random, sizeof(text) + 1);
	size_t length = ring_read(ring, from, text, most, &lost);

	if (wanted < model_start(model)) {
		assert_int_equal(lost, model_start(model) - wanted);
		wanted = model_start(model);
	} else {
		assert_int_equal(lost, 0);
	}
	assert_int_equal(length, model->end - wanted < most ? model->end - wanted : most);
	assert_memory_equal(text, model->bytes + wanted, length);
	assert_int_equal(*from, wanted + length);
}

static void play(uint32_t seed, struct model *model)
{
	uint32_t random = seed * UINT32_C(2654435761) | 1, lines;
	uint64_t readers[3] = { 0 };
	char *bytes = malloc(SIZE_MAX_HERE);
	struct ring ring;

	assert_non_null(bytes);
	model->end = 0;
	model->size = 1 + draw(&random, SIZE_MAX_HERE);
	/* At the end of its memory, so that a byte too far is seen. */
	ring_init(&ring, bytes + SIZE_MAX_HERE - model->size, model->size);
	print_message("seed %u, size %u\n", seed, model->size);
	while (model->end < WRITTEN_MAX - 2 * SIZE_MAX_HERE) {
		write_some(&ring, model, &random);
		assert_int_equal(ring_start(&ring), model_start(model));
		read_some(&ring, model, &readers[draw(&random, COUNT(readers))], &random);
		lines = draw(&random, 12);
		assert_int_equal(ring_tail(&ring, lines), model_tail(model, lines));
	}
	free(bytes);
}

static void a_ring_does_what_the_model_does(void **state)
{
	static struct model model;

	(void)state;
	for (uint32_t seed = 1; seed <= 60; seed++)
		play(seed, &model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_ring_has_nothing),
		cmocka_unit_test(what_fits_is_kept_whole),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(it_goes_on_where_another_one_ended),
		cmocka_unit_test(of_what_is_larger_than_the_ring_the_end_is_kept),
		cmocka_unit_test(a_ring_of_one_byte_keeps_the_last),
		cmocka_unit_test(a_reader_goes_on_where_it_was),
		cmocka_unit_test(a_reader_that_was_overtaken_learns_by_how_much),
		cmocka_unit_test(a_reader_ahead_of_the_ring_reads_nothing),
		cmocka_unit_test(reading_nothing_is_nothing),
		cmocka_unit_test(the_last_lines_are_found),
		cmocka_unit_test(a_last_line_without_newline_counts),
		cmocka_unit_test(empty_lines_are_lines),
		cmocka_unit_test(a_torn_first_line_is_none),
		cmocka_unit_test(a_line_longer_than_the_ring_is_shown_as_far_as_it_is_there),
		cmocka_unit_test(a_ring_does_what_the_model_does),
	};

	return RUN("log ring", tests);
}
