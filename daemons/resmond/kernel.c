/* SPDX-License-Identifier: MIT */
/* Metrics of the processor, the memory and the kernel: see collect.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "collect.h"
#include "lines.h"

enum { TICKS_DECIMALS = 2 }; /* USER_HZ is 100 on every architecture we run on */

/* "cpu0 1 2 3 …". */
static void write_cpu(struct step *step, const char *cpu, char *columns)
{
	static const struct family family = { "node_cpu_seconds_total", "counter",
		"Seconds the CPUs spent in each mode." };
	/* The columns of /proc/stat, see proc(5). Guest time is in user and nice already. */
	static const char *const modes[] = { "user", "nice", "system", "idle", "iowait", "irq",
		"softirq", "steal" };
	uint64_t ticks;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!lines_number(lines_word(&columns), &ticks) || ticks > INT64_MAX)
			break;
		if (!sample_begin(step, &family))
			continue;
		sample_label(step, "cpu", cpu);
		sample_label(step, "mode", modes[i]);
		sample_fixed(step, (int64_t)ticks, TICKS_DECIMALS);
	}
}

/* A line "key number" that becomes a metric. */
struct keyed {
	const char *key;
	struct family family;
};

/* Writes the one of `keyed` that begins with the key. False: there is none. */
static bool write_key(struct collect *collect, const char *key, const char *value,
	const struct keyed *keyed, size_t count)
{
	uint64_t number;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(key, keyed[i].key) != 0)
			continue;
		if (lines_number(value, &number))
			sample_one(&collect->step, &keyed[i].family, number);
		return true;
	}
	return false;
}

/* Writes those of `keyed` that the file has, in the file's order. Returns how many lines it had of them. */
static size_t write_keyed(
	struct collect *collect, struct lines *lines, const struct keyed *keyed, size_t count)
{
	size_t found = 0;
	char *line;

	while (!collect->step.full && found < count && (line = lines_next(lines))) {
		const char *key = lines_word(&line);

		found += write_key(collect, key, line, keyed, count);
	}
	return found;
}

bool collect_cpu(struct collect *collect)
{
	static const struct keyed keyed[] = {
		{ "intr",
			{ "node_intr_total", "counter", "Total number of interrupts serviced." } },
		{ "ctxt", { "node_context_switches_total", "counter",
				  "Total number of context switches." } },
		{ "btime", { "node_boot_time_seconds", "gauge", "Node boot time, in unixtime." } },
		{ "processes", { "node_forks_total", "counter", "Total number of forks." } },
		{ "procs_running", { "node_procs_running", "gauge",
					   "Number of processes in runnable state." } },
		{ "procs_blocked",
			{ "node_procs_blocked", "gauge",
				"Number of processes blocked waiting for I/O to complete." } },
	};
	struct lines lines;
	bool found = false;
	char *line;

	if (!lines_open(&lines, collect->root, "/proc/stat"))
		return false;
	while (!collect->step.full && (line = lines_next(&lines))) {
		const char *key = lines_word(&line);
		const char *cpu = lines_after(key, "cpu");

		/* "cpu" alone is their sum. */
		if (cpu && *cpu)
			write_cpu(&collect->step, cpu, line);
		else
			found |= write_key(
				collect, key, line, keyed, sizeof(keyed) / sizeof(*keyed));
	}
	lines_close(&lines);
	return lines.error == 0 && (found || collect->step.full);
}

bool collect_vmstat(struct collect *collect)
{
	static const struct keyed keyed[] = {
		{ "pgfault", { "node_vmstat_pgfault", "counter", "Page faults." } },
		{ "pgmajfault", { "node_vmstat_pgmajfault", "counter", "Page faults with I/O." } },
		{ "oom_kill", { "node_vmstat_oom_kill", "counter",
				      "Processes the kernel killed for want of memory." } },
	};
	struct lines lines;
	size_t found;

	if (!lines_open(&lines, collect->root, "/proc/vmstat"))
		return false;
	found = write_keyed(collect, &lines, keyed, sizeof(keyed) / sizeof(*keyed));
	lines_close(&lines);
	return lines.error == 0 && (found > 0 || collect->step.full);
}

/*
 * "MemTotal:  2013184 kB" becomes node_memory_MemTotal_bytes, "Active(anon)" Active_anon. False: the line
 * is no such thing. The family is only good until the next call; each has one sample.
 */
static bool memory_field(char *line, char *name, size_t size, uint64_t *value)
{
	static const char prefix[] = "node_memory_";
	const char *field = lines_word(&line);
	size_t length = strlen(prefix);

	if (!lines_number(lines_word(&line), value))
		return false;
	memcpy(name, prefix, length);
	for (; *field && *field != ':' && length < size - strlen("_bytes") - 1; field++) {
		if (*field == '(')
			name[length++] = '_';
		else if ((*field >= 'a' && *field <= 'z') || (*field >= 'A' && *field <= 'Z') ||
			 (*field >= '0' && *field <= '9') || *field == '_')
			name[length++] = *field;
		else if (*field != ')')
			return false;
	}
	if (*field != ':' || length == strlen(prefix))
		return false;
	name[length] = '\0';
	if (strcmp(lines_word(&line), "kB") != 0)
		return true;
	memcpy(name + length, "_bytes", sizeof("_bytes"));
	return !__builtin_mul_overflow(*value, 1024, value);
}

bool collect_memory(struct collect *collect)
{
	struct step *step = &collect->step;
	struct lines lines;
	bool found = false;
	char *line;

	if (!lines_open(&lines, collect->root, "/proc/meminfo"))
		return false;
	while (!step->full && (line = lines_next(&lines))) {
		char name[64];
		struct family family = { name, "gauge",
			"Memory information field of /proc/meminfo." };
		uint64_t value;

		if (!memory_field(line, name, sizeof(name), &value))
			continue;
		found = true;
		/* Another field, although it is in the same place. */
		step->family = NULL;
		sample_one(step, &family, value);
		step->family = NULL;
	}
	lines_close(&lines);
	return lines.error == 0 && found;
}

bool collect_load(struct collect *collect)
{
	static const struct family families[] = {
		{ "node_load1", "gauge", "1m load average." },
		{ "node_load5", "gauge", "5m load average." },
		{ "node_load15", "gauge", "15m load average." },
	};
	char text[128], *at = text;
	uint64_t load;

	if (lines_read(collect->root, "/proc/loadavg", text, sizeof(text)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		if (!lines_fixed(lines_word(&at), 2, &load) || load > INT64_MAX)
			return false;
		sample_one_fixed(&collect->step, &families[i], (int64_t)load, 2);
	}
	return true;
}

/* Writes the total of the line "some avg10=… total=…" of the file, or of that with "full". False: it has none. */
static bool write_pressure(
	struct collect *collect, const char *text, const char *name, const struct family *family)
{
	const char *line = strstr(text, name);
	const char *end = line ? strchrnul(line, '\n') : NULL;
	const char *total = line ? strstr(line, "total=") : NULL;
	uint64_t us;

	if (!total || total > end || !lines_number(total + strlen("total="), &us) || us > INT64_MAX)
		return false;
	sample_one_fixed(&collect->step, family, (int64_t)us, 6);
	return true;
}

bool collect_pressure(struct collect *collect)
{
	static const struct pressure {
		const char *path;
		struct family some,
			full; /* a processor is never short for all, so that has no name */
	} pressures[] = {
		{ "/proc/pressure/cpu",
			{ "node_pressure_cpu_waiting_seconds_total", "counter",
				"Total time in seconds that processes have waited for CPU time." },
			{ NULL, NULL, NULL } },
		{ "/proc/pressure/memory",
			{ "node_pressure_memory_waiting_seconds_total", "counter",
				"Total time in seconds that processes have waited for memory." },
			{ "node_pressure_memory_stalled_seconds_total", "counter",
				"Total time in seconds no process could make progress due to "
				"memory congestion." } },
		{ "/proc/pressure/io",
			{ "node_pressure_io_waiting_seconds_total", "counter",
				"Total time in seconds that processes have waited due to IO "
				"congestion." },
			{ "node_pressure_io_stalled_seconds_total", "counter",
				"Total time in seconds no process could make progress due to IO "
				"congestion." } },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(pressures) / sizeof(*pressures); i++) {
		const struct pressure *pressure = &pressures[i];
		char text[256];

		if (lines_read(collect->root, pressure->path, text, sizeof(text)) < 0) {
			good &= errno == ENOENT;
			continue;
		}
		good &= write_pressure(collect, text, "some", &pressure->some);
		if (pressure->full.name)
			good &= write_pressure(collect, text, "full", &pressure->full);
	}
	return good;
}

bool collect_entropy(struct collect *collect)
{
	static const struct family available = { "node_entropy_available_bits", "gauge",
		"Bits of available entropy." };
	static const struct family size = { "node_entropy_pool_size_bits", "gauge",
		"Bits of entropy pool." };
	uint64_t bits;
	bool good = true;

	if (lines_read_number(collect->root, "/proc/sys/kernel/random/entropy_avail", &bits))
		sample_one(&collect->step, &available, bits);
	else
		good = false;
	if (lines_read_number(collect->root, "/proc/sys/kernel/random/poolsize", &bits))
		sample_one(&collect->step, &size, bits);
	else
		good = false;
	return good;
}

bool collect_time(struct collect *collect)
{
	static const struct family family = { "node_time_seconds", "gauge",
		"System time in seconds since epoch (1970)." };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	sample_one_fixed(
		&collect->step, &family, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, 6);
	return true;
}

bool collect_uname(struct collect *collect)
{
	static const struct family family = { "node_uname_info", "gauge",
		"Labeled system information as provided by the uname system call." };
	struct utsname name;

	if (uname(&name) < 0)
		return false;
	if (sample_begin(&collect->step, &family)) {
		sample_label(&collect->step, "sysname", name.sysname);
		sample_label(&collect->step, "release", name.release);
		sample_label(&collect->step, "version", name.version);
		sample_label(&collect->step, "machine", name.machine);
		sample_label(&collect->step, "nodename", name.nodename);
		sample_label(&collect->step, "domainname", "(none)");
		sample_number(&collect->step, 1);
	}
	return true;
}
