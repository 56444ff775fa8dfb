/* SPDX-License-Identifier: MIT */
/*
 * Metrics that netd writes: see collect.h. The file is replaced as a whole (rename), so what is open stays as it
 * is between the check and the copy. With anything wrong in it nothing of it is told.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "collect.h"
#include "exposition.h"
#include "lines.h"

#define NETD_METRICS "/run/net/metrics"
#define NETD_PREFIX  "netd_"

enum { SIZE_MAX_TAKEN = 16 * 1024 }; /* bytes of the file */

static bool is_good(struct lines *lines)
{
	static struct exposition exposition; /* five kilobytes, and used by one scrape at a time */
	struct stat stat;
	char *line;

	if (fstat(lines->fd, &stat) < 0 || !S_ISREG(stat.st_mode) || stat.st_size > SIZE_MAX_TAKEN)
		return false;
	exposition_begin(&exposition, NETD_PREFIX);
	while ((line = lines_next(lines))) {
		if (exposition_line(&exposition, line))
			return false;
	}
	return lines->error == 0;
}

bool collect_netd(struct collect *collect)
{
	struct step *step = &collect->step;
	struct lines lines;
	bool good;
	char *line;

	if (!lines_open(&lines, collect->root, NETD_METRICS))
		return errno == ENOENT;
	good = is_good(&lines);
	if (good)
		lines_rewind(&lines);
	while (good && !step->full && (line = lines_next(&lines)))
		sample_line(step, line);
	lines_close(&lines);
	return good;
}
