/* SPDX-License-Identifier: MIT */
/* Colours and what they do over time. */
#include "unit.h"

#include "blinkstickd/pattern.h"

static struct colour colour(const char *text)
{
	struct colour value = { 1, 2, 3 };

	assert_true(colour_parse(text, &value));
	return value;
}

static void assert_colour(struct colour value, const char *text)
{
	char shown[COLOUR_TEXT_MAX];

	assert_string_equal(colour_format(shown, value), text);
}

static void colours_are_numbers_or_names(void **state)
{
	(void)state;
	assert_colour(colour("#0180ff"), "#0180ff");
	assert_colour(colour("#0180FF"), "#0180ff");
	assert_colour(colour("#f80"), "#ff8800");
	assert_colour(colour("red"), "#ff0000");
	assert_colour(colour("Blue"), "#0000ff");
	assert_colour(colour("off"), "#000000");
	for (unsigned i = 0; colour_name(i); i++)
		colour(colour_name(i));
}

static void anything_else_is_no_colour(void **state)
{
	static const char *const bad[] = { "", "#", "#1", "#12", "#1234", "#12345", "#1234567",
		"#gggggg", "#12 456", "ff0000", "reddish", "re", "0", "#-12345", "#+12345",
		"# 12" };
	struct colour value = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(colour_parse(bad[i], &value));
	assert_colour(value, "#010203");
}

static void the_way_between_two_has_both_ends(void **state)
{
	(void)state;
	assert_colour(colour_between(colour("#102030"), colour("#302010"), 0, 10), "#102030");
	assert_colour(colour_between(colour("#102030"), colour("#302010"), 5, 10), "#202020");
	assert_colour(colour_between(colour("#102030"), colour("#302010"), 10, 10), "#302010");
	assert_colour(colour_between(colour("off"), colour("white"), 50, 100), "#7f7f7f");
}

static void steady_never_changes(void **state)
{
	const struct pattern pattern = { .kind = PATTERN_STEADY, .colour = { 1, 2, 3 } };
	uint32_t wait_ms;

	(void)state;
	assert_colour(pattern_colour(&pattern, 0, &wait_ms), "#010203");
	assert_int_equal(wait_ms, UINT32_MAX);
	assert_colour(pattern_colour(&pattern, UINT64_MAX, &wait_ms), "#010203");
}

static void a_blink_is_lit_for_the_first_half(void **state)
{
	const struct pattern pattern = {
		.kind = PATTERN_BLINK, .colour = { 255, 0, 0 }, .period_ms = 400
	};
	uint32_t wait_ms;

	(void)state;
	assert_colour(pattern_colour(&pattern, 0, &wait_ms), "#ff0000");
	assert_int_equal(wait_ms, 200);
	assert_colour(pattern_colour(&pattern, 199, &wait_ms), "#ff0000");
	assert_int_equal(wait_ms, 1);
	assert_colour(pattern_colour(&pattern, 200, &wait_ms), "#000000");
	assert_int_equal(wait_ms, 200);
	assert_colour(pattern_colour(&pattern, 1000000000000 * 400, &wait_ms), "#ff0000");
}

static void a_pulse_goes_down_to_dark_and_up_again(void **state)
{
	const struct pattern pattern = {
		.kind = PATTERN_PULSE, .colour = { 0, 0, 255 }, .period_ms = 4000
	};
	uint8_t last = 255;
	uint32_t wait_ms;

	(void)state;
	assert_colour(pattern_colour(&pattern, 0, &wait_ms), "#0000ff");
	for (uint64_t ms = 0; ms <= 2000; ms += 50) {
		struct colour now = pattern_colour(&pattern, ms, &wait_ms);

		assert_true(now.blue <= last && now.red == 0 && now.green == 0);
		assert_int_equal(wait_ms, PATTERN_FRAME_MS);
		last = now.blue;
	}
	assert_int_equal(last, 0);
	for (uint64_t ms = 2000; ms < 4000; ms += 50) {
		struct colour now = pattern_colour(&pattern, ms, &wait_ms);

		assert_true(now.blue >= last);
		last = now.blue;
	}
	assert_true(last > 200);
}

static void odd_and_shortest_periods_stay_within_the_colour(void **state)
{
	static const uint32_t periods[] = { PATTERN_PERIOD_LEAST_MS, 101, 333, 59999,
		PATTERN_PERIOD_MOST_MS };
	uint32_t wait_ms;

	(void)state;
	for (int kind = PATTERN_BLINK; kind <= PATTERN_MORPH; kind++) {
		for (size_t i = 0; i < COUNT(periods); i++) {
			const struct pattern pattern = { .kind = (enum pattern_kind)kind,
				.colour = { 200, 100, 0 },
				.period_ms = periods[i] };

			for (uint64_t ms = 0; ms < 2 * (uint64_t)periods[i]; ms += 7) {
				struct colour now = pattern_colour(&pattern, ms, &wait_ms);

				assert_true(now.red <= 200 && now.green <= 100 && now.blue == 0);
				assert_true(wait_ms > 0);
			}
		}
	}
}

static void a_morph_ends_where_it_shall_and_stays(void **state)
{
	const struct pattern pattern = { .kind = PATTERN_MORPH,
		.from = { 0, 0, 200 },
		.colour = { 200, 0, 0 },
		.period_ms = 1000 };
	uint32_t wait_ms;

	(void)state;
	assert_colour(pattern_colour(&pattern, 0, &wait_ms), "#0000c8");
	assert_colour(pattern_colour(&pattern, 500, &wait_ms), "#640064");
	assert_int_equal(wait_ms, PATTERN_FRAME_MS);
	pattern_colour(&pattern, 990, &wait_ms);
	assert_int_equal(wait_ms, 10);
	assert_colour(pattern_colour(&pattern, 1000, &wait_ms), "#c80000");
	assert_int_equal(wait_ms, UINT32_MAX);
}

static void patterns_have_names(void **state)
{
	(void)state;
	for (int kind = PATTERN_STEADY; kind <= PATTERN_MORPH; kind++)
		assert_int_equal(pattern_parse(pattern_name((enum pattern_kind)kind)), kind);
	assert_int_equal(pattern_parse(""), -1);
	assert_int_equal(pattern_parse("breathe"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_are_numbers_or_names),
		cmocka_unit_test(anything_else_is_no_colour),
		cmocka_unit_test(the_way_between_two_has_both_ends),
		cmocka_unit_test(steady_never_changes),
		cmocka_unit_test(a_blink_is_lit_for_the_first_half),
		cmocka_unit_test(a_pulse_goes_down_to_dark_and_up_again),
		cmocka_unit_test(odd_and_shortest_periods_stay_within_the_colour),
		cmocka_unit_test(a_morph_ends_where_it_shall_and_stays),
		cmocka_unit_test(patterns_have_names),
	};

	return RUN("blinkstickd: colours and patterns", tests);
}
