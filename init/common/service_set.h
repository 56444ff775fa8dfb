/* SPDX-License-Identifier: MIT */
/*
 * All services of a node: a directory of service files, read and checked against each other.
 *
 * What one file cannot know is found here: a program that does not exist, a need that names no service,
 * a cycle. A service with an error stays in the set, marked invalid, with the first error's text.
 */
#ifndef COMMON_SERVICE_SET_H
#define COMMON_SERVICE_SET_H

#include "common/service_file.h"

enum {
	SERVICE_COUNT_MAX =
		4096, /* services of one node; further files are reported and left out */
};

struct service_entry {
	struct service_config config;
	bool invalid;
	uint64_t digest; /* of the file's text, to tell whether it changed (FNV-1a) */
	char error[SERVICE_ERROR_MAX]; /* "line 3: unknown key 'exce' (did you mean 'exec'?)" */
	uint16_t *needs; /* indexes into the set, needs_count of them; owned by the entry */
	uint16_t needs_count;
	uint16_t *
		after; /* those names of `after` that exist; others are no error. In needs' block */
	uint16_t after_count;
};

struct service_set {
	struct service_entry *entries; /* sorted by name */
	uint32_t count;
};

/*
 * Reads every file of `directory` (names starting with a dot or ending in ~ are passed over) and links the
 * needs. `roots` is a NULL-terminated list of directories below which programs are looked up, the
 * first that has it wins; NULL means "/". Symbolic links in the path of a program are followed
 * inside the root they were found in. Errors go to `report` (may be NULL) and into the entries.
 * Returns 0, or -errno if the directory cannot be read (then the set is empty). Free with
 * service_set_free().
 */
int service_set_load(struct service_set *set, const char *directory, const char *const *roots,
	const struct service_report *report);

/*
 * The two halves of the above for callers that bring their own files: add one file's text under a
 * name (a later one of the same name replaces the former) to a set that began as all zeros, then
 * link all. A file with errors is added, as invalid. Both return 0 or -ENOMEM, adding also -ENOSPC
 * (SERVICE_COUNT_MAX) and -EINVAL (not a service's name, reported); where adding fails, the set is as
 * it was. Linking again is allowed, and judges anew what the links and programs make of a service.
 */
int service_set_add(struct service_set *set, const char *name, const char *text, size_t length,
	const struct service_report *report);
int service_set_link(
	struct service_set *set, const char *const *roots, const struct service_report *report);

/*
 * Reading for callers that put a set together from several places: adds one file of the open
 * `directory`, or every file of a directory, to a set that began as all zeros; links nothing. A file
 * that cannot be read is added, as invalid. They return as service_set_add() does, and
 * service_set_read() also -errno if the directory cannot be read.
 */
int service_set_read_file(struct service_set *set, int directory, const char *name,
	const struct service_report *report);
int service_set_read(
	struct service_set *set, const char *directory, const struct service_report *report);

/* Index of a name, or -1. */
int service_set_find(const struct service_set *set, const char *name);

void service_set_free(struct service_set *set);

#endif
