/* SPDX-License-Identifier: MIT */
/*
 * Makes a link what its lease says. Everything set here carries netd's mark (the protocol of a
 * route, IFA_PROTO of an address), so what an earlier lease, or an earlier netd, left behind is found in
 * the kernel itself and needs no memory; what other people set is never touched.
 *
 * The new address is set before the old one goes, and setting what is there already only
 * renews it, so connections outlive both a change of address and a restart of netd.
 */
#ifndef NETD_APPLY_H
#define NETD_APPLY_H

#include "lease.h"
#include "netlink.h"

enum {
	APPLY_ERROR_MAX = 192, /* bytes of an error's text, NUL included */
	APPLY_METRIC_BASE = 100, /* a route's metric is this plus the index of its link */
};

struct apply_result {
	bool complete; /* all of the lease is in force */
	bool usable; /* the address is, and the default route if there is one */
	char error
		[APPLY_ERROR_MAX]; /* the first thing that failed: "cannot add …: …"; empty if complete */
};

/*
 * Gives the link with this index the lease's address for `seconds`, and its routes, and removes whatever
 * else netd had given it. `leased` tells a DHCP lease from ip= in what the kernel shows.
 */
void apply_lease(struct netlink *netlink, int index, const struct lease *lease, uint32_t seconds,
	bool leased, struct apply_result *result);

/* Removes all netd has given the link. */
void apply_nothing(struct netlink *netlink, int index);

#endif
