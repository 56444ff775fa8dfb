/* SPDX-License-Identifier: MIT */
/* Priorities; see scene.h. */
#include "scene.h"

#include <stdio.h>
#include <string.h>

static const struct colour dark;

uint8_t scene_priority(enum look look)
{
	static const uint8_t priorities[LOOK_COUNT] = {
		[LOOK_BOOTING] = SCENE_PRIORITY_BOOTING,
		[LOOK_READY] = SCENE_PRIORITY_READY,
		[LOOK_DEGRADED] = SCENE_PRIORITY_DEGRADED,
		[LOOK_CRITICAL] = SCENE_PRIORITY_CRITICAL,
	};

	return priorities[look];
}

void scene_begin(struct scene *scene, const struct config *config, uint64_t now_ms)
{
	*scene = (struct scene){ .config = config, .look = LOOK_BOOTING, .look_since_ms = now_ms };
}

void scene_look(struct scene *scene, enum look look, uint64_t now_ms)
{
	if (look == scene->look)
		return;
	scene->look = look;
	scene->look_since_ms = now_ms;
}

static void sooner(uint32_t *wait_ms, uint64_t ms)
{
	if (ms < *wait_ms)
		*wait_ms = (uint32_t)ms;
}

static void expire(struct scene *scene, uint64_t now_ms)
{
	for (size_t i = 0; i < SCENE_REQUESTS_MAX; i++)
		if (scene->requests[i].until_ms <= now_ms)
			scene->requests[i].until_ms = 0;
}

/* The node's look: if it is steady, a wink tells that somebody is alive. */
static struct colour look_colour(
	const struct scene *scene, enum look look, uint64_t elapsed_ms, uint32_t *wait_ms)
{
	const struct pattern *pattern = &scene->config->looks[look];
	uint32_t every_ms = scene->config->heartbeat_ms;
	struct colour colour = pattern_colour(pattern, elapsed_ms, wait_ms);
	uint32_t phase_ms;

	if (pattern->kind != PATTERN_STEADY || every_ms == 0)
		return colour;
	phase_ms = (uint32_t)(elapsed_ms % every_ms);
	if (phase_ms < every_ms - SCENE_WINK_MS) {
		sooner(wait_ms, every_ms - SCENE_WINK_MS - phase_ms);
		return colour;
	}
	sooner(wait_ms, every_ms - phase_ms);
	return dark;
}

static struct colour request_colour(const struct scene *scene, const struct scene_request *held,
	uint64_t now_ms, uint32_t *wait_ms)
{
	uint64_t elapsed_ms = now_ms - held->since_ms;

	if (held->request.verb == REQUEST_SHOW)
		return look_colour(scene, held->request.look, elapsed_ms, wait_ms);
	return pattern_colour(&held->request.pattern, elapsed_ms, wait_ms);
}

static bool concerns(const struct request *request, const char *serial)
{
	return request->stick[0] == '\0' || strcmp(request->stick, serial) == 0;
}

/* Of two requests the one that shows. */
static bool above(const struct scene_request *one, const struct scene_request *other)
{
	if (one->request.priority != other->request.priority)
		return one->request.priority > other->request.priority;
	return one->number > other->number;
}

/* The requests that matter to this stick, the one that shows last: each covers those before it. */
static size_t sort(const struct scene *scene, const char *serial,
	const struct scene_request *sorted[SCENE_REQUESTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < SCENE_REQUESTS_MAX; i++) {
		const struct scene_request *held = &scene->requests[i];
		size_t place = count;

		if (held->until_ms == 0 || !concerns(&held->request, serial) ||
			held->request.priority < scene_priority(scene->look))
			continue;
		for (; place > 0 && above(sorted[place - 1], held); place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = held;
		count++;
	}
	return count;
}

static void fill(struct colour *leds, size_t count, size_t first, size_t last, struct colour colour)
{
	for (size_t i = first; i < count && i <= last; i++)
		leds[i] = colour;
}

/* As scene_paint(), without the brightness cap. */
static uint32_t paint(
	struct scene *scene, const char *serial, struct colour *leds, size_t count, uint64_t now_ms)
{
	const struct scene_request *sorted[SCENE_REQUESTS_MAX];
	uint32_t wait_ms = UINT32_MAX;
	size_t requests;

	if (scene->dark) {
		fill(leds, count, 0, SIZE_MAX, dark);
		return wait_ms;
	}
	expire(scene, now_ms);
	fill(leds, count, 0, SIZE_MAX,
		look_colour(scene, scene->look, now_ms - scene->look_since_ms, &wait_ms));
	requests = sort(scene, serial, sorted);
	for (size_t i = 0; i < requests; i++) {
		uint32_t stays_ms;
		struct colour colour = request_colour(scene, sorted[i], now_ms, &stays_ms);

		/* What covers every LED makes what is below it not matter. */
		if (sorted[i]->request.first_led == 0 && sorted[i]->request.last_led >= count - 1)
			wait_ms = UINT32_MAX;
		fill(leds, count, sorted[i]->request.first_led, sorted[i]->request.last_led,
			colour);
		sooner(&wait_ms, stays_ms);
		sooner(&wait_ms, sorted[i]->until_ms - now_ms);
	}
	return wait_ms;
}

uint32_t scene_paint(
	struct scene *scene, const char *serial, struct colour *leds, size_t count, uint64_t now_ms)
{
	uint32_t wait_ms = paint(scene, serial, leds, count, now_ms);

	for (size_t i = 0; i < count; i++)
		leds[i] = colour_between(dark, leds[i], scene->config->brightness, 100);
	return wait_ms;
}

/* Where a request goes: the place of the one it replaces, else a free one. NULL: there is none. */
static struct scene_request *place_for(struct scene *scene, const char *name, uid_t uid)
{
	struct scene_request *free_place = NULL;
	unsigned of_user = 0;

	for (size_t i = 0; i < SCENE_REQUESTS_MAX; i++) {
		struct scene_request *held = &scene->requests[i];

		if (held->until_ms == 0)
			free_place = held;
		else if (held->uid == uid && strcmp(held->request.name, name) == 0)
			return held;
		else if (held->uid == uid)
			of_user++;
	}
	if (uid >= SCENE_SYSTEM_UIDS && of_user >= SCENE_REQUESTS_USER)
		return NULL;
	return free_place;
}

/* A morph begins at what the LEDs it is about show: the first of them stands for all. */
static struct colour present(struct scene *scene, const struct request *request, uint64_t now_ms)
{
	struct colour leds[STICK_LEDS_MAX];

	paint(scene, request->stick, leds, STICK_LEDS_MAX, now_ms);
	return leds[request->first_led];
}

bool scene_take(
	struct scene *scene, const struct request *request, uid_t uid, uint64_t now_ms, char *why)
{
	struct scene_request *place;
	struct colour from = dark;

	expire(scene, now_ms);
	if (request->verb == REQUEST_MORPH)
		from = present(scene, request, now_ms);
	place = place_for(scene, request->name, uid);
	if (request->verb == REQUEST_RELEASE) {
		if (place)
			place->until_ms = 0;
		return true;
	}
	if (!place) {
		snprintf(why, REQUEST_WHY_MAX, "there are too many requests already");
		return false;
	}
	*place = (struct scene_request){
		.request = *request,
		.uid = uid,
		.since_ms = now_ms,
		.until_ms = now_ms + request->for_ms,
		.number = ++scene->number,
	};
	place->request.pattern.from = from;
	if (uid >= SCENE_SYSTEM_UIDS && request->priority > SCENE_PRIORITY_USER)
		place->request.priority = SCENE_PRIORITY_USER;
	return true;
}
