/* SPDX-License-Identifier: MIT */
/*
 * Keeps the network as it should be. Whatever happens (the kernel reports a link, a DHCP client has news, a child
 * dies, time passes) changes what is known; network_turn() then looks at every link and does what is missing. No
 * step depends on having seen an event, so a lost one costs time, never the network.
 */
#ifndef NETD_RECONCILE_H
#define NETD_RECONCILE_H

#include "network.h"

/*
 * Starts with what the command line wants, and opens netlink. `notify_path` is
 * $NOTIFY_SOCKET or NULL. False: netlink cannot be opened, which has been logged.
 */
bool network_open(struct network *network, const char *command_line, const char *notify_path);

/* A child has exited. */
void network_child_exited(struct network *network, pid_t pid, int status);

/* Renew all leases; look for missing ones now. */
void network_renew(struct network *network);

/* Does what is to be done now. Returns when it wants to be called again at the latest; CLOCK_NEVER. */
uint64_t network_turn(struct network *network);

/* Ends the DHCP clients. Addresses stay. */
void network_close(struct network *network);

#endif
