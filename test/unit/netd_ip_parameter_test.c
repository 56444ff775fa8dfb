/* SPDX-License-Identifier: MIT */
/* ip= and the other words of the kernel command line that netd heeds. */
#include "unit.h"

#include "netd/ip_parameter.h"
#include "netd/settings.h"

#include <stdio.h>
#include <stdlib.h>

static struct ip_parameter parse(const char *value)
{
	struct ip_parameter parameter;
	char why[IP_PARAMETER_WHY_MAX] = "";

	if (!ip_parameter_parse(value, &parameter, why))
		fail_msg("ip=%s: %s", value, why);
	return parameter;
}

static void expect_address(struct in_addr address, const char *text)
{
	char buffer[IPV4_TEXT_MAX];

	assert_string_equal(ipv4_format(buffer, address), text);
}

static void all_ten_fields_are_read(void **state)
{
	struct ip_parameter parameter =
		parse("10.1.2.3:10.1.0.1:10.1.0.254:255.255.0.0:node3.rack.example:"
		      "eth1:off:10.1.0.2:10.1.0.3:10.1.0.4");

	(void)state;
	assert_int_equal(parameter.mode, IP_STATIC);
	expect_address(parameter.client, "10.1.2.3");
	expect_address(parameter.server, "10.1.0.1");
	expect_address(parameter.gateway, "10.1.0.254");
	assert_int_equal(parameter.prefix, 16);
	assert_string_equal(parameter.hostname, "node3");
	assert_string_equal(parameter.domain, "rack.example");
	assert_string_equal(parameter.device, "eth1");
	expect_address(parameter.dns[0], "10.1.0.2");
	expect_address(parameter.dns[1], "10.1.0.3");
	expect_address(parameter.ntp, "10.1.0.4");
	assert_int_equal(parameter.client_id_type, -1);
}

static void fields_may_be_empty_or_missing(void **state)
{
	struct ip_parameter parameter = parse("10.0.2.15::10.0.2.2:255.255.255.0");

	(void)state;
	assert_int_equal(parameter.mode, IP_STATIC);
	assert_int_equal(parameter.prefix, 24);
	assert_string_equal(parameter.device, "");
	parameter = parse("192.168.1.5");
	assert_int_equal(parameter.mode, IP_STATIC);
	expect_address(parameter.gateway, "0.0.0.0");
	parameter = parse(":::::eth0");
	assert_int_equal(parameter.mode, IP_DHCP);
	assert_string_equal(parameter.device, "eth0");
	parameter = parse(":");
	assert_int_equal(parameter.mode, IP_DHCP);
	parameter = parse(":::::::::");
	assert_int_equal(parameter.mode, IP_DHCP);
}

static void a_missing_netmask_is_that_of_the_class(void **state)
{
	(void)state;
	assert_int_equal(parse("10.1.2.3").prefix, 8);
	assert_int_equal(parse("172.16.2.3").prefix, 16);
	assert_int_equal(parse("192.168.2.3::192.168.2.1").prefix, 24);
	assert_int_equal(parse("192.168.2.3:::0.0.0.0").prefix, 24);
}

static void zeros_mean_none(void **state)
{
	struct ip_parameter parameter =
		parse("0.0.0.0:0.0.0.0:0.0.0.0:0.0.0.0::eth0:dhcp:0.0.0.0:0.0.0.0");

	(void)state;
	assert_int_equal(parameter.mode, IP_DHCP);
	expect_address(parameter.client, "0.0.0.0");
	expect_address(parameter.dns[0], "0.0.0.0");
}

static void a_method_may_stand_alone(void **state)
{
	(void)state;
	assert_int_equal(parse("dhcp").mode, IP_DHCP);
	assert_int_equal(parse("on").mode, IP_DHCP);
	assert_int_equal(parse("any").mode, IP_DHCP);
	assert_int_equal(parse("").mode, IP_DHCP);
	assert_int_equal(parse("off").mode, IP_OFF);
	assert_int_equal(parse("none").mode, IP_OFF);
}

static void a_name_in_hex_digits_is_taken_or_left_out(void **state)
{
	static const struct {
		const char *digits, *hostname, *why;
	} cases[] = {
		{ "", "", "" },
		{ "6e6f64652d3037", "node-07", "" },
		{ "6e6f64652e7261636b", "node", "" }, /* node.rack */
		{ "782072657363756520", "",
			"its host name 'x rescue ' is not a host name; it is left out" },
		{ "782279", "", "its host name 'x\"y' is not a host name; it is left out" },
		{ "247b6d61637d", "", "its host name '${mac}' is not a host name; it is left out" },
		{ "6ec3a9", "",
			"its host name 'n?"
			"?' is not a host name; it is left out" },
		{ "610a62", "", "its host name 'a?b' is not a host name; it is left out" },
		{ "610062", "",
			"its host name is not hexadecimal digits of a text; it is left out" },
		{ "61f", "", "its host name is not hexadecimal digits of a text; it is left out" },
		{ "6X", "", "its host name is not hexadecimal digits of a text; it is left out" },
	};
	char value[1400], why[IP_PARAMETER_WHY_MAX];
	struct ip_parameter parameter;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(value, sizeof(value), "10.0.2.15::10.0.2.2::hex,%s:eth0:dhcp:10.0.2.3",
			cases[i].digits);
		assert_true(ip_parameter_parse(value, &parameter, why));
		assert_string_equal(parameter.hostname, cases[i].hostname);
		assert_string_equal(why, cases[i].why);
		assert_true(parameter.handed_over);
		expect_address(parameter.dns[0], "10.0.2.3");
	}
	/* 65 bytes are too long for a host name, 255 the most that DHCP has, 256 none at all. */
	for (int bytes = 64; bytes <= 256; bytes++) {
		char digits[513] = "";

		for (int i = 0; i < bytes; i++)
			strcat(digits, "61");
		snprintf(value, sizeof(value), "10.0.2.15::::hex,%s:eth0:dhcp", digits);
		assert_true(ip_parameter_parse(value, &parameter, why));
		assert_string_equal(parameter.hostname, "");
		assert_non_null(strstr(why, "; it is left out"));
	}
}

static void a_method_may_stand_in_its_field(void **state)
{
	struct ip_parameter parameter = parse("::::node7:eth1:dhcp:10.0.0.1");

	(void)state;
	assert_int_equal(parameter.mode, IP_DHCP);
	assert_string_equal(parameter.hostname, "node7");
	assert_string_equal(parameter.device, "eth1");
	assert_int_equal(parse("::::::off").mode, IP_OFF);
	assert_int_equal(parse("::::::none").mode, IP_OFF);
	/* As in the kernel: who has an address needs no method. */
	assert_int_equal(parse("10.0.0.1::::::dhcp").mode, IP_STATIC);
	assert_int_equal(parse("10.0.0.1::::::off").mode, IP_STATIC);
	/* But who says that DHCP gave it shall have it renewed. */
	assert_true(parse("10.0.0.1::::::dhcp").handed_over);
	assert_true(parse("10.0.0.1::::::on").handed_over);
	assert_true(parse("10.0.0.1::::::dhcp,1,me").handed_over);
	assert_false(parse("10.0.0.1::::::off").handed_over);
	assert_false(parse("10.0.0.1").handed_over);
	assert_false(parse("dhcp").handed_over);
}

static void a_client_identifier_may_follow_dhcp(void **state)
{
	struct ip_parameter parameter = parse("dhcp,1,ab:cd:ef");

	(void)state;
	assert_int_equal(parameter.mode, IP_DHCP);
	assert_int_equal(parameter.client_id_type, 1);
	assert_string_equal(parameter.client_id, "ab:cd:ef");
	parameter = parse(":::::52-54-00-ab-cd-ef:dhcp");
	assert_string_equal(parameter.device, "52-54-00-ab-cd-ef");
	parameter = parse(":::::eth0:dhcp,0xff,me");
	assert_int_equal(parameter.client_id_type, 255);
	assert_string_equal(parameter.client_id, "me");
}

static void a_gateway_beside_a_host_route_is_on_the_link(void **state)
{
	struct ip_parameter parameter = parse("10.1.2.3::10.9.9.9:255.255.255.255");

	(void)state;
	assert_int_equal(parameter.prefix, 32);
	expect_address(parameter.gateway, "10.9.9.9");
}

static const struct refused {
	const char *value;
	const char *why;
} refused[] = {
	{ "10.0.0.5:::255.0.255.0", "its netmask '255.0.255.0' is not ones followed by zeros" },
	{ "10.0.0.5:::24", "its netmask '24' is not a netmask like 255.255.255.0" },
	{ "10.0.0", "its client address '10.0.0' is not the IPv4 address of a host" },
	{ "10.0.0.256", "its client address '10.0.0.256' is not the IPv4 address of a host" },
	{ "224.0.0.1", "its client address '224.0.0.1' is not the IPv4 address of a host" },
	{ "127.0.0.1", "its client address '127.0.0.1' is not the IPv4 address of a host" },
	{ "[2001:db8::5]", "its client address '[2001' is not the IPv4 address of a host" },
	{ "10.0.0.5:x", "its server address 'x' is not the IPv4 address of a host" },
	{ "10.0.0.5::10.0.0.1.", "its gateway '10.0.0.1.' is not the IPv4 address of a host" },
	{ "10.0.0.5::10.1.0.1:255.255.255.0",
		"its gateway 10.1.0.1 is not on the network of 10.0.0.5/24" },
	{ "10.0.0.5::10.0.0.5:255.255.255.0", "its gateway 10.0.0.5 is this host itself" },
	{ "10.0.0.0:::255.255.255.0", "10.0.0.0/24 is the address of a network, not of a host" },
	{ "10.0.0.255:::255.255.255.0",
		"10.0.0.255/24 is the address of a network, not of a host" },
	{ "::::a_$b", "its host name 'a_$b' is not a host name" },
	{ "::::-a", "its host name '-a' is not a host name" },
	{ "::::a.", "its host name 'a.' is not a host name" },
	{ ":::::eth/0",
		"its device 'eth/0' is not the name of an interface, or its address as 52-54-00-12-34-56" },
	{ ":::::abcdefghijklmnop",
		"its device 'abcdefghijklmnop' is not the name of an interface, or its address as 52-54-00-12-34-56" },
	{ ":::::52-54-00-12-34-5g",
		"its device '52-54-00-12-34-5g' is not the name of an interface, or its address as 52-54-00-12-34-56" },
	{ "::::::dhpc", "its autoconf method 'dhpc' is not one of dhcp, on, any, off, none" },
	{ "dhpc", "its autoconf method 'dhpc' is not one of dhcp, on, any, off, none" },
	{ "bootp", "bootp is not spoken here, only dhcp" },
	{ "::::::rarp", "rarp is not spoken here, only dhcp" },
	{ "dhcp,1", "its autoconf method '1' is not TYPE,VALUE with a type up to 255" },
	{ "dhcp,256,x", "its autoconf method '256,x' is not TYPE,VALUE with a type up to 255" },
	{ "dhcp,-1,x", "its autoconf method '-1,x' is not TYPE,VALUE with a type up to 255" },
	{ "dhcp,,x", "its autoconf method ',x' is not TYPE,VALUE with a type up to 255" },
	{ "dhcp,1,", "its client identifier has 0 bytes, 1 to 64 can be used" },
	{ ":::::::x", "its first DNS server 'x' is not the IPv4 address of a host" },
	{ "::::::::x", "its second DNS server 'x' is not the IPv4 address of a host" },
	{ ":::::::::time.example",
		"its NTP server 'time.example' is not the IPv4 address of a host" },
	{ "::::::::::", "it has more than 10 fields" },
	{ "\x1b[2J:\n", "its client address '?[2J' is not the IPv4 address of a host" },
};

static void a_broken_value_is_refused_with_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct ip_parameter parameter;
		char why[IP_PARAMETER_WHY_MAX] = "";

		if (ip_parameter_parse(refused[i].value, &parameter, why))
			fail_msg("ip=%s was taken", refused[i].value);
		assert_string_equal(why, refused[i].why);
		assert_int_equal(parameter.mode, IP_DHCP);
		assert_string_equal(parameter.device, "");
		assert_true(ipv4_is_none(parameter.client));
	}
}

static void overlong_fields_are_refused(void **state)
{
	static const char *const starts[] = { "", ":", "::::", ":::::", "::::::dhcp,1,", "dhcp,1,",
		"x.", "::::x." };
	struct ip_parameter parameter;
	char why[IP_PARAMETER_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		for (size_t length = 260; length < 1200; length += 117) {
			char *value = calloc(1, strlen(starts[i]) + length + 1);

			strcpy(value, starts[i]);
			memset(value + strlen(value), 'a', length);
			assert_false(ip_parameter_parse(value, &parameter, why));
			assert_true(strlen(why) < sizeof(why));
			free(value);
		}
	}
}

/* Not a fuzzer, but every value one byte away from a good one must leave the parser standing. */
static void any_byte_anywhere_is_survived(void **state)
{
	static const char good[] =
		"10.1.2.3:10.1.0.1:10.1.0.254:255.255.0.0:n.r:eth1:dhcp,1,x:1.2.3.4::1.2.3.5";

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			struct ip_parameter parameter;
			char why[IP_PARAMETER_WHY_MAX];
			char *value = strdup(good);

			value[i] = (char)byte;
			if (!ip_parameter_parse(value, &parameter, why))
				assert_int_equal(parameter.mode, IP_DHCP);
			free(value);
		}
	}
}

/* ---- The command line around it ---- */

static char reported[1024];

static void report(const char *message)
{
	size_t length = strlen(reported);

	snprintf(reported + length, sizeof(reported) - length, "%s\n", message);
}

static void read_settings(struct settings *settings, const char *command_line)
{
	reported[0] = '\0';
	settings_read(settings, command_line, report);
}

static void without_ip_there_is_dhcp(void **state)
{
	struct settings settings;

	(void)state;
	read_settings(&settings, "console=ttyAMA0 quiet\n");
	assert_int_equal(settings.ip.mode, IP_DHCP);
	assert_false(settings.hostname_is_fixed);
	assert_string_equal(settings.ntp[0], "");
	assert_string_equal(reported, "");
	read_settings(&settings, "ip ip=\n");
	assert_int_equal(settings.ip.mode, IP_DHCP);
	assert_string_equal(reported, "");
}

static void the_last_ip_counts(void **state)
{
	struct settings settings;

	(void)state;
	read_settings(&settings, "ip=off ip=10.0.0.5");
	assert_int_equal(settings.ip.mode, IP_STATIC);
}

static void a_broken_ip_is_reported_with_what_happens_instead(void **state)
{
	struct settings settings;

	(void)state;
	read_settings(&settings, "ip=10.0.0.300");
	assert_int_equal(settings.ip.mode, IP_DHCP);
	assert_string_equal(reported,
		"ip= on the kernel command line is of no use: its client address '10.0.0.300' is not "
		"the IPv4 address of a host; using DHCP\n");
}

static void a_name_that_is_left_out_is_reported(void **state)
{
	struct settings settings;

	(void)state;
	read_settings(&settings, "ip=10.0.2.15::::hex,7820726573637565:eth0:dhcp");
	assert_int_equal(settings.ip.mode, IP_STATIC);
	assert_false(settings.hostname_is_fixed);
	assert_string_equal(reported,
		"ip= on the kernel command line: its host name 'x rescue' is not a host name; it is left out\n");
}

static void hostname_wins_over_ip(void **state)
{
	struct settings settings;

	(void)state;
	read_settings(&settings, "ip=::::node5");
	assert_true(settings.hostname_is_fixed);
	assert_string_equal(settings.ip.hostname, "node5");
	read_settings(&settings, "ip=::::node5 hostname=other");
	assert_true(settings.hostname_is_fixed);
	assert_string_equal(settings.ip.hostname, "");
}

static void ntp_names_are_checked_and_counted(void **state)
{
	struct settings settings;

	(void)state;
	read_settings(&settings, "ntp=time.example,10.0.0.1,,a;b,c,d,e");
	assert_string_equal(settings.ntp[0], "time.example");
	assert_string_equal(settings.ntp[1], "10.0.0.1");
	assert_string_equal(settings.ntp[2], "c");
	assert_string_equal(settings.ntp[3], "d");
	assert_string_equal(reported,
		"ntp= on the kernel command line: 'a;b' is neither a name nor an IPv4 address; it is "
		"left out\n"
		"ntp= on the kernel command line: more than 4 servers; e is left out\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_ten_fields_are_read),
		cmocka_unit_test(fields_may_be_empty_or_missing),
		cmocka_unit_test(a_missing_netmask_is_that_of_the_class),
		cmocka_unit_test(zeros_mean_none),
		cmocka_unit_test(a_name_in_hex_digits_is_taken_or_left_out),
		cmocka_unit_test(a_method_may_stand_alone),
		cmocka_unit_test(a_name_in_hex_digits_is_taken_or_left_out),
		cmocka_unit_test(a_method_may_stand_in_its_field),
		cmocka_unit_test(a_client_identifier_may_follow_dhcp),
		cmocka_unit_test(a_gateway_beside_a_host_route_is_on_the_link),
		cmocka_unit_test(a_broken_value_is_refused_with_its_reason),
		cmocka_unit_test(overlong_fields_are_refused),
		cmocka_unit_test(any_byte_anywhere_is_survived),
		cmocka_unit_test(without_ip_there_is_dhcp),
		cmocka_unit_test(the_last_ip_counts),
		cmocka_unit_test(a_broken_ip_is_reported_with_what_happens_instead),
		cmocka_unit_test(a_name_that_is_left_out_is_reported),
		cmocka_unit_test(hostname_wins_over_ip),
		cmocka_unit_test(ntp_names_are_checked_and_counted),
	};

	return RUN("netd: kernel command line", tests);
}
