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

/* Room for whom it waits for: those it names, and those that name it. */
static int take_links(struct service_entry *entry)
{
	uint16_t needs = (uint16_t)(count_words(entry->config.needs) + entry->needs_count);

	entry->needs_count = 0;
	return service_entry_take_links(entry, needs, count_words(entry->config.after));
}

/* Finds the services that are named; those that are not there are refused or passed over. */
static void link_entry(const struct service_set *set, struct service_entry *entry,
	const struct service_report *report)
{
	const struct service_config *config = &entry->config;

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
}

/*
 * What `needed-by` of service `index` says, said to those it names: once to count them, while none has room for it
 * (`count`), once to link them. Names that are no service's do not matter.
 */
static void link_needed_by(struct service_set *set, uint32_t index, bool count)
{
	for (const char **name = set->entries[index].config.needed_by; *name; name++) {
		int by = service_set_find(set, *name);
		struct service_entry *entry = by < 0 ? NULL : &set->entries[by];

		if (entry && !count)
			entry->needs[entry->needs_count] = (uint16_t)index;
		if (entry)
			entry->needs_count++;
	}
}

/* A task that has to be done first may bring the program: then it is looked for when the service starts. */
static bool needs_a_task(const struct service_set *set, const struct service_entry *entry)
{
	for (uint16_t i = 0; i < entry->needs_count; i++)
		if (set->entries[entry->needs[i]].config.type == SERVICE_TASK)
			return true;
	return false;
}

static int link_all(struct service_set *set, const struct service_report *report)
{
	int error = 0;

	for (uint32_t i = 0; i < set->count; i++)
		link_needed_by(set, i, true);
	for (uint32_t i = 0; i < set->count && !error; i++)
		error = take_links(&set->entries[i]);
	for (uint32_t i = 0; i < set->count && !error; i++)
		link_entry(set, &set->entries[i], report);
	for (uint32_t i = 0; i < set->count && !error; i++)
		link_needed_by(set, i, false);
	return error;
}

int service_set_link(
	struct service_set *set, const char *const *roots, const struct service_report *report)
{
	int error;

	for (uint32_t i = 0; i < set->count; i++) {
		struct service_entry *entry = &set->entries[i];

		/* What an earlier link found may be mended by now; what the parser found is not. */
		service_entry_unlink(entry);
		if (entry->config.block)
			service_entry_absolve(entry);
	}
	error = link_all(set, report);
	if (error)
		return error;
	for (uint32_t i = 0; i < set->count; i++) {
		struct service_entry *entry = &set->entries[i];

		if (entry->config.block)
			service_check_program(entry, roots, needs_a_task(set, entry), report);
	}
	return service_check_cycles(set, report);
}
