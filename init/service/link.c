/* SPDX-License-Identifier: MIT */
/* From names to indexes, then the checks of program.c and cycle.c. */
#include "service/link.h"

#include "service/cycle.h"
#include "service/program.h"

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
	int error = service_entry_take_links(
		entry, count_words(config->needs), count_words(config->after));

	if (error)
		return error;
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
		service_entry_unlink(entry);
		if (entry->config.block)
			service_entry_absolve(entry);
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
