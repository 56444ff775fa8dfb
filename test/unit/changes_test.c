/* SPDX-License-Identifier: MIT */
/* The ring of changes: each watcher sees every one, or learns how many it missed. */
#include "unit.h"

#include "pid1/changes.h"

#include <stdlib.h>

static int make_changes(void **state)
{
	*state = calloc(1, sizeof(struct changes));
	return *state ? 0 : -1;
}

static int free_changes(void **state)
{
	free(*state);
	return 0;
}

/* `count` changes whose time is their number. */
static void add(struct changes *changes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		changes_add(changes, (struct change){ .at_us = changes->end });
}

static void without_changes_there_is_nothing_to_get(void **state)
{
	struct changes *changes = *state;
	uint64_t next = 0, lost = 7;

	assert_null(changes_get(changes, &next, &lost));
	assert_int_equal(next, 0);
	assert_int_equal(lost, 0);
}

static void a_change_is_got_as_it_was_added(void **state)
{
	struct changes *changes = *state;
	const struct change *change;
	uint64_t next = 0, lost = 7;

	changes_add(changes,
		(struct change){ .at_us = UINT64_MAX - 1, .index = 4095, .state = 10, .pid = 77 });
	change = changes_get(changes, &next, &lost);
	assert_non_null(change);
	assert_true(change->at_us == UINT64_MAX - 1);
	assert_int_equal(change->index, 4095);
	assert_int_equal(change->state, 10);
	assert_int_equal(change->pid, 77);
	assert_int_equal(lost, 0);
	assert_int_equal(next, 0); /* moving on is the caller's part */
}

static void all_that_are_kept_come_in_order(void **state)
{
	struct changes *changes = *state;
	uint64_t next = 0, lost;

	add(changes, CHANGES_KEPT);
	for (; next < CHANGES_KEPT; next++) {
		const struct change *change = changes_get(changes, &next, &lost);

		assert_non_null(change);
		assert_int_equal(change->at_us, next);
		assert_int_equal(lost, 0);
	}
	assert_null(changes_get(changes, &next, &lost));
}

static void who_missed_some_goes_on_with_the_oldest_kept(void **state)
{
	struct changes *changes = *state;
	const struct change *change;
	uint64_t next = 3, lost = 7;

	add(changes, 3 * CHANGES_KEPT + 5);
	change = changes_get(changes, &next, &lost);
	assert_non_null(change);
	assert_int_equal(change->at_us, 2 * CHANGES_KEPT + 5);
	assert_int_equal(next, 2 * CHANGES_KEPT + 5);
	assert_int_equal(lost, 2 * CHANGES_KEPT + 2);
	changes_get(changes, &next, &lost); /* it is told once */
	assert_int_equal(lost, 0);
}

static void missing_begins_with_the_first_that_is_gone(void **state)
{
	struct changes *changes = *state;
	uint64_t next = 0, lost;

	add(changes, CHANGES_KEPT);
	changes_get(changes, &next, &lost);
	assert_int_equal(lost, 0);
	add(changes, 1);
	changes_get(changes, &next, &lost);
	assert_int_equal(lost, 1);
	assert_int_equal(next, 1);
}

static void watchers_do_not_notice_each_other(void **state)
{
	struct changes *changes = *state;
	uint64_t slow = 0, fast = 0, lost;

	for (int i = 0; i < CHANGES_KEPT + 10; i++) {
		const struct change *change;

		add(changes, 1);
		change = changes_get(changes, &fast, &lost);
		assert_non_null(change);
		assert_int_equal(change->at_us, fast++);
		assert_int_equal(lost, 0);
	}
	changes_get(changes, &slow, &lost);
	assert_int_equal(lost, 10);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, make_changes, free_changes)
	static const struct CMUnitTest tests[] = {
		TEST(without_changes_there_is_nothing_to_get),
		TEST(a_change_is_got_as_it_was_added),
		TEST(all_that_are_kept_come_in_order),
		TEST(who_missed_some_goes_on_with_the_oldest_kept),
		TEST(missing_begins_with_the_first_that_is_gone),
		TEST(watchers_do_not_notice_each_other),
	};

	return RUN("changes", tests);
}
