/* SPDX-License-Identifier: MIT */
/* Which links netd looks after, which gets what, and how they are told to people. */
#include "unit.h"

#include "netd/link.h"

static const struct ip_parameter dhcp = { .mode = IP_DHCP };
static const struct ip_parameter fixed = { .mode = IP_STATIC };
static const struct ip_parameter handed_over = { .mode = IP_STATIC, .handed_over = true };
static const struct ip_parameter off = { .mode = IP_OFF };
static const struct ip_parameter fixed_eth1 = { .mode = IP_STATIC, .device = "eth1" };
static const struct ip_parameter dhcp_eth1 = { .mode = IP_DHCP, .device = "eth1" };

static struct in_addr address(const char *text)
{
	struct in_addr value;

	assert_true(ipv4_parse(text, &value));
	return value;
}

/* ---- The table ---- */

static void links_stand_in_the_order_of_their_indexes(void **state)
{
	static struct link_table table;

	(void)state;
	table.count = 0;
	assert_non_null(link_add(&table, 4, "eth2"));
	assert_non_null(link_add(&table, 2, "eth0"));
	assert_non_null(link_add(&table, 3, "eth1"));
	assert_string_equal(table.links[0].name, "eth0");
	assert_string_equal(table.links[1].name, "eth1");
	assert_string_equal(table.links[2].name, "eth2");
	assert_ptr_equal(link_find(&table, 3), &table.links[1]);
	assert_ptr_equal(link_find_name(&table, "eth2"), &table.links[2]);
	assert_null(link_find(&table, 9));
	assert_null(link_find_name(&table, "eth9"));
	link_remove(&table, link_find(&table, 3));
	assert_int_equal(table.count, 2);
	assert_null(link_find(&table, 3));
	assert_string_equal(table.links[1].name, "eth2");
}

static void a_full_table_takes_no_more(void **state)
{
	static struct link_table table;

	(void)state;
	table.count = 0;
	for (int i = LINK_MAX; i > 0; i--)
		assert_non_null(link_add(&table, i, "eth0"));
	assert_null(link_add(&table, 99, "eth99"));
	while (table.count > 0)
		link_remove(&table, &table.links[table.count - 1]);
}

static void vlans_and_what_carries_them_are_looked_after(void **state)
{
	const struct settings settings = {
		.vlans = { { "vlan7", "bond0", 7 } },
		.vlan_count = 1,
	};
	struct link_report report = { .name = "vlan7", .ethernet = true };

	(void)state;
	assert_true(link_is_wanted(&report, &settings));
	report.name = "bond0";
	assert_true(link_is_wanted(&report, &settings));
	report.name = "bond1";
	assert_false(link_is_wanted(&report, &settings));
}

static void a_new_link_knows_nothing(void **state)
{
	static struct link_table table;
	struct link *link;

	(void)state;
	memset(&table, 0xff, sizeof(table));
	table.count = 0;
	link = link_add(&table, 1, "eth0");
	assert_false(link->up);
	assert_false(link->has_lease);
	assert_int_equal(link->dhcp.pid, 0);
	assert_int_equal(link->dhcp.output, -1);
}

/* ---- Whose link is it? ---- */

static bool wanted(const char *name, bool ethernet, bool hardware, const struct ip_parameter *ip)
{
	const struct link_report report = {
		.name = name, .ethernet = ethernet, .hardware = hardware
	};

	return link_is_wanted(&report, &(struct settings){ .ip = *ip });
}

static void hardware_and_ethN_are_ours(void **state)
{
	(void)state;
	assert_true(wanted("eth0", true, true, &dhcp));
	assert_true(wanted("usb0", true, true, &dhcp));
	assert_true(wanted("eth0", true, false, &dhcp));
	assert_true(wanted("eth17", true, false, &dhcp));
	assert_false(wanted("lo", false, true, &dhcp));
	assert_false(wanted("tunl0", false, false, &dhcp));
}

static void links_that_jobs_make_are_theirs(void **state)
{
	(void)state;
	assert_false(wanted("veth12ab", true, false, &dhcp));
	assert_false(wanted("br0", true, false, &dhcp));
	assert_false(wanted("eth", true, false, &dhcp));
	assert_false(wanted("eth0.5", true, false, &dhcp));
	assert_false(wanted("ether0", true, false, &dhcp));
	assert_false(wanted("eth0x", true, false, &dhcp));
}

static void the_device_of_ip_is_ours_whatever_it_is(void **state)
{
	const struct ip_parameter bridge = { .mode = IP_DHCP, .device = "br0" };

	(void)state;
	assert_true(wanted("br0", true, false, &bridge));
	assert_false(wanted("br1", true, false, &bridge));
}

static void a_name_that_is_no_name_is_left_alone(void **state)
{
	(void)state;
	assert_false(wanted("eth 0", true, true, &dhcp));
	assert_false(wanted("..", true, true, &dhcp));
}

/* ---- Who gets the address of ip=? ---- */

/* eth0, eth1 and eth2 with the indexes 2, 3 and 4; `carriers` has a bit for each. */
static struct link_table *three_links(unsigned carriers)
{
	static struct link_table table;

	table.count = 0;
	link_add(&table, 2, "eth0");
	link_add(&table, 3, "eth1");
	link_add(&table, 4, "eth2");
	for (unsigned i = 0; i < 3; i++)
		table.links[i].had_carrier = table.links[i].carrier = carriers >> i & 1;
	return &table;
}

static void without_links_nobody_gets_it(void **state)
{
	static struct link_table none;

	(void)state;
	assert_int_equal(link_for_static(&none, &fixed, 0), 0);
	assert_int_equal(link_for_static(&none, &fixed_eth1, 0), 0);
	assert_int_equal(link_for_static(&none, &fixed, 7), 0);
}

static void the_first_with_carrier_gets_it(void **state)
{
	(void)state;
	assert_int_equal(link_for_static(three_links(0), &fixed, 0), 2);
	assert_int_equal(link_for_static(three_links(1), &fixed, 0), 2);
	assert_int_equal(link_for_static(three_links(2), &fixed, 0), 3);
	assert_int_equal(link_for_static(three_links(6), &fixed, 0), 3);
}

static void it_moves_only_if_its_link_never_had_carrier(void **state)
{
	struct link_table *table;

	(void)state;
	assert_int_equal(link_for_static(three_links(0), &fixed, 3), 3);
	assert_int_equal(link_for_static(three_links(4), &fixed, 2), 4);
	table = three_links(4);
	table->links[0].had_carrier = true;
	assert_int_equal(link_for_static(table, &fixed, 2), 2);
	/* Its link has vanished. */
	assert_int_equal(link_for_static(three_links(0), &fixed, 9), 2);
}

static void a_named_device_gets_it_or_nobody(void **state)
{
	(void)state;
	assert_int_equal(link_for_static(three_links(1), &fixed_eth1, 0), 3);
	assert_int_equal(link_for_static(three_links(1), &fixed_eth1, 2), 3);
	assert_int_equal(link_for_static(three_links(1),
				 &(struct ip_parameter){ .mode = IP_STATIC, .device = "eth9" }, 2),
		0);
}

static void a_device_may_be_given_by_its_address(void **state)
{
	const struct ip_parameter fixed_mac = { .mode = IP_STATIC, .device = "52-54-00-12-34-56" };
	static const uint8_t address[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
	struct link_table *table = three_links(1);
	const struct link_table none = *table;

	(void)state;
	memset(table->links[0].hardware, 0, sizeof(table->links[0].hardware));
	memcpy(table->links[1].hardware, address, sizeof(address));
	/* A VLAN on it. */
	memcpy(table->links[2].hardware, address, sizeof(address));
	assert_int_equal(link_for_static(table, &fixed_mac, 0), 3);
	assert_int_equal(link_for_static(table, &fixed_mac, 2), 3);
	*table = none;
	assert_int_equal(link_for_static(table, &fixed_mac, 2), 0);
}

static void without_an_address_nobody_gets_one(void **state)
{
	(void)state;
	assert_int_equal(link_for_static(three_links(7), &dhcp, 0), 0);
	assert_int_equal(link_for_static(three_links(7), &off, 3), 0);
}

static void roles_follow_from_ip(void **state)
{
	const struct link eth0 = { .index = 2, .name = "eth0" };
	const struct link eth1 = { .index = 3, .name = "eth1" };

	(void)state;
	assert_int_equal(link_role_of(&eth0, &dhcp, 0), LINK_DHCP);
	assert_int_equal(link_role_of(&eth0, &dhcp_eth1, 0), LINK_IDLE);
	assert_int_equal(link_role_of(&eth1, &dhcp_eth1, 0), LINK_DHCP);
	assert_int_equal(link_role_of(&eth0, &fixed, 2), LINK_STATIC);
	assert_int_equal(link_role_of(&eth1, &fixed, 2), LINK_IDLE);
	assert_int_equal(link_role_of(&eth0, &handed_over, 2), LINK_HANDED_OVER);
	assert_int_equal(link_role_of(&eth1, &handed_over, 2), LINK_IDLE);
	assert_int_equal(link_role_of(&eth0, &off, 0), LINK_IDLE);
}

/* ---- For people ---- */

static void expect(const struct link *link, const char *expected)
{
	char text[LINK_TEXT_MAX];

	assert_string_equal(link_describe(link, text), expected);
}

static void a_link_says_how_it_is(void **state)
{
	struct link link = { .name = "eth0", .role = LINK_DHCP };

	(void)state;
	expect(&link, "eth0: coming up");
	link.set_up_failed = true;
	expect(&link, "eth0: cannot be brought up");
	link.up = link.was_up = true;
	expect(&link, "eth0: no carrier");
	link.carrier = true;
	expect(&link, "eth0: asking for an address");
	link.dhcp.tries = 5;
	expect(&link, "eth0: no DHCP answer yet, 5 tries");
	link.dhcp.failing = true;
	strcpy(link.dhcp.last_words, "cannot run it");
	expect(&link, "eth0: the DHCP client fails: cannot run it");
	strcpy(link.refusal, "it is bad");
	expect(&link, "eth0: DHCP lease refused: it is bad");
	link.role = LINK_IDLE;
	expect(&link, "eth0: no address wanted");
	link.up = false;
	expect(&link, "eth0: taken down");
}

static void a_link_with_an_address_says_it(void **state)
{
	struct link link = { .name = "eth0",
		.role = LINK_DHCP,
		.up = true,
		.carrier = true,
		.has_lease = true,
		.usable = true };

	(void)state;
	link.lease.address = address("10.0.2.15");
	link.lease.prefix = 24;
	expect(&link, "eth0: 10.0.2.15/24 without a router (dhcp)");
	link.lease.routes[0].gateway = address("10.0.2.2");
	link.lease.route_count = 1;
	expect(&link, "eth0: 10.0.2.15/24 via 10.0.2.2 (dhcp)");
	link.role = LINK_STATIC;
	link.lease_is_given = true;
	link.carrier = false;
	expect(&link, "eth0: 10.0.2.15/24 via 10.0.2.2 (ip=), no carrier");
	link.usable = false;
	expect(&link, "eth0: 10.0.2.15/24 via 10.0.2.2 (ip=), not in force yet, no carrier");
}

static void all_links_are_one_line(void **state)
{
	static struct link_table table;
	char text[256];
	char tiny[10];

	(void)state;
	table.count = 0;
	assert_string_equal(
		link_describe_all(&table, &dhcp, text, sizeof(text)), "no network interface");
	assert_string_equal(link_describe_all(&table, &fixed_eth1, text, sizeof(text)),
		"no interface eth1, which ip= is for");
	link_add(&table, 2, "eth0")->up = true;
	assert_string_equal(link_describe_all(&table, &fixed_eth1, text, sizeof(text)),
		"no interface eth1, which ip= is for; eth0: no carrier");
	link_add(&table, 3, "eth1")->up = true;
	assert_string_equal(link_describe_all(&table, &dhcp, text, sizeof(text)),
		"eth0: no carrier; eth1: no carrier");
	assert_string_equal(link_describe_all(&table, &dhcp, tiny, sizeof(tiny)), "eth0: no ");
	for (int i = 4; link_add(&table, i, "abcdefghijklmno"); i++)
		memset(link_find(&table, i)->refusal, 'x', LEASE_REASON_MAX - 1);
	link_describe_all(&table, &dhcp, text, sizeof(text));
	assert_true(strlen(text) < sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_stand_in_the_order_of_their_indexes),
		cmocka_unit_test(a_full_table_takes_no_more),
		cmocka_unit_test(a_new_link_knows_nothing),
		cmocka_unit_test(vlans_and_what_carries_them_are_looked_after),
		cmocka_unit_test(hardware_and_ethN_are_ours),
		cmocka_unit_test(links_that_jobs_make_are_theirs),
		cmocka_unit_test(the_device_of_ip_is_ours_whatever_it_is),
		cmocka_unit_test(a_name_that_is_no_name_is_left_alone),
		cmocka_unit_test(without_links_nobody_gets_it),
		cmocka_unit_test(the_first_with_carrier_gets_it),
		cmocka_unit_test(it_moves_only_if_its_link_never_had_carrier),
		cmocka_unit_test(a_named_device_gets_it_or_nobody),
		cmocka_unit_test(a_device_may_be_given_by_its_address),
		cmocka_unit_test(without_an_address_nobody_gets_one),
		cmocka_unit_test(roles_follow_from_ip),
		cmocka_unit_test(a_link_says_how_it_is),
		cmocka_unit_test(a_link_with_an_address_says_it),
		cmocka_unit_test(all_links_are_one_line),
	};

	return RUN("netd: links", tests);
}
