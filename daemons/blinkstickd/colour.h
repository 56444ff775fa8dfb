/* SPDX-License-Identifier: MIT */
/* Colours, and how people write them. Pure. */
#ifndef BLINKSTICK_COLOUR_H
#define BLINKSTICK_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

struct colour {
	uint8_t red, green, blue;
};

enum { COLOUR_TEXT_MAX = 8 }; /* bytes of "#rrggbb", NUL included */

/* #rrggbb, #rgb, or a name: red, amber, off … in either case. False on anything else. */
bool colour_parse(const char *text, struct colour *colour);

/* "#rrggbb". Returns text. */
char *colour_format(char text[COLOUR_TEXT_MAX], struct colour colour);

/* The name at `index`, for a list of them; NULL behind the last. */
const char *colour_name(unsigned index);

/* The way from one to the other: part of whole, which is not 0. All of it is `to`. */
struct colour colour_between(struct colour from, struct colour to, uint32_t part, uint32_t whole);

bool colour_same(struct colour one, struct colour other);

#endif
