/* SPDX-License-Identifier: MIT */
/*
 * A lease as text: what the hook sends to the daemon, and what a netd left in /run/net for the next.
 * Whatever is accepted is a lease a host can live with, and survives being written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "netd/files.h"
#include "netd/lease.h"

static void look_at_lease(const struct lease *lease)
{
	static const struct settings settings;
	char why[LEASE_REASON_MAX], file[FILES_TEXT_MAX];

	expect(lease_check(lease, why));
	expect(lease->route_count <= LEASE_ROUTES_MAX);
	expect(lease->dns.count <= LEASE_DNS_MAX && lease->ntp.count <= LEASE_NTP_MAX);
	expect(lease->syslog.count <= LEASE_SYSLOG_MAX);
	expect(!*lease->hostname || name_is_host(lease->hostname, HOSTNAME_MAX));
	expect(strlen(lease->search) <= DOMAIN_MAX);
	/* What other programs are told of it: whole lines of text. */
	files_resolv_conf(file, &settings, &lease, 1, NULL, 0);
	expect(!*file || file[strlen(file) - 1] == '\n');
	files_ntp(file, &settings, &lease, 1);
	expect(!*file || file[strlen(file) - 1] == '\n');
	files_syslog(file, &settings, &lease, 1);
	expect(!*file || file[strlen(file) - 1] == '\n');
}

static void read_message(const char *text, size_t size)
{
	struct lease_message message, again;
	char one[LEASE_TEXT_MAX], other[LEASE_TEXT_MAX];
	int length;

	if (!lease_message_decode(text, size, &message))
		return;
	expect(message.event < LEASE_EVENT_COUNT);
	expect(name_is_interface(message.interface));
	expect(fuzz_printable(message.reason) && strlen(message.reason) < LEASE_REASON_MAX);
	if (message.event == LEASE_BOUND || message.event == LEASE_RENEW)
		look_at_lease(&message.lease);
	length = lease_message_encode(&message, one);
	expect(length > 0);
	expect(lease_message_decode(one, (size_t)length, &again));
	expect(lease_message_encode(&again, other) == length);
	expect(memcmp(one, other, (size_t)length) == 0);
}

static void read_record(const char *text, size_t size)
{
	struct lease_record record, again;
	char one[LEASE_TEXT_MAX], other[LEASE_TEXT_MAX];
	int length;

	if (!lease_record_decode(text, size, &record))
		return;
	look_at_lease(&record.lease);
	length = lease_record_encode(&record, one);
	expect(length > 0);
	expect(lease_record_decode(one, (size_t)length, &again));
	expect(again.until_ms == record.until_ms && again.link == record.link);
	expect(lease_record_encode(&again, other) == length);
	expect(memcmp(one, other, (size_t)length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_bytes(data, size);

	read_message(text, size);
	read_record(text, size);
	free(text);
	return 0;
}
