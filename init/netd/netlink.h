/* SPDX-License-Identifier: MIT */
/*
 * The conversation with the kernel's routing netlink, by way of libnl. One socket hears what happens
 * to links and addresses; another asks and is answered at once: the kernel has the answer ready when
 * the request's send returns, so waiting for it never blocks the loop.
 */
#ifndef NETD_NETLINK_H
#define NETD_NETLINK_H

#include <netlink/msg.h>
#include <netlink/socket.h>

#include "ipv4.h"
#include "link_report.h"

enum { NETLINK_ERROR_MAX = 128 }; /* bytes of an error's text, NUL included */

/* What is called while netlink_read() reads. */
struct netlink_listener {
	void (*link)(void *context, const struct link_report *link);
	void (*link_gone)(void *context, int index);
	void (*links_known)(void *context); /* all links there are have been told once */
	void (*address)(void *context, int index, struct in_addr address, bool there);
	void *context;
};

struct netlink {
	struct nl_sock *events;
	struct nl_sock *requests;
	const struct netlink_listener *listener;
	/* Of the request under way: */
	void (*answer)(void *context, struct nl_msg *message);
	void *answer_context;
	bool finished;
	/* Of the last request that failed: */
	int error_number; /* a positive errno; 0 if it was not the kernel that refused */
	char error[NETLINK_ERROR_MAX]; /* for people */
};

/* Opens both sockets. False: netlink->error says why. `listener` must outlive netlink. */
bool netlink_open(struct netlink *netlink, const struct netlink_listener *listener);

/* The descriptor to poll for events. */
int netlink_descriptor(const struct netlink *netlink);

/* Asks for all links; they are told through the listener by later netlink_read() calls. */
bool netlink_request_links(struct netlink *netlink);

/* Reads what has happened, without blocking. When events were lost it asks for all links again. */
void netlink_read(struct netlink *netlink);

/* Wants the link to work. */
bool netlink_set_up(struct netlink *netlink, int index);

/*
 * Sends a request, frees it, and waits for the kernel's verdict. `answer`, if not NULL, is called for each
 * message of a dump. A NULL request (no memory when it was built) fails.
 */
bool netlink_request(struct netlink *netlink, struct nl_msg *request,
	void (*answer)(void *context, struct nl_msg *message), void *context);

#endif
