/* SPDX-License-Identifier: MIT */
/*
 * Reading /etc/svc again while the node runs. A service whose file did not change is not touched, not even for
 * a moment; one whose file was changed or removed is stopped as its old file says, and then the new set
 * replaces the old one.
 */
#ifndef PID1_RESCAN_H
#define PID1_RESCAN_H

#include "supervisor.h"

enum { RESCAN_GONE = 0xffff }; /* in supervisor->moved: this service is not there any more */

/*
 * Reads `directory` and asks the services that must stop to do so. Returns 0, or -errno with nothing
 * changed. A second call before the first has taken effect replaces it.
 */
int rescan_begin(struct supervisor *supervisor, const char *directory);

/*
 * Changes over once all that must stop has stopped. Once per turn. Returns true if it did: then indexes
 * have changed, and supervisor->moved, with an element for each old service, holds its new index or
 * RESCAN_GONE.
 */
bool rescan_turn(struct supervisor *supervisor);

#endif
