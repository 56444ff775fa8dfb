/* SPDX-License-Identifier: MIT */
/* What the node is made of, for the report: see report.h. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "basics/quantity.h"
#include "lines.h"
#include "report.h"
#include "report_text.h"
#include "sensor.h"

const char *report_processor_name(uint64_t implementer, uint64_t part)
{
	static const struct {
		uint64_t part;
		const char *name;
	} names[] = {
		{ 0xd01, "Cortex-A32, ARMv8.0-A" },
		{ 0xd03, "Cortex-A53, ARMv8.0-A" },
		{ 0xd04, "Cortex-A35, ARMv8.0-A" },
		{ 0xd05, "Cortex-A55, ARMv8.2-A" },
		{ 0xd07, "Cortex-A57, ARMv8.0-A" },
		{ 0xd08, "Cortex-A72, ARMv8.0-A" },
		{ 0xd09, "Cortex-A73, ARMv8.0-A" },
		{ 0xd0a, "Cortex-A75, ARMv8.2-A" },
		{ 0xd0b, "Cortex-A76, ARMv8.2-A" },
		{ 0xd0c, "Neoverse N1, ARMv8.2-A" },
	};

	for (size_t i = 0; implementer == 0x41 && i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].part == part)
			return names[i].name;
	}
	return NULL;
}

/* A number behind "0x". */
static uint64_t read_hex(const char *text)
{
	uint64_t number = 0;

	text = strstr(text, "0x");
	for (text = text ? text + 2 : ""; *text; text++) {
		if (*text >= '0' && *text <= '9')
			number = number * 16 + (uint64_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			number = number * 16 + (uint64_t)(*text - 'a') + 10;
		else
			break;
	}
	return number;
}

static void print_board(int root)
{
	char model[128], compatible[128];
	int length = lines_read(root, "/proc/device-tree/model", model, sizeof(model));

	if (length <= 0)
		return;
	/* Names behind one another, each with its NUL. The first is the board's own. */
	if (lines_read(root, "/proc/device-tree/compatible", compatible, sizeof(compatible)) <= 0)
		report_line("Board", model);
	else if (strcmp(model, compatible) == 0)
		report_line("Board", model);
	else
		report_format("Board", "%s (%s)", model, compatible);
}

struct processor {
	unsigned count;
	uint64_t implementer, part, variant, revision;
	char model[96];
	char extensions[1400];
};

static void read_processor(int root, struct processor *processor)
{
	struct lines lines;
	char *line;

	*processor = (struct processor){ 0 };
	if (!lines_open(&lines, root, "/proc/cpuinfo"))
		return;
	while ((line = lines_next(&lines))) {
		const char *value = strchr(line, ':');

		if (!value)
			continue;
		value += value[1] == ' ' ? 2 : 1;
		if (lines_after(line, "processor"))
			processor->count++;
		else if (lines_after(line, "CPU implementer"))
			processor->implementer = read_hex(value);
		else if (lines_after(line, "CPU part"))
			processor->part = read_hex(value);
		else if (lines_after(line, "CPU variant"))
			processor->variant = read_hex(value);
		else if (lines_after(line, "CPU revision"))
			(void)lines_number(value, &processor->revision);
		else if (lines_after(line, "model name"))
			snprintf(processor->model, sizeof(processor->model), "%s", value);
		else if (lines_after(line, "Features") || lines_after(line, "flags"))
			snprintf(processor->extensions, sizeof(processor->extensions), "%s", value);
	}
	lines_close(&lines);
}

static void print_processor(int root)
{
	static struct processor processor;
	const char *name;
	uint64_t kilohertz;
	char rate[32] = "";

	read_processor(root, &processor);
	if (processor.count == 0)
		return;
	if (lines_read_number(
		    root, "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", &kilohertz))
		snprintf(rate, sizeof(rate), ", up to %" PRIu64 " MHz", kilohertz / 1000);
	name = report_processor_name(processor.implementer, processor.part);
	if (name)
		report_format("Processor", "%u x %s, r%" PRIu64 "p%" PRIu64 "%s", processor.count,
			name, processor.variant, processor.revision, rate);
	else
		report_format("Processor", "%u x %s%s", processor.count,
			processor.model[0] ? processor.model : "of a kind not known here", rate);
	if (processor.extensions[0])
		report_line("Extensions", processor.extensions);
}

/* Bytes of a range "  40210000-40aeffff : Kernel code"; only root is told them. */
static uint64_t range_size(const char *line)
{
	uint64_t first = 0, last = 0;

	return sscanf(line, " %" SCNx64 "-%" SCNx64, &first, &last) == 2 && last > first
		       ? last - first + 1
		       : 0;
}

static void print_kernel(int root)
{
	uint64_t code = 0, data = 0;
	char code_text[16], data_text[16];
	struct utsname name;
	struct lines lines;
	char *line;

	if (uname(&name) < 0)
		return;
	if (lines_open(&lines, root, "/proc/iomem")) {
		while ((line = lines_next(&lines))) {
			if (strstr(line, ": Kernel code"))
				code = range_size(line);
			else if (strstr(line, ": Kernel data") || strstr(line, ": Kernel bss"))
				data += range_size(line);
		}
		lines_close(&lines);
	}
	if (code == 0)
		report_format("Kernel", "%s %s, %s", name.sysname, name.release, name.machine);
	else
		report_format("Kernel", "%s %s, %s; in RAM %s code, %s data", name.sysname,
			name.release, name.machine,
			quantity_format_size(code_text, sizeof(code_text), code),
			quantity_format_size(data_text, sizeof(data_text), data));
}

static void print_temperature(int root)
{
	int64_t temperature;

	if (sensor_hottest(root, &temperature))
		report_format("Temperature", "%.1f degrees Celsius at the hottest sensor",
			(double)temperature / 1000);
	else
		report_line("Temperature", "no sensor");
}

void report_machine(int root)
{
	print_board(root);
	print_processor(root);
	print_temperature(root);
	print_kernel(root);
}

/* Bits that are set at the beginning of a mask. */
static unsigned prefix_length(const unsigned char *mask, size_t size)
{
	unsigned bits = 0;

	for (size_t i = 0; i < size; i++)
		bits += (unsigned)__builtin_popcount(mask[i]);
	return bits;
}

static void print_address(const struct ifaddrs *entry)
{
	char text[INET6_ADDRSTRLEN];
	unsigned prefix;

	if (!entry->ifa_addr || !entry->ifa_netmask || entry->ifa_flags & IFF_LOOPBACK)
		return;
	if (entry->ifa_addr->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((struct sockaddr_in *)entry->ifa_addr)->sin_addr, text,
			sizeof(text));
		prefix = prefix_length(
			(unsigned char *)&((struct sockaddr_in *)entry->ifa_netmask)->sin_addr, 4);
	} else if (entry->ifa_addr->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)entry->ifa_addr)->sin6_addr, text,
			sizeof(text));
		prefix = prefix_length(
			(unsigned char *)&((struct sockaddr_in6 *)entry->ifa_netmask)->sin6_addr,
			16);
	} else {
		return;
	}
	report_format("Address", "%s  %s/%u", entry->ifa_name, text, prefix);
}

void report_addresses(void)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next)
		print_address(entry);
	freeifaddrs(list);
}
