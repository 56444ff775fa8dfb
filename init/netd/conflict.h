/* SPDX-License-Identifier: MIT */
/*
 * What netd does when another host has a link's address, too: a lease that is lost is declined and another asked
 * for, an address of the command line is defended, kept and the conflict told. Whether it is lost says
 * claim.h.
 */
#ifndef NETD_CONFLICT_H
#define NETD_CONFLICT_H

#include "network.h"

/* Claims the link's address while it is in use, so that others' claims to it are heard; else ends that. */
void conflict_watch(struct network *network, struct link *link);

/* There is something to read from the claim: somebody may have the address. */
void conflict_heard(struct network *network, struct link *link);

#endif
