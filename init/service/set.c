/* SPDX-License-Identifier: MIT */
/* A sorted array that only grows. */
#include "service/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { GROWTH = 16 }; /* entries; the array has room for `count` rounded up to this */

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

/* Takes the entry into the set, in place of one of the same name. Returns 0, -ENOMEM or -ENOSPC. */
static int insert(struct service_set *set, const struct service_entry *entry)
{
	bool found;
	uint32_t place = place_of(set, entry->config.name, &found);

	if (found) {
		service_entry_free(&set->entries[place]);
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

int service_set_add(struct service_set *set, const char *name, const char *text, size_t length,
	const struct service_report *report)
{
	struct service_entry entry;
	int error = service_entry_read(&entry, name, text, length, report);

	if (error)
		return error;
	error = insert(set, &entry);
	if (error)
		service_entry_free(&entry);
	return error;
}

int service_set_add_unread(struct service_set *set, const char *name, const char *reason,
	const struct service_report *report)
{
	struct service_entry entry;
	int error;

	service_entry_unread(&entry, name, reason, report);
	error = insert(set, &entry);
	if (error)
		service_entry_free(&entry);
	return error;
}

void service_set_free(struct service_set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		service_entry_free(&set->entries[i]);
	free(set->entries);
	*set = (struct service_set){ .entries = NULL };
}
