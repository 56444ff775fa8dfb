/* SPDX-License-Identifier: MIT */
/* Metrics of resmond itself, by the names Prometheus's clients use for theirs: see collect.h. */
#include <stdio.h>
#include <sys/resource.h>

#include "collect.h"
#include "lines.h"

/* Private_Clean and Private_Dirty of smaps_rollup: VmRSS is off by much for a small process on arm64. */
static void measure(int root, struct own_memory *memory)
{
	struct lines lines;
	char *line;
	uint64_t kilobytes;

	*memory = (struct own_memory){ .measured = true };
	if (!lines_open(&lines, root, "/proc/self/smaps_rollup"))
		return;
	while ((line = lines_next(&lines))) {
		const char *rss = lines_after(line, "Rss:");
		const char *clean = lines_after(line, "Private_Clean:");
		const char *dirty = lines_after(line, "Private_Dirty:");

		if (rss && lines_number(rss, &kilobytes))
			memory->resident = kilobytes * 1024;
		if ((clean && lines_number(clean, &kilobytes)) ||
			(dirty && lines_number(dirty, &kilobytes)))
			memory->private += kilobytes * 1024;
	}
	memory->known = lines.error == 0;
	lines_close(&lines);
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
	const struct own_memory *memory = &collect->memory;
	struct rusage use;

	if (!memory->measured)
		measure(collect->root, &collect->memory);
	getrusage(RUSAGE_SELF, &use);
	sample_one_fixed(step, &cpu,
		(int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
			use.ru_utime.tv_usec + use.ru_stime.tv_usec,
		6);
	if (memory->known) {
		sample_one(step, &resident, memory->resident);
		sample_one(step, &private, memory->private);
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
	return memory->known;
}
