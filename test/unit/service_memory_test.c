/* SPDX-License-Identifier: MIT */
/* Memory that runs out: each allocation fails once, and nothing is lost, leaked or half done. */
#include "unit.h"

#include "service_text.h"

#include "service/directory.h"
#include "service/link.h"
#include "service/set.h"

#include <errno.h>
#include <stdlib.h>

/* The linker sends the code under test here; see unit.mk. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static int left = -1; /* allocations that succeed before one fails; negative: all do */

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	return fails() ? NULL : __real_realloc(block, size);
}

static const char text[] = "exec = /proc/self/exe\nneeds = b\n";

static void a_file_that_cannot_be_kept_is_an_error(void **state)
{
	struct errors errors = { .count = 0 };
	const struct service_report report = { .error = errors_add, .context = &errors };
	struct service_config config;
	int failures = 0;

	(void)state;
	for (;; failures++) {
		bool parsed;

		left = failures;
		parsed = service_config_parse(&config, "web", text, strlen(text), &report);
		if (parsed)
			break;
		assert_int_equal(errno, ENOMEM);
		assert_null(config.block);
		assert_string_equal(errors.text, "web:0: there is no memory left to read it\n");
		errors = (struct errors){ .count = 0 };
	}
	left = -1;
	assert_int_equal(failures, 2);
	service_config_free(&config);
}

static void a_set_is_as_it_was_when_adding_fails(void **state)
{
	struct service_set set = { .count = 0 };
	int failures = 0;
	int error;

	(void)state;
	do {
		left = failures;
		error = service_set_add(&set, "a", text, strlen(text), NULL);
		assert_true(error == 0 || error == -ENOMEM);
		assert_int_equal(set.count, error == 0);
		failures += error != 0;
	} while (error);
	left = -1;
	assert_int_equal(failures, 3);
	service_set_free(&set);
}

static void linking_can_be_tried_again(void **state)
{
	struct service_set set = { .count = 0 };
	int failures = 0;

	(void)state;
	assert_int_equal(service_set_add(&set, "a", text, strlen(text), NULL), 0);
	assert_int_equal(service_set_add(&set, "b", "exec = /proc/self/exe", 21, NULL), 0);
	for (;; failures++) {
		int error;

		left = failures;
		error = service_set_link(&set, NULL, NULL);
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
	}
	left = -1;
	assert_int_equal(failures, 2);
	assert_int_equal(set.entries[0].needs_count, 1);
	assert_false(set.entries[0].invalid);
	service_set_free(&set);
}

static void a_directory_that_does_not_fit_is_an_empty_set(void **state)
{
	struct service_set set;
	int failures = 0;

	(void)state;
	for (;; failures++) {
		int error;

		left = failures;
		/* Any directory will do: its files become services, if invalid ones. */
		error = service_set_load(&set, "/proc/self", NULL, NULL);
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(set.count, 0);
		assert_null(set.entries);
	}
	left = -1;
	assert_true(failures > 10);
	assert_true(set.count > 10);
	service_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_cannot_be_kept_is_an_error),
		cmocka_unit_test(a_set_is_as_it_was_when_adding_fails),
		cmocka_unit_test(linking_can_be_tried_again),
		cmocka_unit_test(a_directory_that_does_not_fit_is_an_empty_set),
	};

	return RUN("service_memory", tests);
}
