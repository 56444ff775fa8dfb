/* SPDX-License-Identifier: MIT */
/* The defaults of a service, and giving its memory back. */
#include "service/config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	DEFAULT_START_TIMEOUT_MS = 30 * 1000,
	DEFAULT_STOP_TIMEOUT_MS = 5 * 1000,
	DEFAULT_BACKOFF_FIRST_MS = 100,
	DEFAULT_BACKOFF_LONGEST_MS = 30 * 1000,
	DEFAULT_LOG_SIZE = 16 * 1024,
};

void service_make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

void service_config_default(struct service_config *config, const char *name)
{
	static const char *no_words[1]; /* stays NULL; argv and its like are not const pointers */

	*config = (struct service_config){
		.description = "",
		.argv = no_words,
		.environment = no_words,
		.needs = no_words,
		.after = no_words,
		.needed_by = no_words,
		.start_timeout_ms = DEFAULT_START_TIMEOUT_MS,
		.stop_timeout_ms = DEFAULT_STOP_TIMEOUT_MS,
		.backoff_first_ms = DEFAULT_BACKOFF_FIRST_MS,
		.backoff_longest_ms = DEFAULT_BACKOFF_LONGEST_MS,
		.stop_signal = SIGTERM,
		.reload_signal = SIGHUP,
		.memory_max = UINT64_MAX,
		.memory_high = UINT64_MAX,
		.log_size = DEFAULT_LOG_SIZE,
	};
	snprintf(config->name, sizeof(config->name), "%s", name);
	service_make_printable(config->name);
}

void service_config_free(struct service_config *config)
{
	free(config->block);
	config->block = NULL;
}
