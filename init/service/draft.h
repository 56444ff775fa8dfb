/* SPDX-License-Identifier: MIT */
/*
 * A service file that is being read: what there is of it so far, its errors, and the one block that the
 * result is packed into. Used by the parser and the readers of the keys' values alone.
 */
#ifndef SERVICE_DRAFT_H
#define SERVICE_DRAFT_H

#include "service/config.h"

/* A list under construction; the strings lie in the parser's copy of the text. */
struct draft_list {
	const char **items;
	uint32_t count;
	uint32_t most;
};

struct key_rule; /* keys.c */

/* A service file that is being read. */
struct service_draft {
	struct service_config *config;
	const struct service_report *report;
	unsigned line; /* being read; 0: the file as a whole */
	unsigned errors; /* so far */
	uint64_t bad; /* KEY_BIT(KEY_…): that key's value had an error */
	const char *key; /* whose value is being read, as it is written in a file */
	const struct key_rule *rule; /* of that key */

	struct draft_list argv;
	struct draft_list environment;
	struct draft_list needs;
	struct draft_list after;
	struct draft_list needed_by;
	const char *argv_items[SERVICE_WORDS_MAX];
	const char *environment_items[SERVICE_ENVIRONMENT_MAX];
	const char *needs_items[SERVICE_NEEDS_MAX];
	const char *after_items[SERVICE_NEEDS_MAX];
	const char *needed_by_items[SERVICE_NEEDS_MAX];
};

/* Reports an error at draft->line. */
void draft_error(struct service_draft *draft, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports that the value of the key being read is not one: "KEY = VALUE: <reason>". A long value is cut. */
void draft_refuse(struct service_draft *draft, const char *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reports an error of the whole file at the line where `key` stands. */
void draft_conflict(struct service_draft *draft, enum service_key key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * nearest_name(), or NULL if the draft has so many errors that this one is not shown: looking takes a while,
 * and a file of nothing but errors must not take PID 1 longer.
 */
const char *draft_nearest(
	const struct service_draft *draft, const char *word, const char *(*names)(int index));

/*
 * Moves all the draft points to into one block of its own, which the configuration then owns. False if there
 * is no memory for it.
 */
bool draft_pack(struct service_draft *draft);

#endif
