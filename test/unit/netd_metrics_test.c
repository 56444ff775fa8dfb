/* SPDX-License-Identifier: MIT */
/* The network in numbers. */
#include "unit.h"

#include <stdio.h>

#include "netd/metrics.h"

static struct link_table table;
static char text[METRICS_TEXT_MAX];

static int empty_table(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	return 0;
}

static void assert_line(const char *line)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text, whole))
		fail_msg("no line '%s' in:\n%s", line, text);
}

static void no_link_is_nothing_to_tell(void **state)
{
	(void)state;
	metrics_write(text, &table, 0);
	assert_string_equal(text, "");
}

static void each_link_has_its_numbers(void **state)
{
	struct link *one = link_add(&table, 2, "eth0");
	struct link *other;

	(void)state;
	one->counts = (struct link_counts){ 1, 2, 3, 4, 5, 6, 7 };
	one->router_dns.refused = 10;
	one->dhcp.declined = 20;
	one->carrier_changes = 8;
	one->has_lease = one->usable = true;
	one->until_ms = 5500;
	other = link_add(&table, 3, "eth1");
	other->has_lease = true;
	other->until_ms = CLOCK_NEVER;
	metrics_write(text, &table, 1700000000000);
	assert_line("# TYPE netd_leases_total counter");
	assert_line("netd_leases_total{device=\"eth0\"} 1");
	assert_line("netd_leases_total{device=\"eth1\"} 0");
	assert_line("netd_renewals_total{device=\"eth0\"} 2");
	assert_line("netd_naks_total{device=\"eth0\"} 3");
	assert_line("netd_dhcp_unanswered_total{device=\"eth0\"} 4");
	assert_line("netd_leases_refused_total{device=\"eth0\"} 5");
	assert_line("netd_words_refused_total{device=\"eth0\"} 16");
	assert_line("netd_conflicts_total{device=\"eth0\"} 27");
	assert_line("netd_carrier_changes_total{device=\"eth0\"} 8");
	assert_line("netd_link_usable{device=\"eth0\"} 1");
	assert_line("netd_link_usable{device=\"eth1\"} 0");
	assert_line("netd_lease_end_timestamp_seconds{device=\"eth0\"} 1700000005");
	assert_null(strstr(text, "netd_lease_end_timestamp_seconds{device=\"eth1\"}"));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void no_lease_that_ends_has_no_family_for_it(void **state)
{
	(void)state;
	link_add(&table, 2, "eth0");
	metrics_write(text, &table, 0);
	assert_null(strstr(text, "netd_lease_end"));
}

static void the_longest_there_can_be_has_room(void **state)
{
	char name[IFNAMSIZ] = "interface-name0";

	(void)state;
	for (int i = 0; i < LINK_MAX; i++) {
		struct link *link;

		name[14] = (char)('0' + i);
		link = link_add(&table, i + 1, name);
		memset(&link->counts, 0xff, sizeof(link->counts));
		link->carrier_changes = UINT32_MAX;
		link->has_lease = link->usable = true;
		link->until_ms = CLOCK_NEVER - 1;
	}
	metrics_write(text, &table, 0);
	assert_non_null(
		strstr(text, "netd_lease_end_timestamp_seconds{device=\"interface-name7\"}"));
	assert_true(strlen(text) < METRICS_TEXT_MAX - 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_link_is_nothing_to_tell, empty_table),
		cmocka_unit_test_setup(each_link_has_its_numbers, empty_table),
		cmocka_unit_test_setup(no_lease_that_ends_has_no_family_for_it, empty_table),
		cmocka_unit_test_setup(the_longest_there_can_be_has_room, empty_table),
	};

	return RUN("netd metrics", tests);
}
