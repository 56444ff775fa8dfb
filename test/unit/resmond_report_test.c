/* SPDX-License-Identifier: MIT */
/* The report for a person, of a node that is played by files: whole ones, odd ones, none. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "played_files.h"
#include "resmond/report.h"
#include "resmond/report_text.h"

static char text[32768];

/* What is printed until printed() is called. */
static FILE *terminal;

static void listen(void)
{
	fflush(stdout);
	terminal = stdout;
	memset(text, 0, sizeof(text));
	stdout = fmemopen(text, sizeof(text), "w");
	assert_non_null(stdout);
}

static const char *printed(void)
{
	fclose(stdout);
	stdout = terminal;
	return text;
}

static const char *machine(void)
{
	listen();
	report_machine(played_root);
	return printed();
}

static const char *memory(void)
{
	listen();
	report_memory(played_root);
	return printed();
}

/* Nothing is wider than the 80 columns that a console has. */
static void expect_narrow(void)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		assert_true(length <= REPORT_COLUMNS);
		line += length + (line[length] == '\n');
	}
}

static void expect_has(const char *words)
{
	if (!strstr(text, words))
		fail_msg("not in it: %s\n%s", words, text);
}

static void expect_lacks(const char *words)
{
	if (strstr(text, words))
		fail_msg("is in it: %s\n%s", words, text);
}

static void lines_break_between_words(void **state)
{
	(void)state;
	listen();
	report_line("Label", "one");
	report_line("Much", "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid asimdrdm lrcpc dcpop "
			    "asimddp ssbs");
	report_line(
		"Long", "0123456789012345678901234567890123456789012345678901234567890123456789");
	report_line("None", "");
	printed();
	assert_string_equal(text,
		"  Label        one\n"
		"  Much         fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid asimdrdm lrcpc\n"
		"               dcpop asimddp ssbs\n"
		"  Long         01234567890123456789012345678901234567890123456789012345678901234\n"
		"               56789\n"
		"  None         \n");
	expect_narrow();
}

static void a_board_of_arm_is_told_by_name(void **state)
{
	(void)state;
	played_file("proc/device-tree/model", "Pine64 SOPINE");
	played_file("proc/device-tree/compatible", "pine64,sopine-baseboard");
	played_file("proc/cpuinfo",
		"processor\t: 0\nBogoMIPS\t: 48.00\nFeatures\t: fp asimd aes\n"
		"CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\n"
		"CPU part\t: 0xd03\nCPU revision\t: 4\n\nprocessor\t: 1\nCPU revision\t: 4\n");
	played_file("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1152000\n");
	played_file("sys/class/thermal/thermal_zone0/temp", "48260\n");
	played_file("proc/iomem", "40000000-bfffffff : System RAM\n"
				  "  40210000-4060ffff : Kernel code\n"
				  "  40610000-4068ffff : reserved\n"
				  "  40690000-4070ffff : Kernel data\n");
	machine();
	expect_has("  Board        Pine64 SOPINE (pine64,sopine-baseboard)\n");
	expect_has("  Processor    2 x Cortex-A53, ARMv8.0-A, r0p4, up to 1152 MHz\n");
	expect_has("  Extensions   fp asimd aes\n");
	expect_has("  Temperature  48.3 degrees Celsius at the hottest sensor\n");
	expect_has("; in RAM 4M code, 512K data\n");
	expect_narrow();
}

static void what_is_not_known_is_not_made_up(void **state)
{
	(void)state;
	machine();
	expect_lacks("Board");
	expect_lacks("Processor");
	expect_lacks("Extensions");
	expect_lacks("in RAM");
	expect_has("  Temperature  no sensor\n");
	assert_string_equal(memory(), "");
	played_file("proc/device-tree/model", "linux,dummy-virt");
	played_file("proc/device-tree/compatible", "linux,dummy-virt");
	/* Who is not root is told zeros. */
	played_file("proc/iomem",
		"00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n");
	machine();
	expect_has("  Board        linux,dummy-virt\n");
	expect_lacks("in RAM");
}

static void odd_processors_are_told_as_far_as_they_go(void **state)
{
	static char features[4096];
	size_t length = (size_t)sprintf(features, "processor: 0\nflags\t\t:");

	(void)state;
	played_file("proc/cpuinfo",
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xfff\n"
		"no colon\n:\nCPU variant\t:\nCPU revision\t: x\nFeatures\t:\n");
	machine();
	expect_has("  Processor    1 x of a kind not known here\n");
	expect_lacks("Extensions");
	played_file("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some(R) Processor @ 3.00GHz\n");
	machine();
	expect_has("  Processor    1 x Some(R) Processor @ 3.00GHz\n");
	/* More extensions than there is room for, and a line longer than is read. */
	for (int i = 0; i < 500; i++)
		length += (size_t)sprintf(features + length, " feat%d", i % 10);
	played_file("proc/cpuinfo", features);
	machine();
	expect_has("  Extensions   feat0 feat1");
	expect_narrow();
	assert_null(report_processor_name(0x42, 0xd03));
	assert_string_equal(report_processor_name(0x41, 0xd08), "Cortex-A72, ARMv8.0-A");
}

static void memory_is_told_by_what_it_is_used_for(void **state)
{
	(void)state;
	played_file("proc/iomem", "40000000-bfffffff : System RAM\n  40000000-400fffff : reserved\n"
				  "c0000000-c0000fff : some device\n");
	played_file("proc/meminfo",
		"MemTotal:        2055440 kB\nMemFree:         2030000 kB\n"
		"MemAvailable:    2031096 kB\nBuffers:               0 kB\n"
		"Cached:             1024 kB\nSwapCached:          777 kB\n"
		"AnonPages:           512 kB\nSlab:               2048 kB\n"
		"KernelStack:         512 kB\nPageTables:          256 kB\nPercpu:       256 kB\n");
	memory();
	expect_has("  Memory       2G, 96.9 % of it available for jobs\n");
	expect_has("[#...........................................................]\n");
	expect_has("   40.7M   2.0 %  kernel: its image, and kept at boot\n");
	expect_has("      3M   0.1 %  kernel: slabs, stacks, page tables\n");
	expect_has("    512K   0.0 %  programs\n");
	expect_has("      1M   0.0 %  files, in RAM disks and cached\n");
	expect_has("   1.93G  96.8 %  free\n");
	expect_narrow();
}

static void odd_counts_of_memory_do_no_harm(void **state)
{
	(void)state;
	/* More available than there is; a number that is none; no unit. */
	played_file(
		"proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 5000 kB\nMemFree: x\nSlab: 3\n");
	memory();
	expect_has("[............................................................]\n");
	played_file("proc/meminfo", "MemTotal: 1000 kB\n");
	memory();
	expect_has("0.0 % of it available for jobs\n");
	expect_has("[############################################################]\n");
	played_file("proc/meminfo", "MemTotal: 0 kB\nMemAvailable: 7 kB\n");
	assert_string_equal(memory(), "");
}

static void the_image_is_told_on_a_node_only(void **state)
{
	static char large[40960];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	played_file("init", large);
	assert_string_equal(memory(), "");
	played_folder("etc/svc");
	played_file("sbin/program", large);
	memory();
	expect_has("  Image        ");
	expect_has("K of files in the root file system, layers included\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, played_files_make, played_files_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_break_between_words),
		TEST(a_board_of_arm_is_told_by_name),
		TEST(what_is_not_known_is_not_made_up),
		TEST(odd_processors_are_told_as_far_as_they_go),
		TEST(memory_is_told_by_what_it_is_used_for),
		TEST(odd_counts_of_memory_do_no_harm),
		TEST(the_image_is_told_on_a_node_only),
	};

	return RUN("resmond's report", tests);
}
