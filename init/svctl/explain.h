/* SPDX-License-Identifier: MIT */
/*
 * Says in words why a service is as it is. Pure: records in, sentences out. What services and files
 * say themselves is escaped (escape.h), so the result may go to a terminal.
 */
#ifndef SVCTL_EXPLAIN_H
#define SVCTL_EXPLAIN_H

#include "svctl/snapshot.h"
#include "svctl/text.h"

/*
 * How the last run ended, after "it": "exited with code 1". False, nothing added: it never
 * ended.
 */
bool explain_death(struct text *out, const struct service_record *service);

/* What matters about it now, for a table's last column: "needs net (failed)"; may be nothing. */
void explain_detail(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service);

/*
 * Why it did not get where it was sent, in one line: "backoff: exited with code 1, starts again in
 * 98ms". The snapshot should hold all services, as the reason may be another one's.
 */
void explain_reason(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service);

/* Why the node is not ready: "web (failed), db (waiting)", the first few; may be nothing. */
void explain_node(struct text *out, const struct snapshot *snapshot);

/* The whole story, a sentence a line. The snapshot must hold all services. */
void explain_whole(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service);

/*
 * The service at the end of the chain of what waits for what, beginning with `service`; itself
 * if it does not wait, or what it waits for is not in the snapshot.
 */
const struct service_record *explain_root(
	const struct snapshot *snapshot, const struct service_record *service);

/* The name of what it waits for, be it a need or order only; NULL: it waits for nothing. */
const char *explain_blocker(const struct service_record *service);

/* True if a waiting service will not go on by itself: what it needs has ended, or never runs. */
bool explain_hopeless(const struct snapshot *snapshot, const struct service_record *service);

#endif
