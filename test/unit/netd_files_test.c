/* SPDX-License-Identifier: MIT */
/* The text of resolv.conf and its neighbours. */
#include "unit.h"

#include "netd/files.h"

static struct in_addr address(const char *text)
{
	struct in_addr value;

	assert_true(ipv4_parse(text, &value));
	return value;
}

static struct lease lease_with(const char *dns, const char *ntp, const char *search)
{
	struct lease lease = { .seconds = 60 };

	if (dns)
		server_list_add(&lease.dns, address(dns), LEASE_DNS_MAX);
	if (ntp)
		server_list_add(&lease.ntp, address(ntp), LEASE_NTP_MAX);
	strcpy(lease.search, search ? search : "");
	return lease;
}

static void nothing_known_is_nothing_written(void **state)
{
	const struct settings settings = { .hostname_is_fixed = false };
	const struct lease empty = { .seconds = 60 };
	const struct lease *const leases[] = { &empty };
	char text[FILES_TEXT_MAX];

	(void)state;
	files_resolv_conf(text, &settings, leases, 0, NULL, 0);
	assert_string_equal(text, "");
	files_resolv_conf(text, &settings, leases, 1, NULL, 0);
	assert_string_equal(text, "");
	files_ntp(text, &settings, leases, 1);
	assert_string_equal(text, "");
	files_syslog(text, &settings, leases, 1);
	assert_string_equal(text, "");
}

static void leases_are_put_together_in_order(void **state)
{
	const struct settings settings = { .hostname_is_fixed = false };
	const struct lease one = lease_with("10.0.0.1", "10.0.0.2", NULL);
	const struct lease other = lease_with("10.1.0.1", "10.1.0.2", "b.example");
	const struct lease *const leases[] = { &one, &other, &one };
	char text[FILES_TEXT_MAX];

	(void)state;
	files_resolv_conf(text, &settings, leases, COUNT(leases), NULL, 0);
	assert_string_equal(text, "search b.example\nnameserver 10.0.0.1\nnameserver 10.1.0.1\n");
	files_ntp(text, &settings, leases, COUNT(leases));
	assert_string_equal(text, "10.0.0.2\n10.1.0.2\n");
}

static void a_log_server_of_the_command_line_is_the_only_one(void **state)
{
	const struct settings settings = { .syslog = "tcp://logs.example:10514" };
	struct lease lease = { .seconds = 60 };
	const struct lease *const leases[] = { &lease };
	char text[FILES_TEXT_MAX];

	(void)state;
	server_list_add(&lease.syslog, address("10.0.0.7"), LEASE_SYSLOG_MAX);
	files_syslog(text, &(struct settings){ .hostname_is_fixed = false }, leases, 1);
	assert_string_equal(text, "10.0.0.7\n");
	files_syslog(text, &settings, leases, 1);
	assert_string_equal(text, "tcp://logs.example:10514\n");
	files_syslog(text, &settings, leases, 0);
	assert_string_equal(text, "tcp://logs.example:10514\n");
}

static void the_command_line_comes_first(void **state)
{
	struct settings settings = { .hostname_is_fixed = false };
	const struct lease lease = lease_with("10.0.0.1", "10.0.0.2", "lease.example");
	const struct lease *const leases[] = { &lease };
	char text[FILES_TEXT_MAX];

	(void)state;
	settings.ip.dns[1] = address("10.9.0.1");
	settings.ip.ntp = address("10.9.0.2");
	strcpy(settings.ip.domain, "ip.example");
	files_resolv_conf(text, &settings, leases, 1, NULL, 0);
	assert_string_equal(text, "search ip.example\nnameserver 10.9.0.1\nnameserver 10.0.0.1\n");
	files_ntp(text, &settings, leases, 1);
	assert_string_equal(text, "10.9.0.2\n");
	strcpy(settings.ntp[0], "time.example");
	strcpy(settings.ntp[1], "10.8.0.1");
	files_ntp(text, &settings, leases, 1);
	assert_string_equal(text, "time.example\n10.8.0.1\n");
}

static void a_resolver_asks_three_servers(void **state)
{
	struct settings settings = { .hostname_is_fixed = false };
	const struct lease one = lease_with("10.0.0.1", NULL, NULL);
	const struct lease other = lease_with("10.0.0.2", NULL, NULL);
	const struct lease *const leases[] = { &one, &other };
	char text[FILES_TEXT_MAX];

	(void)state;
	settings.ip.dns[0] = address("10.9.0.1");
	settings.ip.dns[1] = address("10.9.0.2");
	files_resolv_conf(text, &settings, leases, 2, NULL, 0);
	assert_string_equal(
		text, "nameserver 10.9.0.1\nnameserver 10.9.0.2\nnameserver 10.0.0.1\n");
}

static void the_longest_there_can_be_has_room(void **state)
{
	struct settings settings = { .hostname_is_fixed = false };
	char text[FILES_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < LEASE_NTP_MAX; i++)
		memset(settings.ntp[i], 'a', DOMAIN_MAX);
	files_ntp(text, &settings, NULL, 0);
	assert_int_equal(strlen(text), LEASE_NTP_MAX * (DOMAIN_MAX + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_is_nothing_written),
		cmocka_unit_test(leases_are_put_together_in_order),
		cmocka_unit_test(a_log_server_of_the_command_line_is_the_only_one),
		cmocka_unit_test(the_command_line_comes_first),
		cmocka_unit_test(a_resolver_asks_three_servers),
		cmocka_unit_test(the_longest_there_can_be_has_room),
	};

	return RUN("netd: files", tests);
}
