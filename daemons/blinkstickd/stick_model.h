/* SPDX-License-Identifier: MIT */
/*
 * The kinds of BlinkStick, and the reports they take: what is sent to show colours on one. From the open
 * firmware and clients at github.com/arvydas. Pure.
 *
 * A SET is a control transfer of type 0x20, request 9, a GET one of type 0xA0, request 1; the value is
 * the report's number, the index 0. The payload's first byte is that number again.
 */
#ifndef BLINKSTICK_STICK_MODEL_H
#define BLINKSTICK_STICK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "colour.h"

enum {
	STICK_VENDOR = 0x20a0,
	STICK_PRODUCT = 0x41e5,
	STICK_SET_TYPE = 0x20,
	STICK_SET_REQUEST = 0x09,
	STICK_GET_TYPE = 0xa0,
	STICK_GET_REQUEST = 0x01,

	STICK_REPORT_COLOUR = 1, /* number, R G B */
	STICK_REPORT_MODE = 4, /* number, mode; kept in EEPROM, which wears */
	STICK_REPORT_COUNT = 0x81, /* number, LEDs */
	STICK_GET_MAX = 33, /* bytes that are asked for; answers are shorter */

	STICK_CHANNELS = 3, /* of a Pro; others have one */
	STICK_CHANNEL_LEDS = 64,
	STICK_LEDS_MAX = STICK_CHANNELS * STICK_CHANNEL_LEDS,
	STICK_REPORT_MAX = 2 + 3 * STICK_CHANNEL_LEDS, /* bytes */
	STICK_SERIAL_MAX = 13, /* "BS012345-3.0" and its NUL */
};

enum stick_model {
	STICK_ORIGINAL,
	STICK_PRO,
	STICK_SQUARE,
	STICK_STRIP,
	STICK_NANO,
	STICK_FLEX,
};

enum stick_mode {
	STICK_MODE_RGB, /* a Pro's wires drive plain LEDs */
	STICK_MODE_INVERSE, /* likewise, lit by low voltage */
	STICK_MODE_WS2812, /* a chain of LEDs, each with its colour */
	STICK_MODE_MIRROR, /* such a chain, all with the colour of report 1 */
	STICK_MODE_UNKNOWN, /* not asked yet */
};

/* Which reports a stick is painted with, and of how many LEDs it then seems to be. */
struct stick_layout {
	bool single; /* report 1, one colour */
	uint8_t leds[STICK_CHANNELS]; /* a frame for each channel that has some */
};

struct stick_report {
	uint16_t length;
	uint8_t bytes[STICK_REPORT_MAX]; /* the first is its number */
};

/*
 * Tells the model by serial number and bcdDevice. False if the serial number is not
 * BSnnnnnn-M.m, or no model is known by it: such a device is left alone.
 */
bool stick_model_find(const char *serial, uint16_t version, enum stick_model *model);

const char *stick_model_name(enum stick_model model);

/* Whether it is worth a question: the others have one mode, and a fixed count. */
bool stick_model_has_mode(enum stick_model model);
bool stick_model_has_count(enum stick_model model);

/* What a GET brought: `length` bytes. The mode, or -1; the count (1 to 64), or -1. */
int stick_answer_mode(const uint8_t *bytes, size_t length);
int stick_answer_count(const uint8_t *bytes, size_t length);

/*
 * How to paint it. `mode` may be unknown: then all reports that may be needed are used, which is good
 * for darkness only. `count`: what report 0x81 told, 0 if nothing. `pro_leds` is the configuration's.
 */
struct stick_layout stick_layout(enum stick_model model, enum stick_mode mode, uint8_t count,
	const uint8_t pro_leds[STICK_CHANNELS]);

/* LEDs that are painted: report 1 counts as one. */
size_t stick_layout_leds(const struct stick_layout *layout);

/* The reports of a frame are numbered from 0; how many, and which of the LEDs number `index` shows. */
unsigned stick_layout_reports(const struct stick_layout *layout);
void stick_layout_part(
	const struct stick_layout *layout, unsigned index, size_t *first, size_t *count);

/* Writes report number `index`; `colours` are all of the layout. LEDs beyond its count are dark. */
void stick_layout_encode(const struct stick_layout *layout, unsigned index,
	const struct colour *colours, struct stick_report *report);

#endif
