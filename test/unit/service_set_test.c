/* SPDX-License-Identifier: MIT */
/* Services against each other: names that are missing, circles, linking again. No files here. */
#include "unit.h"

#include "service_text.h"

#include "service/link.h"
#include "service/set.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The set under test and what was reported of it. */
static struct service_set set;
static struct errors errors;
static const struct service_report report = { .error = errors_add, .context = &errors };

static int forget(void **state)
{
	(void)state;
	service_set_free(&set);
	errors = (struct errors){ .count = 0 };
	return 0;
}

/* Adds a service; its program is this test, which is there and can be run. */
static void add(const char *name, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "exec = /proc/self/exe\n%s", lines);
	assert_int_equal(service_set_add(&set, name, text, strlen(text), &report), 0);
}

static void link_all(void)
{
	assert_int_equal(service_set_link(&set, NULL, &report), 0);
}

static const struct service_entry *entry(const char *name)
{
	int index = service_set_find(&set, name);

	assert_true(index >= 0);
	return &set.entries[index];
}

static void expect_valid(const char *name)
{
	assert_string_equal(entry(name)->error, "");
	assert_false(entry(name)->invalid);
}

static void expect_error(const char *name, const char *error)
{
	assert_true(entry(name)->invalid);
	assert_string_equal(entry(name)->error, error);
}

static void services_are_sorted_by_name(void **state)
{
	static const char *const names[] = { "m", "z", "a", "b-1", "b", "0", "zz", "m1" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		add(names[i], "");
	assert_int_equal(set.count, COUNT(names));
	for (uint32_t i = 0; i < set.count; i++) {
		assert_int_equal(service_set_find(&set, set.entries[i].config.name), i);
		if (i)
			assert_true(strcmp(set.entries[i - 1].config.name,
					    set.entries[i].config.name) < 0);
	}
	assert_int_equal(service_set_find(&set, "c"), -1);
	assert_int_equal(service_set_find(&set, ""), -1);
}

static void an_empty_set_can_be_linked_and_freed(void **state)
{
	(void)state;
	link_all();
	assert_int_equal(service_set_find(&set, "a"), -1);
	service_set_free(&set);
	service_set_free(&set);
}

static void a_later_file_replaces_an_earlier_one(void **state)
{
	(void)state;
	add("a", "needs = b\n");
	add("b", "");
	link_all();
	add("a", "nice = 7\n");
	assert_int_equal(set.count, 2);
	assert_int_equal(entry("a")->config.nice, 7);
	assert_int_equal(entry("a")->needs_count, 0);
	link_all();
	expect_valid("a");
}

static void needed_by_is_a_need_of_the_other(void **state)
{
	(void)state;
	add("image", "type = task\nneeded-by = web nobody db\n");
	add("db", "needs = net\n");
	add("net", "");
	add("web", "needs = db, image\n"); /* which says so, too */
	link_all();
	link_all(); /* again: judged anew */
	assert_int_equal(entry("db")->needs_count, 2);
	assert_int_equal(entry("db")->needs[0], service_set_find(&set, "net"));
	assert_int_equal(entry("db")->needs[1], service_set_find(&set, "image"));
	assert_int_equal(entry("web")->needs_count, 3);
	assert_int_equal(entry("image")->needs_count, 0);
	assert_int_equal(errors.count, 0);
}

static void a_circle_by_needed_by_is_one(void **state)
{
	(void)state;
	add("a", "needed-by = b\n");
	add("b", "needed-by = a\n");
	link_all();
	expect_error("a", "waits for itself: a -> b -> a");
	expect_error("b", "waits for itself: b -> a -> b");
}

static void a_task_may_bring_the_program(void **state)
{
	static const char without[] = "exec = /no/such/program\n",
			  needs[] = "exec = /no/such/program\nneeds = image\n";

	(void)state;
	add("image", "type = task\nneeded-by = named\n");
	assert_int_equal(service_set_add(&set, "alone", without, strlen(without), &report), 0);
	assert_int_equal(service_set_add(&set, "named", without, strlen(without), &report), 0);
	assert_int_equal(service_set_add(&set, "needs", needs, strlen(needs), &report), 0);
	link_all();
	expect_error("alone", "line 1: exec: there is no program /no/such/program");
	expect_valid("named");
	expect_valid("needs");
}

static void needs_and_after_become_indexes(void **state)
{
	(void)state;
	add("web", "needs = net, db\nafter = log nothing clock\n");
	add("net", "");
	add("db", "");
	add("log", "");
	add("clock", "");
	link_all();
	assert_int_equal(entry("web")->needs_count, 2);
	assert_int_equal(entry("web")->needs[0], service_set_find(&set, "net"));
	assert_int_equal(entry("web")->needs[1], service_set_find(&set, "db"));
	assert_int_equal(entry("web")->after_count, 2);
	assert_int_equal(entry("web")->after[0], service_set_find(&set, "log"));
	assert_int_equal(entry("web")->after[1], service_set_find(&set, "clock"));
	assert_int_equal(errors.count, 0);
}

static void a_need_has_to_exist(void **state)
{
	(void)state;
	add("web", "\nneeds = net, db\n");
	add("db", "");
	link_all();
	expect_error("web", "line 3: needs 'net', but there is no service of that name");
	expect_valid("db");
	assert_string_equal(
		errors.text, "web:3: needs 'net', but there is no service of that name\n");
	assert_int_equal(entry("web")->needs_count, 1);
}

static void a_file_with_errors_stays_in_the_set(void **state)
{
	(void)state;
	add("bad", "nice = x\nfoo\n");
	add("web", "needs = bad\n");
	link_all();
	expect_error("bad", "line 2: nice = x: not a whole number from -20 to 19");
	assert_int_equal(errors.count, 2);
	/* Needing it is no error; it will just wait. */
	expect_valid("web");
	assert_int_equal(entry("web")->needs_count, 1);
}

static void a_name_that_is_none_is_not_added(void **state)
{
	(void)state;
	assert_int_equal(service_set_add(&set, "Web", "exec = /x", 9, &report), -EINVAL);
	assert_int_equal(service_set_add(&set, "", "exec = /x", 9, NULL), -EINVAL);
	assert_int_equal(set.count, 0);
	assert_int_equal(errors.count, 1);
}

static void a_circle_makes_every_member_invalid(void **state)
{
	(void)state;
	add("a", "needs = b\n");
	add("b", "nice = 1\nneeds = c\n");
	add("c", "needs = a\n");
	add("before", "needs = a\n");
	add("behind", "");
	link_all();
	expect_error("a", "line 2: waits for itself: a -> b -> c -> a");
	expect_error("b", "line 3: waits for itself: b -> c -> a -> b");
	expect_error("c", "line 2: waits for itself: c -> a -> b -> c");
	expect_valid("before");
	expect_valid("behind");
	assert_int_equal(errors.count, 3);
}

static void after_closes_a_circle_as_needs_does(void **state)
{
	(void)state;
	add("a", "needs = b\n");
	add("b", "after = a\n");
	add("x", "after = y\n");
	add("y", "after = x\n");
	link_all();
	expect_error("a", "line 2: waits for itself: a -> b -> a");
	expect_error("b", "line 2: waits for itself: b -> a -> b");
	expect_error("x", "line 2: waits for itself: x -> y -> x");
	expect_error("y", "line 2: waits for itself: y -> x -> y");
}

static void the_shortest_circle_of_each_is_shown(void **state)
{
	(void)state;
	/* a -> b -> c -> d -> a, with a shortcut c -> b. */
	add("a", "needs = b\n");
	add("b", "needs = c\n");
	add("c", "needs = d, b\n");
	add("d", "needs = a\n");
	link_all();
	expect_error("a", "line 2: waits for itself: a -> b -> c -> d -> a");
	expect_error("b", "line 2: waits for itself: b -> c -> b");
	expect_error("c", "line 2: waits for itself: c -> b -> c");
	expect_error("d", "line 2: waits for itself: d -> a -> b -> c -> d");
}

static void what_lies_between_two_circles_is_in_none(void **state)
{
	(void)state;
	add("a1", "needs = a2\n");
	add("a2", "needs = a1 between\n");
	add("between", "needs = z1\n");
	add("z1", "needs = z2\n");
	add("z2", "needs = z1\n");
	link_all();
	assert_true(entry("a1")->invalid);
	assert_true(entry("a2")->invalid);
	expect_valid("between");
	assert_true(entry("z1")->invalid);
	assert_true(entry("z2")->invalid);
}

static void a_diamond_is_no_circle(void **state)
{
	(void)state;
	add("top", "needs = left right\n");
	add("left", "needs = bottom\n");
	add("right", "needs = bottom\nafter = left\n");
	add("bottom", "");
	link_all();
	assert_int_equal(errors.count, 0);
}

static void a_long_circle_is_cut_in_its_message(void **state)
{
	char name[64];
	char needs[64];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "a-service-of-a-rather-long-nam%02d", i);
		snprintf(needs, sizeof(needs), "needs = a-service-of-a-rather-long-nam%02d\n",
			(i + 1) % 20);
		add(name, needs);
	}
	link_all();
	for (uint32_t i = 0; i < set.count; i++) {
		const struct service_entry *member = &set.entries[i];
		char end[64];

		assert_true(member->invalid);
		assert_true(strlen(member->error) < SERVICE_ERROR_MAX - 1);
		snprintf(end, sizeof(end), " -> ... -> %s", member->config.name);
		assert_string_equal(member->error + strlen(member->error) - strlen(end), end);
	}
}

static void an_error_may_be_mended_by_linking_again(void **state)
{
	(void)state;
	add("a", "needs = b\n");
	link_all();
	assert_true(entry("a")->invalid);
	add("b", "needs = a\n");
	link_all();
	expect_error("a", "line 2: waits for itself: a -> b -> a");
	add("b", "");
	link_all();
	expect_valid("a");
	expect_valid("b");
}

/* The program of a service; told by its error, for `program` may be anything. */
static void expect_program(const char *program, const char *error)
{
	char text[256];

	snprintf(text, sizeof(text), "exec = %s\n", program);
	assert_int_equal(service_set_add(&set, "a", text, strlen(text), &report), 0);
	link_all();
	assert_string_equal(entry("a")->error, error);
}

static void a_program_has_to_be_there(void **state)
{
	(void)state;
	expect_program("/proc/self/exe", "");
	expect_program("/no/such", "line 1: exec: there is no program /no/such");
	expect_program("/proc/version/x", "line 1: exec: there is no program /proc/version/x");
	expect_program("/proc", "line 1: exec: /proc is a directory");
	expect_program("/dev/null", "line 1: exec: /dev/null is not a file");
	expect_program("/proc/version",
		"line 1: exec: /proc/version is not executable (its mode is 0444)");
}

static void four_thousand_in_one_line_are_walked_without_recursion(void **state)
{
	char name[32];
	char needs[64];

	(void)state;
	for (int i = 0; i < SERVICE_COUNT_MAX; i++) {
		snprintf(name, sizeof(name), "s%04d", i);
		snprintf(needs, sizeof(needs), "needs = s%04d\n", (i + 1) % SERVICE_COUNT_MAX);
		add(name, i + 1 < SERVICE_COUNT_MAX ? needs : "");
	}
	assert_int_equal(service_set_add(&set, "one-more", "exec = /x", 9, NULL), -ENOSPC);
	assert_int_equal(set.count, SERVICE_COUNT_MAX);
	link_all();
	assert_int_equal(errors.count, 0);

	/* And now in one circle. */
	add("s4095", "needs = s0000\n");
	link_all();
	for (uint32_t i = 0; i < set.count; i++)
		assert_true(set.entries[i].invalid);
	assert_non_null(strstr(entry("s0000")->error, "waits for itself: s0000 -> s0001 -> "));
	assert_non_null(strstr(entry("s4095")->error, "waits for itself"));
}

/* Whether each service reaches itself, the slow and sure way. */
static void reach(bool *matrix, size_t count)
{
	for (size_t k = 0; k < count; k++) {
		for (size_t i = 0; i < count; i++) {
			for (size_t j = 0; j < count; j++)
				matrix[i * count + j] |=
					matrix[i * count + k] && matrix[k * count + j];
		}
	}
}

static void random_circles_are_found_exactly(void **state)
{
	enum { SERVICES = 9 };

	(void)state;
	srand(9);
	for (int round = 0; round < 300; round++) {
		bool matrix[SERVICES * SERVICES] = { false };
		int links = rand() % 14;

		for (int i = 0; i < links; i++)
			matrix[rand() % (SERVICES * SERVICES)] = true;
		for (int i = 0; i < SERVICES; i++) {
			char name[2] = { (char)('a' + i), '\0' };
			char lists[2][64] = { "", "" };
			char text[160] = "";

			matrix[i * SERVICES + i] = false;
			for (int j = 0; j < SERVICES; j++) {
				char target[3] = { ' ', (char)('a' + j), '\0' };

				if (matrix[i * SERVICES + j])
					strcat(lists[rand() % 2], target);
			}
			if (*lists[0])
				snprintf(text, sizeof(text), "needs =%s\n", lists[0]);
			if (*lists[1])
				snprintf(text + strlen(text), 80, "after =%s\n", lists[1]);
			add(name, text);
		}
		link_all();
		reach(matrix, SERVICES);
		for (uint32_t i = 0; i < SERVICES; i++)
			assert_int_equal(set.entries[i].invalid, matrix[i * SERVICES + i]);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		TEST(services_are_sorted_by_name),
		TEST(an_empty_set_can_be_linked_and_freed),
		TEST(a_later_file_replaces_an_earlier_one),
		TEST(needs_and_after_become_indexes),
		TEST(needed_by_is_a_need_of_the_other),
		TEST(a_circle_by_needed_by_is_one),
		TEST(a_task_may_bring_the_program),
		TEST(a_need_has_to_exist),
		TEST(a_file_with_errors_stays_in_the_set),
		TEST(a_name_that_is_none_is_not_added),
		TEST(a_circle_makes_every_member_invalid),
		TEST(after_closes_a_circle_as_needs_does),
		TEST(the_shortest_circle_of_each_is_shown),
		TEST(what_lies_between_two_circles_is_in_none),
		TEST(a_diamond_is_no_circle),
		TEST(a_long_circle_is_cut_in_its_message),
		TEST(an_error_may_be_mended_by_linking_again),
		TEST(a_program_has_to_be_there),
		TEST(four_thousand_in_one_line_are_walked_without_recursion),
		TEST(random_circles_are_found_exactly),
	};

	return RUN("service_set", tests);
}
