/* SPDX-License-Identifier: MIT */
/* Reading /etc/svc, or another directory of service files, into a set. */
#ifndef SERVICE_DIRECTORY_H
#define SERVICE_DIRECTORY_H

#include "service/set.h"

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
 * Reading for callers that put a set together from several places: adds one file of the open
 * `directory`, or every file of a directory, to a set that began as all zeros; links nothing. A file
 * that cannot be read is added, as invalid. They return as service_set_add() does, and
 * service_set_read() also -errno if the directory cannot be read.
 */
int service_set_read_file(struct service_set *set, int directory, const char *name,
	const struct service_report *report);
int service_set_read(
	struct service_set *set, const char *directory, const struct service_report *report);

#endif
