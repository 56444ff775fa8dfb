/* SPDX-License-Identifier: MIT */
/* What udhcpc's environment becomes, and what of it is refused. */
#include "unit.h"

#include "netd/udhcpc_environment.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPORTS_SIZE = 4096 };

struct outcome {
	bool good;
	struct lease lease;
	char why[LEASE_REASON_MAX];
	char reports[REPORTS_SIZE]; /* one a line */
	unsigned report_count;
};

static void report(void *context, const char *message)
{
	struct outcome *outcome = context;
	size_t length = strlen(outcome->reports);

	for (const char *byte = message; *byte; byte++)
		assert_in_range(*byte, ' ', '~');
	snprintf(outcome->reports + length, REPORTS_SIZE - length, "%s\n", message);
	outcome->report_count++;
}

static struct outcome read_environment(char *const *environment)
{
	struct outcome outcome = { .good = false };
	const struct refusal_report reporter = { report, &outcome };

	outcome.good = lease_from_environment(environment, &outcome.lease, outcome.why, &reporter);
	/* Whatever came in, what comes out can be sent and is taken. */
	if (outcome.good) {
		struct lease_message message = {
			.event = LEASE_BOUND,
			.interface = "eth0",
			.client = 1,
			.lease = outcome.lease,
		};
		char text[LEASE_TEXT_MAX];
		int length = lease_message_encode(&message, text);

		assert_true(length > 0);
		assert_true(lease_message_decode(text, (size_t)length, &message));
	}
	return outcome;
}

#define ENVIRONMENT(...) read_environment((char *[]){ __VA_ARGS__, NULL })
#define GOOD             "interface=eth0", "ip=10.0.2.15", "subnet=255.255.255.0", "mask=24", "lease=3600"

static void expect_servers(const struct server_list *list, const char *expected)
{
	char text[128] = "";
	char one[IPV4_TEXT_MAX];

	for (size_t i = 0; i < list->count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, ipv4_format(one, list->server[i]));
	}
	assert_string_equal(text, expected);
}

static void a_usual_lease_is_read_whole(void **state)
{
	const struct outcome outcome = ENVIRONMENT("PATH=/bin", GOOD, "router=10.0.2.2",
		"dns=10.0.2.3 10.0.2.4", "ntpsrv=10.0.2.5", "opt7=0a0002060a000207",
		"hostname=node17", "domain=rack2.example", "serverid=10.0.2.2",
		"broadcast=10.0.2.255", "siaddr=10.0.2.2", "boot_file=x", "opt53=05");

	(void)state;
	assert_true(outcome.good);
	assert_string_equal(outcome.reports, "");
	assert_int_equal(outcome.lease.prefix, 24);
	assert_int_equal(outcome.lease.seconds, 3600);
	assert_int_equal(outcome.lease.route_count, 1);
	assert_int_equal(outcome.lease.routes[0].prefix, 0);
	expect_servers(&outcome.lease.dns, "10.0.2.3 10.0.2.4");
	expect_servers(&outcome.lease.ntp, "10.0.2.5");
	expect_servers(&outcome.lease.syslog, "10.0.2.6 10.0.2.7");
	assert_string_equal(outcome.lease.hostname, "node17");
	assert_string_equal(outcome.lease.search, "rack2.example");
}

static void only_the_address_is_needed(void **state)
{
	struct outcome outcome = ENVIRONMENT("ip=192.168.7.5");

	(void)state;
	assert_true(outcome.good);
	assert_int_equal(outcome.lease.prefix, 24);
	assert_int_equal(outcome.lease.seconds, 3600);
	assert_int_equal(outcome.lease.route_count, 0);
	outcome = ENVIRONMENT("ip=10.7.7.5", "lease=4294967295");
	assert_int_equal(outcome.lease.prefix, 8);
	assert_int_equal(outcome.lease.seconds, LEASE_FOREVER);
}

static void a_lease_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *ip, *subnet, *lease, *why;
	} bad[] = {
		{ "ip=", "x=", "x=", "address '' is none" },
		{ "x=", "x=", "x=", "address '' is none" },
		{ "ip=10.0.2.15;reboot", "x=", "x=", "address '10.0.2.15;reboot' is none" },
		{ "ip=10.0.2.15\n", "x=", "x=", "address '10.0.2.15?' is none" },
		{ "ip=127.0.0.1", "x=", "x=", "127.0.0.1/8 is not the address of a host" },
		{ "ip=0.0.0.0", "subnet=255.0.0.0",
			"x=", "0.0.0.0/8 is not the address of a host" },
		{ "ip=224.0.0.1", "x=", "x=", "netmask '' is none" },
		{ "ip=10.0.2.255", "subnet=255.255.255.0",
			"x=", "10.0.2.255/24 is not the address of a host" },
		{ "ip=10.0.2.15", "subnet=255.0.255.0", "x=", "netmask '255.0.255.0' is none" },
		{ "ip=10.0.2.15", "subnet=", "x=", "netmask '' is none" },
		{ "ip=10.0.2.15", "subnet=24", "x=", "netmask '24' is none" },
		{ "ip=10.0.2.15", "subnet=0.0.0.0", "x=", "a netmask of 0 bits makes no sense" },
		{ "ip=10.0.2.15", "subnet=128.0.0.0", "x=", "a netmask of 1 bits makes no sense" },
		{ "ip=10.0.2.15", "x=", "lease=", "lease time '' is none" },
		{ "ip=10.0.2.15", "x=", "lease=-1", "lease time '-1' is none" },
		{ "ip=10.0.2.15", "x=", "lease=1h", "lease time '1h' is none" },
		{ "ip=10.0.2.15", "x=", "lease=4294967296", "lease time '4294967296' is none" },
		{ "ip=10.0.2.15", "x=", "lease=99999999999999999999",
			"lease time '99999999999999999999' is none" },
		{ "ip=10.0.2.15", "x=", "lease=0", "10.0.2.15 is leased for no time at all" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct outcome outcome =
			ENVIRONMENT((char *)bad[i].ip, (char *)bad[i].subnet, (char *)bad[i].lease);

		assert_false(outcome.good);
		assert_string_equal(outcome.why, bad[i].why);
	}
}

static void the_first_good_router_is_taken(void **state)
{
	struct outcome outcome =
		ENVIRONMENT(GOOD, "router=10.9.9.9 0.0.0.0 junk 10.0.2.2 10.0.2.3");

	(void)state;
	assert_int_equal(outcome.lease.route_count, 1);
	assert_string_equal(outcome.reports,
		"router 10.9.9.9 is not on the network of the address\n"
		"router '0.0.0.0' refused\n"
		"router 'junk' refused\n");
	outcome = ENVIRONMENT(GOOD, "router=10.0.2.15");
	assert_true(outcome.good);
	assert_int_equal(outcome.lease.route_count, 0);
	assert_string_equal(outcome.reports, "router 10.0.2.15 is this host itself\n");
}

static void static_routes_replace_the_router(void **state)
{
	const struct outcome outcome = ENVIRONMENT(GOOD, "router=10.0.2.2",
		"staticroutes=10.9.0.0/16 10.0.2.9 0.0.0.0/0 10.0.2.8 10.0.3.0/24 0.0.0.0");

	(void)state;
	assert_int_equal(outcome.lease.route_count, 3);
	assert_int_equal(outcome.lease.routes[0].prefix, 16);
	assert_int_equal(outcome.lease.routes[1].prefix, 0);
	assert_true(ipv4_is_none(outcome.lease.routes[2].gateway));
	assert_string_equal(outcome.reports, "");
}

static void bad_static_routes_are_left_out(void **state)
{
	struct outcome outcome = ENVIRONMENT(GOOD,
		"staticroutes=10.9.1.1/16 10.0.2.9 10.8.0.0/16 10.7.7.7 10.6.0.0/16 10.0.2.9");

	(void)state;
	assert_int_equal(outcome.lease.route_count, 1);
	assert_string_equal(outcome.reports,
		"route '10.9.1.1/16' refused\n"
		"router 10.7.7.7 is not on the network of the address\n");
	outcome = ENVIRONMENT(GOOD, "staticroutes=10.9.0.0/16");
	assert_true(outcome.good);
	assert_int_equal(outcome.lease.route_count, 0);
	outcome = ENVIRONMENT(GOOD, "staticroutes=", "router=10.0.2.2");
	assert_int_equal(outcome.lease.route_count, 0);
}

static void there_are_at_most_so_many_routes(void **state)
{
	char text[4096] = "staticroutes=";
	struct outcome outcome;

	(void)state;
	for (int i = 0; i < 100; i++)
		sprintf(text + strlen(text), "10.%d.0.0/16 10.0.2.9 ", i);
	outcome = ENVIRONMENT(GOOD, text);
	assert_int_equal(outcome.lease.route_count, LEASE_ROUTES_MAX);
	assert_string_equal(outcome.reports, "more than 16 routes, the rest is left out\n");
}

static void server_lists_are_cut_short(void **state)
{
	struct outcome outcome = ENVIRONMENT(GOOD, "dns=1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5",
		"ntpsrv=1.0.0.1 1.0.0.1 1.0.0.2",
		"opt7=01000001010000020100000301000004010000050100");

	(void)state;
	expect_servers(&outcome.lease.dns, "1.0.0.1 1.0.0.2 1.0.0.3");
	expect_servers(&outcome.lease.ntp, "1.0.0.1 1.0.0.2");
	expect_servers(&outcome.lease.syslog, "1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4");
	assert_string_equal(outcome.reports, "more than 3 of DNS servers, the rest is left out\n"
					     "more than 4 of log servers, the rest is left out\n");
}

static void bad_servers_are_left_out(void **state)
{
	struct outcome outcome = ENVIRONMENT(GOOD, "dns=0.0.0.0 127.0.0.53 1.2.3.4;x  1.0.0.1 ",
		"ntpsrv=pool.example", "opt7=7f000001c0a8");

	(void)state;
	expect_servers(&outcome.lease.dns, "1.0.0.1");
	assert_int_equal(outcome.lease.ntp.count, 0);
	assert_int_equal(outcome.lease.syslog.count, 0);
	assert_string_equal(outcome.reports, "DNS servers '0.0.0.0' refused\n"
					     "DNS servers '127.0.0.53' refused\n"
					     "DNS servers '1.2.3.4;x' refused\n"
					     "NTP servers 'pool.example' refused\n"
					     "log servers '127.0.0.1' refused\n"
					     "log servers 'c0a8' refused\n");
}

static void a_flood_of_rubbish_is_not_reported_at_length(void **state)
{
	char rubbish[3000] = "dns=";
	struct outcome outcome;

	(void)state;
	for (int i = 0; i < 900; i++)
		strcat(rubbish, "x ");
	outcome = ENVIRONMENT(GOOD, rubbish);
	assert_true(outcome.good);
	assert_in_range(outcome.report_count, 1, 8);
}

static void hostile_host_names_are_refused(void **state)
{
	static const char *const bad[] = { "hostname=", "hostname=bad", "hostname=-rf",
		"hostname=$(reboot)", "hostname=`id`", "hostname=a b", "hostname=a\nb",
		"hostname=../../x", "hostname=a;b", "hostname=\x1b[2J", "hostname=\xff\xfe",
		"hostname=.", "hostname=a..b",
		"hostname=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"hostname='a'" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct outcome outcome = ENVIRONMENT(GOOD, (char *)bad[i]);

		assert_true(outcome.good);
		assert_string_equal(outcome.lease.hostname, "");
		assert_int_equal(outcome.report_count, 1);
	}
}

static void search_wins_over_domain(void **state)
{
	const struct outcome outcome =
		ENVIRONMENT(GOOD, "domain=one.example", "search=two.example three.example.");

	(void)state;
	assert_string_equal(outcome.lease.search, "two.example three.example");
}

static void a_domain_may_be_several(void **state)
{
	struct outcome outcome = ENVIRONMENT(GOOD, "domain= a.example  b.example ");

	(void)state;
	assert_string_equal(outcome.lease.search, "a.example b.example");
	outcome = ENVIRONMENT(GOOD, "domain=a.example $(x) b.example");
	assert_string_equal(outcome.lease.search, "a.example");
	assert_string_equal(outcome.reports, "domain '$(x)' refused\n");
	outcome = ENVIRONMENT(GOOD, "domain=a\nnameserver 6.6.6.6");
	assert_string_equal(outcome.lease.search, "");
	outcome = ENVIRONMENT(GOOD, "domain=.");
	assert_string_equal(outcome.lease.search, "");
}

static void overlong_domains_are_refused(void **state)
{
	char text[4096];
	struct outcome outcome;

	(void)state;
	for (size_t length = 1; length < 700; length++) {
		strcpy(text, "search=");
		for (size_t i = 0; i < length; i++)
			strcat(text, i % 50 == 49 && i + 1 < length ? "." : "a");
		outcome = ENVIRONMENT(GOOD, text);
		assert_int_equal(strlen(outcome.lease.search), length <= DOMAIN_MAX ? length : 0);
	}
	strcpy(text, "search=");
	for (int i = 0; i < 200; i++)
		strcat(text, "a.example ");
	outcome = ENVIRONMENT(GOOD, text);
	assert_in_range(strlen(outcome.lease.search), 200, DOMAIN_MAX);
	assert_string_equal(outcome.reports, "search domains are too many, the rest is left out\n");
}

static void names_of_variables_are_compared_whole(void **state)
{
	struct outcome outcome =
		ENVIRONMENT("ipx=1.1.1.1", "xip=2.2.2.2", "ip=10.0.2.15", "dnsx=9.9.9.9");

	(void)state;
	assert_true(outcome.good);
	assert_int_equal(outcome.lease.dns.count, 0);
	outcome = ENVIRONMENT("ip", "=", "");
	assert_false(outcome.good);
	outcome = read_environment((char *[]){ NULL });
	assert_false(outcome.good);
}

/* Each variable in turn holds each of these; the check that what comes out is sound is in the reader. */
static void any_text_in_any_variable_is_survived(void **state)
{
	static const char *const names[] = { "ip", "subnet", "lease", "router", "staticroutes",
		"dns", "ntpsrv", "opt7", "hostname", "domain", "search", "serverid" };
	static const char *const values[] = { "", " ", "  ", "0", "/", "0.0.0.0/0", "10.0.2.2", "-",
		"10.0.2.2 10.0.2.3", "255.255.255.255", "999999999999999999999999999999",
		"%s%n%s%n", "\n\n\n", "=", "a", "aaaaaaaa", "ffffffff", "7f7f7f7f7f7f7f7f",
		"0.0.0.0/0 10.0.2.2", "0.0.0.0/0 10.0.2.2 0.0.0.0/0", "\x80\x81", "../..",
		"a.b.c.d.e.f", "10.0.2.15" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		for (size_t j = 0; j < COUNT(values); j++) {
			char *text;

			assert_true(asprintf(&text, "%s=%s", names[i], values[j]) > 0);
			ENVIRONMENT(text, GOOD);
			ENVIRONMENT(GOOD, text);
			free(text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_lease_is_read_whole),
		cmocka_unit_test(only_the_address_is_needed),
		cmocka_unit_test(a_lease_that_cannot_be_is_refused),
		cmocka_unit_test(the_first_good_router_is_taken),
		cmocka_unit_test(static_routes_replace_the_router),
		cmocka_unit_test(bad_static_routes_are_left_out),
		cmocka_unit_test(there_are_at_most_so_many_routes),
		cmocka_unit_test(server_lists_are_cut_short),
		cmocka_unit_test(bad_servers_are_left_out),
		cmocka_unit_test(a_flood_of_rubbish_is_not_reported_at_length),
		cmocka_unit_test(hostile_host_names_are_refused),
		cmocka_unit_test(search_wins_over_domain),
		cmocka_unit_test(a_domain_may_be_several),
		cmocka_unit_test(overlong_domains_are_refused),
		cmocka_unit_test(names_of_variables_are_compared_whole),
		cmocka_unit_test(any_text_in_any_variable_is_survived),
	};

	return RUN("netd: what udhcpc says", tests);
}
