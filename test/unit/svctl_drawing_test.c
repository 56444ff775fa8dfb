/* SPDX-License-Identifier: MIT */
/* A boot as text, picture and graph: what stands where, and that no name can break out of it. */
#include "unit.h"

#include <stdlib.h>

#include "svctl/difference.h"
#include "svctl/graph.h"
#include "svctl/xml.h"

static const char *const boot[] = {
	"node hostname=n%3C7%3E state=ready now_ms=9000",
	"boot init_us=30000 mounted_us=31000 loaded_us=32000 ready_us=40000",
	"times name=app state=ready start_us=36000 exec_us=37000 ready_us=40000 needs=net",
	"times name=late state=ready start_us=99000 exec_us=99100 ready_us=99200",
	"times name=net state=ready start_us=33000 exec_us=34000 ready_us=36000",
	"times name=off state=skipped",
	NULL,
};

static struct timeline computed(const char *const *lines)
{
	struct timeline timeline;

	timeline_begin(&timeline);
	for (; *lines; lines++)
		timeline_add_line(&timeline, *lines);
	timeline_compute(&timeline);
	return timeline;
}

static void the_text_is_aligned_and_sums_up(void **state)
{
	struct timeline timeline = computed(boot);
	struct text out = { 0 };

	(void)state;
	timeline_write_text(&out, &timeline, 0, false);
	assert_string_equal(text_string(&out),
		"n<7>: ready 40.0 ms after the kernel's start, 10.0 ms after PID 1's\n"
		"all times in ms, from the kernel's start on\n"
		"\n"
		"  NAME           START   EXEC  READY   TOOK\n"
		"* kernel           0.0      -   30.0   30.0\n"
		"* mounts          30.0      -   31.0    1.0\n"
		"* service files   31.0      -   32.0    1.0\n"
		"* net             33.0   34.0   36.0    3.0\n"
		"* app             36.0   37.0   40.0    4.0\n"
		"* node ready         -      -   40.0      -\n"
		"\n"
		"* critical path: kernel 30.0 > mounts 1.0 > service files 1.0 > net 4.0 > app 4.0 "
		"> node ready 0.0\n"
		"not part of it: late (started later), off (skipped)\n");
	text_free(&out);
	timeline_free(&timeline);
}

static void bars_fill_the_terminal_and_no_more(void **state)
{
	struct timeline timeline = computed(boot);
	struct text out = { 0 };
	const char *line;

	(void)state;
	timeline_write_text(&out, &timeline, 65, false);
	assert_non_null(
		strstr(text_string(&out), "\n* mounts          30.0      -   31.0    1.0  ##\n"));
	assert_non_null(strstr(text_string(&out),
		"\n* app             36.0   37.0   40.0    4.0      ........--######\n"));
	line = strstr(text_string(&out), "\n* app");
	assert_int_equal(strcspn(line + 1, "\n"), 65);
	text_free(&out);
	timeline_free(&timeline);
}

/* Everything in the picture that came from a file or a host is escaped; tags are closed. */
static void the_picture_is_whole(void **state)
{
	struct timeline timeline = computed(boot);
	struct text out = { 0 };

	(void)state;
	timeline_write_svg(&out, &timeline);
	assert_memory_equal(out.bytes, "<svg xmlns=", 11);
	assert_string_equal(out.bytes + out.length - 7, "</svg>\n");
	assert_non_null(strstr(out.bytes, "Boot of n&lt;7&gt;"));
	assert_null(strstr(out.bytes, "n<7>"));
	assert_null(strstr(out.bytes, "<script"));
	assert_null(strstr(out.bytes, "href"));
	text_free(&out);
	timeline_free(&timeline);
}

static void expect_xml(const char *string, const char *expected)
{
	struct text out = { 0 };

	xml_add(&out, string);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void xml_takes_any_text(void **state)
{
	(void)state;
	expect_xml("", "");
	expect_xml("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&apos;");
	expect_xml("ä\t\n", "ä\t\n");
	expect_xml("\x01\x7f\xff", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_xml("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_xml("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void expect_quoted(const char *string, const char *expected)
{
	struct text out = { 0 };

	graph_quote(&out, string);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
}

static void dot_takes_any_text(void **state)
{
	(void)state;
	expect_quoted("", "\"\"");
	expect_quoted("a-b.c", "\"a-b.c\"");
	expect_quoted("\"];evil\\", "\"\\\"];evil\\\\\"");
	expect_quoted("a\nb\x01", "\"a\\\\x0ab\\\\x01\"");
}

static void the_graph_has_boxes_and_arrows(void **state)
{
	static const char *const lines[] = {
		"node hostname=n7 state=ready now_ms=9000",
		"times name=app state=failed needs=gone,net after=job,nobody",
		"times name=job state=done",
		"times name=net state=ready",
		NULL,
	};
	static const char *const parts[] = {
		"digraph services {\n",
		"label=\"n7\"",
		"\t\"app\" [label=\"app\\nfailed\", fillcolor=\"#ffc9c9\", color=\"#c92a2a\"];\n",
		"\t\"app\" -> \"gone\";\n",
		"\t\"app\" -> \"net\";\n",
		"\t\"app\" -> \"job\" [style=dashed];\n",
	};
	struct timeline timeline = computed(lines);
	struct text out = { 0 };

	(void)state;
	graph_write(&out, &timeline);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (!strstr(out.bytes, parts[i]))
			fail_msg("%s is missing in %s", parts[i], out.bytes);
	/* To come after somebody who is not there means nothing. */
	assert_null(strstr(out.bytes, "nobody"));
	text_free(&out);
	timeline_free(&timeline);
}

static struct snapshot taken(const char *const *lines)
{
	struct snapshot snapshot;

	snapshot_begin(&snapshot);
	for (; *lines; lines++)
		snapshot_add_line(&snapshot, *lines);
	return snapshot;
}

#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void expect_difference(
	const char *const *old, const char *const *new, size_t invalid, const char *expected)
{
	struct snapshot before = taken(old), after = taken(new);
	struct text out = { 0 };

	assert_int_equal(difference_write(&out, &before, &after), invalid);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	snapshot_free(&before);
	snapshot_free(&after);
}

static void a_rescan_is_told_file_by_file(void **state)
{
	(void)state;
	expect_difference(
		LINES("node now_ms=5000", "service name=a state=ready digest=1 since_ms=10",
			"service name=b state=ready digest=1 since_ms=10",
			"service name=c state=ready digest=1 since_ms=10",
			"service name=old state=ready digest=1 since_ms=10"),
		LINES("node now_ms=5100", "service name=a state=ready digest=1 since_ms=10",
			"service name=b state=invalid digest=2 error=line%201:%20no since_ms=5050",
			"service name=c state=starting digest=1 since_ms=5060",
			"service name=new state=ready digest=7 since_ms=5050"),
		1,
		"changed  b: invalid: line 1: no\n"
		"new      new: ready\n"
		"removed  old\n"
		"1 more changed state meanwhile, as what needs them or what they need did\n");
}

static void an_error_that_was_there_before_is_no_news(void **state)
{
	const char *const *lines = LINES(
		"node now_ms=5000", "service name=bad state=invalid digest=1 error=no since_ms=10");

	(void)state;
	expect_difference(lines, lines, 0, "nothing changed\n");
	/* The same file, but what it needs has come. */
	expect_difference(lines,
		LINES("node now_ms=5100", "service name=bad state=ready digest=1 since_ms=5050"), 0,
		"changed  bad: ready\n");
}

static void without_digests_a_change_is_guessed(void **state)
{
	(void)state;
	expect_difference(LINES("node now_ms=5000", "service name=a state=ready exec=/a since_ms=1",
				  "service name=b state=ready exec=/b since_ms=1"),
		LINES("node now_ms=5100", "service name=a state=ready exec=/x since_ms=1",
			"service name=b state=ready exec=/b since_ms=1"),
		0, "changed  a: ready\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_aligned_and_sums_up),
		cmocka_unit_test(bars_fill_the_terminal_and_no_more),
		cmocka_unit_test(the_picture_is_whole),
		cmocka_unit_test(xml_takes_any_text),
		cmocka_unit_test(dot_takes_any_text),
		cmocka_unit_test(the_graph_has_boxes_and_arrows),
		cmocka_unit_test(a_rescan_is_told_file_by_file),
		cmocka_unit_test(an_error_that_was_there_before_is_no_news),
		cmocka_unit_test(without_digests_a_change_is_guessed),
	};

	return RUN("svctl drawings", tests);
}
