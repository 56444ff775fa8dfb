/* SPDX-License-Identifier: MIT */
/* Reading an entry, and keeping its first error. */
#include "service/entry.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/parser.h"

struct error_keeper {
	struct service_entry *entry;
	const struct service_report *report;
};

/* Most have no error, and one that has must not fail for want of memory for it. */
static const char no_error[] = "";
static const char lost_error[] = "it has an error, and there was no memory for the text of it";

static void set_error(struct service_entry *entry, unsigned line, const char *message)
{
	char *text;
	int length = line ? asprintf(&text, "line %u: %s", line, message)
			  : asprintf(&text, "%s", message);

	if (length >= SERVICE_ERROR_MAX)
		text[SERVICE_ERROR_MAX - 1] = '\0';
	entry->error = length < 0 ? lost_error : text;
}

void service_entry_absolve(struct service_entry *entry)
{
	if (entry->error != no_error && entry->error != lost_error)
		free((void *)entry->error);
	entry->error = no_error;
	entry->invalid = false;
}

static void keep_error(void *context, const char *name, unsigned line, const char *message)
{
	struct error_keeper *keeper = context;
	struct service_entry *entry = keeper->entry;

	if (!entry->invalid)
		set_error(entry, line, message);
	entry->invalid = true;
	if (keeper->report && keeper->report->error)
		keeper->report->error(keeper->report->context, name, line, message);
}

void service_entry_refuse(struct service_entry *entry, const struct service_report *report,
	unsigned line, const char *format, ...)
{
	struct error_keeper keeper = { .entry = entry, .report = report };
	char message[SERVICE_ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	keep_error(&keeper, entry->config.name, line, message);
}

/* FNV-1a, 64 bits (draft-eastlake-fnv): a change must be noticed, not defended against. */
static uint64_t digest_of(const char *text, size_t length)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		digest = (digest ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return digest;
}

int service_entry_read(struct service_entry *entry, const char *name, const char *text,
	size_t length, const struct service_report *report)
{
	struct error_keeper keeper = { .entry = entry, .report = report };
	const struct service_report keep = { .error = keep_error, .context = &keeper };
	int error;

	*entry = (struct service_entry){ .digest = digest_of(text, length), .error = no_error };
	if (service_config_parse(&entry->config, name, text, length, &keep))
		return 0;
	error = errno == ENOMEM ? -ENOMEM : -EINVAL;
	if (error != -ENOMEM && service_name_valid(name))
		return 0;
	service_entry_absolve(entry);
	return error;
}

void service_entry_unread(struct service_entry *entry, const char *name, const char *reason,
	const struct service_report *report)
{
	*entry = (struct service_entry){ .error = no_error };
	service_config_default(&entry->config, name);
	service_entry_refuse(entry, report, 0, "%s", reason);
}

int service_entry_take_links(struct service_entry *entry, uint16_t needs, uint16_t after)
{
	uint16_t *links;

	if (needs + after == 0)
		return 0;
	links = calloc((size_t)needs + after, sizeof(*links));
	if (!links)
		return -ENOMEM;
	entry->needs = links;
	entry->after = links + needs;
	return 0;
}

void service_entry_unlink(struct service_entry *entry)
{
	free(entry->needs); /* and `after`, which lies in the same block */
	entry->needs = NULL;
	entry->after = NULL;
	entry->needs_count = 0;
	entry->after_count = 0;
}

void service_entry_free(struct service_entry *entry)
{
	service_entry_unlink(entry);
	service_entry_absolve(entry);
	service_config_free(&entry->config);
}
