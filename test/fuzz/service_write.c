/* SPDX-License-Identifier: MIT */
/* Writing a service file. */
#include "service_write.h"

#include <string.h>

#include "fuzz.h"
#include "service/capability.h"
#include "service/keys.h"
#include "service/system_calls.h"

static void write_words(FILE *file, const char *const *words)
{
	for (; *words; words++) {
		fputs(" \"", file);
		for (const char *c = *words; *c; c++) {
			if (*c == '"' || *c == '\\')
				fputc('\\', file);
			fputc(*c, file);
		}
		fputc('"', file);
	}
}

static void write_list(FILE *file, const char *const *words)
{
	for (; *words; words++)
		fprintf(file, " %s", *words);
}

static void write_when(FILE *file, const struct service_config *config)
{
	fprintf(file, " %s:%s", config->when == WHEN_PATH ? "path" : "cmdline", config->when_value);
}

static void write_ready(FILE *file, const struct service_config *config)
{
	if (config->ready == READY_FD)
		fprintf(file, " fd:%d", config->ready_fd);
	else
		fputs(config->ready == READY_NOTIFY ? " notify" : " none", file);
}

static void write_set(FILE *file, uint64_t set, const char *(*name_of)(int number))
{
	for (int number = 0; name_of(number); number++)
		if (set >> number & 1)
			fprintf(file, " %s", name_of(number));
}

static void write_ms(FILE *file, uint32_t ms)
{
	fprintf(file, " %ums", ms == SERVICE_TIME_NEVER ? 0 : ms);
}

static void write_yes(FILE *file, bool yes)
{
	fputs(yes ? " yes" : " no", file);
}

static void write_start_and_end(
	FILE *file, const struct service_config *config, enum service_key key)
{
	static const char *const restarts[] = { "always", "on-failure", "never" };

	switch (key) {
	case KEY_READY:
		write_ready(file, config);
		break;
	case KEY_START_TIMEOUT:
		write_ms(file, config->start_timeout_ms);
		break;
	case KEY_RESTART:
		fprintf(file, " %s", restarts[config->restart]);
		break;
	case KEY_BACKOFF:
		write_ms(file, config->backoff_first_ms);
		write_ms(file, config->backoff_longest_ms);
		break;
	case KEY_LIMIT:
		fprintf(file, " %u/%ums", config->limit_deaths, config->limit_ms);
		break;
	case KEY_STOP_SIGNAL:
		fprintf(file, " %d", config->stop_signal);
		break;
	case KEY_RELOAD_SIGNAL:
		fprintf(file, " %d", config->reload_signal);
		break;
	case KEY_STOP_TIMEOUT:
		write_ms(file, config->stop_timeout_ms);
		break;
	case KEY_WATCHDOG:
		write_ms(file, config->watchdog_ms);
		break;
	default:
		never("a key that this file knows");
	}
}

static void write_rights(FILE *file, const struct service_config *config, enum service_key key)
{
	static const char *const views[] = { "no", "others", "all" };

	switch (key) {
	case KEY_CAPABILITIES:
		write_set(file, config->capabilities, capability_name);
		break;
	case KEY_NO_NEW_PRIVILEGES:
		write_yes(file, config->no_new_privileges);
		break;
	case KEY_READ_ONLY_ROOT:
		write_yes(file, config->read_only_root);
		break;
	case KEY_PRIVATE_TMP:
		write_yes(file, config->private_tmp);
		break;
	case KEY_PROTECT_PROC:
		fprintf(file, " %s", views[config->protect_proc]);
		break;
	case KEY_SYSTEM_CALLS:
		write_set(file, config->system_calls, system_calls_name);
		break;
	default:
		write_start_and_end(file, config, key);
	}
}

static void write_resources(FILE *file, const struct service_config *config, enum service_key key)
{
	static const char *const logs[] = { "ring", "console", "kmsg", "null" };

	switch (key) {
	case KEY_MEMORY_MAX:
		fprintf(file, " %llu", (unsigned long long)config->memory_max);
		break;
	case KEY_MEMORY_HIGH:
		fprintf(file, " %llu", (unsigned long long)config->memory_high);
		break;
	case KEY_PIDS_MAX:
		fprintf(file, " %u", config->pids_max);
		break;
	case KEY_CPU_WEIGHT:
		fprintf(file, " %u", config->cpu_weight);
		break;
	case KEY_OOM_SCORE_ADJ:
		fprintf(file, " %d", config->oom_score_adj);
		break;
	case KEY_NICE:
		fprintf(file, " %d", config->nice);
		break;
	case KEY_NOFILE:
		fprintf(file, " %u", config->nofile);
		break;
	case KEY_LOG:
		fprintf(file, " %s", logs[config->log]);
		break;
	case KEY_LOG_SIZE:
		fprintf(file, " %u", config->log_size);
		break;
	default:
		write_rights(file, config, key);
	}
}

static void write_value(FILE *file, const struct service_config *config, enum service_key key)
{
	switch (key) {
	case KEY_DESCRIPTION:
		fprintf(file, " %s", config->description);
		break;
	case KEY_EXEC:
		write_words(file, config->argv);
		break;
	case KEY_TYPE:
		fputs(config->type == SERVICE_TASK ? " task" : " daemon", file);
		break;
	case KEY_NEEDS:
		write_list(file, config->needs);
		break;
	case KEY_AFTER:
		write_list(file, config->after);
		break;
	case KEY_NEEDED_BY:
		write_list(file, config->needed_by);
		break;
	case KEY_START:
		fputs(config->on_need ? " need" : " boot", file);
		break;
	case KEY_WHEN:
		write_when(file, config);
		break;
	case KEY_ESSENTIAL:
		write_yes(file, config->essential);
		break;
	case KEY_USER:
		fprintf(file, " %s", config->user);
		break;
	case KEY_GROUP:
		fprintf(file, " %s", config->group);
		break;
	case KEY_DELEGATE:
		write_yes(file, config->delegate);
		break;
	case KEY_DIRECTORY:
		fprintf(file, " %s", config->directory);
		break;
	case KEY_CONSOLE:
		fprintf(file, " %s", config->console);
		break;
	default:
		write_resources(file, config, key);
	}
}

void service_write(FILE *file, const struct service_config *config)
{
	for (int key = 0; key < SERVICE_KEY_COUNT; key++) {
		if (!(config->given >> key & 1) || key == KEY_ENVIRONMENT)
			continue;
		fprintf(file, "%s =", service_key_name(key));
		write_value(file, config, (enum service_key)key);
		fputc('\n', file);
	}
	for (const char *const *entry = config->environment; *entry; entry++)
		fprintf(file, "environment = %s\n", *entry);
}

static bool same_text(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool same_words(const char *const *one, const char *const *other)
{
	while (*one && *other)
		if (strcmp(*one++, *other++) != 0)
			return false;
	return !*one && !*other;
}

#define SAME(field) expect(one->field == other->field)

void service_expect_same(const struct service_config *one, const struct service_config *other)
{
	expect(strcmp(one->name, other->name) == 0);
	expect(same_text(one->description, other->description));
	expect(same_words(one->argv, other->argv));
	expect(same_words(one->environment, other->environment));
	expect(same_words(one->needs, other->needs));
	expect(same_words(one->after, other->after));
	expect(same_text(one->when_value, other->when_value));
	expect(same_text(one->user, other->user));
	expect(same_text(one->group, other->group));
	expect(same_text(one->directory, other->directory));
	expect(same_text(one->console, other->console));
	SAME(given);
	SAME(argc);
	SAME(type);
	SAME(when);
	SAME(ready);
	SAME(ready_fd);
	SAME(start_timeout_ms);
	SAME(stop_timeout_ms);
	SAME(watchdog_ms);
	SAME(restart);
	SAME(backoff_first_ms);
	SAME(backoff_longest_ms);
	SAME(limit_deaths);
	SAME(limit_ms);
	SAME(stop_signal);
	SAME(reload_signal);
	SAME(capabilities);
	SAME(memory_max);
	SAME(memory_high);
	SAME(pids_max);
	SAME(cpu_weight);
	SAME(oom_score_adj);
	SAME(nice);
	SAME(nofile);
	SAME(log);
	SAME(log_size);
	SAME(essential);
	SAME(on_need);
	SAME(no_new_privileges);
	SAME(read_only_root);
	SAME(private_tmp);
	SAME(protect_proc);
	SAME(system_calls);
	SAME(filter_length);
	expect(!one->filter == !other->filter);
	expect(!one->filter ||
		memcmp(one->filter, other->filter, one->filter_length * sizeof(*one->filter)) == 0);
	SAME(delegate);
}
