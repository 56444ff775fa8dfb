/* SPDX-License-Identifier: MIT */
/* The life of a stick; see stick.h. */
#include "stick.h"

#include <string.h>

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t later(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

void stick_begin(struct stick *stick, const char *serial, enum stick_model model)
{
	memset(stick, 0, sizeof(*stick));
	memcpy(stick->serial, serial, strnlen(serial, sizeof(stick->serial) - 1));
	stick->model = model;
	stick->failed_ms = CLOCK_NEVER;
}

static void lay_out(struct stick *stick, const struct scene *scene)
{
	stick->layout =
		stick_layout(stick->model, stick->mode, stick->count, scene->config->pro_leds);
	stick->next_report = 0;
	stick->reports = stick_layout_reports(&stick->layout);
}

/* The next report of the frame that shows something new; false if there is none. */
static bool next_report(struct stick *stick)
{
	for (; stick->next_report < stick->reports; stick->next_report++) {
		size_t first, count;

		stick_layout_part(&stick->layout, stick->next_report, &first, &count);
		if (!stick->shown_known || memcmp(stick->wanted + first, stick->shown + first,
						   count * sizeof(*stick->shown)) != 0)
			return true;
	}
	return false;
}

/* A new frame: what is to be seen now. */
static void look(struct stick *stick, struct scene *scene, uint64_t now_ms)
{
	uint32_t stays_ms = scene_paint(
		scene, stick->serial, stick->wanted, stick_layout_leds(&stick->layout), now_ms);

	stick->next_report = 0;
	stick->look_ms = stays_ms == UINT32_MAX ? CLOCK_NEVER : now_ms + stays_ms;
}

static enum stick_step ask(struct stick *stick, uint8_t report)
{
	stick->report = (struct stick_report){ .length = STICK_GET_MAX, .bytes = { report } };
	stick->busy = true;
	return STICK_GET;
}

static enum stick_step send(struct stick *stick)
{
	stick_layout_encode(&stick->layout, stick->next_report, stick->wanted, &stick->report);
	stick->busy = true;
	return STICK_SET;
}

/* When an error is no longer held against it. */
static uint64_t well_ms(const struct stick *stick)
{
	return stick->failed_ms + stick->retry.delay_ms + STICK_WELL_MS;
}

/* When there may be something new to show, or to say. */
static uint64_t idle_until_ms(const struct stick *stick)
{
	uint64_t until_ms = later(stick->look_ms, stick->pause_ms);

	return stick->trouble_told ? earlier(until_ms, well_ms(stick)) : until_ms;
}

static enum stick_step paint(
	struct stick *stick, struct scene *scene, uint64_t now_ms, uint64_t *until_ms)
{
	/* A frame that was begun is ended first. */
	if (next_report(stick))
		return send(stick);
	if (now_ms >= stick->look_ms) {
		look(stick, scene, now_ms);
		if (next_report(stick)) {
			stick->frames++;
			return send(stick);
		}
	}
	*until_ms = idle_until_ms(stick);
	return STICK_WAIT;
}

enum stick_step stick_next(
	struct stick *stick, struct scene *scene, uint64_t now_ms, uint64_t *until_ms)
{
	*until_ms = CLOCK_NEVER;
	if (stick->busy)
		return STICK_WAIT;
	if (stick->phase == STICK_AWAY) {
		if (now_ms < stick->retry.at_ms) {
			*until_ms = stick->retry.at_ms;
			return STICK_WAIT;
		}
		stick->phase = STICK_OPENING;
		stick->busy = true;
		return STICK_OPEN;
	}
	if (now_ms < stick->pause_ms) {
		/* Between two frames nobody wakes up to find that the next one is not due yet. */
		*until_ms = stick->phase == STICK_PAINTING && !next_report(stick)
				    ? idle_until_ms(stick)
				    : stick->pause_ms;
		return STICK_WAIT;
	}
	switch (stick->phase) {
	case STICK_DARKENING:
		if (stick->reports == 0)
			lay_out(stick, scene);
		return send(stick);
	case STICK_ASKING_MODE:
		return ask(stick, STICK_REPORT_MODE);
	case STICK_SETTING_MODE:
		stick->report = (struct stick_report){
			.length = 2,
			.bytes = { STICK_REPORT_MODE, (uint8_t)scene->config->pro_mode },
		};
		stick->mode_written = true;
		stick->busy = true;
		return STICK_SET;
	case STICK_ASKING_COUNT:
		return ask(stick, STICK_REPORT_COUNT);
	default:
		if (stick->reports == 0) {
			lay_out(stick, scene);
			stick->next_report = stick->reports; /* no frame is begun yet */
		}
		return paint(stick, scene, now_ms, until_ms);
	}
}

void stick_opened(struct stick *stick, uint64_t now_ms)
{
	stick->phase = STICK_DARKENING;
	stick->busy = false;
	stick->mode = STICK_MODE_UNKNOWN;
	stick->count = 0;
	stick->reports = 0;
	stick->shown_known = false;
	stick->pause_ms = now_ms;
	stick->look_ms = 0;
	memset(stick->wanted, 0, sizeof(stick->wanted));
}

/* All that had to be asked is known. */
static void begin_painting(struct stick *stick)
{
	stick->phase = STICK_PAINTING;
	stick->reports = 0;
	stick->next_report = 0;
	stick->shown_known = false;
	stick->look_ms = 0;
	memset(stick->wanted, 0, sizeof(stick->wanted));
}

static void after_mode(struct stick *stick)
{
	if (stick_model_has_count(stick->model))
		stick->phase = STICK_ASKING_COUNT;
	else
		begin_painting(stick);
}

static void report_shown(struct stick *stick)
{
	size_t first, count;

	stick_layout_part(&stick->layout, stick->next_report, &first, &count);
	memcpy(stick->shown + first, stick->wanted + first, count * sizeof(*stick->shown));
	stick->next_report++;
}

void stick_sent(struct stick *stick, uint64_t now_ms)
{
	stick->busy = false;
	stick->pause_ms = now_ms + STICK_PAUSE_MS;
	if (stick->phase == STICK_SETTING_MODE) {
		stick->mode = (enum stick_mode)stick->report.bytes[1];
		after_mode(stick);
		return;
	}
	report_shown(stick);
	if (stick->phase == STICK_DARKENING) {
		if (stick->next_report < stick->reports)
			return;
		stick->pause_ms = now_ms + STICK_FRAME_MS;
		if (stick_model_has_mode(stick->model))
			stick->phase = STICK_ASKING_MODE;
		else
			begin_painting(stick);
		return;
	}
	if (stick->next_report == stick->reports)
		stick->shown_known = true;
	if (!next_report(stick))
		stick->pause_ms = now_ms + STICK_FRAME_MS;
}

static enum stick_mode factory_mode(enum stick_model model)
{
	return model == STICK_PRO ? STICK_MODE_RGB : STICK_MODE_WS2812;
}

void stick_answered(struct stick *stick, const struct scene *scene, const uint8_t *bytes,
	size_t length, uint64_t now_ms)
{
	int number;

	stick->busy = false;
	stick->pause_ms = later(stick->pause_ms, now_ms + STICK_PAUSE_MS);
	if (stick->phase == STICK_ASKING_COUNT) {
		number = stick_answer_count(bytes, length);
		stick->count = number < 0 ? 0 : (uint8_t)number;
		begin_painting(stick);
		return;
	}
	number = stick_answer_mode(bytes, length);
	stick->mode = number < 0 ? factory_mode(stick->model) : (enum stick_mode)number;
	if (number >= 0 && stick->model == STICK_PRO && scene->config->pro_mode >= 0 &&
		scene->config->pro_mode != number && !stick->mode_written)
		stick->phase = STICK_SETTING_MODE;
	else
		after_mode(stick);
}

uint32_t stick_failed(struct stick *stick, uint64_t now_ms)
{
	bool first = stick->failed_ms == CLOCK_NEVER || now_ms >= well_ms(stick);
	uint32_t delay_ms;

	stick->phase = STICK_AWAY;
	stick->busy = false;
	stick->errors++;
	stick->failed_ms = now_ms;
	if (first) {
		stick->retry = (struct retry){ .at_ms = now_ms };
		return 0;
	}
	delay_ms = retry_later(&stick->retry, now_ms, STICK_RETRY_FIRST_MS, STICK_RETRY_LONGEST_MS);
	if (stick->trouble_told)
		return 0;
	stick->trouble_told = true;
	return delay_ms;
}

uint32_t stick_vanished(struct stick *stick, uint64_t now_ms)
{
	bool first = stick->failed_ms == CLOCK_NEVER || now_ms >= well_ms(stick);

	if (first || stick->retry.delay_ms > 0)
		return stick_failed(stick, now_ms);
	stick->phase = STICK_AWAY;
	stick->busy = false;
	stick->errors++;
	stick->failed_ms = now_ms;
	retry_later(&stick->retry, now_ms, STICK_RETRY_FIRST_MS, STICK_RETRY_LONGEST_MS);
	return 0;
}

bool stick_well_again(struct stick *stick, uint64_t now_ms)
{
	if (!stick->trouble_told || stick->phase != STICK_PAINTING || now_ms < well_ms(stick))
		return false;
	stick->trouble_told = false;
	return true;
}

void stick_look(struct stick *stick)
{
	stick->look_ms = 0;
}

bool stick_is_dark(const struct stick *stick)
{
	static const struct colour dark[STICK_LEDS_MAX];

	if (stick->phase == STICK_AWAY && stick->retry.delay_ms > 0)
		return true;
	/* What is still to be looked at, or on its way, may light it. */
	if (stick->busy || stick->phase != STICK_PAINTING || stick->look_ms != CLOCK_NEVER)
		return false;
	return stick->shown_known &&
	       memcmp(stick->shown, dark, stick_layout_leds(&stick->layout) * sizeof(*dark)) == 0;
}

const char *stick_phase_name(const struct stick *stick)
{
	switch (stick->phase) {
	case STICK_AWAY:
		return "in trouble";
	case STICK_PAINTING:
		return "shown";
	default:
		return "beginning";
	}
}
