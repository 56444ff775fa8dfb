/* SPDX-License-Identifier: MIT */
/* Runs the collectors: see scrape.h. */
#include "scrape.h"

#include <time.h>

/* In the order of the answer. Those node_exporter has are called as there. */
static const struct collector {
	const char *name;
	bool (*collect)(struct collect *collect);
} collectors[SCRAPE_COLLECTORS] = {
	{ "time", collect_time },
	{ "uname", collect_uname },
	{ "loadavg", collect_load },
	{ "cpu", collect_cpu },
	{ "cpufreq", collect_frequency },
	{ "meminfo", collect_memory },
	{ "vmstat", collect_vmstat },
	{ "pressure", collect_pressure },
	{ "thermal_zone", collect_thermal },
	{ "hwmon", collect_hwmon },
	{ "netdev", collect_network },
	{ "netclass", collect_link },
	{ "filesystem", collect_filesystem },
	{ "entropy", collect_entropy },
	{ "node", collect_node },
	{ "services", collect_services },
	{ "netd", collect_netd },
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void scrape_begin(struct scrape *scrape, int root, const struct own *own)
{
	uint64_t begun = now_ns();

	*scrape = (struct scrape){
		.collect = { .root = root, .services = &scrape->services, .own = own },
	};
	(void)services_take(&scrape->services, root, true);
	/* The time for it is the services'. */
	scrape->results[SCRAPE_COLLECTORS - 2].ns = now_ns() - begun;
}

void scrape_end(struct scrape *scrape)
{
	services_free(&scrape->services);
}

static bool write_results(struct collect *collect, const struct scrape_result *results)
{
	static const struct family duration = { "node_scrape_collector_duration_seconds", "gauge",
		"node_exporter: Duration of a collector scrape." };
	static const struct family success = { "node_scrape_collector_success", "gauge",
		"node_exporter: Whether a collector succeeded." };
	struct step *step = &collect->step;

	for (size_t i = 0; i < SCRAPE_COLLECTORS; i++) {
		if (!sample_begin(step, &duration))
			continue;
		sample_label(step, "collector", collectors[i].name);
		sample_fixed(step, (int64_t)results[i].ns, 9);
	}
	for (size_t i = 0; i < SCRAPE_COLLECTORS; i++) {
		if (!sample_begin(step, &success))
			continue;
		sample_label(step, "collector", collectors[i].name);
		sample_number(step, !results[i].failed);
	}
	return collect_process(collect);
}

/* Runs the current collector on. False: there is no room for all it has. */
static bool run(struct scrape *scrape)
{
	struct collect *collect = &scrape->collect;
	uint64_t begun = now_ns();
	bool good;

	if (scrape->running)
		step_again(&collect->step);
	else
		step_begin(&collect->step);
	scrape->running = true;
	if (scrape->at == SCRAPE_COLLECTORS) {
		(void)write_results(collect, scrape->results);
	} else {
		good = collectors[scrape->at].collect(collect);
		scrape->results[scrape->at].ns += now_ns() - begun;
		/* One that was cut short had no chance to look at everything. */
		scrape->results[scrape->at].failed = !good && !collect->step.full;
	}
	return !collect->step.full;
}

bool scrape_next(struct scrape *scrape, struct output *output)
{
	scrape->collect.step.output = output;
	while (scrape->at <= SCRAPE_COLLECTORS) {
		if (!run(scrape))
			return true;
		scrape->at++;
		scrape->running = false;
	}
	return false;
}
