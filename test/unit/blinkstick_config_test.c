/* SPDX-License-Identifier: MIT */
/* The configuration file of the light, and requests for it: what is taken, and what is said of the rest. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "blinkstickd/config.h"
#include "blinkstickd/request.h"

static char reported[2048];

static void report(unsigned line, const char *message)
{
	size_t used = strlen(reported);

	snprintf(reported + used, sizeof(reported) - used, "%u: %s\n", line, message);
}

static struct config read_text(const char *text)
{
	struct config config;
	/* Without a NUL behind it: the sanitizer sees a byte too many. */
	size_t length = strlen(text);
	char *exact = malloc(length + 1);
	unsigned errors = 0;

	assert_non_null(exact);
	memcpy(exact, text, length);
	exact = realloc(exact, length ? length : 1);
	reported[0] = '\0';
	config_default(&config);
	errors = config_read(&config, exact, length, report);
	assert_int_equal(errors > 0, reported[0] != '\0');
	free(exact);
	return config;
}

static void assert_refused(const char *text, const char *message)
{
	struct config defaults, config = read_text(text);

	config_default(&defaults);
	assert_string_equal(reported, message);
	assert_memory_equal(&config, &defaults, sizeof(config));
}

static void nothing_is_the_default(void **state)
{
	(void)state;
	assert_refused("", "");
	assert_refused("\n  \n# steady\n\t# = \n", "");
}

static void every_key_is_taken(void **state)
{
	struct config config = read_text("booting=blink #010203 100ms\n"
					 "  ready =\tsteady white  \n"
					 "degraded = pulse amber 60s\n"
					 "critical = steady red\n"
					 "brightness = 40%\n"
					 "heartbeat = 10m\n"
					 "pro-mode = ws2812\n"
					 "pro-leds = 64 0 1");

	(void)state;
	assert_string_equal(reported, "");
	assert_int_equal(config.looks[LOOK_BOOTING].kind, PATTERN_BLINK);
	assert_int_equal(config.looks[LOOK_BOOTING].period_ms, 100);
	assert_int_equal(config.looks[LOOK_BOOTING].colour.green, 2);
	assert_int_equal(config.looks[LOOK_READY].kind, PATTERN_STEADY);
	assert_int_equal(config.looks[LOOK_READY].colour.green, 255);
	assert_int_equal(config.looks[LOOK_DEGRADED].period_ms, 60000);
	assert_int_equal(config.looks[LOOK_CRITICAL].kind, PATTERN_STEADY);
	assert_int_equal(config.brightness, 40);
	assert_int_equal(config.heartbeat_ms, 600000);
	assert_int_equal(config.pro_mode, STICK_MODE_WS2812);
	assert_int_equal(config.pro_leds[0], 64);
	assert_int_equal(config.pro_leds[1], 0);
	assert_int_equal(config.pro_leds[2], 1);
	config = read_text("heartbeat = off\npro-mode = keep\n");
	assert_int_equal(config.heartbeat_ms, 0);
	assert_int_equal(config.pro_mode, -1);
}

static void an_error_says_what_was_meant(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{ "green", "1: 'green' is no line of the form 'key = value'\n" },
		{ "\nlook = red", "2: there is no key 'look'\n" },
		{ "= red", "1: there is no key ''\n" },
		{ "ready =", "1: ready: '' is none of steady, blink, pulse\n" },
		{ "ready = morph red 1s", "1: ready: 'morph' is none of steady, blink, pulse\n" },
		{ "ready = steady", "1: ready: it is 'steady COLOUR', such as 'steady green'\n" },
		{ "ready = steady red 1s",
			"1: ready: it is 'steady COLOUR', such as 'steady green'\n" },
		{ "ready = blink red",
			"1: ready: it is 'blink COLOUR PERIOD', such as 'blink green 2s'\n" },
		{ "ready = blink red 1s 1s 1s 1s",
			"1: ready: it is 'blink COLOUR PERIOD', such as 'blink green 2s'\n" },
		{ "ready = steady greenish",
			"1: ready: 'greenish' is no colour: neither #rrggbb nor a name\n" },
		{ "ready = blink red 99ms", "1: ready: '99ms' is no time from 100ms to 60s\n" },
		{ "ready = pulse red 61s", "1: ready: '61s' is no time from 100ms to 60s\n" },
		{ "brightness = 40", "1: brightness: '40' is no percentage from 1% to 100%\n" },
		{ "brightness = 0%", "1: brightness: '0%' is no percentage from 1% to 100%\n" },
		{ "brightness = 101%", "1: brightness: '101%' is no percentage from 1% to 100%\n" },
		{ "brightness = %", "1: brightness: '%' is no percentage from 1% to 100%\n" },
		{ "heartbeat = 0", "1: heartbeat: '0' is neither off nor a time from 1s to 10m\n" },
		{ "heartbeat = 11m",
			"1: heartbeat: '11m' is neither off nor a time from 1s to 10m\n" },
		{ "pro-mode = 2",
			"1: pro-mode: '2' is none of keep, rgb, inverse, ws2812, mirror\n" },
		{ "pro-leds = 65", "1: pro-leds: '65' is not one to three numbers from 0 to 64\n" },
		{ "pro-leds = 1 2 3 4",
			"1: pro-leds: '1 2 3 4' is not one to three numbers from 0 to 64\n" },
		{ "pro-leds =", "1: pro-leds: '' is not one to three numbers from 0 to 64\n" },
		{ "ready = \x1b[31m\xff", "1: ready: '?[31m?' is none of steady, blink, pulse\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(bad[i].text, bad[i].message);
}

static void other_lines_count_in_spite_of_an_error(void **state)
{
	struct config config =
		read_text("brightness = 20%\nready = red\nbrightness = 30%\nheartbeat = 5s\n");

	(void)state;
	assert_string_equal(reported, "2: ready: 'red' is none of steady, blink, pulse\n"
				      "3: brightness stands in line 1 already\n");
	assert_int_equal(config.brightness, 20);
	assert_int_equal(config.heartbeat_ms, 5000);
}

static void what_is_too_long_is_not_read(void **state)
{
	char text[CONFIG_FILE_MAX + 2];

	(void)state;
	memset(text, '#', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_refused(text, "0: it has more than 4096 bytes; none of it is used\n");
	text[128] = '\0';
	assert_refused(text, "1: a line of more than 127 bytes, or with a NUL in it\n");
	text[127] = '\0';
	assert_refused(text, "");
}

static void the_file_we_ship_is_the_default(void **state)
{
	struct config config, defaults;
	char text[CONFIG_FILE_MAX];
	FILE *file = fopen("initramfs/rootfs/etc/blinkstick.conf", "r");
	size_t length;

	(void)state;
	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	config = read_text(text);
	config_default(&defaults);
	assert_string_equal(reported, "");
	assert_memory_equal(&config, &defaults, sizeof(config));
}

/* ---- Requests ---- */

static struct request request(const char *text)
{
	char copy[REQUEST_TEXT_MAX + 1];
	char why[REQUEST_WHY_MAX] = "";
	struct request request;

	snprintf(copy, sizeof(copy), "%s", text);
	if (!request_parse(&request, copy, why))
		fail_msg("'%s' is refused: %s", text, why);
	return request;
}

static void a_request_has_defaults(void **state)
{
	struct request got = request("set colour=#010203");

	(void)state;
	assert_int_equal(got.verb, REQUEST_SET);
	assert_int_equal(got.pattern.kind, PATTERN_STEADY);
	assert_int_equal(got.pattern.colour.blue, 3);
	assert_int_equal(got.for_ms, 10000);
	assert_int_equal(got.priority, 50);
	assert_int_equal(got.first_led, 0);
	assert_int_equal(got.last_led, 255);
	assert_string_equal(got.stick, "");
	assert_string_equal(got.name, "");
	assert_int_equal(request("off\n").verb, REQUEST_OFF);
	assert_int_equal(request("list").verb, REQUEST_LIST);
	assert_int_equal(request("release name=x").verb, REQUEST_RELEASE);
	assert_int_equal(request("show look=critical").look, LOOK_CRITICAL);
	assert_int_equal(request("morph colour=red").pattern.period_ms, 1000);
}

static void a_request_has_everything(void **state)
{
	struct request got = request("pulse  priority=99 for=24h period=60s stick=BS012345-3.0 "
				     "leds=3-7 name=a_b-c.D colour=red ");

	(void)state;
	assert_int_equal(got.pattern.kind, PATTERN_PULSE);
	assert_int_equal(got.pattern.period_ms, 60000);
	assert_int_equal(got.for_ms, 86400000);
	assert_int_equal(got.priority, 99);
	assert_string_equal(got.stick, "BS012345-3.0");
	assert_int_equal(got.first_led, 3);
	assert_int_equal(got.last_led, 7);
	assert_string_equal(got.name, "a_b-c.D");
	got = request("off leds=191");
	assert_int_equal(got.first_led, 191);
	assert_int_equal(got.last_led, 191);
}

static void a_refusal_says_why(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "there is no request ''" },
		{ " set colour=red", "there is no request ''" },
		{ "dance\x1b", "there is no request 'dance?'" },
		{ "set", "set needs colour=" },
		{ "show", "show needs look=" },
		{ "set red", "'red' is no key=value" },
		{ "set color=red", "there is no key 'color'" },
		{ "set colour=redder",
			"colour 'redder' is not a colour: #rrggbb, or a name such as red" },
		{ "set colour=red colour=red", "colour is given twice" },
		{ "set colour=red period=1s", "set takes no period" },
		{ "off colour=red", "off takes no colour" },
		{ "list name=x", "list takes no name" },
		{ "release for=1s", "release takes no for" },
		{ "off for=0", "for '0' is not a time from 1ms to 24h" },
		{ "off for=25h", "for '25h' is not a time from 1ms to 24h" },
		{ "off priority=100", "priority '100' is not a number from 0 to 99" },
		{ "off priority=-1", "priority '-1' is not a number from 0 to 99" },
		{ "blink colour=red period=1ms", "period '1ms' is not a time from 100ms to 60s" },
		{ "show look=stopping",
			"look 'stopping' is not one of booting, ready, degraded, critical" },
		{ "off stick=BS012345-3.0x", "stick 'BS012345-3.0x' is not a serial number" },
		{ "off leds=4-2", "leds '4-2' is not one LED or several: 0, or 0-3" },
		{ "off leds=192", "leds '192' is not one LED or several: 0, or 0-3" },
		{ "off leds=", "leds '' is not one LED or several: 0, or 0-3" },
		{ "off name=", "name '' is not up to 15 letters, digits, '-', '.' or '_'" },
		{ "off name=abcdefghijklmnop",
			"name 'abcdefghijklmnop' is not up to 15 letters, digits, '-', '.' or '_'" },
		{ "off name=a=b", "name 'a=b' is not up to 15 letters, digits, '-', '.' or '_'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char copy[REQUEST_TEXT_MAX + 1];
		char why[REQUEST_WHY_MAX] = "";
		struct request got;

		snprintf(copy, sizeof(copy), "%s", bad[i].text);
		assert_false(request_parse(&got, copy, why));
		assert_string_equal(why, bad[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_the_default),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(an_error_says_what_was_meant),
		cmocka_unit_test(other_lines_count_in_spite_of_an_error),
		cmocka_unit_test(what_is_too_long_is_not_read),
		cmocka_unit_test(the_file_we_ship_is_the_default),
		cmocka_unit_test(a_request_has_defaults),
		cmocka_unit_test(a_request_has_everything),
		cmocka_unit_test(a_refusal_says_why),
	};

	return RUN("blinkstickd: configuration and requests", tests);
}
