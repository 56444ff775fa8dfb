/* SPDX-License-Identifier: MIT */
/*
 * Service files as no one would write them: for a second, lines and bytes of good ones are shuffled and
 * broken, and the parser has to keep its promises. The seed is fixed, so that what fails once fails
 * again; UNIT_SEED sets another, UNIT_FUZZ_MS another time.
 */
#include "unit.h"

#include "service_text.h"

#include "service/link.h"
#include "service/set.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static const char *const lines[] = {
	"exec = /bin/web -v \"a b\" 'c' \\d",
	"exec = web",
	"# a comment",
	"",
	"description = serves",
	"type = task",
	"type = daemon",
	"needs = net, b c",
	"after = a,b",
	"when = path:/dev/tty1",
	"when = cmdline:a=b",
	"ready = fd:3",
	"ready = notify",
	"start-timeout = 5s",
	"stop-timeout = 0",
	"restart = always",
	"restart = on-failure",
	"backoff = 100ms 30s",
	"limit = 5/1m",
	"essential = yes",
	"stop-signal = INT",
	"reload-signal = 1",
	"user = www-data",
	"group = 33",
	"capabilities = net_raw sys_time",
	"no-new-privileges = no",
	"read-only-root = yes",
	"private-tmp = yes",
	"protect-proc = all",
	"system-calls = network clock",
	"memory-max = 64M",
	"memory-high = 1G",
	"pids-max = 10",
	"cpu-weight = 100",
	"oom-score-adj = -5",
	"nice = -20",
	"nofile = 1024",
	"directory = /var",
	"environment = A=b",
	"environment = B=c d",
	"log = kmsg",
	"log-size = 16K",
	"console = /dev/tty1",
	"watchdog = 10s",
};

static unsigned errors_seen;

static void look_at_error(void *context, const char *name, unsigned line, const char *message)
{
	(void)context;
	errors_seen++;
	assert_string_equal(name, "web");
	assert_true(line <= SERVICE_FILE_MAX);
	assert_in_range(strlen(message), 1, SERVICE_ERROR_MAX - 1);
	for (const char *c = message; *c; c++)
		assert_in_range(*c, ' ', '~');
}

static void look_at_words(const char **words, uint32_t most)
{
	uint32_t count = 0;

	while (words[count])
		assert_true(strlen(words[count++]) <= SERVICE_FILE_MAX);
	assert_true(count <= most);
}

/* What service_file.h promises of a config without errors. */
static void look_at_config(const struct service_config *config)
{
	assert_non_null(config->block);
	assert_int_equal(config->argv[0][0], '/');
	assert_null(config->argv[config->argc]);
	look_at_words(config->argv, SERVICE_WORDS_MAX);
	look_at_words(config->environment, SERVICE_ENVIRONMENT_MAX);
	look_at_words(config->needs, SERVICE_NEEDS_MAX);
	look_at_words(config->after, SERVICE_NEEDS_MAX);
	assert_true(config->backoff_first_ms <= config->backoff_longest_ms);
	assert_true(config->memory_max >= SERVICE_MEMORY_MIN);
	assert_in_range(config->log_size, SERVICE_LOG_MIN, SERVICE_LOG_MAX);
	assert_in_range(config->stop_signal, 1, 64);
	assert_in_range(config->nice + 20, 0, 39);
	assert_true(config->cpu_weight <= 10000);
	assert_true(config->limit_deaths == 0 || config->limit_ms > 0);
	assert_int_equal(config->when == WHEN_ALWAYS, config->when_value == NULL);
	assert_true(config->type == SERVICE_DAEMON || config->ready == READY_EXEC);
	assert_true(config->capabilities == 0 || config->user != NULL);
	assert_true(config->watchdog_ms == 0 || config->ready == READY_NOTIFY);
}

/* Some good lines, then some damage. Returns the length. */
static size_t make_text(char *text, size_t size)
{
	static const char bytes[] = "=/ \t\n\r\"'\\#,:09azKs-\xff\0";
	size_t length = 0;
	int count = rand() % 8;
	int damage = rand() % 4 ? rand() % 6 : 0;

	for (int i = 0; i < count; i++) {
		/* The first line is the good exec, mostly, for without it nothing is. */
		size_t which = i == 0 && rand() % 8 ? 0 : (size_t)rand() % COUNT(lines);
		const char *line = lines[which];

		if (length + strlen(line) + 2 > size)
			break;
		length += (size_t)sprintf(text + length, "%s\n", line);
	}
	for (int i = 0; i < damage; i++) {
		size_t at = length ? (size_t)rand() % length : 0;

		if (length == 0)
			break;
		switch (rand() % 4) {
		case 0: /* another byte */
			text[at] = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
			break;
		case 1: /* any byte */
			text[at] = (char)(rand() & 0xff);
			break;
		case 2: /* one less */
			memmove(text + at, text + at + 1, length - at - 1);
			length--;
			break;
		default: /* cut here */
			length = at;
			break;
		}
	}
	return length;
}

static long setting(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value ? strtol(value, NULL, 10) : otherwise;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void broken_files_break_no_promise(void **state)
{
	const struct service_report report = { .error = look_at_error };
	long end = now_ms() + setting("UNIT_FUZZ_MS", 1000);
	unsigned long good = 0;
	unsigned long bad = 0;

	(void)state;
	srand((unsigned)setting("UNIT_SEED", 10));
	while (now_ms() < end) {
		char made[2048];
		size_t length = make_text(made, sizeof(made));
		char *text = malloc(length + !length); /* no byte to spare */
		struct service_config config;

		assert_non_null(text);
		memcpy(text, made, length);
		errors_seen = 0;
		if (service_config_parse(&config, "web", text, length, &report)) {
			good++;
			assert_int_equal(errors_seen, 0);
			look_at_config(&config);
			service_config_free(&config);
		} else {
			bad++;
			assert_in_range(errors_seen, 1, SERVICE_ERRORS_MAX);
			assert_null(config.block);
		}
		free(text);
	}
	print_message("%lu files were right, %lu wrong\n", good, bad);
	assert_true(good > 0 && bad > 0);
}

static void broken_sets_can_be_linked(void **state)
{
	long end = now_ms() + setting("UNIT_FUZZ_MS", 1000) / 2;
	struct service_set set = { .count = 0 };

	(void)state;
	srand((unsigned)setting("UNIT_SEED", 11));
	while (now_ms() < end) {
		int services = 1 + rand() % 6;

		for (int i = 0; i < services; i++) {
			char name[2] = { (char)('a' + rand() % 6), '\0' };
			char text[2048];
			size_t length = make_text(text, sizeof(text));

			assert_int_equal(service_set_add(&set, name, text, length, NULL), 0);
		}
		assert_int_equal(service_set_link(&set, NULL, NULL), 0);
		for (uint32_t i = 0; i < set.count; i++)
			assert_int_equal(set.entries[i].invalid, *set.entries[i].error != '\0');
		if (rand() % 4 == 0)
			service_set_free(&set);
	}
	service_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_files_break_no_promise),
		cmocka_unit_test(broken_sets_can_be_linked),
	};

	return RUN("service_fuzz", tests);
}
