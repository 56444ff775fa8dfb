/* SPDX-License-Identifier: MIT */
/*
 * The network of the node as netd keeps it. Whatever happens (the kernel reports a link, a DHCP
 * client has news, a child dies, time passes) changes what is known; network_turn() then looks at every
 * link and does what is missing. No step depends on having seen an event, so a lost one costs time,
 * never the network.
 */
#ifndef NETD_NETWORK_H
#define NETD_NETWORK_H

#include "common/notify_client.h"
#include "link.h"
#include "netlink.h"

struct network {
	struct settings settings;
	struct netlink netlink;
	struct netlink_listener listener;
	struct link_table table;
	struct notify notify;
	bool links_known; /* all links there are are in the table */
	struct retry listing; /* when to ask for them again if they are not */
	bool table_was_full; /* and that has been said */
	struct retry vlan_retries[VLAN_COUNT_MAX]; /* of settings.vlans */
	bool ready; /* there was a network */
	bool files_outdated;
	uint64_t metrics_ms; /* when metrics are to be written next; CLOCK_NEVER */
	int static_index; /* the link that has the address of ip=; 0: none */
	uint64_t now_ms; /* set at the start of each turn of the loop */
};

/*
 * Starts with what the command line wants, and opens netlink. `notify_path` is
 * $NOTIFY_SOCKET or NULL. False: netlink cannot be opened, which has been logged.
 */
bool network_open(struct network *network, const char *command_line, const char *notify_path);

/* A DHCP client's message. */
void network_lease_message(struct network *network, const struct lease_message *message);

/* A child has exited. */
void network_child_exited(struct network *network, pid_t pid, int status);

/* Renew all leases; look for missing ones now. */
void network_renew(struct network *network);

/* There is something to read from the kernel. */
void network_kernel_event(struct network *network);

/* Does what is to be done now. Returns when it wants to be called again at the latest; CLOCK_NEVER. */
uint64_t network_turn(struct network *network);

/* Ends the DHCP clients. Addresses stay. */
void network_close(struct network *network);

#endif
