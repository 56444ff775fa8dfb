/* SPDX-License-Identifier: MIT */
/*
 * Tarjan's algorithm finds the groups whose members
 * all reach each other, with a stack of its own instead of recursion, for 4096 services may stand in one
 * line. Then each member of such a group is told the shortest circle it is in.
 *
 * `needs` and `after` count alike: a circle that is closed by `after` waits as long as any other.
 */
#include "service/cycle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Links followed to find shortest circles, in one check. Enough for 64 services in one knot that
 * name 64 others each; a larger knot is no accident, and its later members hear less.
 */
enum { EFFORT_MAX = 1 << 18 };

struct search {
	const struct service_set *set;
	uint16_t *group; /* of each service: 1 and up; 0: not known yet */
	uint16_t *order; /* in which it was met: 1 and up; 0: not yet */
	uint16_t *lowest; /* the first met that it reaches */
	uint16_t *link; /* the next of its links to follow */
	uint16_t *path; /* services from where the walk began to where it is */
	uint16_t *open; /* services met and in no group yet */
	uint32_t path_length;
	uint32_t open_length;
	uint16_t met;
	uint16_t groups;
};

static uint32_t link_count(const struct search *search, uint16_t service)
{
	const struct service_entry *entry = &search->set->entries[service];

	return (uint32_t)entry->needs_count + entry->after_count;
}

static uint16_t link_target(const struct search *search, uint16_t service, uint32_t link)
{
	const struct service_entry *entry = &search->set->entries[service];

	return link < entry->needs_count ? entry->needs[link]
					 : entry->after[link - entry->needs_count];
}

static void enter(struct search *search, uint16_t service)
{
	search->met++;
	search->order[service] = search->met;
	search->lowest[service] = search->met;
	search->link[service] = 0;
	search->path[search->path_length++] = service;
	search->open[search->open_length++] = service;
}

/* The walk is done with `service`: close its group if it was the first of it. */
static void leave(struct search *search, uint16_t service)
{
	uint16_t member;

	search->path_length--;
	if (search->path_length) {
		uint16_t before = search->path[search->path_length - 1];

		if (search->lowest[service] < search->lowest[before])
			search->lowest[before] = search->lowest[service];
	}
	if (search->lowest[service] != search->order[service])
		return;
	search->groups++;
	do {
		member = search->open[--search->open_length];
		search->group[member] = search->groups;
	} while (member != service);
}

static void walk_from(struct search *search, uint16_t start)
{
	enter(search, start);
	while (search->path_length) {
		uint16_t service = search->path[search->path_length - 1];
		uint16_t target;

		if (search->link[service] == link_count(search, service)) {
			leave(search, service);
			continue;
		}
		target = link_target(search, service, search->link[service]++);
		if (!search->order[target])
			enter(search, target);
		else if (!search->group[target] && search->order[target] < search->lowest[service])
			search->lowest[service] = search->order[target];
	}
}

/*
 * Finds the shortest circle through `start`, breadth first: leaves it in path[], start first, and
 * returns its length; 0 when the effort is used up.
 */
static uint32_t shortest_circle(struct search *search, uint16_t start, uint32_t *effort)
{
	uint16_t *queue = search->open;
	uint16_t *from = search->lowest;
	uint16_t *distance = search->link;
	uint32_t head = 0;
	uint32_t tail = 0;

	memset(distance, 0, search->set->count * sizeof(*distance));
	queue[tail++] = start;
	while (head < tail) {
		uint16_t service = queue[head++];

		for (uint32_t i = 0; i < link_count(search, service); i++) {
			uint16_t target = link_target(search, service, i);

			if (*effort == 0)
				return 0;
			--*effort;
			if (target == start) {
				uint32_t length = (uint32_t)distance[service] + 1;

				for (uint32_t at = length; at-- > 0; service = from[service])
					search->path[at] = service;
				return length;
			}
			if (search->group[target] != search->group[start] || distance[target])
				continue;
			distance[target] = (uint16_t)(distance[service] + 1);
			from[target] = service;
			queue[tail++] = target;
		}
	}
	return 0;
}

/* Writes "a -> b -> a", or "a -> b -> ... -> a" where that is too long. */
static void write_circle(const struct search *search, uint32_t length, char *text, size_t size)
{
	const struct service_entry *entries = search->set->entries;
	const char *first = entries[search->path[0]].config.name;
	size_t reserve = strlen(first) + sizeof(" -> ... -> ");
	size_t used = (size_t)snprintf(text, size, "%s", first);

	for (uint32_t i = 1; i < length; i++) {
		const char *name = entries[search->path[i]].config.name;

		if (used + strlen(" -> ") + strlen(name) + reserve > size) {
			used += (size_t)snprintf(text + used, size - used, " -> ...");
			break;
		}
		used += (size_t)snprintf(text + used, size - used, " -> %s", name);
	}
	snprintf(text + used, size - used, " -> %s", first);
}

/* The line of the file that makes `service` wait for `target`. */
static unsigned line_of_link(const struct service_entry *entry, uint16_t target)
{
	for (uint16_t i = 0; i < entry->needs_count; i++) {
		if (entry->needs[i] == target)
			return entry->config.line[KEY_NEEDS];
	}
	return entry->config.line[KEY_AFTER];
}

static void refuse_member(struct search *search, struct service_entry *entry, uint16_t service,
	uint32_t *effort, const struct service_report *report)
{
	char circle[SERVICE_ERROR_MAX - 40];
	uint32_t length = shortest_circle(search, service, effort);

	if (length == 0) {
		service_entry_refuse(entry, report, entry->config.line[KEY_NEEDS],
			"waits for itself by way of many other services");
		return;
	}
	write_circle(search, length, circle, sizeof(circle));
	service_entry_refuse(entry, report, line_of_link(entry, search->path[length > 1 ? 1 : 0]),
		"waits for itself: %s", circle);
}

int service_check_cycles(struct service_set *set, const struct service_report *report)
{
	uint16_t count = (uint16_t)set->count;
	uint16_t *memory = calloc(count + 1u, 7 * sizeof(*memory));
	struct search search = { .set = set };
	uint32_t effort = EFFORT_MAX;
	uint16_t *members; /* of each group, how many; by its number */

	if (!memory)
		return -ENOMEM;
	search.group = memory;
	search.order = memory + count;
	search.lowest = memory + 2 * count;
	search.link = memory + 3 * count;
	search.path = memory + 4 * count;
	search.open = memory + 5 * count;
	members = memory + 6 * count;
	for (uint16_t i = 0; i < count; i++) {
		if (!search.order[i])
			walk_from(&search, i);
	}
	for (uint16_t i = 0; i < count; i++)
		members[search.group[i]]++;
	for (uint16_t i = 0; i < count; i++) {
		if (members[search.group[i]] > 1)
			refuse_member(&search, &set->entries[i], i, &effort, report);
	}
	free(memory);
	return 0;
}
