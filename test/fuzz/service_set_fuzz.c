/* SPDX-License-Identifier: MIT */
/*
 * A folder of service files. The input is files one after the other, each behind a line "== NAME"; what
 * comes before the first is of a service "a". The set stays sorted, its links lead to what was named,
 * and among its sound services none waits for itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "service/link.h"
#include "service/program.h"
#include "service/set.h"

enum { FILES_MAX = 64 };

/* Stands in for service_program.c: which programs this machine has is not the input's. */
void service_check_program(struct service_entry *entry, const char *const *roots, bool may_come,
	const struct service_report *report)
{
	(void)may_come;
	(void)roots;
	if (strstr(entry->config.argv[0], "missing"))
		service_entry_refuse(
			entry, report, entry->config.line[KEY_EXEC], "there is no such program");
}

static void look_at_error(void *context, const char *name, unsigned line, const char *message)
{
	(void)context;
	(void)line;
	expect(strlen(message) < SERVICE_ERROR_MAX);
	expect(fuzz_printable(message) && fuzz_printable(name));
}

static const struct service_report report = { .error = look_at_error };

static void add(struct service_set *set, const char *name, const char *text, size_t length)
{
	uint32_t before = set->count;
	bool known = service_set_find(set, name) >= 0;
	char *copy = fuzz_bytes(text, length);
	int error = service_set_add(set, name, copy, length, &report);

	expect(error == 0 || error == -EINVAL);
	expect((error == 0) == service_name_valid(name));
	expect(set->count == before + (error == 0 && !known));
	expect(error || service_set_find(set, name) >= 0);
	free(copy);
}

static void read_set(struct service_set *set, struct fuzz_input input)
{
	const char *from = (const char *)input.data;
	char *line, *name = fuzz_text("a", 1);

	for (int files = 0; files < FILES_MAX;) {
		const char *at = (const char *)input.data;

		line = fuzz_line(&input);
		if (line && strncmp(line, "== ", 3) != 0) {
			free(line);
			continue;
		}
		if (at > from || files > 0)
			add(set, name, from, (size_t)(at - from));
		files++;
		free(name);
		name = line ? fuzz_text(line + 3, strlen(line + 3)) : NULL;
		from = (const char *)input.data;
		if (!line)
			break;
		free(line);
	}
	free(name);
}

static void look_at_links(const struct service_set *set, const struct service_entry *entry)
{
	const struct service_config *config = &entry->config;
	size_t found = 0;

	for (size_t i = 0; i < entry->needs_count; i++) {
		expect(entry->needs[i] < set->count);
		expect(&set->entries[entry->needs[i]] != entry);
	}
	for (size_t i = 0; i < entry->after_count; i++)
		expect(entry->after[i] < set->count);
	for (const char *const *name = config->needs; *name; name++)
		found += service_set_find(set, *name) >= 0;
	expect(!config->needs[found] || entry->invalid);
	for (uint32_t i = 0; i < set->count; i++)
		for (const char *const *name = set->entries[i].config.needed_by; *name; name++)
			found += strcmp(*name, config->name) == 0;
	expect(found == entry->needs_count);
}

static bool waits_for(const struct service_set *set, uint32_t from, uint32_t whom, bool *seen)
{
	const struct service_entry *entry = &set->entries[from];

	if (entry->invalid || seen[from])
		return false;
	seen[from] = true;
	for (size_t i = 0; i < entry->needs_count; i++)
		if (entry->needs[i] == whom || waits_for(set, entry->needs[i], whom, seen))
			return true;
	return false;
}

static void look_at_set(const struct service_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		const struct service_entry *entry = &set->entries[i];
		bool seen[FILES_MAX + 1] = { false };

		expect(i == 0 || strcmp(entry[-1].config.name, entry->config.name) < 0);
		expect(service_set_find(set, entry->config.name) == (int)i);
		expect(entry->invalid == (entry->error[0] != '\0'));
		expect(fuzz_printable(entry->error));
		expect(entry->invalid || entry->config.block);
		look_at_links(set, entry);
		expect(!waits_for(set, i, i, seen));
	}
}

/* Whether each service is invalid, and why. */
static void remember(const struct service_set *set, char (*errors)[SERVICE_ERROR_MAX])
{
	for (uint32_t i = 0; i < set->count; i++)
		snprintf(errors[i], SERVICE_ERROR_MAX, "%s", set->entries[i].error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char errors[FILES_MAX + 1][SERVICE_ERROR_MAX];
	struct service_set set = { .count = 0 };

	read_set(&set, (struct fuzz_input){ data, size });
	expect(service_set_link(&set, NULL, &report) == 0);
	look_at_set(&set);
	remember(&set, errors);
	/* Linking again finds what it found. */
	expect(service_set_link(&set, NULL, &report) == 0);
	look_at_set(&set);
	for (uint32_t i = 0; i < set.count; i++)
		expect(strcmp(errors[i], set.entries[i].error) == 0);
	service_set_free(&set);
	expect(set.count == 0);
	return 0;
}
