/* SPDX-License-Identifier: MIT */
/* DNS servers and domains from router advertisements, true and false. */
#include "unit.h"

#include <arpa/inet.h>

#include "basics/clock.h"
#include "netd/router_dns.h"

enum { NOW = 50000 };

#define HEAD(type, units, seconds) type, units, 0, 0, 0, 0, (seconds) >> 8, (seconds)&255
#define SERVER(last)               0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
/* 16 bytes: one name and its padding. */
#define DOMAIN_ABC 3, 'a', 'b', 'c', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 0, 0

#define TAKE(dns, now, ...)                                                                        \
	router_dns_take(dns, (const uint8_t[]){ __VA_ARGS__ },                                     \
		sizeof((const uint8_t[]){ __VA_ARGS__ }), now)

static void assert_server(const struct router_dns *dns, size_t place, const char *text)
{
	char address[INET6_ADDRSTRLEN];

	assert_true(place < dns->server_count);
	inet_ntop(AF_INET6, &dns->servers[place].address, address, sizeof(address));
	assert_string_equal(address, text);
}

static void servers_hold_for_their_time(void **state)
{
	struct router_dns dns = { .refused = 0 };

	(void)state;
	assert_true(TAKE(&dns, NOW, HEAD(25, 5, 60), SERVER(1), SERVER(2)));
	assert_int_equal(dns.server_count, 2);
	assert_server(&dns, 0, "fd00::1");
	assert_server(&dns, 1, "fd00::2");
	assert_int_equal(router_dns_deadline(&dns), NOW + 60000);
	/* The same again is no news, but gives more time. */
	assert_false(TAKE(&dns, NOW + 10000, HEAD(25, 3, 60), SERVER(1)));
	assert_int_equal(router_dns_deadline(&dns), NOW + 60000);
	assert_false(router_dns_expire(&dns, NOW + 59999));
	assert_true(router_dns_expire(&dns, NOW + 60000));
	assert_int_equal(dns.server_count, 1);
	assert_server(&dns, 0, "fd00::1");
	assert_true(router_dns_expire(&dns, NOW + 70000));
	assert_int_equal(dns.server_count, 0);
	assert_int_equal(router_dns_deadline(&dns), CLOCK_NEVER);
	assert_int_equal(dns.refused, 0);
}

static void a_lifetime_of_zero_takes_a_server_back_and_the_longest_is_for_ever(void **state)
{
	struct router_dns dns = { .refused = 0 };

	(void)state;
	assert_true(TAKE(&dns, NOW, 25, 3, 0, 0, 0xff, 0xff, 0xff, 0xff, SERVER(1)));
	assert_int_equal(router_dns_deadline(&dns), CLOCK_NEVER);
	assert_false(TAKE(&dns, NOW, HEAD(25, 3, 0), SERVER(7)));
	assert_true(TAKE(&dns, NOW, HEAD(25, 3, 0), SERVER(1)));
	assert_int_equal(dns.server_count, 0);
	assert_int_equal(dns.refused, 0);
}

static void more_servers_than_there_is_room_for_are_counted(void **state)
{
	struct router_dns dns = { .refused = 0 };

	(void)state;
	TAKE(&dns, NOW, HEAD(25, 9, 60), SERVER(1), SERVER(2), SERVER(3), SERVER(4));
	assert_int_equal(dns.server_count, ROUTER_DNS_SERVERS_MAX);
	assert_int_equal(dns.refused, 1);
}

static void addresses_of_no_host_are_refused(void **state)
{
	static const char *const wrong[] = { "::", "::1", "ff02::1", "::ffff:10.0.0.1",
		"::10.0.0.1" };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct router_dns dns = { .refused = 0 };
		uint8_t option[24] = { HEAD(25, 3, 60) };

		inet_pton(AF_INET6, wrong[i], option + 8);
		assert_false(router_dns_take(&dns, option, sizeof(option), NOW));
		assert_int_equal(dns.server_count, 0);
		assert_int_equal(dns.refused, 1);
	}
}

static void domains_are_read_without_their_padding(void **state)
{
	struct router_dns dns = { .refused = 0 };

	(void)state;
	assert_true(TAKE(&dns, NOW, HEAD(31, 3, 60), DOMAIN_ABC));
	assert_int_equal(dns.domain_count, 1);
	assert_string_equal(dns.domains[0].name, "abc.example");
	assert_true(TAKE(&dns, NOW, HEAD(31, 2, 60), 1, 'x', 0, 1, 'y', 0, 0, 0));
	assert_int_equal(dns.domain_count, 3);
	assert_string_equal(dns.domains[1].name, "x");
	assert_string_equal(dns.domains[2].name, "y");
	assert_true(TAKE(&dns, NOW, HEAD(31, 3, 0), DOMAIN_ABC));
	assert_string_equal(dns.domains[0].name, "x");
	assert_true(router_dns_expire(&dns, NOW + 60000));
	assert_int_equal(dns.domain_count, 0);
	assert_int_equal(dns.refused, 0);
}

static void names_that_are_none_are_refused(void **state)
{
	struct router_dns dns = { .refused = 0 };

	(void)state;
	/* A name with characters of no name; then a good one. */
	TAKE(&dns, NOW, HEAD(31, 2, 60), 2, '$', '(', 0, 1, 'z', 0, 0);
	assert_int_equal(dns.refused, 1);
	assert_string_equal(dns.domains[0].name, "z");
	/* A newline; a dot in a label; a label beyond the end; compression; a label of 64. */
	TAKE(&dns, NOW, HEAD(31, 2, 60), 2, 'a', '\n', 0, 0, 0, 0, 0);
	TAKE(&dns, NOW, HEAD(31, 2, 60), 3, 'a', '.', 'b', 0, 0, 0, 0);
	TAKE(&dns, NOW, HEAD(31, 2, 60), 9, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
	TAKE(&dns, NOW, HEAD(31, 2, 60), 0xc0, 12, 0, 0, 0, 0, 0, 0);
	TAKE(&dns, NOW, HEAD(31, 2, 60), 64, 'a', 0, 0, 0, 0, 0, 0);
	/* No end. */
	TAKE(&dns, NOW, HEAD(31, 2, 60), 7, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
	assert_int_equal(dns.refused, 7);
	assert_int_equal(dns.domain_count, 1);
}

static void a_name_is_not_longer_than_a_name_may_be(void **state)
{
	struct router_dns dns = { .refused = 0 };
	uint8_t option[8 + 264] = { HEAD(31, 34, 60) };

	(void)state;
	/* Four labels of 63 and their dots are 255, two more than the longest. */
	for (size_t i = 0; i < 4; i++) {
		option[8 + i * 64] = 63;
		memset(option + 8 + i * 64 + 1, 'a', 63);
	}
	router_dns_take(&dns, option, sizeof(option), NOW);
	assert_int_equal(dns.domain_count, 0);
	assert_int_equal(dns.refused, 1);
	/* Two bytes less fit. */
	option[8 + 3 * 64] = 61;
	option[8 + 3 * 64 + 62] = 0;
	option[8 + 3 * 64 + 63] = 0;
	router_dns_take(&dns, option, sizeof(option), NOW);
	assert_int_equal(dns.domain_count, 1);
	assert_int_equal(strlen(dns.domains[0].name), DOMAIN_MAX);
}

static void options_that_are_cut_short_or_empty_do_no_harm(void **state)
{
	struct router_dns dns = { .refused = 0 };
	const uint8_t option[] = { HEAD(25, 5, 60), SERVER(1), SERVER(2) };

	(void)state;
	for (size_t size = 1; size < sizeof(option); size++)
		assert_false(router_dns_take(&dns, option, size, NOW));
	assert_int_equal(dns.refused, sizeof(option) - 1);
	/* No length; no server; half a server; an option of another kind. */
	TAKE(&dns, NOW, 25, 0, 0, 0, 0, 0, 0, 60);
	TAKE(&dns, NOW, HEAD(25, 1, 60));
	TAKE(&dns, NOW, HEAD(25, 2, 60), 0xfd, 0, 0, 0, 0, 0, 0, 0);
	assert_int_equal(dns.refused, sizeof(option) - 1 + 3);
	assert_false(TAKE(&dns, NOW, HEAD(3, 1, 60)));
	assert_int_equal(dns.refused, sizeof(option) - 1 + 3);
	assert_int_equal(dns.server_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_hold_for_their_time),
		cmocka_unit_test(
			a_lifetime_of_zero_takes_a_server_back_and_the_longest_is_for_ever),
		cmocka_unit_test(more_servers_than_there_is_room_for_are_counted),
		cmocka_unit_test(addresses_of_no_host_are_refused),
		cmocka_unit_test(domains_are_read_without_their_padding),
		cmocka_unit_test(names_that_are_none_are_refused),
		cmocka_unit_test(a_name_is_not_longer_than_a_name_may_be),
		cmocka_unit_test(options_that_are_cut_short_or_empty_do_no_harm),
	};

	return RUN("netd: DNS from routers", tests);
}
