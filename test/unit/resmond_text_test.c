/* SPDX-License-Identifier: MIT */
/* What the monitor writes: numbers, labels, families in steps; and what it takes from others. */
#include "unit.h"

#include <stdio.h>

#include "resmond/exposition.h"
#include "resmond/output.h"
#include "resmond/step.h"

static const char *text_of(struct output *output)
{
	static char text[4096];

	memcpy(text, output->bytes, output->length);
	text[output->length] = '\0';
	return text;
}

static void fractions_are_exact(void **state)
{
	static const struct {
		int64_t number;
		unsigned decimals;
		const char *text;
	} cases[] = {
		{ 0, 0, "0" },
		{ 0, 3, "0.000" },
		{ 5, 3, "0.005" },
		{ 1234567, 6, "1.234567" },
		{ -1500, 3, "-1.500" },
		{ -5, 2, "-0.05" },
		{ INT64_MAX, 9, "9223372036.854775807" },
		{ INT64_MIN, 0, "-9223372036854775808" },
	};
	char bytes[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct output output = { .bytes = bytes, .size = sizeof(bytes) };

		output_fixed(&output, cases[i].number, cases[i].decimals);
		assert_string_equal(text_of(&output), cases[i].text);
	}
}

static void labels_are_escaped_and_utf8(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{ "eth0", "eth0" },
		{ "a\"b\\c\nd", "a\\\"b\\\\c\\nd" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac\xf0\x9f\x90\x95", "\xe2\x82\xac\xf0\x9f\x90\x95" },
		{ "\xff", "?" },
		{ "\xc3", "?" },
		{ "\xc0\xaf", "??" }, /* overlong */
		{ "\xed\xa0\x80", "???" }, /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* beyond Unicode */
		{ "\xe2\x82", "??" },
	};
	char bytes[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct output output = { .bytes = bytes, .size = sizeof(bytes) };

		output_label(&output, cases[i].value);
		assert_string_equal(text_of(&output), cases[i].text);
	}
}

static void what_does_not_fit_is_cut(void **state)
{
	char bytes[9] = "12345678";
	struct output output = { .bytes = bytes, .size = 4 };

	(void)state;
	output_text(&output, "abcdef");
	assert_true(output.cut);
	assert_string_equal(bytes, "abcd5678");
}

static const struct family one = { "one_total", "counter", "The first." };
static const struct family two = { "two", "gauge", "The second." };

static void write_families(struct step *step)
{
	char number[12];

	for (int i = 0; i < 60; i++) {
		if (!sample_begin(step, i < 40 ? &one : &two))
			continue;
		snprintf(number, sizeof(number), "%d", i);
		sample_label(step, "i", number);
		sample_number(step, (uint64_t)i);
	}
}

/* However small the pieces, put together they are the same. */
static void steps_join_to_the_whole(void **state)
{
	static char whole[8192], joined[8192], piece[STEP_ROOM + 40];
	struct output all = { .bytes = whole, .size = sizeof(whole) };
	struct step step = { .output = &all };
	size_t length = 0;
	unsigned pieces = 0;

	(void)state;
	step_begin(&step);
	write_families(&step);
	assert_false(step.full);
	assert_int_equal(step.written, 60);
	step_begin(&step);
	do {
		struct output output = { .bytes = piece, .size = sizeof(piece) };

		step.output = &output;
		if (pieces++)
			step_again(&step);
		write_families(&step);
		assert_true(output.length > 0 && !output.cut);
		memcpy(joined + length, piece, output.length);
		length += output.length;
	} while (step.full);
	assert_true(pieces > 10);
	assert_int_equal(length, all.length);
	assert_memory_equal(joined, whole, length);
}

/* The longest sample there can be. */
static void a_sample_of_full_size_fits(void **state)
{
	static char longest[STEP_LABEL_MAX + 100], bytes[STEP_ROOM];
	static const char name[] =
		"a_name_of_sixty_four_characters_that_is_as_long_as_names_may_be";
	const struct family family = { name, "gauge",
		"Total time in seconds no process could make "
		"progress due to memory congestion." };
	struct output output = { .bytes = bytes, .size = sizeof(bytes) };
	struct step step = { .output = &output };

	(void)state;
	memset(longest, '"', sizeof(longest) - 1);
	step_begin(&step);
	assert_true(sample_begin(&step, &family));
	sample_label(&step, "device", longest);
	sample_label(&step, "mountpoint", longest);
	sample_label(&step, "fstype", "squashfs");
	sample_number(&step, UINT64_MAX);
	assert_false(output.cut);
}

static const char *check(const char *const *lines)
{
	static struct exposition exposition;
	const char *wrong = NULL;

	exposition_begin(&exposition, "netd_");
	for (; *lines && !wrong; lines++)
		wrong = exposition_line(&exposition, *lines);
	return wrong;
}

static void sound_metrics_of_others_are_taken(void **state)
{
	static const char *const lines[] = {
		"# HELP netd_leases_total Leases: a \\\\ and a \\n.",
		"# TYPE netd_leases_total counter",
		"netd_leases_total{link=\"eth0\",why=\"a \\\"b\\\\\\n{}\"} 3",
		"netd_leases_total{link=\"eth1\"} 4e+03",
		"# TYPE netd_up gauge",
		"netd_up 1",
		"netd_bare -0.5",
		"netd_nan NaN",
		NULL,
	};

	(void)state;
	assert_null(check(lines));
}

static void unsound_metrics_of_others_are_refused(void **state)
{
	static const char *const cases[][4] = {
		{ "node_load1 3" },
		{ "" },
		{ "# a comment" },
		{ "netd_a" },
		{ "netd_a " },
		{ "netd_a 1 1795381591000" },
		{ "netd_a x" },
		{ "netd_a 0x10" },
		{ "netd_a  1" },
		{ "netd_a{} 1" },
		{ "netd_a{b} 1" },
		{ "netd_a{b=\"c} 1" },
		{ "netd_a{b=\"c\\x\"} 1" },
		{ "netd_a{b=\"c\\" },
		{ "netd_a{b=\"c\",} 1" },
		{ "netd_a{b=\"\x01\"} 1" },
		{ "netd_a{b=\"\xc3\xbc\"} 1" },
		{ "netd_a 1", "netd_a 1" },
		{ "netd_a 1", "netd_b 1", "netd_a{c=\"d\"} 1" },
		{ "netd_a 1", "# TYPE netd_a gauge" },
		{ "# TYPE netd_a gauge", "# TYPE netd_a gauge" },
		{ "# TYPE netd_a histogram" },
		{ "# HELP" },
		{ "# HELP 1 x" },
		{ "# TYPE netd_a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!check(cases[i]))
			fail_msg("taken: %s", cases[i][0]);
	}
}

static void too_much_of_others_is_refused(void **state)
{
	static struct exposition exposition;
	char line[EXPOSITION_LINE + 64];
	int taken = 0;

	(void)state;
	exposition_begin(&exposition, "netd_");
	memset(line, 'a', sizeof(line));
	memcpy(line, "netd_", 5);
	memcpy(line + EXPOSITION_LINE, " 1", 3);
	assert_non_null(exposition_line(&exposition, line));
	for (;; taken++) {
		snprintf(line, sizeof(line), "netd_a{n=\"%d\"} 1", taken);
		if (exposition_line(&exposition, line))
			break;
	}
	assert_int_equal(taken, EXPOSITION_SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fractions_are_exact),
		cmocka_unit_test(labels_are_escaped_and_utf8),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(steps_join_to_the_whole),
		cmocka_unit_test(a_sample_of_full_size_fits),
		cmocka_unit_test(sound_metrics_of_others_are_taken),
		cmocka_unit_test(unsound_metrics_of_others_are_refused),
		cmocka_unit_test(too_much_of_others_is_refused),
	};

	return RUN("resmond's text", tests);
}
