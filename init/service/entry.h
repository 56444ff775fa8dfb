/* SPDX-License-Identifier: MIT */
/*
 * A service as a member of a set: what its file says, whom it waits for, and what is wrong with it. One with an
 * error stays in the set, marked invalid, with the first error's text.
 */
#ifndef SERVICE_ENTRY_H
#define SERVICE_ENTRY_H

#include <stddef.h>

#include "service/config.h"

struct service_entry {
	struct service_config config;
	bool invalid;
	uint64_t digest; /* of the file's text, to tell whether it changed (FNV-1a) */
	const char *error; /* "line 3: unknown key 'exce' …", owned; "": it is valid */
	/* Indexes into the set: of those it needs, and those whose needed-by names it; owned by the entry. */
	uint16_t *needs;
	uint16_t needs_count;
	uint16_t *
		after; /* those names of `after` that exist; others are no error. In needs' block */
	uint16_t after_count;
};

/*
 * Reads a file's text into an entry. An invalid one is an entry too. Returns 0, -ENOMEM or -EINVAL (not a
 * service's name, reported), and then there is nothing to free.
 */
int service_entry_read(struct service_entry *entry, const char *name, const char *text,
	size_t length, const struct service_report *report);

/* Makes an entry that is invalid because its file could not be read. The name has to be a service's. */
void service_entry_unread(struct service_entry *entry, const char *name, const char *reason,
	const struct service_report *report);

/*
 * Marks the service as invalid, keeps the text if it is the first error, and passes it on to `report`
 * (may be NULL). `line` is the line of its file, 0: the file as a whole.
 */
void service_entry_refuse(struct service_entry *entry, const struct service_report *report,
	unsigned line, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Makes it valid again, and forgets why it was not. */
void service_entry_absolve(struct service_entry *entry);

/* Takes memory for so many of each. Returns 0 or -ENOMEM. */
int service_entry_take_links(struct service_entry *entry, uint16_t needs, uint16_t after);

/* Forgets whom it waits for, and gives that memory back. */
void service_entry_unlink(struct service_entry *entry);

void service_entry_free(struct service_entry *entry);

#endif
