/* SPDX-License-Identifier: MIT */
/* What standard output is, and which colours suit a state. */
#ifndef SVCTL_TERMINAL_H
#define SVCTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
	bool present; /* standard output is a terminal */
	bool coloured; /* … and colours are wanted: no NO_COLOR, TERM is not dumb */
	size_t width; /* columns; 0: unknown or no terminal, nothing is to be cut */
};

void terminal_look(struct terminal *terminal);

#define TERMINAL_PLAIN "\033[0m"

/*
 * The escape sequence for a service's or node's state as PID 1 writes it; NULL: no colour, also
 * for words it does not know. Ends with TERMINAL_PLAIN.
 */
const char *terminal_service_colour(const char *state);
const char *terminal_node_colour(const char *state);

#endif
