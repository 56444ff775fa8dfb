/* SPDX-License-Identifier: MIT */
/* What resmond is told on its command line, checked. Pure but for messages. */
#ifndef RESMOND_SETTINGS_H
#define RESMOND_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	bool once; /* print the metrics and exit */
	uint16_t port;
	uint8_t memory_pressure; /* percent of time that processes wait for memory; 0: not watched */
	uint8_t temperature; /* degrees Celsius; 0: not watched */
	const char *root; /* where /proc, /sys and /run are looked for */
};

/* The settings when nothing is said. */
extern const struct settings settings_default;

/* Reads argv (from 1 on). False if something is wrong with it; that has been said. */
bool settings_read(struct settings *settings, int argc, char **argv);

#endif
