/* SPDX-License-Identifier: MIT */
/* Models and their reports, the life of a stick, and where sticks are found. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blinkstickd/finder.h"
#include "blinkstickd/stick.h"

static const uint8_t pro_leds[STICK_CHANNELS] = { 8, 0, 64 };

static void models_are_told_by_serial_and_version(void **state)
{
	static const struct {
		const char *serial;
		uint16_t version;
		enum stick_model model;
	} good[] = {
		{ "BS000001-1.0", 0x100, STICK_ORIGINAL },
		{ "BS999999-2.9", 0x200, STICK_PRO },
		{ "BS000001-3.0", 0x200, STICK_SQUARE },
		{ "BS000001-3.1", 0x201, STICK_STRIP },
		{ "BS000001-3.0", 0x202, STICK_NANO },
		{ "BS000001-3.0", 0x203, STICK_FLEX },
	};
	static const char *const bad[] = { "", "BS", "BS00001-1.0", "BS0000001-1.0", "BS000001-1.",
		"BS000001-1.0 ", "bs000001-1.0", "BS000001-4.0", "BS000001-0.0", "BS00000x-1.0",
		"BS000001_1.0", "\xff\xff" };
	enum stick_model model;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(stick_model_find(good[i].serial, good[i].version, &model));
		assert_int_equal(model, good[i].model);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(stick_model_find(bad[i], 0x200, &model));
	assert_false(stick_model_find("BS000001-3.0", 0x1ff, &model));
	assert_false(stick_model_find("BS000001-3.0", 0x204, &model));
}

static void answers_are_not_trusted(void **state)
{
	static const uint8_t mode[] = { 4, 2 }, count[] = { 0x81, 32 }, other[] = { 5, 2 },
			     beyond[] = { 4, 4 }, none[] = { 0x81, 0 }, many[] = { 0x81, 65 };

	(void)state;
	assert_int_equal(stick_answer_mode(mode, 2), 2);
	assert_int_equal(stick_answer_mode(mode, 1), -1);
	assert_int_equal(stick_answer_mode(mode, 0), -1);
	assert_int_equal(stick_answer_mode(other, 2), -1);
	assert_int_equal(stick_answer_mode(beyond, 2), -1);
	assert_int_equal(stick_answer_count(count, 2), 32);
	assert_int_equal(stick_answer_count(count, 1), -1);
	assert_int_equal(stick_answer_count(mode, 2), -1);
	assert_int_equal(stick_answer_count(none, 2), -1);
	assert_int_equal(stick_answer_count(many, 2), -1);
}

/* The report's bytes in hex, up to the last that is not 0, and its length. */
static const char *hex(const struct stick_report *report)
{
	static char text[2 * STICK_REPORT_MAX + 16];
	size_t last = report->length, used = 0;

	while (last > 0 && report->bytes[last - 1] == 0)
		last--;
	for (size_t i = 0; i < last; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%02x", report->bytes[i]);
	snprintf(text + used, sizeof(text) - used, "/%u", report->length);
	return text;
}

static const char *encoded(
	enum stick_model model, enum stick_mode mode, uint8_t count, unsigned index)
{
	static struct stick_report report;
	struct stick_layout layout = stick_layout(model, mode, count, pro_leds);
	struct colour colours[STICK_LEDS_MAX];

	for (size_t i = 0; i < COUNT(colours); i++)
		colours[i] = (struct colour){ (uint8_t)(i + 1), 0xaa, 0xbb };
	/* Only the first two are lit, to be read. */
	memset(colours + 2, 0, sizeof(colours) - 2 * sizeof(*colours));
	assert_true(index < stick_layout_reports(&layout));
	stick_layout_encode(&layout, index, colours, &report);
	return hex(&report);
}

static void each_model_has_its_reports(void **state)
{
	(void)state;
	assert_string_equal(encoded(STICK_ORIGINAL, STICK_MODE_UNKNOWN, 0, 0), "0101aabb/4");
	assert_string_equal(encoded(STICK_PRO, STICK_MODE_RGB, 0, 0), "0101aabb/4");
	assert_string_equal(encoded(STICK_PRO, STICK_MODE_INVERSE, 0, 0), "0101aabb/4");
	assert_string_equal(encoded(STICK_PRO, STICK_MODE_WS2812, 0, 0), "0600aa01bbaa02bb/26");
	assert_string_equal(encoded(STICK_PRO, STICK_MODE_WS2812, 0, 1), "0902/194");
	assert_string_equal(encoded(STICK_SQUARE, STICK_MODE_WS2812, 0, 0), "0600aa01bbaa02bb/26");
	assert_string_equal(encoded(STICK_NANO, STICK_MODE_WS2812, 0, 0), "0600aa01bbaa02bb/26");
	assert_string_equal(encoded(STICK_STRIP, STICK_MODE_MIRROR, 0, 0), "0101aabb/4");
	assert_string_equal(encoded(STICK_FLEX, STICK_MODE_WS2812, 0, 0), "0800aa01bbaa02bb/98");
	assert_string_equal(encoded(STICK_FLEX, STICK_MODE_WS2812, 9, 0), "0700aa01bbaa02bb/50");
	assert_string_equal(encoded(STICK_FLEX, STICK_MODE_WS2812, 64, 0), "0900aa01bbaa02bb/194");
	/* Not asked yet: all that may be needed. */
	assert_string_equal(encoded(STICK_PRO, STICK_MODE_UNKNOWN, 0, 0), "0101aabb/4");
	assert_string_equal(encoded(STICK_PRO, STICK_MODE_UNKNOWN, 0, 2), "0902/194");
}

static void parts_lie_within_the_leds(void **state)
{
	(void)state;
	for (int model = STICK_ORIGINAL; model <= STICK_FLEX; model++) {
		for (int mode = STICK_MODE_RGB; mode <= STICK_MODE_UNKNOWN; mode++) {
			struct stick_layout layout = stick_layout(
				(enum stick_model)model, (enum stick_mode)mode, 0, pro_leds);
			size_t first, count, leds = stick_layout_leds(&layout);

			assert_true(leds > 0 && leds <= STICK_LEDS_MAX);
			for (unsigned i = 0; i < stick_layout_reports(&layout); i++) {
				stick_layout_part(&layout, i, &first, &count);
				assert_true(count > 0 && first + count <= leds);
			}
		}
	}
}

/* ---- The life of a stick ---- */

struct life {
	struct config config;
	struct scene scene;
	struct stick stick;
	uint64_t now_ms, until_ms;
	unsigned well_again; /* how often it was told */
};

static void begin(struct life *life, const char *serial, enum stick_model model)
{
	memset(life, 0, sizeof(*life));
	life->now_ms = 100000;
	config_default(&life->config);
	life->config.heartbeat_ms = 0;
	scene_begin(&life->scene, &life->config, life->now_ms);
	scene_look(&life->scene, LOOK_READY, life->now_ms);
	stick_begin(&life->stick, serial, model);
}

/* The next step, the time being moved on to when it is due. */
static enum stick_step next(struct life *life)
{
	enum stick_step step =
		stick_next(&life->stick, &life->scene, life->now_ms, &life->until_ms);

	for (int i = 0; step == STICK_WAIT && life->until_ms != CLOCK_NEVER && i < 100; i++) {
		assert_true(life->until_ms > life->now_ms);
		life->now_ms = life->until_ms;
		if (stick_well_again(&life->stick, life->now_ms))
			life->well_again++;
		step = stick_next(&life->stick, &life->scene, life->now_ms, &life->until_ms);
	}
	return step;
}

static void expect_open(struct life *life)
{
	assert_int_equal(next(life), STICK_OPEN);
	assert_int_equal(next(life), STICK_WAIT);
	life->now_ms += 2;
	stick_opened(&life->stick, life->now_ms);
}

static void expect_set(struct life *life, const char *report)
{
	assert_int_equal(next(life), STICK_SET);
	assert_string_equal(hex(&life->stick.report), report);
	assert_int_equal(next(life), STICK_WAIT); /* one at a time */
	life->now_ms += 5;
	stick_sent(&life->stick, life->now_ms);
}

static void expect_get(struct life *life, uint8_t report, const char *answer, size_t length)
{
	assert_int_equal(next(life), STICK_GET);
	assert_int_equal(life->stick.report.bytes[0], report);
	life->now_ms += 5;
	stick_answered(&life->stick, &life->scene, (const uint8_t *)answer, length, life->now_ms);
}

static void expect_rest(struct life *life)
{
	assert_int_equal(next(life), STICK_WAIT);
	assert_int_equal(life->until_ms, CLOCK_NEVER);
}

static void darkness_comes_first_then_questions(void **state)
{
	struct life life;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	expect_open(&life);
	expect_set(&life, "01/4");
	expect_set(&life, "010010/4");
	expect_rest(&life);

	begin(&life, "BS000001-3.0", STICK_FLEX);
	expect_open(&life);
	expect_set(&life, "08/98");
	expect_get(&life, 4, "\x04\x02", 2);
	expect_get(&life, 0x81, "\x81\x02", 2);
	expect_set(&life, "060010000010/26");
	expect_rest(&life);
}

static void a_stick_that_does_not_tell_is_as_it_came(void **state)
{
	struct life life;

	(void)state;
	begin(&life, "BS000001-3.0", STICK_SQUARE);
	expect_open(&life);
	expect_set(&life, "06/26");
	expect_get(&life, 4, "", 0);
	assert_int_equal(life.stick.mode, STICK_MODE_WS2812);
	begin(&life, "BS000001-2.0", STICK_PRO);
	expect_open(&life);
	expect_set(&life, "01/4");
	expect_set(&life, "06/26");
	expect_get(&life, 4, "\x04\x09", 2);
	assert_int_equal(life.stick.mode, STICK_MODE_RGB);
	expect_set(&life, "010010/4");
	expect_rest(&life);
}

static void the_eeprom_is_written_only_for_a_change_and_once(void **state)
{
	struct life life;

	(void)state;
	begin(&life, "BS000001-2.0", STICK_PRO);
	life.config.pro_mode = STICK_MODE_WS2812;
	for (int i = 0; i < 2; i++) {
		expect_open(&life);
		expect_set(&life, "01/4");
		expect_set(&life, "06/26");
		/* It forgets what was written; that is not tried for ever. */
		expect_get(&life, 4, "\x04\x00", 2);
		if (i == 0)
			expect_set(&life, "0402/2");
		assert_int_equal(next(&life), STICK_SET);
		assert_int_equal(life.stick.report.bytes[0], i == 0 ? 6 : 1);
		stick_failed(&life.stick, life.now_ms);
	}
	begin(&life, "BS000001-2.0", STICK_PRO);
	life.config.pro_mode = STICK_MODE_WS2812;
	expect_open(&life);
	expect_set(&life, "01/4");
	expect_set(&life, "06/26");
	expect_get(&life, 4, "\x04\x02", 2);
	assert_int_equal(next(&life), STICK_SET);
	assert_int_equal(life.stick.report.bytes[0], 6);
}

static void light(struct life *life)
{
	expect_open(life);
	expect_set(life, "01/4");
	expect_set(life, "010010/4");
}

static void frames_keep_their_distance(void **state)
{
	struct life life;
	uint64_t sent_ms;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	light(&life);
	scene_look(&life.scene, LOOK_DEGRADED, life.now_ms);
	stick_look(&life.stick);
	for (int i = 0; i < 30; i++) {
		sent_ms = life.now_ms;
		assert_int_equal(next(&life), STICK_SET);
		assert_true(life.now_ms - sent_ms >= STICK_FRAME_MS);
		stick_sent(&life.stick, life.now_ms);
	}
	/* Several reports of one frame follow more closely. */
	begin(&life, "BS000001-2.0", STICK_PRO);
	memcpy(life.config.pro_leds, pro_leds, sizeof(pro_leds));
	expect_open(&life);
	expect_set(&life, "01/4");
	sent_ms = life.now_ms;
	assert_int_equal(next(&life), STICK_SET);
	assert_int_equal(life.now_ms - sent_ms, STICK_PAUSE_MS);
}

static void a_steady_light_wakes_up_for_its_winks_alone(void **state)
{
	struct life life;
	unsigned waits = 0, sent = 0;
	uint64_t end_ms;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	life.config.heartbeat_ms = 10000;
	light(&life);
	for (end_ms = life.now_ms + 60000; life.now_ms < end_ms;) {
		if (stick_next(&life.stick, &life.scene, life.now_ms, &life.until_ms) ==
			STICK_SET) {
			sent++;
			stick_sent(&life.stick, life.now_ms);
			continue;
		}
		assert_true(life.until_ms > life.now_ms);
		waits++;
		life.now_ms = life.until_ms;
	}
	/* Six winks, which are two frames each. */
	assert_int_equal(sent, 12);
	assert_in_range(waits, 12, 13);
}

static void what_is_the_same_is_not_sent(void **state)
{
	struct life life;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	light(&life);
	stick_look(&life.stick);
	expect_rest(&life);
	life.scene.dark = true;
	stick_look(&life.stick);
	assert_false(stick_is_dark(&life.stick));
	expect_set(&life, "01/4");
	expect_rest(&life);
	assert_true(stick_is_dark(&life.stick));
	assert_int_equal(life.stick.frames, 2);
}

static void a_stick_that_is_being_unplugged_is_no_news(void **state)
{
	struct life life;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	light(&life);
	scene_look(&life.scene, LOOK_DEGRADED, life.now_ms);
	stick_look(&life.stick);
	assert_int_equal(next(&life), STICK_SET);
	assert_int_equal(stick_vanished(&life.stick, life.now_ms), 0);
	/* At once, as it may have been the bus; and it is not there either. */
	assert_int_equal(next(&life), STICK_OPEN);
	assert_int_equal(life.stick.retry.at_ms, life.now_ms);
	assert_int_equal(stick_vanished(&life.stick, life.now_ms), 0);
	assert_int_equal(life.stick.retry.at_ms, life.now_ms + STICK_RETRY_FIRST_MS);
	/* But who says that it is there, and has no such device after that either, is in trouble. */
	assert_int_equal(next(&life), STICK_OPEN);
	assert_int_equal(stick_vanished(&life.stick, life.now_ms), 2 * STICK_RETRY_FIRST_MS);
}

static void errors_are_retried_at_once_then_ever_later(void **state)
{
	struct life life;
	uint64_t failed_ms;
	uint32_t told = 0;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	light(&life);
	stick_look(&life.stick);
	life.scene.dark = true;
	assert_int_equal(next(&life), STICK_SET);
	/* The first is mended without a word. */
	failed_ms = life.now_ms;
	assert_int_equal(stick_failed(&life.stick, failed_ms), 0);
	expect_open(&life);
	assert_true(life.now_ms - failed_ms < 10);
	for (unsigned delay = 1000; delay <= 64000; delay *= 2) {
		assert_int_equal(next(&life), STICK_SET);
		failed_ms = life.now_ms;
		told += stick_failed(&life.stick, failed_ms);
		assert_true(stick_is_dark(&life.stick)); /* nothing can be done about it */
		assert_int_equal(next(&life), STICK_OPEN);
		assert_int_equal(life.now_ms - failed_ms, delay > 60000 ? 60000 : delay);
		stick_opened(&life.stick, life.now_ms);
		assert_int_equal(life.well_again, 0);
	}
	assert_int_equal(told, 1000); /* once */
	assert_int_equal(life.stick.errors, 8);
	life.scene.dark = false;
	expect_set(&life, "01/4");
	expect_set(&life, "010010/4");
	assert_int_equal(life.well_again, 0);
	/* It wakes up to say that all is well. */
	expect_rest(&life);
	assert_int_equal(life.well_again, 1);
	/* The next error is a first one again. */
	stick_look(&life.stick);
	life.scene.dark = true;
	assert_int_equal(next(&life), STICK_SET);
	stick_failed(&life.stick, life.now_ms);
	failed_ms = life.now_ms;
	assert_int_equal(next(&life), STICK_OPEN);
	assert_int_equal(life.now_ms, failed_ms);
}

static void all_of_a_reopened_stick_is_sent_again(void **state)
{
	struct life life;

	(void)state;
	begin(&life, "BS000001-1.0", STICK_ORIGINAL);
	light(&life);
	life.scene.dark = true;
	stick_look(&life.stick);
	assert_int_equal(next(&life), STICK_SET);
	stick_failed(&life.stick, life.now_ms);
	assert_false(stick_is_dark(&life.stick)); /* it is about to be tried again */
	expect_open(&life);
	expect_set(&life, "01/4");
	assert_false(stick_is_dark(&life.stick));
	expect_set(&life, "01/4");
	expect_rest(&life);
	assert_true(stick_is_dark(&life.stick));
}

/* ---- Where they are found ---- */

static char strangers[1024];

static void stranger(const char *port, const char *why)
{
	size_t used = strlen(strangers);

	snprintf(strangers + used, sizeof(strangers) - used, "%s: %s\n", port, why);
}

static void put(const char *folder, const char *port, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, port);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, port, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void put_device(const char *folder, const char *port, const char *vendor,
	const char *product, const char *serial)
{
	put(folder, port, "idVendor", vendor);
	put(folder, port, "idProduct", product);
	put(folder, port, "bcdDevice", "0200\n");
	put(folder, port, "busnum", "1\n");
	put(folder, port, "devnum", "42\n");
	if (serial)
		put(folder, port, "serial", serial);
}

static void sysfs_tells_which_are_there(void **state)
{
	char folder[] = "build/host/unit/finder-XXXXXX";
	char command[64];
	struct found found[4];

	(void)state;
	assert_non_null(mkdtemp(folder));
	put_device(folder, "1-2", "20a0\n", "41e5\n", "BS000002-3.0\n");
	put_device(folder, "1-1", "20a0\n", "41e5\n", "BS000001-1.0\n");
	put_device(folder, "1-3", "20a0\n", "4242\n", "BS000003-1.0\n");
	put_device(folder, "1-4", "1d6b\n", "0002\n", "usb1\n");
	put_device(folder, "1-5", "20a0\n", "41e5\n", "\xff\x1b[31m\n");
	put_device(folder, "1-6", "20a0\n", "41e5\n", NULL);
	put_device(folder, "1-7", "20a0x\n", "41e5\n", "BS000001-1.0\n");
	put_device(folder, "1-8", "", "", "");
	put(folder, "1-9", "bInterfaceClass", "03\n");
	strangers[0] = '\0';
	assert_int_equal(finder_look(folder, found, COUNT(found), stranger), 2);
	assert_string_equal(found[0].port, "1-1");
	assert_string_equal(found[0].serial, "BS000001-1.0");
	assert_int_equal(found[0].model, STICK_ORIGINAL);
	assert_int_equal(found[0].bus, 1);
	assert_int_equal(found[0].device, 42);
	assert_string_equal(found[1].serial, "BS000002-3.0");
	assert_int_equal(found[1].model, STICK_SQUARE);
	assert_non_null(
		strstr(strangers, "1-5: its serial number is '??[31m', its version 2.00\n"));
	assert_non_null(strstr(strangers, "1-6: it has no serial number\n"));
	assert_int_equal(finder_look(folder, found, 1, stranger), 1);
	assert_int_equal(finder_look("/nowhere", found, 1, stranger), 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static bool about_usb(const char *text, size_t length)
{
	/* No byte to spare behind it. */
	char *exact = malloc(length);
	bool result;

	assert_non_null(exact);
	memcpy(exact, text, length);
	result = finder_is_usb(exact, length);
	free(exact);
	return result;
}

#define ABOUT_USB(text) about_usb(text, sizeof(text))

static void the_kernel_says_what_came(void **state)
{
	(void)state;
	assert_true(ABOUT_USB("add@/x\0ACTION=add\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0SEQNUM=1"));
	assert_true(about_usb("DEVTYPE=usb_device\0SUBSYSTEM=usb", 32));
	assert_false(ABOUT_USB("add@/x\0SUBSYSTEM=usb\0DEVTYPE=usb_interface"));
	assert_false(ABOUT_USB("add@/x\0SUBSYSTEM=usbmisc\0DEVTYPE=usb_device"));
	assert_false(ABOUT_USB("add@/x\0SUBSYSTEM=us\0DEVTYPE=usb_device"));
	assert_false(ABOUT_USB(""));
	assert_false(about_usb("SUBSYSTEM=usb\0DEVTYPE=usb_devic", 31));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_are_told_by_serial_and_version),
		cmocka_unit_test(answers_are_not_trusted),
		cmocka_unit_test(each_model_has_its_reports),
		cmocka_unit_test(parts_lie_within_the_leds),
		cmocka_unit_test(darkness_comes_first_then_questions),
		cmocka_unit_test(a_stick_that_does_not_tell_is_as_it_came),
		cmocka_unit_test(the_eeprom_is_written_only_for_a_change_and_once),
		cmocka_unit_test(frames_keep_their_distance),
		cmocka_unit_test(a_steady_light_wakes_up_for_its_winks_alone),
		cmocka_unit_test(what_is_the_same_is_not_sent),
		cmocka_unit_test(a_stick_that_is_being_unplugged_is_no_news),
		cmocka_unit_test(errors_are_retried_at_once_then_ever_later),
		cmocka_unit_test(all_of_a_reopened_stick_is_sent_again),
		cmocka_unit_test(sysfs_tells_which_are_there),
		cmocka_unit_test(the_kernel_says_what_came),
	};

	return RUN("blinkstickd: sticks", tests);
}
