/* SPDX-License-Identifier: MIT */
/* PID 1's lines, and the kernel's files, as svctl reads them. */
#include "unit.h"

#include <stdlib.h>

#include "control/record.h"
#include "svctl/resources.h"

static struct service_record read_service(char *line)
{
	struct service_record service;

	record_read_service(line, &service);
	return service;
}

#define SERVICE(text) read_service((char[]){ text })

static enum record_kind kind(const char *line)
{
	char copy[64];
	char *at = strcpy(copy, line);

	return record_kind(&at);
}

static void keywords_tell_lines_apart(void **state)
{
	(void)state;
	assert_int_equal(kind("ok"), RECORD_OK);
	assert_int_equal(kind("live"), RECORD_LIVE);
	assert_int_equal(kind("error code=4 text=x"), RECORD_ERROR);
	assert_int_equal(kind("node state=ready"), RECORD_NODE);
	assert_int_equal(kind("state name=web"), RECORD_STATE);
	assert_int_equal(kind("service name=web"), RECORD_SERVICE);
	assert_int_equal(kind("lost count=3"), RECORD_LOST);
	assert_int_equal(kind("log bytes=3"), RECORD_LOG);
	assert_int_equal(kind(""), RECORD_OTHER);
	assert_int_equal(kind("o"), RECORD_OTHER);
	assert_int_equal(kind("okay"), RECORD_OTHER);
	assert_int_equal(kind("weather sun=1"), RECORD_OTHER);
}

static void all_keys_of_a_service_are_read(void **state)
{
	struct service_record service = SERVICE(
		" name=web state=backoff pid=7 since_ms=12 restarts=3 next_start_ms=99 exit_code=1"
		" exit_signal=9 oom=1 step=exec errno=2 exit_cause=watchdog essential=1 type=task"
		" blocked_by=after:net blocked_state=failed when=path:/x error=line%203 status=a%20b"
		" description=The%20web log_bytes=5 log_dropped=6 user=www start_timeout_ms=30000"
		" stop_timeout_ms=5000 exec=/bin/web%20-x ready_wait=fd pids_max=8 memory_max=1048576");

	(void)state;
	assert_string_equal(service.name, "web");
	assert_int_equal(service.state, STATE_BACKOFF);
	assert_int_equal(service.pid, 7);
	assert_int_equal(service.since_ms, 12);
	assert_int_equal(service.restarts, 3);
	assert_int_equal(service.next_start_ms, 99);
	assert_int_equal(service.exit_code, 1);
	assert_int_equal(service.exit_signal, 9);
	assert_int_equal(service.oom, 1);
	assert_string_equal(service.step, "exec");
	assert_int_equal(service.error_number, 2);
	assert_string_equal(service.exit_cause, "watchdog");
	assert_int_equal(service.essential, 1);
	assert_string_equal(service.type, "task");
	assert_string_equal(service.blocked_by, "after:net");
	assert_string_equal(service.blocked_state, "failed");
	assert_string_equal(service.when, "path:/x");
	assert_string_equal(service.error, "line 3");
	assert_string_equal(service.status, "a b");
	assert_string_equal(service.description, "The web");
	assert_int_equal(service.log_bytes, 5);
	assert_int_equal(service.log_dropped, 6);
	assert_string_equal(service.user, "www");
	assert_int_equal(service.start_timeout_ms, 30000);
	assert_int_equal(service.stop_timeout_ms, 5000);
	assert_string_equal(service.exec, "/bin/web -x");
	assert_string_equal(service.ready_wait, "fd");
	assert_int_equal(service.pids_max, 8);
	assert_int_equal(service.memory_max, 1048576);
}

static void what_is_not_given_is_unknown(void **state)
{
	struct service_record service = SERVICE("");

	(void)state;
	assert_string_equal(service.name, "");
	assert_null(service.state_name);
	assert_int_equal(service.state, -1);
	assert_true(service.pid == RECORD_UNKNOWN);
	assert_true(service.oom == RECORD_UNKNOWN);
	assert_null(service.status);
}

static void nonsense_is_unknown_too(void **state)
{
	struct service_record service = SERVICE(" name=a state=dancing pid=x oom=2 restarts= "
						"since_ms=99999999999999999999 colour=red");

	(void)state;
	assert_int_equal(service.state, -1);
	assert_string_equal(service.state_name, "dancing");
	assert_true(service.pid == RECORD_UNKNOWN);
	assert_true(service.oom == RECORD_UNKNOWN);
	assert_true(service.restarts == RECORD_UNKNOWN);
	assert_true(service.since_ms == RECORD_UNKNOWN);
}

static void a_signal_may_have_a_name(void **state)
{
	(void)state;
	assert_int_equal(SERVICE(" exit_signal=SEGV").exit_signal, 11);
	assert_int_equal(SERVICE(" exit_signal=15").exit_signal, 15);
	assert_true(SERVICE(" exit_signal=NONSENSE").exit_signal == RECORD_UNKNOWN);
}

/* Lines of random words: nothing is read outside the line, every string lies in it. */
static void any_line_is_read_within_its_bounds(void **state)
{
	static const char *const pieces[] = { " ", "=", "name=", "state=", "pid=", "%", "%4", "%41",
		"x", "1", "status=", "step=", "\377", "when=" };

	(void)state;
	srand(6);
	for (int i = 0; i < 100000; i++) {
		struct service_record service;
		char line[64] = "";
		char *copy;

		for (int j = rand() % 12; j > 0; j--)
			strcat(line, pieces[(size_t)rand() % COUNT(pieces)]);
		copy = strdup(line);
		record_read_service(copy, &service);
		assert_true(service.status == NULL ||
			    (service.status >= copy && service.status <= copy + strlen(line)));
		free(copy);
	}
}

static void values_are_found_in_the_kernels_files(void **state)
{
	static const char meminfo[] = "MemTotal:        2021368 kB\nMemFree:  10 kB\n"
				      "MemAvailable:    1990000 kB\n";

	(void)state;
	assert_int_equal(resources_value(meminfo, "MemTotal:"), 2021368);
	assert_int_equal(resources_value(meminfo, "MemAvailable:"), 1990000);
	assert_true(resources_value(meminfo, "Swap:") == RECORD_UNKNOWN);
	assert_int_equal(resources_value("421888\n", ""), 421888);
	assert_int_equal(resources_value("user_usec 1\nusage_usec 2", "usage_usec"), 2);
	assert_true(resources_value("", "") == RECORD_UNKNOWN);
	assert_true(resources_value("max\n", "") == RECORD_UNKNOWN);
	assert_true(resources_value("99999999999999999999\n", "") == RECORD_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keywords_tell_lines_apart),
		cmocka_unit_test(all_keys_of_a_service_are_read),
		cmocka_unit_test(what_is_not_given_is_unknown),
		cmocka_unit_test(nonsense_is_unknown_too),
		cmocka_unit_test(a_signal_may_have_a_name),
		cmocka_unit_test(any_line_is_read_within_its_bounds),
		cmocka_unit_test(values_are_found_in_the_kernels_files),
	};

	return RUN("svctl record", tests);
}
