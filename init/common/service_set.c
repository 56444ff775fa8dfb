/* SPDX-License-Identifier: MIT */
/*
 * The table of services: a sorted array that only grows, and the links between its entries. Reading
 * the directory is service_directory.c, looking for programs service_program.c, and for circles
 * service_cycle.c.
 */
#include "common/service_set.h"

#include "common/service_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROWTH = 16 }; /* entries; the array has room for `count` rounded up to this */

/* ---- errors ---- */

struct error_keeper {
	struct service_entry *entry;
	const struct service_report *report;
};

static void keep_error(void *context, const char *name, unsigned line, const char *message)
{
	struct error_keeper *keeper = context;
	struct service_entry *entry = keeper->entry;

	if (!entry->invalid && line)
		snprintf(entry->error, sizeof(entry->error), "line %u: %s", line, message);
	else if (!entry->invalid)
		snprintf(entry->error, sizeof(entry->error), "%s", message);
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

/* ---- the table ---- */

/* The index at which `name` is, or else belongs. */
static uint32_t place_of(const struct service_set *set, const char *name, bool *found)
{
	uint32_t low = 0;
	uint32_t high = set->count;

	*found = false;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(set->entries[middle].config.name, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int service_set_find(const struct service_set *set, const char *name)
{
	bool found;
	uint32_t index = place_of(set, name, &found);

	return found ? (int)index : -1;
}

static void entry_unlink(struct service_entry *entry)
{
	free(entry->needs); /* and `after`, which lies in the same block */
	entry->needs = NULL;
	entry->after = NULL;
	entry->needs_count = 0;
	entry->after_count = 0;
}

static void entry_free(struct service_entry *entry)
{
	entry_unlink(entry);
	service_config_free(&entry->config);
}

/* Takes the entry into the set, in place of one of the same name. Returns 0, -ENOMEM or -ENOSPC. */
static int insert(struct service_set *set, const struct service_entry *entry)
{
	bool found;
	uint32_t place = place_of(set, entry->config.name, &found);

	if (found) {
		entry_free(&set->entries[place]);
		set->entries[place] = *entry;
		return 0;
	}
	if (set->count == SERVICE_COUNT_MAX)
		return -ENOSPC;
	if (set->count % GROWTH == 0) {
		size_t size = (set->count + GROWTH) * sizeof(*set->entries);
		struct service_entry *entries = realloc(set->entries, size);

		if (!entries)
			return -ENOMEM;
		set->entries = entries;
	}
	memmove(&set->entries[place + 1], &set->entries[place],
		(set->count - place) * sizeof(*set->entries));
	set->entries[place] = *entry;
	set->count++;
	return 0;
}

/* FNV-1a, 64 bits (draft-eastlake-fnv): a change must be noticed, not defended against. */
static uint64_t digest_of(const char *text, size_t length)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		digest = (digest ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return digest;
}

int service_set_add(struct service_set *set, const char *name, const char *text, size_t length,
	const struct service_report *report)
{
	struct service_entry entry = { .digest = digest_of(text, length) };
	struct error_keeper keeper = { .entry = &entry, .report = report };
	const struct service_report keep = { .error = keep_error, .context = &keeper };
	int error;

	if (!service_config_parse(&entry.config, name, text, length, &keep)) {
		if (errno == ENOMEM)
			return -ENOMEM;
		if (!service_name_valid(name))
			return -EINVAL;
	}
	error = insert(set, &entry);
	if (error)
		entry_free(&entry);
	return error;
}

int service_set_add_refused(struct service_set *set, const char *name, const char *reason,
	const struct service_report *report)
{
	struct service_entry entry = { .invalid = false };

	/* No text is no service, and leaves the name and the defaults. */
	if (!service_config_parse(&entry.config, name, "", 0, NULL) && errno == ENOMEM)
		return -ENOMEM;
	service_entry_refuse(&entry, report, 0, "%s", reason);
	return insert(set, &entry);
}

void service_set_free(struct service_set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		entry_free(&set->entries[i]);
	free(set->entries);
	*set = (struct service_set){ .entries = NULL };
}

/* ---- the links ---- */

static uint16_t count_words(const char *const *words)
{
	uint16_t count = 0;

	while (words[count])
		count++;
	return count;
}

/* Finds the services that are named; those that are not there are refused or passed over. */
static int link_entry(const struct service_set *set, struct service_entry *entry,
	const struct service_report *report)
{
	const struct service_config *config = &entry->config;
	uint16_t needs_most = count_words(config->needs);
	uint16_t after_most = count_words(config->after);
	uint16_t *links;

	if (needs_most + after_most == 0)
		return 0;
	links = calloc((size_t)needs_most + after_most, sizeof(*links));
	if (!links)
		return -ENOMEM;
	entry->needs = links;
	entry->after = links + needs_most;
	for (const char **name = config->needs; *name; name++) {
		int index = service_set_find(set, *name);

		if (index >= 0)
			entry->needs[entry->needs_count++] = (uint16_t)index;
		else
			service_entry_refuse(entry, report, config->line[KEY_NEEDS],
				"needs '%s', but there is no service of that name", *name);
	}
	for (const char **name = config->after; *name; name++) {
		int index = service_set_find(set, *name);

		if (index >= 0)
			entry->after[entry->after_count++] = (uint16_t)index;
	}
	return 0;
}

int service_set_link(
	struct service_set *set, const char *const *roots, const struct service_report *report)
{
	for (uint32_t i = 0; i < set->count; i++) {
		struct service_entry *entry = &set->entries[i];

		/* What an earlier link found may be mended by now; what the parser found is not. */
		entry_unlink(entry);
		if (entry->config.block) {
			entry->invalid = false;
			entry->error[0] = '\0';
		}
	}
	for (uint32_t i = 0; i < set->count; i++) {
		struct service_entry *entry = &set->entries[i];
		int error = link_entry(set, entry, report);

		if (error)
			return error;
		if (entry->config.block)
			service_check_program(entry, roots, report);
	}
	return service_check_cycles(set, report);
}
