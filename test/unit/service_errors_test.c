/* SPDX-License-Identifier: MIT */
/* Service files that are wrong: each mistake is told with its line and with what was meant. */
#include "unit.h"

#include "service_text.h"

#include <errno.h>
#include <stdlib.h>

/* Parses text that must be wrong; the errors are in the result until the next call. */
static const struct errors *bad_bytes(const char *name, const char *text, size_t length)
{
	static struct errors errors;
	struct service_report report = { .error = errors_add, .context = &errors };
	struct service_config config;
	char *copy = malloc(length + !length);

	errors = (struct errors){ .count = 0 };
	assert_non_null(copy);
	memcpy(copy, text, length);
	errno = 0;
	assert_false(service_config_parse(&config, name, copy, length, &report));
	assert_int_equal(errno, EINVAL);
	assert_true(errors.count > 0);
	assert_null(config.block);
	assert_null(config.argv[0]);
	free(copy);
	return &errors;
}

static void bad(const char *text, const char *expected)
{
	assert_string_equal(bad_bytes("web", text, strlen(text))->text, expected);
}

/* A value of a key that is told to be no such thing; the message ends in `reason`. */
static void refused(const char *key_and_value, const char *reason)
{
	char text[256];
	char expected[512];

	snprintf(text, sizeof(text), "exec = /bin/web\nuser = x\n%s\n", key_and_value);
	snprintf(expected, sizeof(expected), "web:3: %s: %s\n", key_and_value, reason);
	bad(text, expected);
}

static void without_exec_there_is_no_service(void **state)
{
	(void)state;
	bad("", "web:0: there is no exec line: what program is to run?\n");
	bad("# nothing\n", "web:0: there is no exec line: what program is to run?\n");
}

static void a_line_is_key_equals_value(void **state)
{
	(void)state;
	bad("exec = /bin/web\nuser www\n", "web:2: 'user www' is not 'key = value'\n");
	bad("exec = /bin/web\n[Service]\n", "web:2: '[Service]' is not 'key = value'\n");
	bad("exec = /bin/web\n= x\n", "web:2: a key is missing before '='\n");
	bad("exec =\n", "web:1: exec has no value; leave the line out for the default\n");
	bad("exec = /bin/web\nnice = \t\n",
		"web:2: nice has no value; leave the line out for the default\n");
}

static void an_unknown_key_gets_a_suggestion(void **state)
{
	(void)state;
	bad("exce = /bin/web\nexec = /bin/web\n",
		"web:1: unknown key 'exce' (did you mean 'exec'?)\n");
	bad("exec = /bin/web\nstoptimeout = 5s\n",
		"web:2: unknown key 'stoptimeout' (did you mean 'stop-timeout'?)\n");
	bad("exec = /bin/web\nMemory_Max = 5M\n",
		"web:2: unknown key 'Memory_Max' (did you mean 'memory-max'?)\n");
	bad("exec = /bin/web\nneed = net\n", "web:2: unknown key 'need' (did you mean 'needs'?)\n");
	bad("exec = /bin/web\nwhne = net\n", "web:2: unknown key 'whne' (did you mean 'when'?)\n");
	bad("exec = /bin/web\nsocket = 80\n",
		"web:2: unknown key 'socket'; service(5) lists the keys\n");
	bad("exec = /bin/web\nx = 80\n", "web:2: unknown key 'x'; service(5) lists the keys\n");
	bad("exec = /bin/web\nan-unknown-key-of-more-than-forty-characters = 80\n",
		"web:2: unknown key 'an-unknown-key-of-more-than-forty-charac'; service(5) lists "
		"the "
		"keys\n");
}

static void a_key_stands_once(void **state)
{
	(void)state;
	bad("exec = /bin/web\n\nexec = /bin/web\n", "web:3: 'exec' again; it was set on line 1\n");
	bad("exec = /bin/web\nnice = x\nnice = 3\n",
		"web:2: nice = x: not a whole number from -20 to 19\n"
		"web:3: 'nice' again; it was set on line 2\n");
	bad("exec = /bin/web\nenvironment = A=1\nenvironment = AB=1\nenvironment = A=2\n",
		"web:4: environment: A is set twice\n");
}

static void bytes_that_are_not_text_are_named(void **state)
{
	static const char nul[] = "exec = /bin/web\nnice\0 = 5\n";

	(void)state;
	bad("exec = /bin/web\r\n",
		"web:1: ends in a carriage return; save the file with Unix line ends\n"
		"web:0: there is no exec line: what program is to run?\n");
	bad("\xef\xbb\xbf"
	    "exec = /bin/web\n",
		"web:1: the file begins with a byte order mark (EF BB BF); save it as UTF-8 without one\n");
	bad("exec = /bin/web\n# x\x1b[2J\n", "web:2: byte 0x1b at column 4 is not text\n");
	bad("exec = /bin/web\ndescription = a\rb\n", "web:2: byte 0x0d at column 16 is not text\n");
	bad("exec = /bin/web\nnice = 5\x7f\n", "web:2: byte 0x7f at column 9 is not text\n");
	assert_string_equal(bad_bytes("web", nul, sizeof(nul) - 1)->text,
		"web:2: byte 0x00 at column 5 is not text\n");
}

static void messages_are_printable(void **state)
{
	(void)state;
	bad("exec = /bin/web\nnice = \xc3\xa4\n",
		"web:2: nice = ??: not a whole number from -20 to 19\n");
	assert_string_equal(bad_bytes("we\x1b[b", "", 0)->text,
		"we?[b:0: 'we?[b' is not a service's name: up to 32 of a-z 0-9 . _ -\n");
}

static void a_long_value_is_cut(void **state)
{
	(void)state;
	bad("exec = /bin/web\nnice = 1234567890123456789012345678901234567890\n",
		"web:2: nice = 1234567890123456789012345678901234567890: not a whole number from "
		"-20 to 19\n");
	bad("exec = /bin/web\nnice = 12345678901234567890123456789012345678901\n",
		"web:2: nice = 1234567890123456789012345678901234567...: not a whole number from "
		"-20 to 19\n");
}

static void a_comment_behind_a_value_is_recognised(void **state)
{
	(void)state;
	refused("nice = 5 # low",
		"not a whole number from -20 to 19 (a comment needs a line of its own)");
}

static void every_error_is_told(void **state)
{
	(void)state;
	bad("nice = x\nfoo\nstop-timeout = 5x\n",
		"web:1: nice = x: not a whole number from -20 to 19\n"
		"web:2: 'foo' is not 'key = value'\n"
		"web:3: stop-timeout = 5x: not a time; write a number with ms, s, m or h\n"
		"web:0: there is no exec line: what program is to run?\n");
}

static void but_not_thousands_of_them(void **state)
{
	char text[200 * 2];
	const struct errors *errors;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "x\n", 2);
	errors = bad_bytes("web", text, sizeof(text));
	assert_int_equal(errors->count, SERVICE_ERRORS_MAX);
	assert_non_null(
		strstr(errors->text, "web:20: too many errors; no more of them are shown\n"));
}

static void a_file_may_not_have_more_than_16_kib(void **state)
{
	static char text[SERVICE_FILE_MAX + 1];

	(void)state;
	memset(text, '#', sizeof(text));
	memcpy(text, "exec = /bin/web\n", 16);
	assert_string_equal(bad_bytes("web", text, sizeof(text))->text,
		"web:0: the file is longer than 16384 bytes\n");
}

static void a_report_is_not_needed(void **state)
{
	struct service_config config;
	struct service_report silent = { .error = NULL };

	(void)state;
	assert_false(service_config_parse(&config, "web", "foo", 3, NULL));
	assert_false(service_config_parse(&config, "web", "foo", 3, &silent));
	assert_string_equal(config.name, "web");
}

static void exec_names_a_program_by_its_path(void **state)
{
	char text[512] = "exec = /bin/web";

	(void)state;
	bad("exec = web -v\n",
		"web:1: exec = web: not an absolute path; the program has to start with /\n");
	bad("exec = ''\n",
		"web:1: exec = : not an absolute path; the program has to start with /\n");
	bad("exec = /bin/web 'a\n", "web:1: exec: a ' or \" is opened and not closed\n");
	bad("exec = /bin/web \"a\n", "web:1: exec: a ' or \" is opened and not closed\n");
	bad("exec = /bin/web \\\n",
		"web:1: exec: ends in a \\, and a line cannot go on on the next\n");
	for (int i = 0; i < SERVICE_WORDS_MAX; i++)
		strcat(text, " x");
	bad(text, "web:1: exec: too many words; at most 64\n");
}

static void choices_list_what_there_is(void **state)
{
	(void)state;
	refused("type = oneshot", "write daemon or task");
	refused("restart = yes", "write always, on-failure or never");
	refused("log = syslog", "write ring, console, kmsg or null");
	refused("essential = true", "write yes or no");
	refused("no-new-privileges = 1", "write yes or no");
	refused("read-only-root = true", "write yes or no");
	refused("private-tmp = /tmp", "write yes or no");
	refused("protect-proc = yes", "write no, others or all");
	refused("delegate = true", "write yes or no");
	refused("essential = Yes", "write yes or no");
}

static void times_want_a_unit_that_is_known(void **state)
{
	(void)state;
	refused("start-timeout = 5x", "not a time; write a number with ms, s, m or h");
	refused("stop-timeout = -1s", "not a time; write a number with ms, s, m or h");
	refused("watchdog = soon", "not a time; write a number with ms, s, m or h");
	bad("exec = /bin/web\nbackoff = 1s 2x\n",
		"web:2: backoff = 2x: not a time; write a number with ms, s, m or h\n");
	bad("exec = /bin/web\nbackoff = x 2s\n",
		"web:2: backoff = x: not a time; write a number with ms, s, m or h\n");
	bad("exec = /bin/web\nbackoff = 1s 2s 3s\n",
		"web:2: backoff: write the first delay and the longest, as in 100ms 30s\n");
	bad("exec = /bin/web\nbackoff = ,\n",
		"web:2: backoff: write the first delay and the longest, as in 100ms 30s\n");
}

static void limit_wants_a_count_and_a_time(void **state)
{
	(void)state;
	refused("limit = 5", "write N/TIME, as in 5/1m");
	bad("exec = /bin/web\nlimit = 0/1m\n",
		"web:2: limit = 0: not a whole number from 1 to 1000\n");
	bad("exec = /bin/web\nlimit = 1001/1m\n",
		"web:2: limit = 1001: not a whole number from 1 to 1000\n");
	bad("exec = /bin/web\nlimit = 5/x\n",
		"web:2: limit = x: not a time; write a number with ms, s, m or h\n");
	bad("exec = /bin/web\nlimit = 5/0\n",
		"web:2: limit = 0: the time of a limit cannot be 0\n");
}

static void numbers_name_their_range(void **state)
{
	(void)state;
	refused("nice = 20", "not a whole number from -20 to 19");
	refused("oom-score-adj = -1001", "not a whole number from -1000 to 1000");
	refused("cpu-weight = 0", "not a whole number from 1 to 10000");
	refused("cpu-weight = 10001", "not a whole number from 1 to 10000");
	refused("pids-max = 0", "not a whole number from 1 to 4194304");
	refused("pids-max = 4194305", "not a whole number from 1 to 4194304");
	refused("nofile = 0", "not a whole number from 1 to 1048576");
	refused("nofile = 1048577", "not a whole number from 1 to 1048576");
	refused("nofile = 1K", "not a whole number from 1 to 1048576");
}

static void sizes_name_the_bound_they_pass(void **state)
{
	(void)state;
	refused("memory-max = 18446744073709551616", "too large; at most 8589934591G");
	refused("memory-high = 99999999999999G", "too large; at most 8589934591G");
	refused("log-size = 18446744073709551616", "too large; at most 16M");
	refused("start-timeout = 999999999h", "too large; a time is at most 1193h (49 days)");
	refused("memory-max = 64MB", "not a size; write a number with K, M or G");
	refused("memory-max = 65535", "too small; at least 64K");
	refused("memory-high = 0", "too small; at least 64K");
	refused("log-size = 1023", "too small; at least 1K");
	refused("log-size = 17M", "too large; at most 16M");
	refused("log-size = big", "not a size; write a number with K, M or G");
	refused("memory-max = 17179869183G", "too large; at most 8589934591G");
}

static void signals_have_to_exist(void **state)
{
	(void)state;
	refused("stop-signal = SIGFOO", "no such signal; write a name such as TERM, or a number");
	refused("reload-signal = 0", "no such signal; write a name such as TERM, or a number");
}

static void accounts_are_names_or_numbers(void **state)
{
	(void)state;
	refused("group = a b", "neither a name nor a number from 0 to 4294967294");
	refused("group = -1", "neither a name nor a number from 0 to 4294967294");
	refused("group = 4294967295", "neither a name nor a number from 0 to 4294967294");
	refused("group = a:b", "neither a name nor a number from 0 to 4294967294");
	refused("group = a23456789012345678901234567890123",
		"neither a name nor a number from 0 to 4294967294");
	bad("exec = /bin/web\nuser = 0x0\nuser = \xc3\xa4\n",
		"web:3: 'user' again; it was set on line 2\n");
}

static void services_that_are_waited_for_have_names(void **state)
{
	char text[512] = "exec = /bin/web\nneeds =";

	(void)state;
	bad("exec = /bin/web\nneeds = net, Disk\n", "web:2: needs = Disk: not a service's name\n");
	bad("exec = /bin/web\nneeds = net web\n",
		"web:2: needs = web: a service cannot wait for itself\n");
	bad("exec = /bin/web\nafter = web\n",
		"web:2: after = web: a service cannot wait for itself\n");
	bad("exec = /bin/web\nafter = a b, a\n", "web:2: after = a: named twice\n");
	bad("exec = /bin/web\nneeds = ,,\n", "web:2: needs names no service\n");
	for (int i = 0; i <= SERVICE_NEEDS_MAX; i++)
		snprintf(text + strlen(text), 16, " s%d", i);
	bad(text, "web:2: needs: too many; at most 32\n");
}

static void conditions_have_a_kind(void **state)
{
	(void)state;
	refused("when = /dev/tty1", "write path:/some/path, cmdline:word or cmdline:key=value");
	refused("when = path:dev/tty1", "the path has to start with /");
	refused("when = path:", "the path has to start with /");
	refused("when = cmdline:", "write cmdline:word or cmdline:key=value");
	refused("when = cmdline:=a", "write cmdline:word or cmdline:key=value");
	refused("when = cmdline:a b", "write cmdline:word or cmdline:key=value");
	refused("when = cmdline:a b=c", "write cmdline:word or cmdline:key=value");
}

static void ready_has_three_forms(void **state)
{
	static const char reason[] = "write none, notify or fd:N with N from 3 to 63";

	(void)state;
	refused("ready = fd", reason);
	refused("ready = fd:", reason);
	refused("ready = fd:2", reason);
	refused("ready = fd:64", reason);
	refused("ready = fd:3x", reason);
	refused("ready = socket", reason);
}

static void capabilities_are_suggested(void **state)
{
	(void)state;
	bad("exec = /bin/web\nuser = x\ncapabilities = net_raw, net_bindservice all\n",
		"web:3: capabilities = net_bindservice: no such capability (did you mean "
		"'net_bind_service'?)\n"
		"web:3: capabilities = all: no such capability; capabilities(7) lists them\n");
	bad("exec = /bin/web\nuser = x\ncapabilities = ,\n",
		"web:3: capabilities names no capability\n");
}

static void environment_has_a_name(void **state)
{
	char text[4096] = "exec = /bin/web\n";

	(void)state;
	refused("environment = PATH", "write NAME=value");
	refused("environment = =x", "write NAME=value");
	refused("environment = 1A=x", "write NAME=value");
	refused("environment = A B=x", "write NAME=value");
	refused("environment = A-B=x", "write NAME=value");
	for (int i = 0; i <= SERVICE_ENVIRONMENT_MAX; i++)
		snprintf(text + strlen(text), 64, "environment = V%d=\n", i);
	bad(text, "web:66: environment: too many; at most 64\n");
}

static void paths_are_absolute(void **state)
{
	(void)state;
	refused("directory = var", "not an absolute path; it has to start with /");
	refused("console = tty1", "not a terminal; write its path below /dev");
	refused("console = /dev/", "not a terminal; write its path below /dev");
	refused("console = /tmp/tty", "not a terminal; write its path below /dev");
}

static void a_task_is_never_ready_and_not_run_again(void **state)
{
	static const char ready[] = "web:3: a task is done when it exits 0 and has no ready; "
				    "remove this line or 'type = "
				    "task'\n";

	(void)state;
	bad("exec = /bin/web\ntype = task\nready = notify\n", ready);
	bad("exec = /bin/web\ntype = task\nready = fd:3\n", ready);
	bad("exec = /bin/web\ntype = task\nrestart = always\n",
		"web:3: a task that is done is not run again; write on-failure or never, or remove "
		"'type = task'\n");
}

static void keys_that_contradict_each_other(void **state)
{
	(void)state;
	bad("exec = /bin/web\nbackoff = 2s 1s\n",
		"web:2: backoff: the first delay is longer than the longest; write the shorter one "
		"first\n");
	bad("exec = /bin/web\nmemory-high = 2M\nmemory-max = 1M\n",
		"web:2: memory-high is above memory-max and would never have an effect\n");
	bad("exec = /bin/web\nconsole = /dev/tty1\nlog = ring\n",
		"web:3: with 'console' the output goes to that terminal; remove one of the two "
		"lines\n");
	bad("exec = /bin/web\nwatchdog = 5s\n",
		"web:2: watchdog listens on $NOTIFY_SOCKET and needs 'ready = notify'\n");
}

static void system_calls_are_groups_and_hold_for_what_is_run(void **state)
{
	(void)state;
	bad("exec = /bin/web\nsystem-calls = netwrk, all\n",
		"web:2: system-calls = netwrk: no such group of system calls (did you mean 'network'?)\n"
		"web:2: system-calls = all: no such group of system calls; service(5) lists them\n");
	bad("exec = /bin/web\nsystem-calls = ,\n",
		"web:2: system-calls names no group of system calls\n");
	bad("exec = /bin/web\nsystem-calls = basic\nno-new-privileges = no\n",
		"web:3: system-calls holds for programs with set-user-ID bits, too, and they would run into "
		"it halfway; remove one of the two lines\n");
	bad("exec = /bin/web\nsystem-calls = basics\nno-new-privileges = no\n",
		"web:2: system-calls = basics: no such group of system calls (did you mean 'basic'?)\n");
}

static void capabilities_without_a_user_are_a_mistake(void **state)
{
	(void)state;
	bad("exec = /bin/web\ncapabilities = net_raw\n",
		"web:2: without a 'user' line the service is root and has them all; add one ('user = "
		"root' keeps root to these)\n");
}

static void a_wrong_value_is_not_blamed_twice(void **state)
{
	(void)state;
	bad("exec = /bin/web\nwatchdog = 5s\nready = notfy\n",
		"web:3: ready = notfy: write none, notify or fd:N with N from 3 to 63\n");
	bad("exec = /bin/web\ncapabilities = net_raw\nuser = a b\n",
		"web:3: user = a b: neither a name nor a number from 0 to 4294967294\n");
	bad("exec = web\n",
		"web:1: exec = web: not an absolute path; the program has to start with /\n");
	bad("exec = /bin/web\ntype = tasks\nrestart = always\n",
		"web:2: type = tasks: write daemon or task\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_exec_there_is_no_service),
		cmocka_unit_test(a_line_is_key_equals_value),
		cmocka_unit_test(an_unknown_key_gets_a_suggestion),
		cmocka_unit_test(a_key_stands_once),
		cmocka_unit_test(bytes_that_are_not_text_are_named),
		cmocka_unit_test(messages_are_printable),
		cmocka_unit_test(a_long_value_is_cut),
		cmocka_unit_test(a_comment_behind_a_value_is_recognised),
		cmocka_unit_test(every_error_is_told),
		cmocka_unit_test(but_not_thousands_of_them),
		cmocka_unit_test(a_file_may_not_have_more_than_16_kib),
		cmocka_unit_test(a_report_is_not_needed),
		cmocka_unit_test(exec_names_a_program_by_its_path),
		cmocka_unit_test(choices_list_what_there_is),
		cmocka_unit_test(times_want_a_unit_that_is_known),
		cmocka_unit_test(limit_wants_a_count_and_a_time),
		cmocka_unit_test(numbers_name_their_range),
		cmocka_unit_test(sizes_name_the_bound_they_pass),
		cmocka_unit_test(signals_have_to_exist),
		cmocka_unit_test(accounts_are_names_or_numbers),
		cmocka_unit_test(services_that_are_waited_for_have_names),
		cmocka_unit_test(conditions_have_a_kind),
		cmocka_unit_test(ready_has_three_forms),
		cmocka_unit_test(capabilities_are_suggested),
		cmocka_unit_test(environment_has_a_name),
		cmocka_unit_test(paths_are_absolute),
		cmocka_unit_test(a_task_is_never_ready_and_not_run_again),
		cmocka_unit_test(keys_that_contradict_each_other),
		cmocka_unit_test(system_calls_are_groups_and_hold_for_what_is_run),
		cmocka_unit_test(capabilities_without_a_user_are_a_mistake),
		cmocka_unit_test(a_wrong_value_is_not_blamed_twice),
	};

	return RUN("service_errors", tests);
}
