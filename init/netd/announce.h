/* SPDX-License-Identifier: MIT */
/* What the rest of the node gets to know of the network: its own name, files.h, and PID 1's status. */
#ifndef NETD_ANNOUNCE_H
#define NETD_ANNOUNCE_H

#include "network.h"

/* Sets the host name: ip= says it, or else the first lease that has one; never against hostname=. */
void announce_hostname(const struct network *network);

/* Tells whatever has changed. The files are there before anyone hears that the network is. */
void announce(struct network *network);

#endif
