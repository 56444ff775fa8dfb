/* SPDX-License-Identifier: MIT */
/*
 * The latest changes of state, for clients that watch. One ring serves all watchers: each keeps the number of
 * the next change it wants, so a slow one costs nothing and learns how many it missed. Pure.
 */
#ifndef PID1_CHANGES_H
#define PID1_CHANGES_H

#include <stdint.h>
#include <sys/types.h>

enum {
	CHANGES_KEPT = 1024,
	CHANGE_OF_NODE = 0xffff, /* the index of a change of the node itself */
};

struct change {
	uint64_t at_us;
	uint16_t index; /* of the service, or CHANGE_OF_NODE */
	uint8_t state; /* enum service_state, or enum node_state */
	pid_t pid; /* 0: none */
};

struct changes {
	uint64_t end; /* number of the next change */
	uint64_t forgotten; /* changes before this number are not told any more */
	struct change kept[CHANGES_KEPT];
};

void changes_add(struct changes *changes, struct change change);

/*
 * From now on, the indexes of services mean something else. A watcher that has not read up to here has
 * missed the rest, and is told so with the next change.
 */
void changes_forget(struct changes *changes);

/*
 * The change with number *next, or NULL at the end. If that one is gone, *next moves to the oldest kept
 * and *lost is set to how many were passed over; else *lost is 0. The caller moves *next on.
 */
const struct change *changes_get(const struct changes *changes, uint64_t *next, uint64_t *lost);

#endif
