/* SPDX-License-Identifier: MIT */
/* What a boot's times mean: which services belong to it, what decided when the node was ready. */
#include "unit.h"

#include "svctl/axis.h"
#include "svctl/timeline.h"

#define NODE "node hostname=n7 state=ready now_ms=9000"
#define BOOT "boot init_us=30000 mounted_us=31000 loaded_us=31500 ready_us=40000"

#define BOOT_SO_FAR "boot init_us=30000 mounted_us=31000 loaded_us=31500"

#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static struct timeline computed(const char *const *lines)
{
	struct timeline timeline;

	timeline_begin(&timeline);
	for (; *lines; lines++)
		timeline_add_line(&timeline, *lines);
	timeline_compute(&timeline);
	return timeline;
}

/* The path as "name us, name us", with a * behind what the next one only comes after. */
static void expect_path(const char *const *lines, const char *expected)
{
	struct timeline timeline = computed(lines);
	struct text out = { 0 };

	for (size_t i = 0; i < timeline.links; i++) {
		const struct link *link = &timeline.path[i];

		text_format(&out, "%s%s %lld%s", i == 0 ? "" : ", ", link_name(link),
			(long long)(link->until_us - link->from_us),
			link->kind == LINK_BEFORE ? "*" : "");
		/* No time is lost between two links. */
		if (i > 0)
			assert_int_equal(link->from_us, timeline.path[i - 1].until_us);
	}
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	timeline_free(&timeline);
}

static void the_path_goes_from_the_last_need_to_the_last(void **state)
{
	(void)state;
	expect_path(LINES(NODE, BOOT,
			    "times name=app state=ready start_us=36100 exec_us=36200 "
			    "ready_us=39900 needs=db,net",
			    "times name=db state=ready start_us=31600 exec_us=31700 ready_us=32000",
			    "times name=net state=ready start_us=31700 exec_us=31800 "
			    "ready_us=36000",
			    "times name=other state=ready start_us=31700 exec_us=31800 "
			    "ready_us=39800"),
		"kernel 30000, mounts 1000, service files 500, net 4500, app 3900, node ready 100");
}

static void what_only_comes_first_counts_too(void **state)
{
	(void)state;
	expect_path(LINES(NODE, BOOT,
			    "times name=app state=ready start_us=37100 exec_us=37200 "
			    "ready_us=40000 needs=net after=job,nobody",
			    "times name=job state=done start_us=31600 exec_us=31700 ready_us=37000",
			    "times name=net state=ready start_us=31700 exec_us=31800 "
			    "ready_us=36000"),
		"kernel 30000, mounts 1000, service files 500, job 5500*, app 3000, node ready 0");
}

static void what_was_ready_after_the_start_did_not_decide_it(void **state)
{
	(void)state;
	expect_path(LINES(NODE, BOOT,
			    "times name=app state=ready start_us=32000 exec_us=32100 "
			    "ready_us=40000 after=late",
			    "times name=late state=ready start_us=31600 exec_us=31700 "
			    "ready_us=33000"),
		"kernel 30000, mounts 1000, service files 500, app 8500, node ready 0");
}

static void what_was_started_later_is_not_part_of_the_boot(void **state)
{
	struct timeline timeline;

	(void)state;
	timeline = computed(LINES(NODE, BOOT,
		"times name=late state=ready start_us=5000000 exec_us=5000100 ready_us=5000200",
		"times name=none state=skipped start_us=31600", "times name=bad state=invalid",
		"times name=net state=ready start_us=31700 exec_us=31800 ready_us=36000",
		"times name=first state=ready start_us=31600 exec_us=31800 ready_us=36000"));
	assert_int_equal(timeline.drawn, 2);
	assert_string_equal(timeline.order[0]->times.name, "first");
	assert_string_equal(timeline.order[1]->times.name, "net");
	assert_int_equal(timeline.end_us, 40000);
	timeline_free(&timeline);
}

static void a_boot_under_way_ends_with_what_is_not_ready(void **state)
{
	(void)state;
	expect_path(LINES("node state=booting now_ms=50", BOOT_SO_FAR,
			    "times name=app state=running start_us=36100 exec_us=36200 needs=net",
			    "times name=net state=ready start_us=31700 ready_us=36000",
			    "times name=web state=waiting needs=app"),
		"kernel 30000, mounts 1000, service files 500, net 4500, app 200");
}

static void needs_in_a_circle_end(void **state)
{
	(void)state;
	expect_path(
		LINES(NODE, BOOT, "times name=a state=ready start_us=32000 ready_us=32000 needs=b",
			"times name=b state=ready start_us=32000 ready_us=32000 needs=a,b"),
		"kernel 30000, mounts 1000, service files 500, b 500, a 0, node ready 8000");
}

static void an_answer_with_nothing_in_it_is_no_trouble(void **state)
{
	struct text out = { 0 };
	struct timeline timeline;

	(void)state;
	expect_path(LINES("weather sun=1"), "");
	expect_path(LINES(NODE, "boot"), "");
	expect_path(LINES(NODE, "boot init_us=-5 ready_us=9223372036854775807",
			    "times name=x start_us=99999999999999999 ready_us=-1"),
		"");
	timeline = computed(LINES("ok"));
	timeline_write_text(&out, &timeline, 200, true);
	timeline_write_json(&out, &timeline);
	timeline_write_svg(&out, &timeline);
	text_free(&out);
	timeline_free(&timeline);
}

static void names_are_found_by_their_length(void **state)
{
	struct timeline timeline =
		computed(LINES("times name=net", "times name=ne", "times name=neta"));

	(void)state;
	assert_string_equal(timeline_find(&timeline, "net,x", 3)->times.name, "net");
	assert_string_equal(timeline_find(&timeline, "net", 2)->times.name, "ne");
	assert_null(timeline_find(&timeline, "net", 1));
	assert_null(timeline_find(&timeline, "netab", 5));
	timeline_free(&timeline);
}

static void lists_are_taken_apart(void **state)
{
	const char *list = "a,,bc,", *name;
	size_t length;

	(void)state;
	assert_true(timeline_next_name(&list, &name, &length));
	assert_memory_equal(name, "a", length);
	assert_true(timeline_next_name(&list, &name, &length));
	assert_int_equal(length, 2);
	assert_false(timeline_next_name(&list, &name, &length));
	assert_false(timeline_next_name(&list, &name, &length));
}

static void ticks_are_round(void **state)
{
	static const int64_t cells[][2] = { { 0, 1 }, { 1, 1 }, { 3, 5 }, { 7, 10 }, { 1100, 2000 },
		{ 4999, 5000 }, { 6000000, 10000000 }, { 20000000, 20000000 },
		{ 25000000, 60000000 }, { 61000000, 120000000 },
		{ INT64_C(86400) * 1000000, INT64_C(86400) * 1000000 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cells); i++)
		assert_int_equal(axis_step(cells[i][0]), cells[i][1]);
	/* Whatever is to be shown, there are few of them. */
	for (int64_t span = 1; span < INT64_C(1000000) * 1000000000; span = span * 3 + 1)
		assert_true(span / axis_step(span / 8) <= 24);
}

static void expect_label(int64_t us, int64_t step, const char *expected)
{
	struct text out = { 0 };

	axis_label(&out, us, step);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void labels_tell_ticks_apart(void **state)
{
	(void)state;
	expect_label(900, 50, "0.90 ms");
	expect_label(1234, 1, "1.234 ms");
	expect_label(335000, 5000, "335 ms");
	expect_label(5000000, 1000000, "5 s");
	expect_label(61200000, 200000, "61.2 s");
	expect_label(130000000, 10000000, "2:10");
	expect_label(300000000, 60000000, "5 min");
}

static void expect_duration(int64_t us, const char *expected)
{
	struct text out = { 0 };

	axis_duration(&out, us);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void durations_have_three_digits(void **state)
{
	(void)state;
	expect_duration(-1, "0 µs");
	expect_duration(999, "999 µs");
	expect_duration(1234, "1.23 ms");
	expect_duration(331249, "331.2 ms");
	expect_duration(12345678, "12.35 s");
	expect_duration(429000000, "7 min 9 s");
}

static void expect_ms(int64_t us, const char *expected)
{
	struct text out = { 0 };

	timeline_add_ms(&out, us);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void milliseconds_have_one_decimal(void **state)
{
	(void)state;
	expect_ms(0, "0.0");
	expect_ms(49, "0.0");
	expect_ms(50, "0.1");
	expect_ms(331249, "331.2");
	expect_ms(RECORD_UNKNOWN, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_goes_from_the_last_need_to_the_last),
		cmocka_unit_test(what_only_comes_first_counts_too),
		cmocka_unit_test(what_was_ready_after_the_start_did_not_decide_it),
		cmocka_unit_test(what_was_started_later_is_not_part_of_the_boot),
		cmocka_unit_test(a_boot_under_way_ends_with_what_is_not_ready),
		cmocka_unit_test(needs_in_a_circle_end),
		cmocka_unit_test(an_answer_with_nothing_in_it_is_no_trouble),
		cmocka_unit_test(names_are_found_by_their_length),
		cmocka_unit_test(lists_are_taken_apart),
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(labels_tell_ticks_apart),
		cmocka_unit_test(durations_have_three_digits),
		cmocka_unit_test(milliseconds_have_one_decimal),
	};

	return RUN("svctl timeline", tests);
}
