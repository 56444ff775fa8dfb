/* SPDX-License-Identifier: MIT */
/* vlan= and syslog= of the kernel command line; ip= and ntp= are in netd_ip_parameter_test.c. */
#include "unit.h"

#include <stdio.h>

#include "netd/settings.h"

static char reported[1024];

static void remember(const char *message)
{
	snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "%s\n", message);
}

static struct settings read_settings(const char *command_line)
{
	struct settings settings;

	reported[0] = '\0';
	settings_read(&settings, command_line, remember);
	return settings;
}

static void assert_vlan(
	const struct vlan_parameter *vlan, const char *name, const char *device, int id)
{
	assert_string_equal(vlan->name, name);
	assert_string_equal(vlan->device, device);
	assert_int_equal(vlan->id, id);
}

/* ---- vlan= ---- */

static void each_name_the_kernel_gives_says_the_number(void **state)
{
	struct settings settings = read_settings(
		"vlan=eth0.5:eth0 vlan=vlan6:eth0 vlan=eth1.0007:eth1 vlan=vlan4094:eth1");

	(void)state;
	assert_int_equal(settings.vlan_count, 4);
	assert_vlan(&settings.vlans[0], "eth0.5", "eth0", 5);
	assert_vlan(&settings.vlans[1], "vlan6", "eth0", 6);
	assert_vlan(&settings.vlans[2], "eth1.0007", "eth1", 7);
	assert_vlan(&settings.vlans[3], "vlan4094", "eth1", 4094);
	assert_string_equal(reported, "");
}

static void ip_for_a_vlan_makes_it(void **state)
{
	struct settings settings = read_settings("ip=:::::eth0.12:dhcp");

	(void)state;
	assert_int_equal(settings.vlan_count, 1);
	assert_vlan(&settings.vlans[0], "eth0.12", "eth0", 12);
	/* What vlan= says of the same name counts. */
	settings = read_settings("ip=:::::vlan12:dhcp vlan=vlan12:eth3");
	assert_int_equal(settings.vlan_count, 1);
	assert_vlan(&settings.vlans[0], "vlan12", "eth3", 12);
	assert_int_equal(read_settings("ip=:::::eth0:dhcp").vlan_count, 0);
	assert_int_equal(read_settings("ip=:::::eth0.x:dhcp").vlan_count, 0);
	assert_int_equal(read_settings("ip=:::::eth0.4095:dhcp").vlan_count, 0);
}

static void a_vlan_that_cannot_be_is_named_and_left_out(void **state)
{
	static const char *const wrong[] = { "vlan", "vlan=", "vlan=eth0.5", "vlan=:eth0",
		"vlan=eth0.5:", "vlan=eth0.0:eth0", "vlan=eth0.4095:eth0", "vlan=eth1.5:eth0",
		"vlan=five:eth0", "vlan=vlan:eth0", "vlan=eth0:eth0", "vlan=eth0.5:eth0:x",
		"vlan=averyverylongname.5:averyverylongname", "vlan=vlan99999999999999999:eth0",
		"vlan=eth0.5x:eth0", "vlan=eth0.-5:eth0", "vlan=\"vlan5:eth 0\"" };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(read_settings(wrong[i]).vlan_count, 0);
		assert_true(strstr(reported, "vlan= on the kernel command line: "));
		assert_true(strstr(reported, "it is left out"));
	}
}

static void vlans_have_a_limit_and_names_of_their_own(void **state)
{
	(void)state;
	assert_int_equal(read_settings("vlan=eth0.1:eth0 vlan=eth0.2:eth0 vlan=eth0.3:eth0 "
				       "vlan=eth0.4:eth0 vlan=eth0.5:eth0")
				 .vlan_count,
		4);
	assert_string_equal(reported, "vlan= on the kernel command line: more than 4 VLANs; "
				      "eth0.5 is left out\n");
	assert_int_equal(read_settings("vlan=vlan5:eth0 vlan=vlan5:eth1").vlan_count, 1);
	assert_true(strstr(reported, "vlan5 stands there twice; the first one counts"));
}

/* ---- syslog= ---- */

static void a_log_server_is_what_logshipd_takes_and_handed_on_as_it_stands(void **state)
{
	static const char *const good[] = { "10.0.0.1", "10.0.0.1:514", "logs.example",
		"logs.example:65535", "[fd00::1]", "[fd00::1]:1", "fd00::1", "udp://10.0.0.1",
		"tcp://10.0.0.1:1514", "tcp://logs.example", "tcp://[fd00::1]:1514",
		"udp://fd00::1" };
	static const char *const wrong[] = { ":514", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536",
		"logs:514:1", "[fd00::1", "[]", "[fd00::1]x", "[10.0.0.1]", "logs;reboot",
		"$(reboot)", "[fd00::1]:", "logs:1234567", "tcp://", "udp://:514", "tls://10.0.0.1",
		"tcp:10.0.0.1", "tcp://udp://10.0.0.1", "TCP://10.0.0.1", "fd00::1::2",
		"tcp://10.0.0.1/" };
	char line[128];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(line, sizeof(line), "syslog=%s", good[i]);
		assert_string_equal(read_settings(line).syslog, good[i]);
		assert_string_equal(reported, "");
	}
	for (size_t i = 0; i < COUNT(wrong); i++) {
		snprintf(line, sizeof(line), "syslog=%s", wrong[i]);
		assert_string_equal(read_settings(line).syslog, "");
		assert_true(strstr(reported, "is not [udp://|tcp://]HOST[:PORT]; it is not used"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_the_kernel_gives_says_the_number),
		cmocka_unit_test(ip_for_a_vlan_makes_it),
		cmocka_unit_test(a_vlan_that_cannot_be_is_named_and_left_out),
		cmocka_unit_test(vlans_have_a_limit_and_names_of_their_own),
		cmocka_unit_test(a_log_server_is_what_logshipd_takes_and_handed_on_as_it_stands),
	};

	return RUN("netd settings", tests);
}
