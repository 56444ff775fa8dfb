/* SPDX-License-Identifier: MIT */
/* Service files that are right: every key, its default, and the ends of its range. */
#include "unit.h"

#include "service_text.h"

#include "basics/cmdline.h"
#include "service/keys.h"
#include "service/system_calls.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>

/* The service under test; each test parses into it with good(). */
static struct service_config config;

static int forget(void **state)
{
	(void)state;
	service_config_free(&config);
	return 0;
}

/* Parses text that must be right, from memory without a byte to spare. */
static void good(const char *text)
{
	struct errors errors = { .count = 0 };
	struct service_report report = { .error = errors_add, .context = &errors };
	size_t length = strlen(text);
	char *copy = malloc(length + !length);

	assert_non_null(copy);
	memcpy(copy, text, length);
	service_config_free(&config);
	if (!service_config_parse(&config, "web", copy, length, &report))
		fail_msg("%s", errors.text);
	assert_int_equal(errors.count, 0);
	free(copy);
}

static void expect_words(const char *const *words, const char *joined)
{
	char text[256] = "";

	for (; *words; words++) {
		strcat(text, *words);
		strcat(text, "|");
	}
	assert_string_equal(text, joined);
}

static void one_line_is_a_service_and_the_rest_has_defaults(void **state)
{
	(void)state;
	good("exec = /bin/web");
	assert_string_equal(config.name, "web");
	assert_int_equal(config.given, KEY_BIT(KEY_EXEC));
	assert_string_equal(config.description, "");
	expect_words(config.argv, "/bin/web|");
	assert_int_equal(config.argc, 1);
	expect_words(config.environment, "");
	expect_words(config.needs, "");
	expect_words(config.after, "");
	assert_int_equal(config.type, SERVICE_DAEMON);
	assert_int_equal(config.when, WHEN_ALWAYS);
	assert_null(config.when_value);
	assert_int_equal(config.ready, READY_EXEC);
	assert_int_equal(config.start_timeout_ms, 30000);
	assert_int_equal(config.stop_timeout_ms, 5000);
	assert_int_equal(config.watchdog_ms, 0);
	assert_int_equal(config.restart, RESTART_ALWAYS);
	assert_int_equal(config.backoff_first_ms, 100);
	assert_int_equal(config.backoff_longest_ms, 30000);
	assert_int_equal(config.limit_deaths, 0);
	assert_int_equal(config.stop_signal, SIGTERM);
	assert_int_equal(config.reload_signal, SIGHUP);
}

static void defaults_grant_no_limit_and_no_right(void **state)
{
	(void)state;
	good("exec = /bin/web");
	assert_null(config.user);
	assert_null(config.group);
	assert_true(config.capabilities == 0);
	assert_false(config.no_new_privileges);
	assert_true(config.memory_max == UINT64_MAX);
	assert_true(config.memory_high == UINT64_MAX);
	assert_int_equal(config.pids_max, 0);
	assert_int_equal(config.cpu_weight, 0);
	assert_int_equal(config.oom_score_adj, 0);
	assert_int_equal(config.nice, 0);
	assert_int_equal(config.nofile, 0);
	assert_null(config.directory);
	assert_int_equal(config.log, LOG_RING);
	assert_int_equal(config.log_size, 16384);
	assert_null(config.console);
	assert_false(config.essential);
}

static void blanks_comments_and_empty_lines_mean_nothing(void **state)
{
	(void)state;
	good("# a comment\n"
	     "\t  # another = one\n"
	     "\n"
	     " \t \n"
	     "exec=/bin/web -v\n"
	     "\tdescription\t=  serves # and = too \t\n"
	     "nice = 5");
	expect_words(config.argv, "/bin/web|-v|");
	assert_string_equal(config.description, "serves # and = too");
	assert_int_equal(config.nice, 5);
}

static void lines_of_keys_are_remembered(void **state)
{
	(void)state;
	good("\n# x\nexec = /bin/web\nenvironment = A=1\nenvironment = B=2\n");
	assert_int_equal(config.line[KEY_EXEC], 3);
	assert_int_equal(config.line[KEY_ENVIRONMENT], 4);
	assert_int_equal(config.line[KEY_NICE], 0);
	assert_int_equal(config.given, KEY_BIT(KEY_EXEC) | KEY_BIT(KEY_ENVIRONMENT));
}

static void text_may_be_utf_8(void **state)
{
	(void)state;
	good("# Größe\nexec = /bin/web 'ä b'\ndescription = Verkündet\n");
	expect_words(config.argv, "/bin/web|ä b|");
	assert_string_equal(config.description, "Verkündet");
}

static void exec_is_split_as_a_shell_splits(void **state)
{
	(void)state;
	good("exec = /bin/sh -c 'echo \"a b\" $HOME; exit' \"\" x\\ y\n");
	expect_words(config.argv, "/bin/sh|-c|echo \"a b\" $HOME; exit||x y|");
	assert_int_equal(config.argc, 5);
	assert_null(config.argv[5]);
}

static void exec_takes_64_words(void **state)
{
	char text[512] = "exec = /bin/web";

	(void)state;
	for (int i = 1; i < SERVICE_WORDS_MAX; i++)
		strcat(text, " x");
	good(text);
	assert_int_equal(config.argc, SERVICE_WORDS_MAX);
	assert_null(config.argv[SERVICE_WORDS_MAX]);
}

static void a_task_runs_once(void **state)
{
	(void)state;
	good("exec = /bin/web\ntype = task\n");
	assert_int_equal(config.type, SERVICE_TASK);
	assert_int_equal(config.restart, RESTART_NEVER);
	good("exec = /bin/web\ntype = task\nrestart = on-failure\nready = none\n");
	assert_int_equal(config.restart, RESTART_ON_FAILURE);
	good("exec = /bin/web\ntype = daemon\n");
	assert_int_equal(config.restart, RESTART_ALWAYS);
}

static void restart_is_one_of_three(void **state)
{
	(void)state;
	good("exec = /bin/web\nrestart = always\n");
	assert_int_equal(config.restart, RESTART_ALWAYS);
	good("exec = /bin/web\nrestart = on-failure\n");
	assert_int_equal(config.restart, RESTART_ON_FAILURE);
	good("exec = /bin/web\nrestart = never\n");
	assert_int_equal(config.restart, RESTART_NEVER);
}

static void needs_and_after_are_lists(void **state)
{
	(void)state;
	good("exec = /bin/web\nneeds = net,  disk\tclock,\nafter = log , net\n");
	expect_words(config.needs, "net|disk|clock|");
	expect_words(config.after, "log|net|");
}

static void needs_takes_32_names(void **state)
{
	char text[512] = "exec = /bin/web\nneeds =";

	(void)state;
	for (int i = 0; i < SERVICE_NEEDS_MAX; i++)
		snprintf(text + strlen(text), 16, " s%d", i);
	good(text);
	assert_string_equal(config.needs[SERVICE_NEEDS_MAX - 1], "s31");
	assert_null(config.needs[SERVICE_NEEDS_MAX]);
}

static void when_is_a_path_or_a_word_of_the_command_line(void **state)
{
	(void)state;
	good("exec = /bin/web\nwhen = path:/dev/tty 1\n");
	assert_int_equal(config.when, WHEN_PATH);
	assert_string_equal(config.when_value, "/dev/tty 1");
	good("exec = /bin/web\nwhen = cmdline:debug\n");
	assert_int_equal(config.when, WHEN_CMDLINE);
	assert_string_equal(config.when_value, "debug");
	good("exec = /bin/web\nwhen = cmdline:role=a b\n");
	assert_string_equal(config.when_value, "role=a b");
	assert_true(cmdline_matches("x role=\"a b\"", config.when_value));
}

static void ready_is_exec_a_descriptor_or_a_message(void **state)
{
	(void)state;
	good("exec = /bin/web\nready = none\n");
	assert_int_equal(config.ready, READY_EXEC);
	good("exec = /bin/web\nready = fd:3\n");
	assert_int_equal(config.ready, READY_FD);
	assert_int_equal(config.ready_fd, 3);
	good("exec = /bin/web\nready = fd:63\n");
	assert_int_equal(config.ready_fd, 63);
	good("exec = /bin/web\nready = notify\n");
	assert_int_equal(config.ready, READY_NOTIFY);
}

static void times_are_in_milliseconds_and_0_may_mean_never(void **state)
{
	(void)state;
	good("exec = /bin/web\nstart-timeout = 2m\nstop-timeout = 1500ms\n");
	assert_int_equal(config.start_timeout_ms, 120000);
	assert_int_equal(config.stop_timeout_ms, 1500);
	good("exec = /bin/web\nstart-timeout = 0\nstop-timeout = 0\n");
	assert_true(config.start_timeout_ms == SERVICE_TIME_NEVER);
	assert_int_equal(config.stop_timeout_ms, 0);
	good("exec = /bin/web\nready = notify\nwatchdog = 10s\n");
	assert_int_equal(config.watchdog_ms, 10000);
	good("exec = /bin/web\nwatchdog = 0\n");
	assert_int_equal(config.watchdog_ms, 0);
}

static void backoff_is_one_delay_or_two(void **state)
{
	(void)state;
	good("exec = /bin/web\nbackoff = 1s 5m\n");
	assert_int_equal(config.backoff_first_ms, 1000);
	assert_int_equal(config.backoff_longest_ms, 300000);
	good("exec = /bin/web\nbackoff = 2s\n");
	assert_int_equal(config.backoff_first_ms, 2000);
	assert_int_equal(config.backoff_longest_ms, 2000);
	good("exec = /bin/web\nbackoff = 0, 0\n");
	assert_int_equal(config.backoff_first_ms, 0);
	assert_int_equal(config.backoff_longest_ms, 0);
}

static void limit_is_deaths_in_a_time(void **state)
{
	(void)state;
	good("exec = /bin/web\nlimit = 5/1m\n");
	assert_int_equal(config.limit_deaths, 5);
	assert_int_equal(config.limit_ms, 60000);
	good("exec = /bin/web\nlimit = 1/1ms\n");
	assert_int_equal(config.limit_deaths, 1);
	good("exec = /bin/web\nlimit = 1000/1h\n");
	assert_int_equal(config.limit_deaths, SERVICE_LIMIT_MAX);
}

static void signals_are_names_or_numbers(void **state)
{
	(void)state;
	good("exec = /bin/web\nstop-signal = SIGINT\nreload-signal = 10\n");
	assert_int_equal(config.stop_signal, SIGINT);
	assert_int_equal(config.reload_signal, SIGUSR1);
}

static void a_cgroup_is_delegated_when_asked(void **state)
{
	(void)state;
	good("exec = /bin/web\n");
	assert_false(config.delegate);
	good("exec = /bin/web\ndelegate = yes\n");
	assert_true(config.delegate);
}

static void a_user_brings_no_new_privileges(void **state)
{
	(void)state;
	good("exec = /bin/web\nuser = www-data\ngroup = 33\n");
	assert_string_equal(config.user, "www-data");
	assert_string_equal(config.group, "33");
	assert_true(config.no_new_privileges);
	good("exec = /bin/web\nuser = 4294967294\nno-new-privileges = no\n");
	assert_false(config.no_new_privileges);
	good("exec = /bin/web\nno-new-privileges = yes\n");
	assert_true(config.no_new_privileges);
	good("exec = /bin/web\ngroup = audio\n");
	assert_null(config.user);
	assert_string_equal(config.group, "audio");
	assert_false(config.no_new_privileges);
}

static void capabilities_are_a_set(void **state)
{
	(void)state;
	good("exec = /bin/web\nuser = x\ncapabilities = net_raw, CAP_NET_BIND_SERVICE net_raw\n");
	assert_true(config.capabilities ==
		    ((UINT64_C(1) << CAP_NET_RAW) | (UINT64_C(1) << CAP_NET_BIND_SERVICE)));
	good("exec = /bin/web\nuser = root\ncapabilities = checkpoint_restore\n");
	assert_true(config.capabilities == UINT64_C(1) << CAP_CHECKPOINT_RESTORE);
}

static void a_sandbox_is_what_the_file_asks_for(void **state)
{
	(void)state;
	good("exec = /bin/web\n");
	assert_false(config.read_only_root || config.private_tmp);
	assert_int_equal(config.protect_proc, PROC_WHOLE);
	assert_true(config.system_calls == 0 && config.filter_length == 0);
	assert_null(config.filter);
	good("exec = /bin/web\nread-only-root = yes\nprivate-tmp = yes\nprotect-proc = others\n"
	     "system-calls = network, clock network\n");
	assert_true(config.read_only_root && config.private_tmp);
	assert_int_equal(config.protect_proc, PROC_WITHOUT_OTHERS);
	assert_true(config.system_calls == (1 << SYSTEM_CALLS_NETWORK | 1 << SYSTEM_CALLS_CLOCK));
	assert_true(config.no_new_privileges);
	assert_string_equal(config.argv[0], "/bin/web"); /* behind the filter in the same block */
	good("exec = /bin/web\nprotect-proc = all\nsystem-calls = basic\n");
	assert_int_equal(config.protect_proc, PROC_PROCESSES);
	assert_true(config.filter_length > 0);
}

static void resources_keep_their_units(void **state)
{
	(void)state;
	good("exec = /bin/web\nmemory-max = 64M\nmemory-high = 48M\npids-max = 16\n"
	     "cpu-weight = 10000\noom-score-adj = -1000\nnice = -20\nnofile = 1048576\n");
	assert_true(config.memory_max == 64 << 20);
	assert_true(config.memory_high == 48 << 20);
	assert_int_equal(config.pids_max, 16);
	assert_int_equal(config.cpu_weight, 10000);
	assert_int_equal(config.oom_score_adj, -1000);
	assert_int_equal(config.nice, -20);
	assert_int_equal(config.nofile, 1048576);
	good("exec = /bin/web\nmemory-max = 64K\nmemory-high = 64K\npids-max = 1\n"
	     "cpu-weight = 1\noom-score-adj = 1000\nnice = 19\nnofile = 1\n");
	assert_true(config.memory_max == 65536);
	assert_true(config.memory_high == config.memory_max);
	assert_int_equal(config.pids_max, 1);
	assert_int_equal(config.cpu_weight, 1);
	assert_int_equal(config.oom_score_adj, 1000);
	assert_int_equal(config.nice, 19);
	assert_int_equal(config.nofile, 1);
	good("exec = /bin/web\npids-max = 4194304\n");
	assert_int_equal(config.pids_max, SERVICE_PIDS_MAX);
}

static void environment_repeats_and_is_taken_as_it_stands(void **state)
{
	(void)state;
	good("exec = /bin/web\nenvironment = PATH=/bin:/sbin\nenvironment = _a1=\"x\" $y = '\n"
	     "environment = EMPTY=\nenvironment = PATH2=x\n");
	expect_words(config.environment, "PATH=/bin:/sbin|_a1=\"x\" $y = '|EMPTY=|PATH2=x|");
}

static void environment_takes_64_lines(void **state)
{
	char text[4096] = "exec = /bin/web\n";

	(void)state;
	for (int i = 0; i < SERVICE_ENVIRONMENT_MAX; i++)
		snprintf(text + strlen(text), 64, "environment = V%d=%d\n", i, i);
	good(text);
	assert_string_equal(config.environment[63], "V63=63");
	assert_null(config.environment[64]);
}

static void log_has_four_targets_and_a_size(void **state)
{
	(void)state;
	good("exec = /bin/web\nlog = ring\nlog-size = 1K\n");
	assert_int_equal(config.log, LOG_RING);
	assert_int_equal(config.log_size, SERVICE_LOG_MIN);
	good("exec = /bin/web\nlog = console\nlog-size = 16M\n");
	assert_int_equal(config.log, LOG_CONSOLE);
	assert_int_equal(config.log_size, SERVICE_LOG_MAX);
	good("exec = /bin/web\nlog = kmsg\n");
	assert_int_equal(config.log, LOG_KMSG);
	good("exec = /bin/web\nlog = null\n");
	assert_int_equal(config.log, LOG_NULL);
}

static void the_rest_of_the_keys(void **state)
{
	(void)state;
	good("exec = /bin/web\nessential = yes\ndirectory = /var/www\nconsole = /dev/ttyAMA0\n");
	assert_true(config.essential);
	assert_string_equal(config.directory, "/var/www");
	assert_string_equal(config.console, "/dev/ttyAMA0");
	good("exec = /bin/web\nessential = no\n");
	assert_false(config.essential);
}

static void a_config_can_be_moved(void **state)
{
	struct service_config other;

	(void)state;
	good("exec = /bin/web a\nneeds = net\nuser = x\n");
	other = config;
	memset(&config, 0xff, sizeof(config));
	expect_words(other.argv, "/bin/web|a|");
	expect_words(other.needs, "net|");
	assert_string_equal(other.user, "x");
	config = other;
}

static void a_file_may_have_16_kib(void **state)
{
	static char text[SERVICE_FILE_MAX + 1];

	(void)state;
	memset(text, '#', SERVICE_FILE_MAX);
	memcpy(text, "exec = /bin/web\n", 16);
	good(text);
	/* The comment is not kept. */
	expect_words(config.argv, "/bin/web|");
}

static void names_of_services_are_plain(void **state)
{
	(void)state;
	assert_true(service_name_valid("a"));
	assert_true(service_name_valid("0"));
	assert_true(service_name_valid("web-1.conf_x"));
	assert_true(service_name_valid("a234567890123456789012345678901x"));
	assert_false(service_name_valid("a234567890123456789012345678901xy"));
	assert_false(service_name_valid(""));
	assert_false(service_name_valid("-a"));
	assert_false(service_name_valid(".a"));
	assert_false(service_name_valid("_a"));
	assert_false(service_name_valid("A"));
	assert_false(service_name_valid("aB"));
	assert_false(service_name_valid("a/b"));
	assert_false(service_name_valid("a b"));
	assert_false(service_name_valid("a\n"));
	assert_false(service_name_valid("\xc3\xa4"));
}

static void every_key_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < SERVICE_KEY_COUNT; i++)
		assert_non_null(service_key_name(i));
	assert_string_equal(service_key_name(KEY_STOP_TIMEOUT), "stop-timeout");
	assert_string_equal(service_key_name(KEY_WATCHDOG), "watchdog");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		TEST(one_line_is_a_service_and_the_rest_has_defaults),
		TEST(defaults_grant_no_limit_and_no_right),
		TEST(blanks_comments_and_empty_lines_mean_nothing),
		TEST(lines_of_keys_are_remembered),
		TEST(text_may_be_utf_8),
		TEST(exec_is_split_as_a_shell_splits),
		TEST(exec_takes_64_words),
		TEST(a_task_runs_once),
		TEST(restart_is_one_of_three),
		TEST(needs_and_after_are_lists),
		TEST(needs_takes_32_names),
		TEST(when_is_a_path_or_a_word_of_the_command_line),
		TEST(ready_is_exec_a_descriptor_or_a_message),
		TEST(times_are_in_milliseconds_and_0_may_mean_never),
		TEST(backoff_is_one_delay_or_two),
		TEST(limit_is_deaths_in_a_time),
		TEST(signals_are_names_or_numbers),
		TEST(a_cgroup_is_delegated_when_asked),
		TEST(a_user_brings_no_new_privileges),
		TEST(capabilities_are_a_set),
		TEST(a_sandbox_is_what_the_file_asks_for),
		TEST(resources_keep_their_units),
		TEST(environment_repeats_and_is_taken_as_it_stands),
		TEST(environment_takes_64_lines),
		TEST(log_has_four_targets_and_a_size),
		TEST(the_rest_of_the_keys),
		TEST(a_config_can_be_moved),
		TEST(a_file_may_have_16_kib),
		TEST(names_of_services_are_plain),
		TEST(every_key_has_a_name),
	};

	return RUN("service_file", tests);
}
