/* SPDX-License-Identifier: MIT */
/*
 * The IPv6 addresses of a link, which the kernel makes itself from what routers say (SLAAC, RFC 4862). netd
 * only watches: whether there are any, and whether one was found to be another host's. Pure.
 */
#ifndef NETD_ADDRESS6_H
#define NETD_ADDRESS6_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS6_MAX = 4 }; /* that are remembered; the kernel may have more */

struct address6 {
	struct in6_addr address;
	uint8_t prefix;
};

/* Of one link; zeros: none. */
struct address6_list {
	struct address6 addresses[ADDRESS6_MAX]; /* of more than the link, and in use */
	size_t count;
};

/* As the kernel reports it. */
struct address6_report {
	int index; /* of the link */
	struct address6 address;
	bool there; /* it is gone if not */
	bool of_link_only; /* fe80:: */
	bool tentative; /* it is not yet known to be nobody else's */
	bool failed; /* it is somebody else's */
	bool listed; /* it is told because it was asked for, not because anything happened */
};

/* Returns whether the list changed. */
bool address6_take(struct address6_list *list, const struct address6_report *report);

#endif
