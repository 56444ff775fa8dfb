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

#include "address6.h"
#include "ipv4.h"
#include "link_report.h"

enum { NETLINK_ERROR_MAX = 128 }; /* bytes of an error's text, NUL included */

/* What is called while netlink_read() and netlink_list_links() read. */
struct netlink_listener {
	void (*link)(void *context, const struct link_report *link);
	void (*link_gone)(void *context, int index);
	void (*address)(void *context, int index, struct in_addr address, bool there);
	void (*address6)(void *context, const struct address6_report *address);
	/* Options of a router advertisement, as they were on the wire. */
	void (*router_options)(void *context, int index, const uint8_t *options, size_t size);
	void *context;
};

struct netlink {
	struct nl_sock *events;
	struct nl_sock *requests;
	const struct netlink_listener *listener;
	bool overflowed; /* events were lost since the last netlink_read() that said so */
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

/* Tells the listener all links there are. False: perhaps not all; netlink->error says why. */
bool netlink_list_links(struct netlink *netlink);

/* Tells the listener all IPv6 addresses. False: perhaps not all; netlink->error says why. */
bool netlink_list_addresses6(struct netlink *netlink);

/*
 * Reads what has happened, without blocking. False: something else has happened as well that is lost, and
 * all that could be read is read; so all links should be listed again.
 */
bool netlink_read(struct netlink *netlink);

/* Wants the link to work. */
bool netlink_set_up(struct netlink *netlink, int index);

/* Makes a VLAN of this number on the link with index `device`. */
bool netlink_add_vlan(struct netlink *netlink, const char *name, int device, uint16_t id);

/* A new message with its fixed part, to add attributes to; NULL without memory. */
struct nl_msg *netlink_message(int type, int flags, const void *fixed, size_t size);

/*
 * Sends a request, frees it, and waits for the kernel's verdict. `answer`, if not NULL, is called for each
 * message of a dump. A NULL request (no memory when it was built) fails.
 */
bool netlink_request(struct netlink *netlink, struct nl_msg *request,
	void (*answer)(void *context, struct nl_msg *message), void *context);

#endif
