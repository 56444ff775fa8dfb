/* SPDX-License-Identifier: MIT */
/*
 * udhcpc's environment, one NAME=value a line. A lease that is made of it is one a host can live with, and
 * the daemon that the hook hands it to reads the same.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "netd/udhcpc_environment.h"

enum { ENTRIES_MAX = 64 };

static void look_at_refusal(void *context, const char *message)
{
	struct lease_message *lease_message = context;

	if (lease_message->refused_words < LEASE_LEFT_OUT_MAX)
		lease_message->refused_words++;
	expect(*message && strlen(message) < LEASE_REASON_MAX);
	expect(fuzz_printable(message));
}

static void look_at_lease(const struct lease *lease)
{
	char why[LEASE_REASON_MAX];

	expect(lease_check(lease, why));
	expect(lease->route_count <= LEASE_ROUTES_MAX);
	expect(lease->dns.count <= LEASE_DNS_MAX);
	expect(lease->ntp.count <= LEASE_NTP_MAX);
	expect(lease->syslog.count <= LEASE_SYSLOG_MAX);
	expect(!*lease->hostname || name_is_host(lease->hostname, HOSTNAME_MAX));
	expect(strlen(lease->search) <= DOMAIN_MAX);
}

/* What the hook writes the daemon reads, and would write again. */
static void hand_over(const struct lease_message *message)
{
	char text[LEASE_TEXT_MAX], again[LEASE_TEXT_MAX];
	struct lease_message read;
	int length = lease_message_encode(message, text);

	expect(length > 0 && (size_t)length < sizeof(text));
	expect(lease_message_decode(text, (size_t)length, &read));
	expect(lease_message_encode(&read, again) == length);
	expect(memcmp(text, again, (size_t)length) == 0);
}

static size_t take_environment(struct fuzz_input input, char **environment)
{
	size_t count = 0;

	while (count < ENTRIES_MAX && (environment[count] = fuzz_line(&input)))
		count++;
	environment[count] = NULL;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lease_message message = { .event = LEASE_BOUND, .interface = "eth0", .client = 4 };
	const struct refusal_report report = { look_at_refusal, &message };
	char *environment[ENTRIES_MAX + 1];
	size_t count = take_environment((struct fuzz_input){ data, size }, environment);

	if (lease_from_environment(environment, &message.lease, message.reason, &report)) {
		look_at_lease(&message.lease);
	} else {
		message.event = LEASE_REFUSED;
		expect(*message.reason && strlen(message.reason) < LEASE_REASON_MAX);
		expect(fuzz_printable(message.reason));
	}
	hand_over(&message);
	for (size_t i = 0; i < count; i++)
		free(environment[i]);
	return 0;
}
