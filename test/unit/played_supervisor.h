/* SPDX-License-Identifier: MIT */
/*
 * For tests of what PID 1 says: a supervisor around a played node (played_node.h), without a system. Its
 * clock, which loop_now_us() reads, stands at STAGE_NOW_US.
 */
#ifndef UNIT_PLAYED_SUPERVISOR_H
#define UNIT_PLAYED_SUPERVISOR_H

#include "pid1/supervisor.h"

#include "played_node.h"

#define STAGE_NOW_US UINT64_C(90000500)

enum { STAGE_LOG_SIZE = 16 * 1024 };

struct stage {
	struct node node;
	struct supervisor supervisor; /* looks at the node's services */
	char *logs;
	char *line; /* PROTOCOL_LINE_MAX bytes and not one more */
	size_t length;
};

/* A test that begins with STAGE(), and what it makes is freed behind it. */
#define STAGE_TEST(test) cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)
int stage_setup(void **state);
int stage_teardown(void **state);

/* STAGE({ "name", "text" }, …): the supervisor of this test. */
#define STAGE(...)                                                                                 \
	static const char *const files[][2] = { __VA_ARGS__ };                                     \
	struct stage *stage = *state;                                                              \
	stage_begin(stage, files, COUNT(files))
void stage_begin(struct stage *stage, const char *const (*files)[2], size_t count);

struct service *stage_service(struct stage *stage, const char *name);

/* Makes stage->line the line of that service. */
void stage_say(struct stage *stage, const char *name);

/* The decoded value of a key in stage->line; NULL if it is not there. Good until the next call. */
const char *stage_value(const struct stage *stage, const char *key);

#define assert_value(stage, key, value)                                                            \
	do {                                                                                       \
		assert_non_null(stage_value(stage, key));                                          \
		assert_string_equal(stage_value(stage, key), value);                               \
	} while (0)
#define assert_no(stage, key) assert_null(stage_value(stage, key))

/* Length of the line at `text`: it ends within `most` bytes, and there is no NUL in it. */
size_t stage_line_length(const char *text, size_t most);

#endif
