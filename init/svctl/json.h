/* SPDX-License-Identifier: MIT */
/*
 * svctl status --json: a snapshot as JSON (RFC 8259), with the keys svctl(8) promises to keep.
 * Pure.
 */
#ifndef SVCTL_JSON_H
#define SVCTL_JSON_H

#include "svctl/resources.h"
#include "svctl/snapshot.h"
#include "svctl/text.h"

/* Adds a string in quotes, escaped; bytes that are not UTF-8 become U+FFFD. NULL becomes null. */
void json_string(struct text *out, const char *string);

/* Adds a number, or null for RECORD_UNKNOWN. */
void json_number(struct text *out, int64_t number);

/* Adds ms as seconds with three decimals, or null for RECORD_UNKNOWN. */
void json_seconds(struct text *out, int64_t ms);

/* Adds the whole document and a newline. use[i] is of snapshot->services[i]. */
void json_snapshot(struct text *out, const struct snapshot *snapshot,
	const struct node_memory *memory, const struct service_use *use);

#endif
