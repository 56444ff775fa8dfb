/* SPDX-License-Identifier: MIT */
/* The network of the node: all that netd knows of it. reconcile.h keeps it as it should be. */
#ifndef NETD_NETWORK_H
#define NETD_NETWORK_H

#include "control/notify_client.h"
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

#endif
