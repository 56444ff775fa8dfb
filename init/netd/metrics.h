/* SPDX-License-Identifier: MIT */
/*
 * How the network does, in numbers: the text of /run/net/metrics in Prometheus's format, version 0.0.4, for a
 * monitor that has more to tell. Counters begin at zero with each netd. Pure.
 */
#ifndef NETD_METRICS_H
#define NETD_METRICS_H

#include "files.h"
#include "link.h"

enum { METRICS_TEXT_MAX = FILES_METRICS_MAX };

/*
 * Writes them for all links into `text`, METRICS_TEXT_MAX bytes. The end of a lease is told in the time of
 * day, and `clock_offset_ms` is what that has more than the clock of `until_ms`. Empty without links.
 */
void metrics_write(char *text, const struct link_table *table, int64_t clock_offset_ms);

#endif
