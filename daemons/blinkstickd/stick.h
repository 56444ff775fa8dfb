/* SPDX-License-Identifier: MIT */
/*
 * The life of one stick: opened, made dark, asked what it is, painted; on an error closed and opened
 * again, at once the first time, later and later after that. Pure: it says what is to be done next and is
 * told what came of it; sticks.h does it.
 */
#ifndef BLINKSTICK_STICK_H
#define BLINKSTICK_STICK_H

#include "basics/clock.h"
#include "scene.h"
#include "stick_model.h"

enum {
	STICK_PAUSE_MS = 3, /* between two reports: they take 2, and a clock in ms may be 1 off */
	STICK_FRAME_MS = PATTERN_FRAME_MS, /* between two frames */
	STICK_RETRY_FIRST_MS = 1000, /* after the second error in a row */
	STICK_RETRY_LONGEST_MS = 60 * 1000,
	STICK_WELL_MS = 10 * 1000, /* without an error for so long, the next one is a first one */
};

enum stick_phase {
	STICK_AWAY, /* not open; due at retry.at_ms */
	STICK_OPENING,
	STICK_DARKENING, /* the first thing that is done to it */
	STICK_ASKING_MODE,
	STICK_SETTING_MODE,
	STICK_ASKING_COUNT,
	STICK_PAINTING,
};

enum stick_step {
	STICK_WAIT, /* nothing to do before the time that is told */
	STICK_OPEN, /* open it: then stick_opened() or stick_failed() */
	STICK_GET, /* ask for stick->report.bytes[0]: then stick_answered() or stick_failed() */
	STICK_SET, /* send stick->report: then stick_sent() or stick_failed() */
};

struct stick {
	char serial[STICK_SERIAL_MAX];
	enum stick_model model;
	enum stick_phase phase;
	bool busy; /* a step is being done */
	enum stick_mode mode;
	uint8_t count; /* of LEDs as it tells; 0: it does not */
	bool mode_written; /* once is enough, whatever the stick then says */
	struct stick_layout layout;
	struct stick_report report;
	unsigned next_report; /* of the frame */
	unsigned reports; /* of the frame */
	bool shown_known; /* false: every report is to be sent */
	uint64_t look_ms; /* when there may be something new to show */
	uint64_t pause_ms; /* not before, whatever there is */

	struct retry retry;
	uint64_t failed_ms; /* the last time; CLOCK_NEVER: it never did */
	bool trouble_told;
	unsigned errors;
	unsigned frames; /* sent in whole or part */

	struct colour wanted[STICK_LEDS_MAX];
	struct colour shown[STICK_LEDS_MAX];
};

/* One that has just been found. */
void stick_begin(struct stick *stick, const char *serial, enum stick_model model);

/*
 * What to do now. After anything but STICK_WAIT the stick is busy until one of the calls below. *until_ms
 * is when to ask again at the latest, CLOCK_NEVER: when something has happened.
 */
enum stick_step stick_next(
	struct stick *stick, struct scene *scene, uint64_t now_ms, uint64_t *until_ms);

void stick_opened(struct stick *stick, uint64_t now_ms);
void stick_sent(struct stick *stick, uint64_t now_ms);

/* `length` 0: it refused (STALL), which for a question is an answer as well. */
void stick_answered(struct stick *stick, const struct scene *scene, const uint8_t *bytes,
	size_t length, uint64_t now_ms);

/*
 * The step failed: the stick is to be closed. Returns the delay in ms if people are to be told that it is in
 * trouble, 0 if there is no news.
 */
uint32_t stick_failed(struct stick *stick, uint64_t now_ms);

/*
 * The same where the device is not there: it is most likely being unplugged, and the kernel's word of that is
 * on its way. That is no news before it was waited for.
 */
uint32_t stick_vanished(struct stick *stick, uint64_t now_ms);

/* True once after trouble that was told is over. */
bool stick_well_again(struct stick *stick, uint64_t now_ms);

/* The scene is another: looks at it as soon as its pace allows. */
void stick_look(struct stick *stick);

/* True if it shows darkness, as far as can be told, and no step is being done; or if it cannot be reached. */
bool stick_is_dark(const struct stick *stick);

const char *stick_phase_name(const struct stick *stick);

#endif
