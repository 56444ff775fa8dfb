/* SPDX-License-Identifier: MIT */
/* Metrics of the network interfaces: see collect.h. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "collect.h"
#include "folder.h"
#include "lines.h"

enum { COLUMNS = 16 }; /* of /proc/net/dev: eight of what was received, eight of what was sent */

/* Splits "  eth0: 1 2 …". False: not of this form. */
static bool read_device(char *line, const char **device, uint64_t columns[COLUMNS])
{
	char *colon = strrchr(line, ':');

	if (!colon)
		return false;
	*colon++ = '\0';
	*device = line + strspn(line, " ");
	for (int i = 0; i < COLUMNS; i++) {
		if (!lines_number(lines_word(&colon), &columns[i]))
			return false;
	}
	return true;
}

bool collect_network(struct collect *collect)
{
	static const struct column {
		int column;
		struct family family;
	} wanted[] = {
		{ 0, { "node_network_receive_bytes_total", "counter",
			     "Network device statistic receive_bytes." } },
		{ 1, { "node_network_receive_packets_total", "counter",
			     "Network device statistic receive_packets." } },
		{ 2, { "node_network_receive_errs_total", "counter",
			     "Network device statistic receive_errs." } },
		{ 3, { "node_network_receive_drop_total", "counter",
			     "Network device statistic receive_drop." } },
		{ 8, { "node_network_transmit_bytes_total", "counter",
			     "Network device statistic transmit_bytes." } },
		{ 9, { "node_network_transmit_packets_total", "counter",
			     "Network device statistic transmit_packets." } },
		{ 10, { "node_network_transmit_errs_total", "counter",
			      "Network device statistic transmit_errs." } },
		{ 11, { "node_network_transmit_drop_total", "counter",
			      "Network device statistic transmit_drop." } },
	};
	struct step *step = &collect->step;
	bool good = true;
	struct lines lines;

	if (!lines_open(&lines, collect->root, "/proc/net/dev"))
		return false;
	/* A family at a time: what one device has sent does not wait in memory for another's. */
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && !step->full; i++) {
		int number = 0;
		char *line;

		lines_rewind(&lines);
		while (!step->full && (line = lines_next(&lines))) {
			const char *device;
			uint64_t columns[COLUMNS];

			if (number++ < 2)
				continue; /* the heading */
			if (!read_device(line, &device, columns)) {
				good = false;
				continue;
			}
			if (!sample_begin(step, &wanted[i].family))
				continue;
			sample_label(step, "device", device);
			sample_number(step, columns[wanted[i].column]);
		}
	}
	lines_close(&lines);
	return good && lines.error == 0;
}

enum {
	LINK_OPERSTATE,
	LINK_CARRIER,
	LINK_MTU,
	LINK_SPEED,
	LINK_FILES,
};

/* What comes behind them is left out, and the collector fails. */
enum { LINKS_MAX = 64 };

static const struct link_family {
	const char *file;
	const char *means_one; /* what stands for 1, anything else for 0; NULL: a number */
	int64_t unit; /* of the number */
	struct family family;
} link_families[LINK_FILES] = {
	[LINK_OPERSTATE] = { "operstate", "up", 1,
		{ "node_network_up", "gauge", "Value is 1 if operstate is 'up', 0 otherwise." } },
	[LINK_CARRIER] = { "carrier", NULL, 1,
		{ "node_network_carrier", "gauge", "Network device property: carrier" } },
	[LINK_MTU] = { "mtu", NULL, 1,
		{ "node_network_mtu_bytes", "gauge", "Network device property: mtu_bytes" } },
	/* Megabits a second in the kernel's file. */
	[LINK_SPEED] = { "speed", NULL, 125000,
		{ "node_network_speed_bytes", "gauge", "Network device property: speed_bytes" } },
};

/* All of them, in one walk: opening files is most of what they cost. */
struct link_table {
	size_t count;
	bool good;
	struct link {
		char device[IF_NAMESIZE];
		int64_t values[LINK_FILES]; /* -1: it has none */
	} links[LINKS_MAX];
};

/* False: it should have one, and cannot be read. */
static bool read_link(int folder, const char *device, size_t which, int64_t *value)
{
	const struct link_family *wanted = &link_families[which];
	char path[IF_NAMESIZE + 32], text[64];

	*value = -1;
	snprintf(path, sizeof(path), "/%s/%s", device, wanted->file);
	/* EINVAL: it is down, and then has no carrier or speed to tell. EOPNOTSUPP likewise. */
	if (lines_read(folder, path, text, sizeof(text)) < 0)
		return errno == EINVAL || errno == EOPNOTSUPP || errno == ENOTDIR ||
		       errno == ENOENT;
	if (wanted->means_one)
		*value = strcmp(text, wanted->means_one) == 0;
	else if (!lines_signed(text, value))
		return false;
	/* A speed that is not known is -1. */
	return *value < 0 || !__builtin_mul_overflow(*value, wanted->unit, value);
}

static bool take_link(void *context, int folder, const char *device)
{
	struct link_table *table = context;
	struct link *link = &table->links[table->count];

	if (table->count == LINKS_MAX) {
		table->good = false;
		return false;
	}
	/* It is no device then: bonding_masters is there, too. */
	if (strlen(device) >= sizeof(link->device))
		return true;
	memcpy(link->device, device, strlen(device) + 1);
	for (size_t i = 0; i < LINK_FILES; i++) {
		/* What is down has no speed either. */
		if (i == LINK_SPEED && link->values[LINK_CARRIER] < 0)
			link->values[i] = -1;
		else
			table->good &= read_link(folder, device, i, &link->values[i]);
	}
	table->count++;
	return true;
}

bool collect_link(struct collect *collect)
{
	struct link_table table = { .good = true };
	struct step *step = &collect->step;

	if (!folder_each(collect->root, "/sys/class/net", take_link, &table))
		return false;
	for (size_t which = 0; which < LINK_FILES; which++) {
		for (size_t i = 0; i < table.count && !step->full; i++) {
			const struct link *link = &table.links[i];

			if (link->values[which] < 0 ||
				!sample_begin(step, &link_families[which].family))
				continue;
			sample_label(step, "device", link->device);
			sample_number(step, (uint64_t)link->values[which]);
		}
	}
	return table.good;
}
