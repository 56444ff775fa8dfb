/* SPDX-License-Identifier: MIT */
/*
 * How far the log of each source has been read, and how far it has been sent. The latter is kept in a
 * file in RAM that is mapped, so that the next logshipd goes on where this one ended, however it did.
 */
#ifndef LOGSHIPD_SOURCES_H
#define LOGSHIPD_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "control/service_name.h"

#define SOURCES_FILE "/var/lib/logship/positions"

enum {
	SOURCES_MAX = 4096 + 1, /* as many services as a node can have, and the kernel */
	SOURCE_KERNEL = 0,
};

/* In the file. */
struct source {
	char name[SERVICE_NAME_MAX + 1]; /* "" behind the last one */
	uint64_t sent; /* position behind what has reached the server */
};

struct sources {
	struct source *table; /* SOURCES_MAX of them */
	uint64_t read[SOURCES_MAX]; /* position behind what has been read */
	bool kept; /* the table is in the file */
};

/*
 * Maps the file at `path`, and takes what is in it if it makes sense. Where that is not possible the
 * table begins empty, and if no file can be had is kept in memory alone; why is logged. False: there
 * is no memory.
 */
bool sources_open(struct sources *sources, const char *path);

/* The number of the source with this name, a new one if there was none. */
uint16_t sources_find(struct sources *sources, const char *name);

#endif
