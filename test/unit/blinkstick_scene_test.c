/* SPDX-License-Identifier: MIT */
/* Who of those that want the light is seen. */
#include "unit.h"

#include <stdio.h>

#include "blinkstickd/scene.h"

enum { ROOT = 0, DAEMON = 100, USER = 1000, LEDS = 8 };

struct stage {
	struct config config;
	struct scene scene;
	struct colour leds[LEDS];
	uint64_t now_ms;
	uint32_t wait_ms;
};

static void begin(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	stage->now_ms = 5000;
	config_default(&stage->config);
	stage->config.heartbeat_ms = 0;
	scene_begin(&stage->scene, &stage->config, stage->now_ms);
	scene_look(&stage->scene, LOOK_READY, stage->now_ms);
}

static bool ask(struct stage *stage, uid_t uid, const char *text)
{
	char copy[REQUEST_TEXT_MAX + 1];
	char why[REQUEST_WHY_MAX];
	struct request request;

	snprintf(copy, sizeof(copy), "%s", text);
	assert_true(request_parse(&request, copy, why));
	return scene_take(&stage->scene, &request, uid, stage->now_ms, why);
}

/* The colour of an LED of a stick, "#rrggbb". Good until the next call. */
static const char *led(struct stage *stage, const char *serial, size_t index)
{
	static char text[COLOUR_TEXT_MAX];

	stage->wait_ms = scene_paint(&stage->scene, serial, stage->leds, LEDS, stage->now_ms);
	return colour_format(text, stage->leds[index]);
}

static const char *shown(struct stage *stage)
{
	return led(stage, "BS000001-3.0", 0);
}

static void the_node_is_what_is_seen(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	assert_string_equal(shown(&stage), "#001000");
	assert_int_equal(stage.wait_ms, UINT32_MAX);
	scene_look(&stage.scene, LOOK_DEGRADED, stage.now_ms);
	assert_string_equal(shown(&stage), "#ff6000");
	assert_int_equal(stage.wait_ms, PATTERN_FRAME_MS);
	stage.now_ms += 1500;
	assert_string_equal(shown(&stage), "#000000");
	/* What was there before goes on, it does not begin again. */
	scene_look(&stage.scene, LOOK_DEGRADED, stage.now_ms);
	assert_string_equal(shown(&stage), "#000000");
}

static void a_request_is_seen_for_its_time(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	assert_true(ask(&stage, ROOT, "set colour=red for=2s"));
	assert_string_equal(shown(&stage), "#ff0000");
	assert_int_equal(stage.wait_ms, 2000);
	stage.now_ms += 1999;
	assert_string_equal(shown(&stage), "#ff0000");
	assert_int_equal(stage.wait_ms, 1);
	stage.now_ms++;
	assert_string_equal(shown(&stage), "#001000");
	assert_int_equal(stage.wait_ms, UINT32_MAX);
}

static void the_highest_priority_shows_then_the_newest(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	ask(&stage, ROOT, "set colour=#000001 priority=40 name=a");
	ask(&stage, ROOT, "set colour=#000002 priority=40 name=b");
	assert_string_equal(shown(&stage), "#000002");
	ask(&stage, ROOT, "set colour=#000003 priority=39 name=c");
	assert_string_equal(shown(&stage), "#000002");
	ask(&stage, DAEMON, "set colour=#000004 priority=41 name=a");
	assert_string_equal(shown(&stage), "#000004");
	ask(&stage, DAEMON, "release name=a");
	assert_string_equal(shown(&stage), "#000002");
	ask(&stage, ROOT, "release name=b");
	assert_string_equal(shown(&stage), "#000001");
	ask(&stage, ROOT, "release name=a");
	ask(&stage, ROOT, "release name=never-there");
	assert_string_equal(shown(&stage), "#000003");
}

static void a_request_below_the_node_waits(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	ask(&stage, ROOT, "set colour=blue priority=9 for=1h");
	assert_string_equal(shown(&stage), "#001000");
	ask(&stage, ROOT, "set colour=blue priority=29 for=1h");
	assert_string_equal(shown(&stage), "#0000ff");
	scene_look(&stage.scene, LOOK_DEGRADED, stage.now_ms);
	assert_string_equal(shown(&stage), "#ff6000");
	scene_look(&stage.scene, LOOK_CRITICAL, stage.now_ms);
	ask(&stage, ROOT, "set colour=blue priority=69 for=1h name=x");
	assert_string_equal(shown(&stage), "#ff0000");
	scene_look(&stage.scene, LOOK_READY, stage.now_ms);
	assert_string_equal(shown(&stage), "#0000ff");
}

static void one_user_and_name_is_one_request(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	for (int i = 0; i < 100; i++)
		assert_true(ask(&stage, ROOT, "set colour=red priority=60"));
	assert_true(ask(&stage, ROOT, "set colour=blue priority=20"));
	assert_string_equal(shown(&stage), "#0000ff");
}

static void requests_are_bounded(void **state)
{
	struct stage stage;
	char text[64];

	(void)state;
	begin(&stage);
	for (int i = 0; i < SCENE_REQUESTS_USER; i++) {
		snprintf(text, sizeof(text), "set colour=red name=u%d", i);
		assert_true(ask(&stage, USER, text));
	}
	assert_false(ask(&stage, USER, "set colour=red name=one-more"));
	assert_true(ask(&stage, USER, "set colour=blue name=u0"));
	assert_true(ask(&stage, USER + 1, "set colour=blue"));
	for (int i = SCENE_REQUESTS_USER + 1; i < SCENE_REQUESTS_MAX; i++) {
		snprintf(text, sizeof(text), "set colour=red name=r%d", i);
		assert_true(ask(&stage, ROOT, text));
	}
	assert_false(ask(&stage, ROOT, "set colour=red name=one-more"));
	/* What was asked for in the past takes no room. */
	stage.now_ms += 10000;
	assert_true(ask(&stage, ROOT, "set colour=red name=one-more"));
}

static void users_do_not_hide_what_is_wrong(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	ask(&stage, USER, "set colour=blue priority=99 for=1h");
	assert_string_equal(shown(&stage), "#0000ff");
	scene_look(&stage.scene, LOOK_DEGRADED, stage.now_ms);
	assert_string_equal(shown(&stage), "#ff6000");
	ask(&stage, DAEMON, "set colour=red priority=99");
	assert_string_equal(shown(&stage), "#ff0000");
}

static void parts_and_single_sticks_can_be_meant(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	ask(&stage, ROOT, "set colour=blue stick=BS000002-3.0 name=a");
	assert_string_equal(shown(&stage), "#001000");
	assert_string_equal(led(&stage, "BS000002-3.0", 7), "#0000ff");
	ask(&stage, ROOT, "blink colour=red leds=2-3 priority=60 name=b period=1s for=1m");
	assert_string_equal(shown(&stage), "#001000");
	assert_string_equal(led(&stage, "BS000001-3.0", 2), "#ff0000");
	assert_int_equal(stage.wait_ms, 500);
	assert_string_equal(led(&stage, "BS000001-3.0", 4), "#001000");
	assert_string_equal(led(&stage, "BS000002-3.0", 4), "#0000ff");
	/* LEDs that are not there are not painted. */
	assert_true(ask(&stage, ROOT, "set colour=white leds=7-191 name=c"));
	assert_string_equal(led(&stage, "BS000001-3.0", 7), "#ffffff");
	assert_true(ask(&stage, ROOT, "set colour=white leds=100 name=d"));
	assert_string_equal(led(&stage, "BS000001-3.0", 0), "#001000");
}

static void what_is_covered_wakes_nobody(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	scene_look(&stage.scene, LOOK_DEGRADED, stage.now_ms);
	ask(&stage, ROOT, "set colour=blue for=1h");
	shown(&stage);
	assert_int_equal(stage.wait_ms, 3600 * 1000);
}

static void a_morph_begins_at_what_is_seen(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.config.brightness = 50;
	ask(&stage, ROOT, "set colour=#0000c8 for=1h");
	assert_true(ask(&stage, ROOT, "morph colour=#c80000 period=1s for=1h"));
	assert_string_equal(shown(&stage), "#000064");
	stage.now_ms += 500;
	assert_string_equal(shown(&stage), "#320032");
	stage.now_ms += 500;
	assert_string_equal(shown(&stage), "#640000");
}

static void a_steady_look_winks(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.config.heartbeat_ms = 10000;
	assert_string_equal(shown(&stage), "#001000");
	assert_int_equal(stage.wait_ms, 9900);
	stage.now_ms += 9900;
	assert_string_equal(shown(&stage), "#000000");
	assert_int_equal(stage.wait_ms, 100);
	stage.now_ms += 100;
	assert_string_equal(shown(&stage), "#001000");
	/* What somebody asked for does not. */
	ask(&stage, ROOT, "set colour=blue for=1h");
	stage.now_ms += 9900;
	assert_string_equal(shown(&stage), "#0000ff");
}

static void brightness_caps_everything(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.config.brightness = 10;
	assert_string_equal(shown(&stage), "#000100");
	ask(&stage, ROOT, "set colour=white");
	assert_string_equal(shown(&stage), "#191919");
}

static void dark_is_dark(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	ask(&stage, ROOT, "set colour=white priority=99 for=24h");
	stage.scene.dark = true;
	for (size_t i = 0; i < LEDS; i++)
		assert_string_equal(led(&stage, "BS000001-3.0", i), "#000000");
	assert_int_equal(stage.wait_ms, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_node_is_what_is_seen),
		cmocka_unit_test(a_request_is_seen_for_its_time),
		cmocka_unit_test(the_highest_priority_shows_then_the_newest),
		cmocka_unit_test(a_request_below_the_node_waits),
		cmocka_unit_test(one_user_and_name_is_one_request),
		cmocka_unit_test(requests_are_bounded),
		cmocka_unit_test(users_do_not_hide_what_is_wrong),
		cmocka_unit_test(parts_and_single_sticks_can_be_meant),
		cmocka_unit_test(what_is_covered_wakes_nobody),
		cmocka_unit_test(a_morph_begins_at_what_is_seen),
		cmocka_unit_test(a_steady_look_winks),
		cmocka_unit_test(brightness_caps_everything),
		cmocka_unit_test(dark_is_dark),
	};

	return RUN("blinkstickd: who is seen", tests);
}
