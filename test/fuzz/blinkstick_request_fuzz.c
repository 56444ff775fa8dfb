/* SPDX-License-Identifier: MIT */
/*
 * What strangers ask of the light: for each datagram a byte for the time that passes, one for its sender, and a
 * line. Whatever is asked, what is read is within its limits, a refusal is printable, a user keeps to his
 * share, and the light can be painted.
 */
#include <stdlib.h>
#include <string.h>

#include "blinkstickd/scene.h"
#include "fuzz.h"

static bool is_word(const char *text)
{
	return strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._") ==
	       strlen(text);
}

static void look_at_request(const struct request *request)
{
	expect(request->verb < REQUEST_VERBS && request_verb_name(request->verb));
	expect(request->look < LOOK_COUNT);
	expect(request->for_ms > 0 && request->for_ms <= REQUEST_FOR_MOST_MS);
	expect(request->priority <= REQUEST_PRIORITY_MOST);
	expect(request->first_led <= request->last_led);
	expect(memchr(request->stick, '\0', sizeof(request->stick)) && is_word(request->stick));
	expect(memchr(request->name, '\0', sizeof(request->name)) && is_word(request->name));
	expect(request->pattern.period_ms >= PATTERN_PERIOD_LEAST_MS &&
		request->pattern.period_ms <= PATTERN_PERIOD_MOST_MS);
}

static void look_at_scene(struct scene *scene, uint64_t now_ms)
{
	/* No LED to spare behind them. */
	static const size_t counts[] = { 1, 8, STICK_LEDS_MAX };
	size_t of_users = 0;

	for (size_t i = 0; i < COUNT(counts); i++) {
		struct colour *leds = calloc(counts[i], sizeof(*leds));

		expect(leds);
		expect(scene_paint(scene, "BS000001-3.0", leds, counts[i], now_ms) > 0);
		free(leds);
	}
	for (size_t i = 0; i < SCENE_REQUESTS_MAX; i++) {
		const struct scene_request *held = &scene->requests[i];

		if (held->until_ms <= now_ms || held->uid < SCENE_SYSTEM_UIDS)
			continue;
		expect(held->request.priority <= SCENE_PRIORITY_USER);
		of_users++;
	}
	/* There is one such user here. */
	expect(of_users <= SCENE_REQUESTS_USER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct config config;
	struct scene scene;
	uint64_t now_ms = 1;

	config_default(&config);
	memset(&scene, 0, sizeof(scene));
	scene_begin(&scene, &config, now_ms);
	while (input.size > 0) {
		uint8_t time = fuzz_byte(&input), sender = fuzz_byte(&input);
		char *text = fuzz_line(&input);
		char why[REQUEST_WHY_MAX] = "";
		struct request request;

		if (!text)
			break;
		now_ms += (uint64_t)time * time;
		scene_look(&scene, (enum look)(sender % LOOK_COUNT), now_ms);
		if (strlen(text) > REQUEST_TEXT_MAX)
			text[REQUEST_TEXT_MAX] = '\0';
		if (request_parse(&request, text, why)) {
			look_at_request(&request);
			if (request.verb != REQUEST_LIST)
				(void)scene_take(&scene, &request, sender & 0x80 ? 65534 : sender,
					now_ms, why);
		} else {
			expect(*why);
		}
		expect(strlen(why) < REQUEST_WHY_MAX && fuzz_printable(why));
		look_at_scene(&scene, now_ms);
		free(text);
	}
	return 0;
}
