/* SPDX-License-Identifier: MIT */
/* IPv4 addresses and prefixes, and the names that may pass. */
#include "unit.h"

#include "netd/ipv4.h"
#include "netd/name.h"

#include <arpa/inet.h>
#include <stdlib.h>

static struct in_addr address(const char *text)
{
	struct in_addr value;

	assert_true(ipv4_parse(text, &value));
	return value;
}

static void four_numbers_are_an_address(void **state)
{
	static const char *const good[] = { "0.0.0.0", "1.2.3.4", "10.0.2.15", "255.255.255.255" };
	char text[IPV4_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_string_equal(ipv4_format(text, address(good[i])), good[i]);
	assert_int_equal(address("1.2.3.4").s_addr, htonl(0x01020304));
}

static void anything_else_is_none(void **state)
{
	static const char *const bad[] = { "", ".", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5",
		"1..3.4", ".1.2.3", "256.1.1.1", "1.2.3.256", "1.2.3.4294967297", "01.2.3.4",
		"1.2.3.00", "0x1.2.3.4", "-1.2.3.4", "+1.2.3.4", " 1.2.3.4", "1.2.3.4 ",
		"1.2.3.4\n", "1.2.3.4/24", "1,2.3.4", "a.b.c.d", "1.2.3.a", "::1",
		"1.2.3.99999999999999999999999999999999999" };
	struct in_addr value = { 7 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(ipv4_parse(bad[i], &value));
	assert_int_equal(value.s_addr, 7);
}

static void a_network_has_zeros_behind_its_prefix(void **state)
{
	static const char *const bad[] = { "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33",
		"10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/8x", "10.0.0.1/8",
		"10.128.0.0/8", "0.0.0.1/0", "10.0.0.0//8", "10.0.0/8", "10.0.0.0/4294967304" };
	struct in_addr network;
	uint8_t prefix;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(ipv4_parse_network(bad[i], &network, &prefix));
	assert_true(ipv4_parse_network("0.0.0.0/0", &network, &prefix));
	assert_int_equal(prefix, 0);
	assert_true(ipv4_parse_network("10.1.0.0/16", &network, &prefix));
	assert_int_equal(prefix, 16);
	assert_int_equal(network.s_addr, htonl(0x0a010000));
	assert_true(ipv4_parse_network("10.1.2.3/32", &network, &prefix));
	assert_int_equal(prefix, 32);
}

static void masks_and_prefixes_are_the_same(void **state)
{
	static const char *const bad[] = { "255.0.255.0", "0.0.0.1", "127.255.255.255",
		"255.255.255.253", "0.255.255.255" };

	(void)state;
	for (uint8_t prefix = 0; prefix <= 32; prefix++)
		assert_int_equal(ipv4_prefix_of_mask(ipv4_mask(prefix)), prefix);
	assert_int_equal(ipv4_mask(20).s_addr, address("255.255.240.0").s_addr);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ipv4_prefix_of_mask(address(bad[i])), -1);
}

static void classes_are_those_of_old(void **state)
{
	(void)state;
	assert_int_equal(ipv4_classful_prefix(address("10.0.0.1")), 8);
	assert_int_equal(ipv4_classful_prefix(address("126.0.0.1")), 8);
	assert_int_equal(ipv4_classful_prefix(address("128.0.0.1")), 16);
	assert_int_equal(ipv4_classful_prefix(address("172.16.0.1")), 16);
	assert_int_equal(ipv4_classful_prefix(address("192.168.1.1")), 24);
	assert_int_equal(ipv4_classful_prefix(address("223.255.255.1")), 24);
	assert_int_equal(ipv4_classful_prefix(address("224.0.0.1")), -1);
}

static void a_host_is_neither_first_nor_last(void **state)
{
	(void)state;
	assert_true(ipv4_is_host(address("10.0.2.15"), 24));
	assert_false(ipv4_is_host(address("10.0.2.0"), 24));
	assert_false(ipv4_is_host(address("10.0.2.255"), 24));
	assert_true(ipv4_is_host(address("10.0.2.255"), 23 - 1));
	assert_true(ipv4_is_host(address("10.0.2.0"), 31));
	assert_true(ipv4_is_host(address("10.0.2.1"), 31));
	assert_true(ipv4_is_host(address("10.0.2.0"), 32));
	assert_false(ipv4_is_host(address("10.0.2.3"), 30));
	assert_false(ipv4_is_host(address("127.0.0.1"), 8));
	assert_false(ipv4_is_host(address("0.1.2.3"), 8));
	assert_false(ipv4_is_host(address("224.0.0.5"), 24));
	assert_false(ipv4_is_host(address("240.0.0.5"), 24));
	assert_false(ipv4_is_host(address("255.255.255.255"), 32));
}

static void networks_are_compared_by_prefix(void **state)
{
	(void)state;
	assert_true(ipv4_same_network(address("10.0.2.1"), address("10.0.2.254"), 24));
	assert_false(ipv4_same_network(address("10.0.2.1"), address("10.0.3.1"), 24));
	assert_true(ipv4_same_network(address("10.0.2.1"), address("10.0.3.1"), 23));
	assert_true(ipv4_same_network(address("1.2.3.4"), address("200.1.1.1"), 0));
	assert_false(ipv4_same_network(address("1.2.3.4"), address("1.2.3.5"), 32));
}

static void host_names_are_labels(void **state)
{
	static const char *const good[] = { "a", "node17", "Node-17", "n_1", "1", "a.b",
		"node.example", "10.0.2.15" };
	static const char *const bad[] = { "", ".", "-", "-a", "a.", ".a", "a..b", "a.-b", "a b",
		"a\n", "a\tb", "a;b", "$(x)", "`x`", "a/b", "../a", "a'b", "a\"b", "a\\b", "\x7f",
		"\xc3\xa4", "a=b", "*", "a&b", "a|b", "a>b" };
	char text[HOSTNAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(name_is_host(good[i], HOSTNAME_MAX));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(name_is_host(bad[i], HOSTNAME_MAX));
	memset(text, 'a', sizeof(text));
	text[LABEL_MAX] = '\0';
	assert_true(name_is_host(text, HOSTNAME_MAX));
	text[LABEL_MAX] = 'a';
	text[HOSTNAME_MAX] = '\0';
	assert_false(name_is_host(text, HOSTNAME_MAX));
	text[30] = '.';
	assert_true(name_is_host(text, HOSTNAME_MAX));
	text[HOSTNAME_MAX] = 'a';
	text[HOSTNAME_MAX + 1] = '\0';
	assert_false(name_is_host(text, HOSTNAME_MAX));
}

static void a_name_is_not_read_past_its_limit(void **state)
{
	char *text = malloc(5);

	(void)state;
	/* Without a NUL: the sanitizer sees one byte too many. */
	memset(text, 'a', 5);
	assert_false(name_is_host(text, 4));
	free(text);
}

static void interface_names_are_short_and_plain(void **state)
{
	static const char *const good[] = { "eth0", "eth0.5", "wlan0", "br-lan", "a", "enp0s31f6",
		"usb0", "abcdefghijklmno" };
	static const char *const bad[] = { "", ".", "..", "-eth0", "eth 0", "eth/0", "eth:0",
		"eth0\n", "abcdefghijklmnop", "eth%d", "\xff" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(name_is_interface(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(name_is_interface(bad[i]));
}

static void logs_get_printable_text(void **state)
{
	char text[8];

	(void)state;
	assert_string_equal(name_printable(text, sizeof(text), "abc"), "abc");
	assert_string_equal(name_printable(text, sizeof(text), "a\nb\x1b[m"), "a?b?[m");
	assert_string_equal(name_printable(text, sizeof(text), "\xc3\xa4\x7f"), "???");
	assert_string_equal(name_printable(text, sizeof(text), "longer than it"), "longer ");
	assert_string_equal(name_printable(text, 1, "x"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_numbers_are_an_address),
		cmocka_unit_test(anything_else_is_none),
		cmocka_unit_test(a_network_has_zeros_behind_its_prefix),
		cmocka_unit_test(masks_and_prefixes_are_the_same),
		cmocka_unit_test(classes_are_those_of_old),
		cmocka_unit_test(a_host_is_neither_first_nor_last),
		cmocka_unit_test(networks_are_compared_by_prefix),
		cmocka_unit_test(host_names_are_labels),
		cmocka_unit_test(a_name_is_not_read_past_its_limit),
		cmocka_unit_test(interface_names_are_short_and_plain),
		cmocka_unit_test(logs_get_printable_text),
	};

	return RUN("netd: addresses and names", tests);
}
