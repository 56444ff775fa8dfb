/* SPDX-License-Identifier: MIT */
/* Leases: what is one, and how they travel as text. */
#include "unit.h"

#include "netd/lease.h"

#include <stdio.h>
#include <stdlib.h>

static struct in_addr address(const char *text)
{
	struct in_addr value;

	assert_true(ipv4_parse(text, &value));
	return value;
}

/* A lease with all there can be in one. */
static struct lease full_lease(void)
{
	struct lease lease = {
		.address = address("10.0.2.15"),
		.prefix = 24,
		.seconds = 3600,
		.dhcp_server = address("10.0.2.2"),
		.hostname = "node17",
		.search = "rack2.example example",
	};

	for (unsigned i = 0; i < LEASE_ROUTES_MAX; i++) {
		lease.routes[i].gateway = address("10.0.2.254");
		lease.routes[i].prefix = (uint8_t)i;
	}
	lease.route_count = LEASE_ROUTES_MAX;
	for (unsigned i = 0; i < LEASE_NTP_MAX; i++) {
		struct in_addr server = { address("10.0.2.3").s_addr + (i << 24) };

		server_list_add(&lease.dns, server, LEASE_DNS_MAX);
		server_list_add(&lease.ntp, server, LEASE_NTP_MAX);
		server_list_add(&lease.syslog, server, LEASE_SYSLOG_MAX);
	}
	return lease;
}

static void expect_same(const struct lease *one, const struct lease *other)
{
	assert_int_equal(one->address.s_addr, other->address.s_addr);
	assert_int_equal(one->prefix, other->prefix);
	assert_int_equal(one->seconds, other->seconds);
	assert_int_equal(one->dhcp_server.s_addr, other->dhcp_server.s_addr);
	assert_int_equal(one->route_count, other->route_count);
	for (size_t i = 0; i < one->route_count; i++) {
		assert_int_equal(one->routes[i].network.s_addr, other->routes[i].network.s_addr);
		assert_int_equal(one->routes[i].prefix, other->routes[i].prefix);
		assert_int_equal(one->routes[i].gateway.s_addr, other->routes[i].gateway.s_addr);
	}
	assert_memory_equal(&one->dns, &other->dns, sizeof(one->dns));
	assert_memory_equal(&one->ntp, &other->ntp, sizeof(one->ntp));
	assert_memory_equal(&one->syslog, &other->syslog, sizeof(one->syslog));
	assert_string_equal(one->hostname, other->hostname);
	assert_string_equal(one->search, other->search);
}

/* ---- What is a lease ---- */

static void expect_refused(const struct lease *lease, const char *expected)
{
	char why[LEASE_REASON_MAX] = "";

	assert_false(lease_check(lease, why));
	assert_string_equal(why, expected);
}

static void a_good_lease_is_good(void **state)
{
	const struct lease lease = full_lease();
	char why[LEASE_REASON_MAX];

	(void)state;
	assert_true(lease_check(&lease, why));
}

static void an_address_must_be_a_hosts(void **state)
{
	struct lease lease = { .address = address("10.0.2.0"), .prefix = 24, .seconds = 1 };

	(void)state;
	expect_refused(&lease, "10.0.2.0/24 is not the address of a host");
	lease.address = address("127.0.0.1");
	expect_refused(&lease, "127.0.0.1/24 is not the address of a host");
	lease.address = address("0.0.0.0");
	expect_refused(&lease, "0.0.0.0/24 is not the address of a host");
}

static void absurd_masks_are_refused(void **state)
{
	struct lease lease = { .address = address("10.0.2.1"), .prefix = 0, .seconds = 1 };

	(void)state;
	expect_refused(&lease, "a netmask of 0 bits makes no sense");
	lease.prefix = 7;
	expect_refused(&lease, "a netmask of 7 bits makes no sense");
	lease.prefix = 33;
	expect_refused(&lease, "a netmask of 33 bits makes no sense");
}

static void a_lease_lasts(void **state)
{
	const struct lease lease = { .address = address("10.0.2.1"), .prefix = 24 };

	(void)state;
	expect_refused(&lease, "10.0.2.1 is leased for no time at all");
}

static void a_router_must_be_a_neighbour(void **state)
{
	struct lease lease = { .address = address("10.0.2.1"), .prefix = 24, .seconds = 1 };

	(void)state;
	lease.route_count = 1;
	lease.routes[0].gateway = address("10.0.3.1");
	expect_refused(&lease, "router 10.0.3.1 is not on the network of the address");
	lease.routes[0].gateway = address("10.0.2.1");
	expect_refused(&lease, "router 10.0.2.1 is this host itself");
	lease.routes[0].gateway = address("224.0.0.1");
	expect_refused(&lease, "router 224.0.0.1 is not the address of a host");
	lease.routes[0].gateway = address("10.0.2.2");
	lease.routes[0].network = address("10.9.0.0");
	lease.routes[0].prefix = 8;
	expect_refused(&lease, "a route's network has bits behind its prefix");
}

static void a_host_route_lease_has_its_router_anywhere(void **state)
{
	struct lease lease = { .address = address("10.0.2.1"), .prefix = 32, .seconds = 1 };
	char why[LEASE_REASON_MAX];

	(void)state;
	lease.route_count = 1;
	lease.routes[0].gateway = address("10.0.3.1");
	assert_true(lease_check(&lease, why));
}

static void the_gateway_is_that_of_the_default_route(void **state)
{
	struct lease lease = { .prefix = 24 };

	(void)state;
	assert_null(lease_gateway(&lease));
	lease.routes[0] = (struct lease_route){ address("10.9.0.0"), 16, address("10.0.2.9") };
	lease.routes[1] = (struct lease_route){ { 0 }, 0, address("10.0.2.2") };
	lease.route_count = 1;
	assert_null(lease_gateway(&lease));
	lease.route_count = 2;
	assert_int_equal(lease_gateway(&lease)->s_addr, address("10.0.2.2").s_addr);
}

static void a_server_stands_once_in_a_list(void **state)
{
	struct server_list list = { .count = 0 };

	(void)state;
	assert_true(server_list_add(&list, address("10.0.0.1"), 2));
	assert_true(server_list_add(&list, address("10.0.0.1"), 2));
	assert_int_equal(list.count, 1);
	assert_true(server_list_add(&list, address("10.0.0.2"), 2));
	assert_true(server_list_add(&list, address("10.0.0.2"), 2));
	assert_false(server_list_add(&list, address("10.0.0.3"), 2));
	assert_int_equal(list.count, 2);
	/* No caller's limit is beyond the list's own. */
	for (unsigned i = 0; i < 10; i++)
		server_list_add(&list, (struct in_addr){ i }, 100);
	assert_int_equal(list.count, LEASE_SERVERS_MAX);
}

static void ip_is_a_lease_for_ever(void **state)
{
	struct ip_parameter parameter;
	struct lease lease;
	char why[IP_PARAMETER_WHY_MAX];

	(void)state;
	assert_true(ip_parameter_parse("10.0.2.15::10.0.2.2:255.255.255.0", &parameter, why));
	lease_from_ip_parameter(&parameter, &lease);
	assert_int_equal(lease.seconds, LEASE_FOREVER);
	assert_int_equal(lease.prefix, 24);
	assert_int_equal(lease_gateway(&lease)->s_addr, address("10.0.2.2").s_addr);
	assert_true(ip_parameter_parse("10.0.2.15", &parameter, why));
	lease_from_ip_parameter(&parameter, &lease);
	assert_null(lease_gateway(&lease));
}

/* ---- As text ---- */

/* Decodes a copy without a byte to spare on either side. */
static bool decode(const char *text, size_t length, struct lease_message *message)
{
	char *copy = malloc(length ? length : 1);
	bool good;

	memcpy(copy, text, length);
	good = lease_message_decode(copy, length, message);
	free(copy);
	return good;
}

static void a_message_comes_back_as_it_was(void **state)
{
	(void)state;
	for (unsigned event = 0; event < LEASE_EVENT_COUNT; event++) {
		struct lease_message sent = {
			.event = (enum lease_event)event, .interface = "eth0", .client = 4711
		};
		struct lease_message received;
		char text[LEASE_TEXT_MAX];
		int length;

		if (event == LEASE_BOUND || event == LEASE_RENEW)
			sent.lease = full_lease();
		if (event == LEASE_REFUSED)
			strcpy(sent.reason, "because = of this");
		length = lease_message_encode(&sent, text);
		assert_in_range(length, 1, LEASE_TEXT_MAX - 1);
		assert_true(decode(text, (size_t)length, &received));
		assert_int_equal(received.event, event);
		assert_string_equal(received.interface, "eth0");
		assert_int_equal(received.client, 4711);
		assert_string_equal(received.reason, sent.reason);
		expect_same(&received.lease, &sent.lease);
	}
}

static void a_record_comes_back_as_it_was(void **state)
{
	const struct lease_record written = { full_lease(), 7, UINT64_MAX };
	struct lease_record read;
	char text[LEASE_TEXT_MAX];
	int length = lease_record_encode(&written, text);

	(void)state;
	assert_true(length > 0);
	assert_true(lease_record_decode(text, (size_t)length, &read));
	assert_int_equal(read.link, 7);
	assert_true(read.until_ms == UINT64_MAX);
	expect_same(&read.lease, &written.lease);
}

static void the_longest_names_have_room(void **state)
{
	struct lease_message message = {
		.event = LEASE_BOUND,
		.interface = "abcdefghijklmno",
		.client = INT32_MAX,
		.lease = full_lease(),
	};
	char text[LEASE_TEXT_MAX];

	(void)state;
	memset(message.lease.search, 'a', DOMAIN_MAX);
	memset(message.lease.hostname, 'a', HOSTNAME_MAX);
	message.lease.seconds = LEASE_FOREVER;
	assert_true(lease_message_encode(&message, text) > 0);
}

#define HEAD  "event=bound\ninterface=eth0\nclient=1\n"
#define LEASE "address=10.0.2.15\nprefix=24\nseconds=60\n"

static void expect_message(const char *text, bool good)
{
	struct lease_message message;

	if (decode(text, strlen(text), &message) != good)
		fail_msg("%s:\n%s", good ? "refused" : "taken", text);
}

static void a_message_by_hand_is_understood(void **state)
{
	(void)state;
	expect_message(HEAD LEASE, true);
	expect_message(LEASE HEAD, true);
	expect_message(HEAD LEASE "route=0.0.0.0/0 10.0.2.2\nroute=10.9.0.0/16 0.0.0.0\n", true);
	expect_message("event=deconfig\ninterface=eth0\nclient=1\n", true);
	expect_message("event=refused\ninterface=eth0\nclient=1\nreason=\n", true);
}

static void what_is_unknown_missing_or_twice_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"=",
		"=\n",
		"x",
		"event\n",
		"event=bound",
		HEAD,
		"event=bound\ninterface=eth0\n" LEASE,
		"event=bound\nclient=1\n" LEASE,
		"interface=eth0\nclient=1\n" LEASE,
		HEAD LEASE "x=y\n",
		HEAD LEASE "\n",
		HEAD LEASE "route",
		HEAD LEASE "reason=x\n",
		HEAD LEASE "link=1\n",
		HEAD LEASE "address=10.0.2.16\n",
		HEAD LEASE "client=1\n",
		HEAD HEAD LEASE,
		HEAD "address=10.0.2.15\nseconds=60\n",
		HEAD "prefix=24\nseconds=60\n",
		HEAD "address=10.0.2.15\nprefix=24\n",
		"event=deconfig\ninterface=eth0\nclient=1\n" LEASE,
		"event=nak\ninterface=eth0\nclient=1\nreason=x\n",
		"event=refused\ninterface=eth0\nclient=1\n" LEASE,
		"event=explode\ninterface=eth0\nclient=1\n",
		"event=\ninterface=eth0\nclient=1\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		expect_message(bad[i], false);
}

static void every_value_is_checked(void **state)
{
	static const char *const bad[] = {
		"event=bound\ninterface=../x\nclient=1\n" LEASE,
		"event=bound\ninterface=\nclient=1\n" LEASE,
		"event=bound\ninterface=abcdefghijklmnop\nclient=1\n" LEASE,
		"event=bound\ninterface=eth0\nclient=-1\n" LEASE,
		"event=bound\ninterface=eth0\nclient=2147483648\n" LEASE,
		"event=bound\ninterface=eth0\nclient=\n" LEASE,
		"event=bound\ninterface=eth0\nclient=99999999999999999999999999\n" LEASE,
		HEAD "address=10.0.2\nprefix=24\nseconds=60\n",
		HEAD "address=127.0.0.1\nprefix=24\nseconds=60\n",
		HEAD "address=10.0.2.15\nprefix=33\nseconds=60\n",
		HEAD "address=10.0.2.15\nprefix=4\nseconds=60\n",
		HEAD "address=10.0.2.15\nprefix=\nseconds=60\n",
		HEAD "address=10.0.2.15\nprefix=24\nseconds=0\n",
		HEAD "address=10.0.2.15\nprefix=24\nseconds=4294967296\n",
		HEAD "address=10.0.2.15\nprefix=24\nseconds=1h\n",
		HEAD LEASE "server=x\n",
		HEAD LEASE "route=\n",
		HEAD LEASE "route= \n",
		HEAD LEASE "route=0.0.0.0/0\n",
		HEAD LEASE "route=0.0.0.0/0 \n",
		HEAD LEASE "route=0.0.0.0/0 x\n",
		HEAD LEASE "route=0.0.0.0/0  10.0.2.2\n",
		HEAD LEASE "route=0.0.0.0/0 10.0.9.2\n",
		HEAD LEASE "route=10.0.0.1/8 10.0.2.2\n",
		HEAD LEASE "route=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/8 10.0.2.2\n",
		HEAD LEASE "dns=\n",
		HEAD LEASE "dns=0.0.0.0\n",
		HEAD LEASE "dns=127.0.0.1\n",
		HEAD LEASE "dns=a.example\n",
		HEAD LEASE "ntp=224.0.0.1\n",
		HEAD LEASE "syslog=x\n",
		HEAD LEASE "dns=1.0.0.1\ndns=1.0.0.2\ndns=1.0.0.3\ndns=1.0.0.4\n",
		HEAD LEASE "hostname=\n",
		HEAD LEASE "hostname=a b\n",
		HEAD LEASE "hostname=$(x)\n",
		HEAD LEASE "search=\n",
		HEAD LEASE "search= a\n",
		HEAD LEASE "search=a \n",
		HEAD LEASE "search=a  b\n",
		HEAD LEASE "search=a;b\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		expect_message(bad[i], false);
}

static void more_routes_than_there_is_room_for_are_refused(void **state)
{
	char text[LEASE_TEXT_MAX] = HEAD LEASE;

	(void)state;
	for (int i = 0; i < LEASE_ROUTES_MAX; i++)
		strcat(text, "route=0.0.0.0/0 10.0.2.2\n");
	expect_message(text, true);
	strcat(text, "route=0.0.0.0/0 10.0.2.2\n");
	expect_message(text, false);
}

static void overlong_text_is_refused(void **state)
{
	char text[3 * LEASE_TEXT_MAX];
	struct lease_message message;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t length = LEASE_TEXT_MAX - 2; length < LEASE_TEXT_MAX + 2; length++)
		assert_false(decode(text, length, &message));
	assert_false(decode(text, sizeof(text), &message));
	assert_false(decode(HEAD LEASE "\0", sizeof(HEAD LEASE), &message));
	assert_false(decode("\0", 1, &message));
}

/* Cut short or with any byte changed, a message is taken or refused, and nothing worse. */
static void damage_is_survived(void **state)
{
	const struct lease_message sent = {
		.event = LEASE_BOUND,
		.interface = "eth0",
		.client = 1,
		.lease = full_lease(),
	};
	struct lease_message message;
	char text[LEASE_TEXT_MAX];
	size_t length = (size_t)lease_message_encode(&sent, text);

	(void)state;
	for (size_t i = 0; i < length; i++) {
		static const char bytes[] = { '\0', '\n', '=', ' ', '/', '.', '0', '9', 'a',
			'\xff' };
		const char byte = text[i];

		decode(text, i, &message);
		for (size_t j = 0; j < COUNT(bytes); j++) {
			char why[LEASE_REASON_MAX];

			text[i] = bytes[j];
			if (decode(text, length, &message))
				assert_true(lease_check(&message.lease, why));
		}
		text[i] = byte;
	}
}

static void events_have_udhcpcs_names(void **state)
{
	(void)state;
	assert_int_equal(lease_event_parse("deconfig"), LEASE_DECONFIG);
	assert_int_equal(lease_event_parse("bound"), LEASE_BOUND);
	assert_int_equal(lease_event_parse("renew"), LEASE_RENEW);
	assert_int_equal(lease_event_parse("nak"), LEASE_NAK);
	assert_int_equal(lease_event_parse("leasefail"), LEASE_LEASEFAIL);
	assert_int_equal(lease_event_parse(""), LEASE_EVENT_COUNT);
	assert_int_equal(lease_event_parse("Bound"), LEASE_EVENT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_lease_is_good),
		cmocka_unit_test(an_address_must_be_a_hosts),
		cmocka_unit_test(absurd_masks_are_refused),
		cmocka_unit_test(a_lease_lasts),
		cmocka_unit_test(a_router_must_be_a_neighbour),
		cmocka_unit_test(a_host_route_lease_has_its_router_anywhere),
		cmocka_unit_test(the_gateway_is_that_of_the_default_route),
		cmocka_unit_test(a_server_stands_once_in_a_list),
		cmocka_unit_test(ip_is_a_lease_for_ever),
		cmocka_unit_test(a_message_comes_back_as_it_was),
		cmocka_unit_test(a_record_comes_back_as_it_was),
		cmocka_unit_test(the_longest_names_have_room),
		cmocka_unit_test(a_message_by_hand_is_understood),
		cmocka_unit_test(what_is_unknown_missing_or_twice_is_refused),
		cmocka_unit_test(every_value_is_checked),
		cmocka_unit_test(more_routes_than_there_is_room_for_are_refused),
		cmocka_unit_test(overlong_text_is_refused),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(events_have_udhcpcs_names),
	};

	return RUN("netd: leases", tests);
}
