/* SPDX-License-Identifier: MIT */
/*
 * /etc/blinkstick.conf: how the light looks. Pure: text in, structure out. blinkstickd(8) describes the
 * format; a line with an error is reported and passed over, so there is a light whatever the file says.
 */
#ifndef BLINKSTICK_CONFIG_H
#define BLINKSTICK_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "pattern.h"
#include "stick_model.h"

enum {
	CONFIG_FILE_MAX = 4096, /* bytes */
	CONFIG_ERROR_MAX = 160, /* bytes of a message, NUL included */
	CONFIG_HEARTBEAT_LEAST_MS = 1000,
	CONFIG_HEARTBEAT_MOST_MS = 600 * 1000,
};

/* The states of a node that have a look. Dark, when it stops, is not for discussion. */
enum look {
	LOOK_BOOTING,
	LOOK_READY,
	LOOK_DEGRADED,
	LOOK_CRITICAL,
	LOOK_COUNT,
};

struct config {
	struct pattern looks[LOOK_COUNT];
	uint8_t brightness; /* percent of each colour's value, 1 to 100 */
	uint32_t heartbeat_ms; /* how often a steady look winks; 0: never */
	int pro_mode; /* enum stick_mode a Pro shall have; -1: as it is */
	uint8_t pro_leds[STICK_CHANNELS]; /* of each channel of a Pro in mode WS2812 */
};

/* "booting" …; and back, -1 if it is none. */
const char *look_name(enum look look);
int look_parse(const char *name);

void config_default(struct config *config);

/*
 * Reads the file's text over what *config holds; take config_default() first. Each error goes to `report`
 * with its line (from 1; 0: the file as a whole), as printable text that says what was meant. Returns
 * how many there were.
 */
unsigned config_read(struct config *config, const char *text, size_t length,
	void (*report)(unsigned line, const char *message));

#endif
