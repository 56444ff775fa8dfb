/* SPDX-License-Identifier: MIT */
/*
 * A service file, any bytes. What is accepted keeps the bounds of service_file.h, and written down again
 * means the same; what is refused is refused with words that can be shown.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "service/parser.h"
#include "service_write.h"

static void look_at_error(void *context, const char *name, unsigned line, const char *message)
{
	unsigned *errors = context;

	++*errors;
	expect(strcmp(name, "web") == 0);
	expect(line <= SERVICE_FILE_MAX + 1);
	expect(*message && strlen(message) < SERVICE_ERROR_MAX);
	expect(fuzz_printable(message));
}

static uint32_t count(const char *const *words)
{
	uint32_t number = 0;

	while (words[number])
		number++;
	return number;
}

static void look_at_names(const char *const *names, const char *own)
{
	expect(count(names) <= SERVICE_NEEDS_MAX);
	for (; *names; names++) {
		expect(service_name_valid(*names));
		expect(strcmp(*names, own) != 0);
	}
}

static void look_at_config(const struct service_config *config)
{
	expect(config->argc >= 1 && config->argc <= SERVICE_WORDS_MAX);
	expect(count(config->argv) == config->argc);
	expect(config->argv[0][0] == '/');
	expect(count(config->environment) <= SERVICE_ENVIRONMENT_MAX);
	for (const char *const *entry = config->environment; *entry; entry++)
		expect(strchr(*entry, '=') > *entry);
	look_at_names(config->needs, config->name);
	look_at_names(config->after, config->name);
	look_at_names(config->needed_by, config->name);
	expect((config->when == WHEN_ALWAYS) == (config->when_value == NULL));
	expect(config->ready != READY_FD || (config->ready_fd >= SERVICE_READY_FD_MIN &&
						    config->ready_fd <= SERVICE_READY_FD_MAX));
	expect(config->type == SERVICE_DAEMON || config->ready == READY_EXEC);
	expect(config->type == SERVICE_DAEMON || config->restart != RESTART_ALWAYS);
	expect(config->watchdog_ms == 0 || config->ready == READY_NOTIFY);
	expect(config->backoff_first_ms <= config->backoff_longest_ms);
	expect(config->limit_deaths <= SERVICE_LIMIT_MAX);
	expect(config->limit_deaths == 0 || config->limit_ms > 0);
	expect(config->stop_signal >= 1 && config->stop_signal <= 64);
	expect(config->reload_signal >= 1 && config->reload_signal <= 64);
	expect(config->capabilities == 0 || config->user);
	expect(config->system_calls == 0 || config->no_new_privileges);
	expect((config->system_calls != 0) == (config->filter_length != 0));
	expect(config->memory_max >= SERVICE_MEMORY_MIN);
	expect(config->memory_high >= SERVICE_MEMORY_MIN);
	expect(config->pids_max <= SERVICE_PIDS_MAX);
	expect(config->cpu_weight <= 10000);
	expect(config->oom_score_adj >= -1000 && config->oom_score_adj <= 1000);
	expect(config->nice >= -20 && config->nice <= 19);
	expect(config->nofile <= SERVICE_NOFILE_MAX);
	expect(config->log_size >= SERVICE_LOG_MIN && config->log_size <= SERVICE_LOG_MAX);
	expect(!config->directory || config->directory[0] == '/');
	expect(!config->console || strncmp(config->console, "/dev/", 5) == 0);
}

static void read_back(const struct service_config *config)
{
	struct service_config again;
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);

	expect(file);
	service_write(file, config);
	fclose(file);
	/* Quotes may have made a long file too long. */
	if (length <= SERVICE_FILE_MAX) {
		expect(service_config_parse(&again, config->name, text, length, NULL));
		service_expect_same(config, &again);
		service_config_free(&again);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned errors = 0;
	const struct service_report report = { .error = look_at_error, .context = &errors };
	struct service_config config;
	char *text = fuzz_bytes(data, size);

	if (service_config_parse(&config, "web", text, size, &report)) {
		expect(errors == 0);
		look_at_config(&config);
		read_back(&config);
		service_config_free(&config);
	} else {
		expect(errors >= 1 && errors <= SERVICE_ERRORS_MAX);
		expect(!config.block);
		expect(strcmp(config.name, "web") == 0);
	}
	free(text);
	return 0;
}
