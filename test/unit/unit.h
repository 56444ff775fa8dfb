/* SPDX-License-Identifier: MIT */
/*
 * What every unit test includes: cmocka with the headers it wants before it, and RUN(), the whole
 * of a test's main().
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RUN("what is tested", tests) with `const struct CMUnitTest tests[]`; what main() returns. */
#define RUN(name, tests) cmocka_run_group_tests_name(name, tests, NULL, NULL)

#endif
