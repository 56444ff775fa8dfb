/* SPDX-License-Identifier: MIT */
/*
 * Metrics of temperatures and clock rates: see collect.h. A sensor that cannot be read (many drivers say
 * EAGAIN or EIO for a while) is left out and makes its collector fail; the others are written.
 */
#include "sensor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect.h"
#include "folder.h"
#include "lines.h"

enum { MILLI = 3 }; /* decimals of thousandths */

struct sensor_walk {
	struct collect *collect;
	int64_t hottest; /* thousandths of a degree Celsius */
	bool good;
};

static bool write_zone(void *context, int folder, const char *zone)
{
	static const struct family family = { "node_thermal_zone_temp", "gauge",
		"Zone temperature in Celsius" };
	struct sensor_walk *walk = context;
	const char *number = lines_after(zone, "thermal_zone");
	char path[FOLDER_NAME_MAX + 16], type[32];
	int64_t temperature;

	if (!number)
		return true;
	snprintf(path, sizeof(path), "/%s/temp", zone);
	if (!lines_read_signed(folder, path, &temperature)) {
		walk->good = false;
		return true;
	}
	if (temperature > walk->hottest)
		walk->hottest = temperature;
	snprintf(path, sizeof(path), "/%s/type", zone);
	if (lines_read(folder, path, type, sizeof(type)) < 0)
		type[0] = '\0';
	if (walk->collect && sample_begin(&walk->collect->step, &family)) {
		sample_label(&walk->collect->step, "zone", number);
		sample_label(&walk->collect->step, "type", type);
		sample_fixed(&walk->collect->step, temperature, MILLI);
	}
	return !walk->collect || !walk->collect->step.full;
}

bool collect_thermal(struct collect *collect)
{
	struct sensor_walk walk = { collect, INT64_MIN, true };

	return folder_each(collect->root, "/sys/class/thermal", write_zone, &walk) && walk.good;
}

struct chip_walk {
	struct sensor_walk *sensors;
	char label[FOLDER_NAME_MAX + 32]; /* what it is called */
};

static bool write_input(void *context, int folder, const char *file)
{
	static const struct family family = { "node_hwmon_temp_celsius", "gauge",
		"Hardware monitor for temperature (input)" };
	struct chip_walk *walk = context;
	struct collect *collect = walk->sensors->collect;
	size_t length = strlen(file);
	char path[FOLDER_NAME_MAX + 8], sensor[FOLDER_NAME_MAX];
	int64_t temperature;

	if (!lines_after(file, "temp") || length < strlen("temp1_input") ||
		strcmp(file + length - strlen("_input"), "_input") != 0)
		return true;
	snprintf(path, sizeof(path), "/%s", file);
	if (!lines_read_signed(folder, path, &temperature)) {
		walk->sensors->good = false;
		return true;
	}
	if (temperature > walk->sensors->hottest)
		walk->sensors->hottest = temperature;
	snprintf(sensor, sizeof(sensor), "%.*s", (int)(length - strlen("_input")), file);
	if (collect && sample_begin(&collect->step, &family)) {
		sample_label(&collect->step, "chip", walk->label);
		sample_label(&collect->step, "sensor", sensor);
		sample_fixed(&collect->step, temperature, MILLI);
	}
	return !collect || !collect->step.full;
}

static bool write_chip(void *context, int folder, const char *chip)
{
	struct sensor_walk *walk = context;
	struct chip_walk inputs = { walk, "" };
	char path[FOLDER_NAME_MAX + 16], name[32];

	snprintf(path, sizeof(path), "/%s/name", chip);
	if (lines_read(folder, path, name, sizeof(name)) < 0)
		name[0] = '\0';
	/* Two chips may have one name. */
	snprintf(inputs.label, sizeof(inputs.label), "%s%s%s", name, *name ? "_" : "", chip);
	snprintf(path, sizeof(path), "/%s", chip);
	if (!folder_each(folder, path, write_input, &inputs))
		walk->good = false;
	return !walk->collect || !walk->collect->step.full;
}

bool collect_hwmon(struct collect *collect)
{
	struct sensor_walk walk = { collect, INT64_MIN, true };

	return folder_each(collect->root, "/sys/class/hwmon", write_chip, &walk) && walk.good;
}

bool sensor_hottest(int root, int64_t *millidegrees)
{
	struct sensor_walk walk = { NULL, INT64_MIN, true };

	(void)folder_each(root, "/sys/class/thermal", write_zone, &walk);
	(void)folder_each(root, "/sys/class/hwmon", write_chip, &walk);
	*millidegrees = walk.hottest;
	return walk.hottest != INT64_MIN;
}

enum {
	CPUS_MAX = 64, /* what comes behind them is left out, and the collector fails */
	CPU_NAME_MAX = 8, /* digits */
	RATES = 2,
};

struct rate_table {
	size_t count;
	bool good;
	struct rate {
		char cpu[CPU_NAME_MAX];
		uint64_t kilohertz[RATES];
		bool known[RATES];
	} cpus[CPUS_MAX];
};

static bool take_rates(void *context, int folder, const char *name)
{
	static const char *const files[RATES] = { "scaling_cur_freq", "scaling_max_freq" };
	struct rate_table *table = context;
	struct rate *rate = &table->cpus[table->count];
	const char *cpu = lines_after(name, "cpu");
	char path[FOLDER_NAME_MAX + 32];
	uint64_t number;

	if (!cpu || !lines_number(cpu, &number) || strlen(cpu) >= CPU_NAME_MAX)
		return true;
	if (table->count == CPUS_MAX) {
		table->good = false;
		return false;
	}
	memcpy(rate->cpu, cpu, strlen(cpu) + 1);
	for (size_t i = 0; i < RATES; i++) {
		snprintf(path, sizeof(path), "/%s/cpufreq/%s", name, files[i]);
		rate->known[i] = lines_read_number(folder, path, &rate->kilohertz[i]);
		if (rate->known[i])
			continue;
		/* Without the first it has no clock that changes. */
		if (errno == ENOENT && i == 0)
			return true;
		table->good &= errno == ENOENT;
	}
	table->count++;
	return true;
}

bool collect_frequency(struct collect *collect)
{
	static const struct family families[RATES] = {
		{ "node_cpu_scaling_frequency_hertz", "gauge",
			"Current scaled CPU thread frequency in hertz." },
		{ "node_cpu_scaling_frequency_max_hertz", "gauge",
			"Maximum scaled CPU thread frequency in hertz." },
	};
	struct rate_table table = { .good = true };
	struct step *step = &collect->step;

	if (!folder_each(collect->root, "/sys/devices/system/cpu", take_rates, &table))
		return false;
	for (size_t which = 0; which < RATES; which++) {
		for (size_t i = 0; i < table.count && !step->full; i++) {
			const struct rate *rate = &table.cpus[i];

			if (!rate->known[which] || !sample_begin(step, &families[which]))
				continue;
			sample_label(step, "cpu", rate->cpu);
			sample_number(step, rate->kilohertz[which] * 1000);
		}
	}
	return table.good;
}
