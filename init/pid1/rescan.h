/* SPDX-License-Identifier: MIT */
/*
 * Reading /etc/svc again while the node runs. What did not change is not touched, not even for a moment;
 * what changed or vanished is stopped as its old file says, then the new set takes the place of the old one.
 */
#ifndef PID1_RESCAN_H
#define PID1_RESCAN_H

#include "supervisor.h"

enum { RESCAN_GONE = 0xffff }; /* in supervisor->moved: this service is not there any more */

/*
 * Reads `directory` and asks what must stop to do so. Returns 0, or -errno with nothing changed. A
 * second call before the first has taken effect takes its place.
 */
int rescan_begin(struct supervisor *supervisor, const char *directory);

/*
 * Changes over once all that must stop has stopped. Once a turn. Returns true when it did: then indexes
 * have changed, and supervisor->moved, with an element for each service there was, tells each one's
 * new index or RESCAN_GONE.
 */
bool rescan_turn(struct supervisor *supervisor);

#endif
