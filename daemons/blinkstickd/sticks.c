/* SPDX-License-Identifier: MIT */
/* All sticks; see sticks.h. */
#include "sticks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basics/log.h"

/* A stick failed in what it was doing: closed, and told if that is news. */
static void fail(struct owned *owned, const char *doing, const char *why, bool vanished)
{
	uint64_t now_ms = owned->sticks->now_ms;
	uint32_t delay_ms = vanished ? stick_vanished(&owned->stick, now_ms)
				     : stick_failed(&owned->stick, now_ms);

	if (owned->device)
		usb_release(owned->device);
	owned->device = NULL;
	if (delay_ms > 0)
		log_line(owned->stick.serial,
			"cannot %s: %s, again after it was opened anew; trying again in %u ms, and "
			"later and later",
			doing, why, delay_ms);
}

static const char *doing(const struct stick *stick)
{
	switch (stick->phase) {
	case STICK_DARKENING:
		return "make it dark";
	case STICK_ASKING_MODE:
		return "ask for its mode";
	case STICK_SETTING_MODE:
		return "set its mode";
	case STICK_ASKING_COUNT:
		return "ask for its number of LEDs";
	default:
		return "show colours on it";
	}
}

static void transfer_done(
	void *context, enum usb_result result, const uint8_t *bytes, size_t length)
{
	struct owned *owned = context;
	struct stick *stick = &owned->stick;
	bool asking = stick->phase == STICK_ASKING_MODE || stick->phase == STICK_ASKING_COUNT;

	owned->sticks->now_ms = clock_now_ms();
	if (asking && (result == USB_DONE || result == USB_STALLED))
		stick_answered(stick, owned->sticks->scene, bytes, result == USB_DONE ? length : 0,
			owned->sticks->now_ms);
	else if (result == USB_DONE)
		stick_sent(stick, owned->sticks->now_ms);
	else
		fail(owned, doing(stick), usb_result_text(result), result == USB_GONE);
}

void sticks_begin(struct sticks *sticks, struct scene *scene, int opener)
{
	memset(sticks, 0, sizeof(*sticks));
	sticks->scene = scene;
	sticks->opener = opener;
	sticks->usb.done = transfer_done;
}

static void forget(struct owned *owned)
{
	log_line(owned->stick.serial, "gone");
	if (owned->device)
		usb_release(owned->device);
	memset(owned, 0, sizeof(*owned));
}

static void welcome(struct sticks *sticks, const struct found *found)
{
	for (size_t i = 0; i < STICKS_MAX; i++) {
		struct owned *owned = &sticks->owned[i];

		if (owned->used)
			continue;
		owned->used = true;
		owned->found = *found;
		owned->sticks = sticks;
		stick_begin(&owned->stick, found->serial, found->model);
		log_line(found->serial, "found at %s: a BlinkStick %s", found->port,
			stick_model_name(found->model));
		return;
	}
	if (!sticks->too_many_told)
		log_line(found->serial, "found at %s, but there are %d sticks; leaving it alone",
			found->port, STICKS_MAX);
	sticks->too_many_told = true;
}

static void stranger(const char *port, const char *why)
{
	log_line(port, "calls itself a BlinkStick, but %s; leaving it alone", why);
}

/* The very same, plugged in all the time. */
static bool same(const struct found *one, const struct found *other)
{
	return strcmp(one->serial, other->serial) == 0 && strcmp(one->port, other->port) == 0 &&
	       one->bus == other->bus && one->device == other->device;
}

/* It may be back elsewhere, or with another number after a reset of the bus. */
static bool is_again(const struct owned *owned, const struct found *found)
{
	return owned->stick.phase == STICK_AWAY && !owned->stick.busy && owned->stick.errors > 0 &&
	       strcmp(owned->stick.serial, found->serial) == 0;
}

void sticks_look_around(struct sticks *sticks)
{
	/* One more than can be had, to say so. */
	struct found found[STICKS_MAX + 1];
	bool taken[STICKS_MAX + 1] = { false };
	size_t count = finder_look(FINDER_DEVICES, found, STICKS_MAX + 1, stranger);

	for (size_t i = 0; i < STICKS_MAX; i++) {
		struct owned *owned = &sticks->owned[i];
		bool there = false;

		for (size_t f = 0; owned->used && f < count && !there; f++) {
			if (!taken[f] && same(&owned->found, &found[f]))
				there = taken[f] = true;
		}
		for (size_t f = 0; owned->used && f < count && !there; f++) {
			if (!taken[f] && is_again(owned, &found[f])) {
				there = taken[f] = true;
				owned->found = found[f];
			}
		}
		if (owned->used && !there)
			forget(owned);
	}
	for (size_t f = 0; f < count; f++)
		if (!taken[f])
			welcome(sticks, &found[f]);
}

static void open_stick(struct owned *owned)
{
	struct sticks *sticks = owned->sticks;
	struct opener_request request = {
		.slot = (uint8_t)(owned - sticks->owned),
		.bus = owned->found.bus,
		.device = owned->found.device,
	};

	if (!opener_ask(sticks->opener, &request))
		fail(owned, "open it", "the process that opens sticks does not listen", false);
}

bool sticks_opener_event(struct sticks *sticks)
{
	struct opener_answer answer;
	int fd, result;

	while ((result = opener_receive(sticks->opener, &answer, &fd)) > 0) {
		struct owned *owned = &sticks->owned[answer.request.slot % STICKS_MAX];
		const char *why = NULL;

		/* It may have been unplugged meanwhile, and another be there. */
		if (!owned->used || owned->stick.phase != STICK_OPENING ||
			owned->found.bus != answer.request.bus ||
			owned->found.device != answer.request.device) {
			if (fd >= 0)
				close(fd);
			continue;
		}
		if (answer.error)
			why = strerror(answer.error);
		else
			owned->device = usb_adopt(&sticks->usb, fd, owned, &why);
		sticks->now_ms = clock_now_ms();
		if (owned->device)
			stick_opened(&owned->stick, sticks->now_ms);
		else
			fail(owned, "open it", why,
				answer.error == ENOENT || answer.error == ENODEV);
	}
	return result == 0;
}

/* Carries out one step. True: there may be another at once. */
static bool step(struct owned *owned, uint64_t *until_ms)
{
	struct sticks *sticks = owned->sticks;
	struct stick *stick = &owned->stick;
	bool begun = true;

	switch (stick_next(stick, sticks->scene, sticks->now_ms, until_ms)) {
	case STICK_OPEN:
		open_stick(owned);
		return true;
	case STICK_GET:
		begun = usb_get(owned->device, stick->report.bytes[0]);
		break;
	case STICK_SET:
		begun = usb_set(owned->device, &stick->report);
		break;
	default:
		return false;
	}
	if (!begun)
		fail(owned, doing(stick), "the transfer cannot be begun", false);
	return true;
}

uint64_t sticks_turn(struct sticks *sticks)
{
	uint64_t until_ms = CLOCK_NEVER;
	bool find_again = false;

	for (size_t i = 0; i < STICKS_MAX; i++) {
		struct owned *owned = &sticks->owned[i];

		/* About to be tried again: where it is now may be another place. */
		find_again |= owned->used && owned->stick.phase == STICK_AWAY &&
			      owned->stick.errors > 0 && sticks->now_ms >= owned->stick.retry.at_ms;
	}
	if (find_again)
		sticks_look_around(sticks);
	for (size_t i = 0; i < STICKS_MAX; i++) {
		struct owned *owned = &sticks->owned[i];
		uint64_t stick_until_ms = CLOCK_NEVER;

		if (!owned->used)
			continue;
		if (stick_well_again(&owned->stick, sticks->now_ms))
			log_line(owned->stick.serial, "well again");
		while (step(owned, &stick_until_ms))
			;
		if (stick_until_ms < until_ms)
			until_ms = stick_until_ms;
	}
	return until_ms;
}

void sticks_look(struct sticks *sticks)
{
	for (size_t i = 0; i < STICKS_MAX; i++)
		stick_look(&sticks->owned[i].stick);
}

bool sticks_are_dark(const struct sticks *sticks)
{
	for (size_t i = 0; i < STICKS_MAX; i++)
		if (sticks->owned[i].used && !stick_is_dark(&sticks->owned[i].stick))
			return false;
	return true;
}

void sticks_status(const struct sticks *sticks, char *text, size_t size)
{
	size_t count = 0, used = 0;

	for (size_t i = 0; i < STICKS_MAX; i++)
		count += sticks->owned[i].used;
	if (count == 0) {
		snprintf(text, size, "no BlinkStick");
		return;
	}
	for (size_t i = 0; i < STICKS_MAX && used < size; i++) {
		const struct stick *stick = &sticks->owned[i].stick;

		if (!sticks->owned[i].used)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s (%s%s)", used ? ", " : "",
			stick->serial, stick_model_name(stick->model),
			stick->trouble_told ? ", in trouble" : "");
	}
}
