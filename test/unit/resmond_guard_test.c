/* SPDX-License-Identifier: MIT */
/* What the monitor tells people of, when, and when no more. The kernel is played by files, PID 1 by this test. */
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basics/log.h"
#include "played_files.h"
#include "resmond/guard.h"
#include "resmond/light.h"

#define EVENTS "sys/fs/cgroup/svc/memory.events"
#define HEAT   "sys/class/thermal/thermal_zone0/temp"

enum { SECOND = 1000, START = 50 * SECOND };

/* What was said since somebody looked last. */
static char said[2048];

void __wrap_log_line(const char *subject, const char *format, ...);
void __wrap_log_line(const char *subject, const char *format, ...)
{
	size_t length = strlen(said);
	va_list arguments;

	assert_null(subject);
	va_start(arguments, format);
	vsnprintf(said + length, sizeof(said) - length, format, arguments);
	va_end(arguments);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static void expect_said(const char *text)
{
	assert_string_equal(said, text);
	said[0] = '\0';
}

/* The light: how often each was asked for, and whether it is shown. */
static struct {
	unsigned asked;
	bool shown;
} lights[ALERT_COUNT];
static bool light_takes;

bool light_show(enum alert_kind kind, bool raised)
{
	lights[kind].asked++;
	lights[kind].shown = raised;
	return light_takes;
}

/* The services, as PID 1 would tell of them. */
static struct service services_played[40];
static size_t services_count;
static bool answers;

bool services_take(struct services *services, int root, bool use)
{
	assert_int_equal(root, played_root);
	assert_false(use);
	*services = (struct services){ .answered = answers, .list = services_played };
	services->count = answers ? services_count : 0;
	return answers;
}

void services_free(struct services *services)
{
	(void)services;
}

static void service_is(size_t i, const char *name, enum service_state state)
{
	snprintf(services_played[i].name, sizeof(services_played[i].name), "%s", name);
	services_played[i].state = (signed char)state;
	if (services_count <= i)
		services_count = i + 1;
}

static struct guard guard;
static struct own own;
static struct settings settings;

static int set_up(void **state)
{
	settings = (struct settings){ .port = 9100, .memory_pressure = 15, .temperature = 85 };
	own = (struct own){ 0 };
	memset(lights, 0, sizeof(lights));
	memset(services_played, 0, sizeof(services_played));
	services_count = 0;
	light_takes = answers = true;
	said[0] = '\0';
	return played_files_make(state);
}

static int tear_down(void **state)
{
	if (guard.pressure >= 0)
		close(guard.pressure);
	if (guard.oom >= 0)
		close(guard.oom);
	return played_files_remove(state);
}

static void begin(void)
{
	played_file("proc/pressure/memory", "");
	guard_begin(&guard, &settings, &own, played_root, START);
}

static void expect_status(const char *text)
{
	char status[128];

	guard_status(&guard, status, sizeof(status));
	assert_string_equal(status, text);
}

/* A kernel that tells `avg10` percent of pressure. */
static void play_pressure(const char *avg10)
{
	char text[128];

	snprintf(text, sizeof(text), "some avg10=%s avg60=9.00 avg300=9.00 total=7\n", avg10);
	played_file("proc/pressure/memory", text);
}

/* ---- Temperature ---- */

static void a_temperature_that_trembles_is_told_once(void **state)
{
	static const struct {
		const char *millidegrees, *said;
		bool shown;
	} readings[] = {
		{ "84999\n", "", false },
		{ "85000\n", "temperature: 85 degrees Celsius\n", true },
		{ "84999\n", "", true },
		{ "91000\n", "", true },
		{ "80001\n", "", true },
		{ "80000\n", "temperature: 80 degrees Celsius: over\n", false },
		{ "84000\n", "", false },
		{ "86000\n", "temperature: 86 degrees Celsius\n", true },
	};
	uint64_t now = START;

	(void)state;
	played_file("sys/class/thermal/thermal_zone0/type", "cpu\n");
	played_file(HEAT, "40000\n");
	begin();
	expect_said("");
	for (size_t i = 0; i < COUNT(readings); i++) {
		played_file(HEAT, readings[i].millidegrees);
		assert_int_equal(guard_due_ms(&guard), now);
		guard_turn(&guard, now);
		expect_said(readings[i].said);
		assert_int_equal(lights[ALERT_TEMPERATURE].shown, readings[i].shown);
		now = guard_due_ms(&guard);
	}
	expect_status("metrics on port 9100; too hot");
}

static void a_sensor_that_cannot_be_read_changes_nothing(void **state)
{
	(void)state;
	played_file(HEAT, "90000\n");
	begin();
	guard_turn(&guard, START);
	assert_true(lights[ALERT_TEMPERATURE].shown);
	said[0] = '\0';
	played_file(HEAT, "no idea\n");
	guard_turn(&guard, guard_due_ms(&guard));
	expect_said("");
	assert_true(guard.alerts[ALERT_TEMPERATURE].raised);
	played_file(HEAT, "20000\n");
	guard_turn(&guard, guard_due_ms(&guard));
	expect_said("temperature: 20 degrees Celsius: over\n");
}

static void without_a_sensor_or_a_threshold_nothing_is_due(void **state)
{
	(void)state;
	begin();
	assert_int_equal(guard_due_ms(&guard), CLOCK_NEVER);
	close(guard.pressure);
	played_file(HEAT, "90000\n");
	settings.temperature = 0;
	begin();
	assert_int_equal(guard_due_ms(&guard), CLOCK_NEVER);
}

/* ---- Memory ---- */

static void memory_pressure_is_over_at_a_third_of_its_threshold(void **state)
{
	(void)state;
	played_file("proc/meminfo", "MemTotal: 2048 kB\nMemAvailable:   1024 kB\n");
	begin();
	guard_pressure(&guard, START);
	expect_said("memory pressure: processes waited for memory at least 15 % of the time; "
		    "1M available\n");
	guard_pressure(&guard, START + SECOND);
	expect_said("");
	expect_status("metrics on port 9100; memory pressure");
	/* The average of ten seconds may not have come up yet. */
	play_pressure("0.10");
	guard_turn(&guard, START + 10 * SECOND);
	expect_said("");
	play_pressure("5.01");
	guard_turn(&guard, START + 20 * SECOND);
	expect_said("");
	assert_true(lights[ALERT_MEMORY].shown);
	play_pressure("5.00");
	guard_turn(&guard, START + 30 * SECOND);
	expect_said("memory pressure: over\n");
	assert_false(lights[ALERT_MEMORY].shown);
	assert_int_equal(guard_due_ms(&guard), CLOCK_NEVER);
	expect_status("metrics on port 9100");
}

static void pressure_that_cannot_be_read_is_not_over(void **state)
{
	static const char *const texts[] = { "", "some\n", "some avg10=\n", "some avg10=lots\n",
		"some avg60=0.00 total=0\n" };

	(void)state;
	begin();
	guard_pressure(&guard, START);
	/* There is no /proc/meminfo. */
	expect_said("memory pressure: processes waited for memory at least 15 % of the time; "
		    "? available\n");
	for (size_t i = 0; i < COUNT(texts); i++) {
		uint64_t due = guard_due_ms(&guard);

		played_file("proc/pressure/memory", texts[i]);
		guard_turn(&guard, due);
		expect_said("");
		assert_true(guard.alerts[ALERT_MEMORY].raised);
		assert_true(guard_due_ms(&guard) > due);
	}
}

static void a_kernel_that_does_not_tell_of_pressure_is_named(void **state)
{
	(void)state;
	guard_begin(&guard, &settings, &own, played_root, START);
	expect_said("cannot watch /proc/pressure/memory: No such file or directory; "
		    "going on without it\n");
	assert_int_equal(guard.pressure, -1);
	settings.memory_pressure = 0;
	begin();
	expect_said("");
	assert_int_equal(guard.pressure, -1);
}

/* ---- Kills ---- */

static void kills_are_told_by_how_many_are_new(void **state)
{
	(void)state;
	played_file(EVENTS, "low 0\noom 9\noom_kill 4\noom_group_kill 7\n");
	begin();
	expect_said("");
	guard_oom(&guard, START);
	expect_said("");
	played_file(EVENTS, "low 0\noom 9\noom_kill 5\n");
	guard_oom(&guard, START + SECOND);
	expect_said("out of memory: the kernel killed 1 process of services; see svctl status\n");
	assert_true(lights[ALERT_OOM].shown);
	/* It is watched no more for a moment: a service at its limit changes its file all the time. */
	assert_int_equal(guard.oom_pause_ms, START + 2 * SECOND);
	played_file(EVENTS, "oom_kill 7\n");
	guard_oom(&guard, START + 30 * SECOND);
	expect_said("out of memory: the kernel killed 2 processes of services; see svctl status\n");
	/* A minute from the last one on. */
	assert_int_equal(guard_due_ms(&guard), START + 90 * SECOND);
	guard_turn(&guard, START + 89 * SECOND);
	expect_said("");
	guard_turn(&guard, START + 90 * SECOND);
	expect_said("out of memory: over\n");
	assert_false(lights[ALERT_OOM].shown);
}

static void odd_counts_of_kills_are_passed_over(void **state)
{
	static const char *const texts[] = { "", "oom_kill\n", "oom_kill many\n", "oom_kill -1\n",
		"oom_kill 3\n", "oom_kill 99999999999999999999999\n" };

	(void)state;
	played_file(EVENTS, "oom_kill 4\n");
	begin();
	for (size_t i = 0; i < COUNT(texts); i++) {
		played_file(EVENTS, texts[i]);
		guard_oom(&guard, START);
		expect_said("");
	}
	assert_int_equal(guard.oom_kills, 4);
}

/* ---- Services ---- */

static void failed_services_are_named_and_each_further_one_too(void **state)
{
	(void)state;
	begin();
	service_is(0, "web", STATE_READY);
	service_is(1, "db", STATE_BACKOFF);
	guard_services(&guard, START);
	expect_said("");
	service_is(1, "db", STATE_FAILED);
	guard_services(&guard, START);
	expect_said("failed services: db\n");
	guard_services(&guard, START);
	expect_said("");
	service_is(0, "web", STATE_INVALID);
	guard_services(&guard, START);
	expect_said("failed services: web, db\n");
	assert_int_equal(
		lights[ALERT_SERVICE].asked, 2); /* at the beginning, and when it was raised */
	/* A PID 1 that is away knows of no failed service, which does not mean that there is none. */
	answers = false;
	guard_services(&guard, START);
	expect_said("");
	answers = true;
	service_is(0, "web", STATE_READY);
	service_is(1, "db", STATE_READY);
	guard_services(&guard, START);
	expect_said("failed services: web, db: over\n");
	assert_false(lights[ALERT_SERVICE].shown);
}

static void more_failed_services_than_a_line_has_room_for_are_cut(void **state)
{
	char name[SERVICE_NAME_MAX + 1];

	(void)state;
	begin();
	for (size_t i = 0; i < COUNT(services_played); i++) {
		snprintf(name, sizeof(name), "service-%02zu", i);
		service_is(i, name, STATE_FAILED);
	}
	guard_services(&guard, START);
	expect_said("failed services: service-00, service-01, service-02, service-03, service-04, "
		    "ser\n");
}

/* ---- All of them ---- */

static void what_a_predecessor_left_on_is_taken_back_and_a_deaf_light_counted(void **state)
{
	(void)state;
	light_takes = false;
	begin();
	for (enum alert_kind kind = 0; kind < ALERT_COUNT; kind++) {
		assert_int_equal(lights[kind].asked, 1);
		assert_false(lights[kind].shown);
	}
	assert_int_equal(own.light_dropped, 0);
	guard_pressure(&guard, START);
	assert_int_equal(own.light_dropped, 1);
}

static void the_status_names_all_that_is_raised(void **state)
{
	(void)state;
	played_file(EVENTS, "oom_kill 0\n");
	played_file(HEAT, "99000\n");
	begin();
	service_is(0, "web", STATE_FAILED);
	guard_services(&guard, START);
	guard_pressure(&guard, START);
	played_file(EVENTS, "oom_kill 1\n");
	guard_oom(&guard, START);
	guard_turn(&guard, START);
	expect_status("metrics on port 9100; memory pressure; too hot; killed for want of memory; "
		      "a service has failed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_temperature_that_trembles_is_told_once),
		TEST(a_sensor_that_cannot_be_read_changes_nothing),
		TEST(without_a_sensor_or_a_threshold_nothing_is_due),
		TEST(memory_pressure_is_over_at_a_third_of_its_threshold),
		TEST(pressure_that_cannot_be_read_is_not_over),
		TEST(a_kernel_that_does_not_tell_of_pressure_is_named),
		TEST(kills_are_told_by_how_many_are_new),
		TEST(odd_counts_of_kills_are_passed_over),
		TEST(failed_services_are_named_and_each_further_one_too),
		TEST(more_failed_services_than_a_line_has_room_for_are_cut),
		TEST(what_a_predecessor_left_on_is_taken_back_and_a_deaf_light_counted),
		TEST(the_status_names_all_that_is_raised),
	};

	return RUN("resmond's guard", tests);
}
