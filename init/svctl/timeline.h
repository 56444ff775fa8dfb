/* SPDX-License-Identifier: MIT */
/*
 * A boot as it went: when the kernel, PID 1 and each service did what, and which chain of needs
 * decided when the node was ready. Pure: lines of PID 1's answer to "boot" in, times out. How it is
 * drawn is in timeline_text.c, timeline_json.c and timeline_svg.c.
 *
 * All times are microseconds since the kernel's start; RECORD_UNKNOWN: it has not happened.
 */
#ifndef SVCTL_TIMELINE_H
#define SVCTL_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "control/record.h"
#include "svctl/text.h"

/* A service. */
struct lane {
	struct times_record times;
	bool critical; /* it is on the critical path */
	bool drawn; /* it was started in this boot, not later */
};

enum link_kind {
	LINK_KERNEL, /* until PID 1 began */
	LINK_MOUNTS, /* until it had set the node up */
	LINK_FILES, /* until it had read the services */
	LINK_NEEDED, /* a service that the next one needs */
	LINK_BEFORE, /* a service that the next one only comes after */
	LINK_LAST, /* the service that was ready last */
	LINK_NODE, /* from there until the node was ready */
};

/* A link of the critical path: it began when the one before ended. */
struct link {
	enum link_kind kind;
	const struct lane *lane; /* NULL if it is no service */
	int64_t from_us, until_us;
};

struct timeline {
	struct node_record node;
	struct boot_record boot;
	struct lane *lanes; /* by name, once timeline_compute() was called */
	size_t count, room;
	char **lines; /* what the records point into, lines_count of them */
	size_t lines_count, lines_room;

	/* By timeline_compute(): */
	const struct lane **order; /* those drawn, in the order of their starts */
	size_t drawn;
	struct link *path; /* from the kernel's start on, without a gap */
	size_t links;
	int64_t end_us; /* the node was ready; else the last thing that is known to have happened */
};

/* An empty one, to be freed. */
void timeline_begin(struct timeline *timeline);

/* Takes a line of the answer (node, boot or times); other lines are passed over. */
void timeline_add_line(struct timeline *timeline, const char *line);

/* Called once, after the last line. */
void timeline_compute(struct timeline *timeline);

void timeline_free(struct timeline *timeline);

/* The service of that name (which need not end behind its `length` bytes), or NULL. */
const struct lane *timeline_find(const struct timeline *timeline, const char *name, size_t length);

/* Takes the next name off a list "a,b"; false at its end. */
bool timeline_next_name(const char **list, const char **name, size_t *length);

/* "kernel", "mounts", "service files", "node ready", or the service's name. */
const char *link_name(const struct link *link);

/* True if it has not ended: its service is not ready, and has a state that says what it is. */
bool link_open(const struct link *link);

/* True if the node was ready, so that the path is what decided when. */
bool timeline_ready(const struct timeline *timeline);

/* Adds µs as ms with one decimal: "331.2"; "-" for RECORD_UNKNOWN. */
void timeline_add_ms(struct text *out, int64_t us);

/* Adds a whole drawing. `width`: columns for lines with bars, or 0 for none. */
void timeline_write_text(
	struct text *out, const struct timeline *timeline, size_t width, bool coloured);
void timeline_write_json(struct text *out, const struct timeline *timeline);
void timeline_write_svg(struct text *out, const struct timeline *timeline);

#endif
