/* SPDX-License-Identifier: MIT */
/* What the monitor makes of folders of devices, of mounts, and of what netd wrote; of sane ones and odd ones. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "played_files.h"
#include "resmond/collect.h"
#include "resmond/sensor.h"

static char text[65536];

/* The samples a collector writes in steps of `room` bytes, without HELP and TYPE. */
static const char *in_steps(bool (*collector)(struct collect *collect), bool good, size_t room)
{
	static char bytes[sizeof(text)];
	struct output output = { .bytes = bytes, .size = room };
	struct collect collect = { .root = played_root };
	char *to = text;
	bool result;

	step_begin(&collect.step);
	collect.step.output = &output;
	for (;;) {
		output.length = 0;
		result = collector(&collect);
		assert_false(output.cut);
		bytes[output.length] = '\0';
		for (char *line = strtok(bytes, "\n"); line; line = strtok(NULL, "\n")) {
			if (*line != '#')
				to += sprintf(to, "%s\n", line);
		}
		if (!collect.step.full)
			break;
		step_again(&collect.step);
	}
	assert_int_equal(result, good);
	*to = '\0';
	return text;
}

static const char *samples(bool (*collector)(struct collect *collect), bool good)
{
	return in_steps(collector, good, sizeof(text) - 1);
}

static size_t count(const char *what)
{
	size_t found = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		found++;
	return found;
}

/* ---- Links ---- */

static void play_link(const char *device, const char *file, const char *content)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/class/net/%s/%s", device, file);
	played_file(path, content);
}

static void links_are_told_by_family(void **state)
{
	(void)state;
	assert_string_equal(samples(collect_link, true), ""); /* there is no such folder */
	play_link("eth0", "operstate", "up\n");
	play_link("eth0", "carrier", "1\n");
	play_link("eth0", "mtu", "1500\n");
	play_link("eth0", "speed", "1000\n");
	assert_string_equal(samples(collect_link, true),
		"node_network_up{device=\"eth0\"} 1\n"
		"node_network_carrier{device=\"eth0\"} 1\n"
		"node_network_mtu_bytes{device=\"eth0\"} 1500\n"
		"node_network_speed_bytes{device=\"eth0\"} 125000000\n");
	play_link("eth0", "operstate", "lowerlayerdown\n");
	play_link("eth0", "speed", "-1\n");
	played_gone("sys/class/net/eth0/carrier");
	/* A file beside the devices, and a name that no device has. */
	played_file("sys/class/net/bonding_masters", "\n");
	play_link("much-longer-than-a-name", "mtu", "1\n");
	assert_string_equal(samples(collect_link, true),
		"node_network_up{device=\"eth0\"} 0\n"
		"node_network_mtu_bytes{device=\"eth0\"} 1500\n");
}

static void a_link_that_tells_nonsense_is_left_out_and_the_rest_told(void **state)
{
	(void)state;
	play_link("eth0", "mtu", "many\n");
	play_link("eth0", "speed", "9223372036854775807\n");
	play_link("eth1", "mtu", "9000\n");
	assert_string_equal(
		samples(collect_link, false), "node_network_mtu_bytes{device=\"eth1\"} 9000\n");
}

static void many_links_are_told_whole_in_small_steps(void **state)
{
	char device[16];

	(void)state;
	for (int i = 0; i < 64; i++) {
		snprintf(device, sizeof(device), "veth%d", i);
		play_link(device, "operstate", "up\n");
		play_link(device, "mtu", "1500\n");
	}
	in_steps(collect_link, true, STEP_ROOM + 500);
	assert_int_equal(count("node_network_up{"), 64);
	assert_int_equal(count("node_network_mtu_bytes{"), 64);
	/* One that there is no room for is no secret. */
	play_link("veth64", "mtu", "1500\n");
	samples(collect_link, false);
	assert_true(count("node_network_mtu_bytes{") >= 63);
}

/* ---- Clock rates ---- */

static void clock_rates_are_told_of_processors_that_have_them(void **state)
{
	(void)state;
	played_file("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "816000\n");
	played_file("sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "1152000\n");
	played_file("sys/devices/system/cpu/online", "0-1\n");
	played_folder("sys/devices/system/cpu/cpu1");
	played_folder("sys/devices/system/cpu/cpufreq");
	played_folder("sys/devices/system/cpu/cpuidle");
	assert_string_equal(samples(collect_frequency, true),
		"node_cpu_scaling_frequency_hertz{cpu=\"0\"} 816000000\n"
		"node_cpu_scaling_frequency_max_hertz{cpu=\"0\"} 1152000000\n");
	played_file("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "<unknown>\n");
	assert_string_equal(samples(collect_frequency, false),
		"node_cpu_scaling_frequency_max_hertz{cpu=\"0\"} 1152000000\n");
}

/* ---- Temperatures ---- */

static void the_hottest_sensor_is_found_among_broken_ones(void **state)
{
	int64_t hottest;

	(void)state;
	assert_false(sensor_hottest(played_root, &hottest));
	played_file("sys/class/thermal/thermal_zone0/temp", "-20000\n");
	assert_true(sensor_hottest(played_root, &hottest));
	assert_int_equal(hottest, -20000);
	played_file("sys/class/thermal/thermal_zone1/temp", "41 degrees\n");
	played_file("sys/class/thermal/cooling_device0/temp", "99000\n");
	played_file("sys/class/hwmon/hwmon0/temp1_input", "38500\n");
	played_file("sys/class/hwmon/hwmon0/temp1_max", "120000\n");
	played_file("sys/class/hwmon/hwmon0/fan1_input", "120000\n");
	assert_true(sensor_hottest(played_root, &hottest));
	assert_int_equal(hottest, 38500);
	assert_string_equal(samples(collect_hwmon, true),
		"node_hwmon_temp_celsius{chip=\"hwmon0\",sensor=\"temp1\"} 38.500\n");
}

/* ---- File systems. They are the real ones, as they are asked by the kernel. ---- */

static void a_file_system_is_told_once_and_by_family(void **state)
{
	(void)state;
	played_file("proc/self/mounts", "rootfs / rootfs rw 0 0\n"
					"proc /proc proc rw 0 0\n"
					"server:/x /nowhere nfs rw 0 0\n"
					"tmpfs / tmpfs rw 0 0\n"
					"a\\040disk\\134 / ext4 rw 0 0\n"
					"short\n");
	samples(collect_filesystem, true);
	assert_int_equal(count("mountpoint=\"/\",fstype=\"rootfs\""), 6);
	assert_int_equal(count("\n"), 6);
	assert_non_null(
		strstr(text, "node_filesystem_readonly{device=\"rootfs\",mountpoint=\"/\""));
}

static void a_mount_that_cannot_be_asked_makes_the_collector_fail(void **state)
{
	(void)state;
	played_file("proc/self/mounts",
		"tmpfs /not/there/at\\040all tmpfs rw 0 0\n/dev/odd\\040one / ext4 rw 0 0\n");
	samples(collect_filesystem, false);
	assert_int_equal(count("device=\"/dev/odd one\",mountpoint=\"/\""), 6);
	assert_int_equal(count("\n"), 6);
}

static void more_file_systems_than_there_is_room_for_are_no_secret(void **state)
{
	static char mounts[8192];
	size_t length = 0;

	(void)state;
	for (int i = 0; i < 64; i++)
		length += (size_t)sprintf(mounts + length, "tmpfs /%.*s tmpfs rw 0 0\n", i,
			"././././././././././././././././././././././././././././././././");
	played_file("proc/self/mounts", mounts);
	in_steps(collect_filesystem, true, STEP_ROOM + 500);
	assert_int_equal(count("node_filesystem_size_bytes{"), 64);
	assert_int_equal(count("node_filesystem_readonly{"), 64);
	sprintf(mounts + length, "tmpfs /dev tmpfs rw 0 0\n");
	played_file("proc/self/mounts", mounts);
	samples(collect_filesystem, false);
	assert_int_equal(count("node_filesystem_size_bytes{"), 64);
}

/* ---- What netd wrote ---- */

#define NETD "run/net/metrics"

static void what_netd_wrote_is_told_as_it_is(void **state)
{
	static const char good[] = "netd_link_up{device=\"eth0\"} 1\nnetd_conflicts_total 3\n";

	(void)state;
	assert_string_equal(samples(collect_netd, true), "");
	played_file(NETD, good);
	assert_string_equal(samples(collect_netd, true), good);
}

static void with_anything_wrong_nothing_of_it_is_told(void **state)
{
	static const char *const wrong[] = {
		"netd_a 1\nnode_load1 0.5\n", /* another's name */
		"netd_a 1\nnetd_a 2\n", /* twice */
		"netd_a 1\nnetd_b 2\nnetd_a{x=\"y\"} 3\n", /* in two pieces */
		"netd_a 1\nnetd_b{x=\"y} 2\n",
		"netd_a 1\nnetd_b two\n",
		"netd_a 1\n\n",
		"netd_a 1\nnetd_b 2\x01\n",
		"netd_a 1\nnetd_\xc3\xa4 2\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		played_file(NETD, wrong[i]);
		assert_string_equal(samples(collect_netd, false), "");
	}
}

static void what_netd_never_writes_is_not_read(void **state)
{
	static char much[20000];
	char *to = much;

	(void)state;
	for (int i = 0; i < 160; i++)
		to += sprintf(to, "netd_number{of_something_with_a_long_name=\"%060d\"} 1\n", i);
	assert_true(strlen(much) > 16 * 1024);
	played_file(NETD, much);
	assert_string_equal(samples(collect_netd, false), "");
	played_gone(NETD);
	/* Nobody hangs at a pipe in its place. */
	assert_int_equal(mkfifoat(played_root, NETD, 0644), 0);
	assert_string_equal(samples(collect_netd, false), "");
	played_gone(NETD);
	played_folder(NETD);
	assert_string_equal(samples(collect_netd, false), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, played_files_make, played_files_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_are_told_by_family),
		TEST(a_link_that_tells_nonsense_is_left_out_and_the_rest_told),
		TEST(many_links_are_told_whole_in_small_steps),
		TEST(clock_rates_are_told_of_processors_that_have_them),
		TEST(the_hottest_sensor_is_found_among_broken_ones),
		TEST(a_file_system_is_told_once_and_by_family),
		TEST(a_mount_that_cannot_be_asked_makes_the_collector_fail),
		TEST(more_file_systems_than_there_is_room_for_are_no_secret),
		TEST(what_netd_wrote_is_told_as_it_is),
		TEST(with_anything_wrong_nothing_of_it_is_told),
		TEST(what_netd_never_writes_is_not_read),
	};

	return RUN("resmond's folders", tests);
}
