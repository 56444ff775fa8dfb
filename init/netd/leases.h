/* SPDX-License-Identifier: MIT */
/*
 * The lease of a link, from the day it is given to the day it is gone: what DHCP clients say about it, and
 * what an earlier netd has left. Only remembers and removes; reconcile.c puts leases in force.
 */
#ifndef NETD_LEASES_H
#define NETD_LEASES_H

#include "network.h"

/* How much longer the link's lease holds, in the kernel's terms. */
uint32_t lease_seconds_left(const struct link *link, uint64_t now_ms);

/* Gives the link the address of ip=. */
void lease_give(struct network *network, struct link *link);

/* Takes the lease away, and all of it out of the kernel. */
void lease_drop(struct network *network, struct link *link, const char *why);

/*
 * Takes up the lease that a netd before this one had for the very same link, if it still holds. Returns
 * false if there never was one; true, with or without a lease, if there was.
 */
bool lease_adopt(struct network *network, struct link *link);

/* A DHCP client's message. */
void lease_message_take(struct network *network, const struct lease_message *message);

#endif
