/* SPDX-License-Identifier: MIT */
/*
 * Between the two halves of the parser of service files: service_file.c reads lines and puts the
 * result together, service_keys.c reads the value of each key. Nobody else includes this.
 */
#ifndef COMMON_SERVICE_DRAFT_H
#define COMMON_SERVICE_DRAFT_H

#include "common/service_file.h"

struct service_draft;

/* A list under construction; the strings lie in the parser's copy of the text. */
struct draft_list {
	const char **items;
	uint32_t count;
	uint32_t most;
};

/* What is known of a key. */
struct key_rule {
	const char *name;
	/*
	 * Reads the trimmed, non-empty value into draft->config; may write to it. Strings are kept as
	 * pointers into it. Errors go through draft_error() or draft_refuse().
	 */
	void (*read)(struct service_draft *draft, char *value);
	size_t field; /* offset in service_config, for keys whose value is one number or string */
	int64_t low; /* bounds of a number or a size */
	int64_t high;
};

/* By enum service_key. */
extern const struct key_rule key_rules[SERVICE_KEY_COUNT];

/* A service file that is being read. */
struct service_draft {
	struct service_config *config;
	const struct service_report *report;
	unsigned line; /* being read; 0: the file as a whole */
	unsigned errors; /* so far */
	uint32_t bad; /* bit 1u << KEY_…: that key's value had an error */
	const struct key_rule *rule; /* of the key whose value is being read */

	struct draft_list argv;
	struct draft_list environment;
	struct draft_list needs;
	struct draft_list after;
	const char *argv_items[SERVICE_WORDS_MAX];
	const char *environment_items[SERVICE_ENVIRONMENT_MAX];
	const char *needs_items[SERVICE_NEEDS_MAX];
	const char *after_items[SERVICE_NEEDS_MAX];
};

/* Reports an error at draft->line. */
void draft_error(struct service_draft *draft, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports that the value of the key being read is not one: "KEY = VALUE: <reason>". A long value is cut. */
void draft_refuse(struct service_draft *draft, const char *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The name in names(0), names(1) … up to NULL that `word` was probably meant to be: at most a third of its
 * letters differ, whatever their case. NULL if none is near, or if the draft has so many errors that this
 * one is not shown: looking takes a while, and a file of nothing but errors must not take PID 1 longer.
 */
const char *draft_nearest(
	const struct service_draft *draft, const char *word, const char *(*names)(int index));

#endif
