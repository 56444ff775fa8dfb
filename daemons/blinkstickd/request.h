/* SPDX-License-Identifier: MIT */
/*
 * What others ask of the light: one line of text a datagram, "VERB key=value …". Pure.
 *
 *   set     colour= [for= priority= stick= leds= name=]
 *   blink   colour= [period= …]        pulse   colour= [period= …]
 *   morph   colour= [period= …]        from what is shown when it comes
 *   show    look= [for= …]             a look of the configuration: critical, say
 *   off     [for= …]                   darkness
 *   release [name=]                    takes back what was asked for under that name
 *   list                               what there is: see blinkstickd(8)
 *
 * blinkstickd(8) tells users the same.
 */
#ifndef BLINKSTICK_REQUEST_H
#define BLINKSTICK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "pattern.h"
#include "stick_model.h"

#define REQUEST_SOCKET "/run/blinkstick.sock"

enum {
	REQUEST_TEXT_MAX = 256, /* bytes of a datagram; a longer one is refused */
	REQUEST_ANSWER_MAX = 4096, /* bytes of an answer */
	REQUEST_WHY_MAX = 128, /* bytes of a refusal's text, NUL included */
	REQUEST_NAME_MAX = 16, /* bytes of a name, NUL included */
	REQUEST_PRIORITY_MOST = 99,
	REQUEST_PRIORITY = 50, /* unless it says so */
	REQUEST_FOR_MS = 10 * 1000, /* likewise */
	REQUEST_FOR_MOST_MS = 24 * 60 * 60 * 1000,
	REQUEST_PERIOD_MS = 1000, /* likewise */
};

enum request_verb {
	REQUEST_SET,
	REQUEST_BLINK,
	REQUEST_PULSE,
	REQUEST_MORPH,
	REQUEST_SHOW,
	REQUEST_OFF,
	REQUEST_RELEASE,
	REQUEST_LIST,
	REQUEST_VERBS,
};

struct request {
	enum request_verb verb;
	struct pattern
		pattern; /* what is to be seen, but for a morph's `from` and for REQUEST_SHOW */
	enum look look; /* REQUEST_SHOW only */
	uint32_t for_ms;
	uint8_t priority;
	char stick[STICK_SERIAL_MAX]; /* "": all of them */
	uint8_t first_led, last_led; /* of each stick, from 0 */
	char name[REQUEST_NAME_MAX]; /* "" if none is given, which is a name as well */
};

/*
 * Reads a request; `text` is NUL-terminated and taken apart. False: why[REQUEST_WHY_MAX] says in
 * printable words what is wrong.
 */
bool request_parse(struct request *request, char *text, char *why);

const char *request_verb_name(enum request_verb verb);

#endif
