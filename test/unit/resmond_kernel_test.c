/* SPDX-License-Identifier: MIT */
/* What the monitor makes of the kernel's files, of sane ones and of odd ones. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "played_files.h"
#include "resmond/collect.h"
#include "resmond/lines.h"

/* The samples a collector writes, without HELP and TYPE. */
static const char *samples(bool (*collector)(struct collect *collect), bool good)
{
	static char bytes[16384], text[16384];
	struct output output = { .bytes = bytes, .size = sizeof(bytes) - 1 };
	struct collect collect = { .root = played_root };
	char *to = text;

	step_begin(&collect.step);
	collect.step.output = &output;
	assert_int_equal(collector(&collect), good);
	bytes[output.length] = '\0';
	for (char *line = strtok(bytes, "\n"); line; line = strtok(NULL, "\n")) {
		if (*line != '#')
			to += sprintf(to, "%s\n", line);
	}
	*to = '\0';
	return text;
}

static void memory_is_in_bytes(void **state)
{
	(void)state;
	played_file("proc/meminfo",
		"MemTotal:        2013184 kB\nActive(anon):       12 kB\n"
		"HugePages_Total:       0\nOdd one: 3 kB\nNoNumber: kB\nNegative: -1 kB\n"
		"TooMuch: 99999999999999999999 kB\nOverflow: 18446744073709551615 kB\n"
		": 4 kB\n\nLast:1 kB");
	assert_string_equal(samples(collect_memory, true), "node_memory_MemTotal_bytes 2061500416\n"
							   "node_memory_Active_anon_bytes 12288\n"
							   "node_memory_HugePages_Total 0\n");
	played_file("proc/meminfo", "");
	assert_string_equal(samples(collect_memory, false), "");
}

static void processors_and_the_rest_of_stat(void **state)
{
	static char text[32768];
	size_t length;

	(void)state;
	length = (size_t)sprintf(text, "cpu  5 5 5 5 5 5 5 5 0 0\ncpu0 1 2 3 400 5 6 7 8 9 10\n"
				       "cpu12 1 2 3\ncpu3 1 x 3\nintr 77");
	for (int i = 0; i < 5000; i++)
		length += (size_t)sprintf(text + length, " %d", i);
	sprintf(text + length,
		"\nctxt 88\nbtime 1795381591\nprocesses 9\nprocs_running 2\nprocs_blocked 0\n"
		"softirq 1 2\n");
	played_file("proc/stat", text);
	assert_string_equal(samples(collect_cpu, true),
		"node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 0.01\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"nice\"} 0.02\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"system\"} 0.03\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 4.00\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"iowait\"} 0.05\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"irq\"} 0.06\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"softirq\"} 0.07\n"
		"node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"} 0.08\n"
		"node_cpu_seconds_total{cpu=\"12\",mode=\"user\"} 0.01\n"
		"node_cpu_seconds_total{cpu=\"12\",mode=\"nice\"} 0.02\n"
		"node_cpu_seconds_total{cpu=\"12\",mode=\"system\"} 0.03\n"
		"node_cpu_seconds_total{cpu=\"3\",mode=\"user\"} 0.01\n"
		"node_intr_total 77\nnode_context_switches_total 88\nnode_boot_time_seconds 1795381591\n"
		"node_forks_total 9\nnode_procs_running 2\nnode_procs_blocked 0\n");
}

static void devices_are_told_by_family(void **state)
{
	static const char first[] = "node_network_receive_bytes_total{device=\"lo\"} 1\n"
				    "node_network_receive_bytes_total{device=\"eth0.7\"} 100\n"
				    "node_network_receive_packets_total{device=\"lo\"} 2\n";
	const char *text;

	(void)state;
	played_file("proc/net/dev", "Inter-|   Receive\n face |bytes\n"
				    "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
				    "eth0.7:100 2 3 4 5 6 7 8 900 10 11 12 13 14 15 16\n");
	text = samples(collect_network, true);
	assert_true(strncmp(text, first, strlen(first)) == 0);
	assert_non_null(strstr(text, "node_network_transmit_bytes_total{device=\"eth0.7\"} 900\n"));
	assert_non_null(strstr(text, "node_network_transmit_drop_total{device=\"lo\"} 12\n"));
	played_file("proc/net/dev", "a\nb\n eth0: 1 2 3\n eth1 1 2\n");
	assert_string_equal(samples(collect_network, false), "");
}

static void loads_have_two_decimals(void **state)
{
	(void)state;
	played_file("proc/loadavg", "0.05 12.5 3 1/80 4711\n");
	assert_string_equal(samples(collect_load, true),
		"node_load1 0.05\nnode_load5 12.50\nnode_load15 3.00\n");
	played_file("proc/loadavg", "0.05 nan\n");
	assert_string_equal(samples(collect_load, false), "node_load1 0.05\n");
}

static void pressure_is_in_seconds(void **state)
{
	(void)state;
	played_file("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234567\n");
	played_file("proc/pressure/memory", "some avg10=0.00 total=5\nfull avg10=0.00 total=4\n");
	played_file("proc/pressure/io", "some avg10=0.00\nfull avg10=0.00 total=3\n");
	assert_string_equal(samples(collect_pressure, false),
		"node_pressure_cpu_waiting_seconds_total 1.234567\n"
		"node_pressure_memory_waiting_seconds_total 0.000005\n"
		"node_pressure_memory_stalled_seconds_total 0.000004\n"
		"node_pressure_io_stalled_seconds_total 0.000003\n");
}

static void kills_are_counted(void **state)
{
	(void)state;
	played_file("proc/vmstat", "nr_free_pages 1\noom_kill 3\noom_killer 9\n");
	assert_string_equal(samples(collect_vmstat, true), "node_vmstat_oom_kill 3\n");
	played_file("proc/vmstat", "nr_free_pages 1\n");
	assert_string_equal(samples(collect_vmstat, false), "");
}

static void lines_of_any_length_are_read(void **state)
{
	static char text[3 * LINES_BUFFER];
	struct lines lines;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "first\n\n", 7);
	memcpy(text + sizeof(text) - 12, "\nlast line!", 11);
	played_file("lines", text);
	for (int again = 0; again < 2; again++) {
		if (again)
			lines_rewind(&lines);
		else
			assert_true(lines_open(&lines, played_root, "/lines"));
		assert_string_equal(lines_next(&lines), "first");
		assert_string_equal(lines_next(&lines), "");
		assert_true(strlen(lines_next(&lines)) < LINES_BUFFER);
		assert_string_equal(lines_next(&lines), "last line!");
		assert_null(lines_next(&lines));
		assert_null(lines_next(&lines));
	}
	assert_int_equal(lines.error, 0);
	lines_close(&lines);
	assert_false(lines_open(&lines, played_root, "/nothing"));
	assert_null(lines_next(&lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_in_bytes),
		cmocka_unit_test(processors_and_the_rest_of_stat),
		cmocka_unit_test(devices_are_told_by_family),
		cmocka_unit_test(loads_have_two_decimals),
		cmocka_unit_test(pressure_is_in_seconds),
		cmocka_unit_test(kills_are_counted),
		cmocka_unit_test(lines_of_any_length_are_read),
	};

	return cmocka_run_group_tests_name(
		"resmond's collectors", tests, played_files_make, played_files_remove);
}
