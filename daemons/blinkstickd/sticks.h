/* SPDX-License-Identifier: MIT */
/* All sticks that are plugged in: finds them, opens them, and carries out what stick.h wants done. */
#ifndef BLINKSTICK_STICKS_H
#define BLINKSTICK_STICKS_H

#include "finder.h"
#include "opener.h"
#include "stick.h"
#include "usb.h"

enum { STICKS_MAX = USB_DEVICES_MAX }; /* further ones are left alone, and that is said */

struct owned {
	bool used;
	struct found found;
	struct stick stick;
	struct usb_device *device; /* NULL: not open */
	struct sticks *sticks;
};

struct sticks {
	struct owned owned[STICKS_MAX];
	struct scene *scene;
	struct usb usb;
	int opener;
	uint64_t now_ms; /* of this turn; the caller sets it */
	bool too_many_told;
};

/* Takes the opener's socket over. */
void sticks_begin(struct sticks *sticks, struct scene *scene, int opener);

/* Looks which are there: at the start, and when the kernel says that something came or went. */
void sticks_look_around(struct sticks *sticks);

/* An answer of the opener is there. False: it is gone. */
bool sticks_opener_event(struct sticks *sticks);

/* Does what is due. Returns when to call it again at the latest, CLOCK_NEVER if nothing is to come. */
uint64_t sticks_turn(struct sticks *sticks);

/* The scene has changed. */
void sticks_look(struct sticks *sticks);

/* True if all that can be reached are dark. */
bool sticks_are_dark(const struct sticks *sticks);

/* For people: "2 sticks: BS012345-3.0 (square), …" */
void sticks_status(const struct sticks *sticks, char *text, size_t size);

#endif
