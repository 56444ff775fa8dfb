/* SPDX-License-Identifier: MIT */
/* Errors of a draft, and packing what was right into one block. */
#include "service/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/nearest.h"
#include "service/system_calls.h"

/* ---- errors ---- */

static void report_line(
	struct service_draft *draft, unsigned line, const char *format, va_list arguments)
{
	char message[SERVICE_ERROR_MAX];

	draft->errors++;
	if (!draft->report || !draft->report->error || draft->errors > SERVICE_ERRORS_MAX)
		return;
	if (draft->errors == SERVICE_ERRORS_MAX)
		snprintf(message, sizeof(message), "too many errors; no more of them are shown");
	else
		vsnprintf(message, sizeof(message), format, arguments);
	service_make_printable(message);
	draft->report->error(draft->report->context, draft->config->name, line, message);
}

void draft_error(struct service_draft *draft, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_line(draft, draft->line, format, arguments);
	va_end(arguments);
}

void draft_refuse(struct service_draft *draft, const char *value, const char *format, ...)
{
	char reason[SERVICE_ERROR_MAX];
	bool cut = strlen(value) > 40;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	draft_error(draft, "%s = %.*s%s: %s%s", draft->key, cut ? 37 : 40, value, cut ? "..." : "",
		reason, strstr(value, " #") ? " (a comment needs a line of its own)" : "");
}

void draft_conflict(struct service_draft *draft, enum service_key key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_line(draft, draft->config->line[key], format, arguments);
	va_end(arguments);
}

const char *draft_nearest(
	const struct service_draft *draft, const char *word, const char *(*names)(int index))
{
	return draft->errors < SERVICE_ERRORS_MAX ? nearest_name(word, names) : NULL;
}

/* ---- the result ---- */

/* The block being filled: pointers from its start, strings behind all pointers. */
struct packer {
	const char **pointers;
	char *strings;
};

static size_t size_of_string(const char *string)
{
	return string ? strlen(string) + 1 : 0;
}

static size_t size_of_list(const struct draft_list *list)
{
	size_t size = (list->count + 1) * sizeof(list->items[0]);

	for (uint32_t i = 0; i < list->count; i++)
		size += size_of_string(list->items[i]);
	return size;
}

static const char *pack_string(struct packer *packer, const char *string)
{
	char *packed = packer->strings;
	size_t size = size_of_string(string);

	if (!string)
		return NULL;
	memcpy(packed, string, size);
	packer->strings += size;
	return packed;
}

static const char **pack_list(struct packer *packer, const struct draft_list *list)
{
	const char **packed = packer->pointers;

	for (uint32_t i = 0; i < list->count; i++)
		*packer->pointers++ = pack_string(packer, list->items[i]);
	*packer->pointers++ = NULL;
	return packed;
}

bool draft_pack(struct service_draft *draft)
{
	struct service_config *config = draft->config;
	const char **strings[] = { &config->description, &config->when_value, &config->user,
		&config->group, &config->directory, &config->console };
	const struct draft_list *lists[] = { &draft->argv, &draft->environment, &draft->needs,
		&draft->after, &draft->needed_by };
	const char ***packed_lists[] = { &config->argv, &config->environment, &config->needs,
		&config->after, &config->needed_by };
	size_t pointer_count = 0;
	struct sock_filter filter[SYSTEM_CALLS_FILTER_MAX];
	size_t filter_size = 0;
	size_t size = 0;
	struct packer packer;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		size += size_of_string(*strings[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size += size_of_list(lists[i]);
		pointer_count += lists[i]->count + 1;
	}
	if (config->system_calls) {
		config->filter_length = system_calls_filter(filter, config->system_calls);
		filter_size = config->filter_length * sizeof(*filter);
	}
	config->block = malloc(size + filter_size);
	if (!config->block)
		return false;
	packer.pointers = config->block;
	packer.strings = (char *)(packer.pointers + pointer_count) + filter_size;
	if (filter_size)
		config->filter = memcpy(packer.pointers + pointer_count, filter, filter_size);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		*strings[i] = pack_string(&packer, *strings[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		*packed_lists[i] = pack_list(&packer, lists[i]);
	config->argc = draft->argv.count;
	return true;
}
