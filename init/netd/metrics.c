/* SPDX-License-Identifier: MIT */
/* The network in numbers; see metrics.h. */
#include "metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct writer {
	char *text;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void write_text(
	struct writer *writer, const char *format, ...)
{
	size_t room = METRICS_TEXT_MAX - writer->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(writer->text + writer->length, room, format, arguments);
	va_end(arguments);
	/* Never half a line: what does not fit is left out. */
	if (length < 0 || (size_t)length >= room)
		writer->text[writer->length] = '\0';
	else
		writer->length += (size_t)length;
}

static void write_head(struct writer *writer, const char *name, const char *help, const char *type)
{
	write_text(writer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* ---- Counters ---- */

static uint32_t leases(const struct link *link)
{
	return link->counts.leases;
}

static uint32_t renewals(const struct link *link)
{
	return link->counts.renewals;
}

static uint32_t naks(const struct link *link)
{
	return link->counts.naks;
}

static uint32_t unanswered(const struct link *link)
{
	return link->counts.unanswered;
}

static uint32_t refused_leases(const struct link *link)
{
	return link->counts.refused_leases;
}

static uint32_t refused_words(const struct link *link)
{
	return link->counts.refused_words + link->router_dns.refused;
}

static uint32_t conflicts(const struct link *link)
{
	return link->counts.conflicts + link->dhcp.declined;
}

static uint32_t carrier_changes(const struct link *link)
{
	return link->carrier_changes;
}

static const struct {
	const char *name;
	const char *help;
	uint32_t (*value)(const struct link *link);
} counters[] = {
	{ "netd_leases_total", "Leases got from DHCP servers.", leases },
	{ "netd_renewals_total", "Leases that a DHCP server has renewed.", renewals },
	{ "netd_naks_total", "Addresses that a DHCP server has taken back.", naks },
	{ "netd_dhcp_unanswered_total", "Rounds of DHCP requests that nobody answered.",
		unanswered },
	{ "netd_leases_refused_total", "Leases whose values cannot be right.", refused_leases },
	{ "netd_words_refused_total",
		"Values of leases and router advertisements that cannot be right or used.",
		refused_words },
	{ "netd_conflicts_total", "Times another host had an address of this one.", conflicts },
	{ "netd_carrier_changes_total", "Times the carrier came or went.", carrier_changes },
};

static void write_counters(struct writer *writer, const struct link_table *table)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		write_head(writer, counters[i].name, counters[i].help, "counter");
		for (size_t j = 0; j < table->count; j++)
			write_text(writer, "%s{device=\"%s\"} %" PRIu32 "\n", counters[i].name,
				table->links[j].name, counters[i].value(&table->links[j]));
	}
}

/* ---- What is now ---- */

static void write_usable(struct writer *writer, const struct link_table *table)
{
	static const char name[] = "netd_link_usable";

	write_head(writer, name, "Whether the link has its IPv4 address and routes.", "gauge");
	for (size_t i = 0; i < table->count; i++)
		write_text(writer, "%s{device=\"%s\"} %d\n", name, table->links[i].name,
			table->links[i].has_lease && table->links[i].usable);
}

static void write_lease_ends(
	struct writer *writer, const struct link_table *table, int64_t clock_offset_ms)
{
	static const char name[] = "netd_lease_end_timestamp_seconds";
	bool headed = false;

	for (size_t i = 0; i < table->count; i++) {
		const struct link *link = &table->links[i];

		if (!link->has_lease || link->until_ms == CLOCK_NEVER)
			continue;
		if (!headed)
			write_head(writer, name,
				"When the lease is over; less time() it is the seconds left.",
				"gauge");
		headed = true;
		write_text(writer, "%s{device=\"%s\"} %" PRId64 "\n", name, link->name,
			((int64_t)link->until_ms + clock_offset_ms) / 1000);
	}
}

void metrics_write(char *text, const struct link_table *table, int64_t clock_offset_ms)
{
	struct writer writer = { .text = text };

	text[0] = '\0';
	if (table->count == 0)
		return;
	write_counters(&writer, table);
	write_usable(&writer, table);
	write_lease_ends(&writer, table, clock_offset_ms);
}
