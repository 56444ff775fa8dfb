/* SPDX-License-Identifier: MIT */
/* Metrics of resmond itself, by the names Prometheus's clients use for theirs: see collect.h. */
#include <stdio.h>
#include <sys/resource.h>

#include "collect.h"
#include "lines.h"

/* Private_Clean and Private_Dirty of smaps_rollup: VmRSS is off by much for a small process on arm64. */
static bool read_memory(int root, uint64_t *resident, uint64_t *private)
{
	struct lines lines;
	char *line;
	uint64_t kilobytes;

	*resident = *private = 0;
	if (!lines_open(&lines, root, "/proc/self/smaps_rollup"))
		return false;
	while ((line = lines_next(&lines))) {
		const char *rss = lines_after(line, "Rss:");
		const char *clean = lines_after(line, "Private_Clean:");
		const char *dirty = lines_after(line, "Private_Dirty:");

		if (rss && lines_number(rss, &kilobytes))
			*resident = kilobytes * 1024;
		if ((clean && lines_number(clean, &kilobytes)) ||
			(dirty && lines_number(dirty, &kilobytes)))
			*private += kilobytes * 1024;
	}
	lines_close(&lines);
	return lines.error == 0;
}

bool collect_process(struct collect *collect)
{
	static const struct family cpu = { "process_cpu_seconds_total", "counter",
		"Total user and system CPU time spent in seconds." };
	static const struct family resident = { "process_resident_memory_bytes", "gauge",
		"Resident memory size in bytes." };
	static const struct family private = { "resmond_private_memory_bytes", "gauge",
		"Memory that is resmond's alone, in bytes." };
	static const struct family codes = { "resmond_http_responses_total", "counter",
		"Answers by status code." };
	static const struct family clients = { "resmond_http_clients", "gauge",
		"Connections that are open now." };
	static const struct family closed = { "resmond_http_clients_closed_total", "counter",
		"Connections closed because they were too slow, or idle and in another's way." };
	static const struct family light = { "resmond_light_requests_dropped_total", "counter",
		"Requests to the light that nobody took." };
	const struct own *own = collect->own;
	struct step *step = &collect->step;
	uint64_t resident_bytes, private_bytes;
	bool good = read_memory(collect->root, &resident_bytes, &private_bytes);
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	sample_one_fixed(step, &cpu,
		(int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
			use.ru_utime.tv_usec + use.ru_stime.tv_usec,
		6);
	if (good) {
		sample_one(step, &resident, resident_bytes);
		sample_one(step, &private, private_bytes);
	}
	for (int i = 0; i < OWN_CODES && own->codes[i].code; i++) {
		char code[12];

		snprintf(code, sizeof(code), "%u", own->codes[i].code);
		if (sample_begin(step, &codes)) {
			sample_label(step, "code", code);
			sample_number(step, own->codes[i].count);
		}
	}
	sample_one(step, &clients, own->clients);
	if (sample_begin(step, &closed)) {
		sample_label(step, "reason", "slow");
		sample_number(step, own->timeouts);
	}
	if (sample_begin(step, &closed)) {
		sample_label(step, "reason", "room");
		sample_number(step, own->evicted);
	}
	sample_one(step, &light, own->light_dropped);
	return good;
}
