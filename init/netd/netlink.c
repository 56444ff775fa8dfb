/* SPDX-License-Identifier: MIT */
/* Sockets, requests and events of routing netlink; see netlink.h. */
#include "netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* Not in every libc's net/if.h; from linux/if.h, which does not get along with it. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

enum {
	READS_A_TURN = 32, /* datagrams of events before others get their turn */
	RECEIVE_MAX =
		16384, /* bytes of a datagram; the kernel fits a dump's to it, an event has 1 to 2 KiB */
	REQUEST_MAX = 512, /* bytes of a request of ours, with its attributes */
	ANSWER_TIMEOUT_S =
		2, /* the kernel answers at once; this only keeps a bug from hanging netd */
};

/* ---- Events ---- */

static void tell_link(struct netlink *netlink, struct nlmsghdr *header)
{
	const struct ifinfomsg *info = nlmsg_data(header);
	struct nlattr *attributes[IFLA_MAX + 1];
	struct link_report link = {
		.index = info->ifi_index,
		.ethernet = info->ifi_type == ARPHRD_ETHER && !(info->ifi_flags & IFF_LOOPBACK),
		.up = info->ifi_flags & IFF_UP,
		.carrier = info->ifi_flags & IFF_LOWER_UP,
	};

	if (nlmsg_parse(header, sizeof(*info), attributes, IFLA_MAX, NULL) < 0 ||
		!attributes[IFLA_IFNAME])
		return;
	link.name = nla_get_string(attributes[IFLA_IFNAME]);
	link.hardware = !attributes[IFLA_LINKINFO];
	if (attributes[IFLA_ADDRESS] && nla_len(attributes[IFLA_ADDRESS]) == ARP_HARDWARE)
		memcpy(link.address, nla_data(attributes[IFLA_ADDRESS]), ARP_HARDWARE);
	if (attributes[IFLA_CARRIER_CHANGES])
		link.carrier_changes = nla_get_u32(attributes[IFLA_CARRIER_CHANGES]);
	netlink->listener->link(netlink->listener->context, &link);
}

static void tell_address(struct netlink *netlink, struct nlmsghdr *header)
{
	const struct ifaddrmsg *info = nlmsg_data(header);
	struct nlattr *attributes[IFA_MAX + 1];
	struct in_addr address;

	if (info->ifa_family != AF_INET ||
		nlmsg_parse(header, sizeof(*info), attributes, IFA_MAX, NULL) < 0 ||
		!attributes[IFA_LOCAL])
		return;
	address.s_addr = nla_get_u32(attributes[IFA_LOCAL]);
	netlink->listener->address(netlink->listener->context, (int)info->ifa_index, address,
		header->nlmsg_type == RTM_NEWADDR);
}

static void tell_address6(struct netlink *netlink, struct nlmsghdr *header, bool listed)
{
	const struct ifaddrmsg *info = nlmsg_data(header);
	struct nlattr *attributes[IFA_MAX + 1];
	struct address6_report report = {
		.index = (int)info->ifa_index,
		.address.prefix = info->ifa_prefixlen,
		.there = header->nlmsg_type == RTM_NEWADDR,
		.of_link_only =
			info->ifa_scope == RT_SCOPE_LINK || info->ifa_scope == RT_SCOPE_HOST,
		.listed = listed,
	};
	uint32_t flags = info->ifa_flags;

	if (info->ifa_family != AF_INET6 ||
		nlmsg_parse(header, sizeof(*info), attributes, IFA_MAX, NULL) < 0 ||
		!attributes[IFA_ADDRESS] ||
		nla_len(attributes[IFA_ADDRESS]) != sizeof(report.address.address))
		return;
	memcpy(&report.address.address, nla_data(attributes[IFA_ADDRESS]),
		sizeof(report.address.address));
	if (attributes[IFA_FLAGS])
		flags = nla_get_u32(attributes[IFA_FLAGS]);
	report.tentative = flags & IFA_F_TENTATIVE;
	report.failed = flags & IFA_F_DADFAILED;
	netlink->listener->address6(netlink->listener->context, &report);
}

/* One or more options stand behind the fixed part; their size is in it. */
static void tell_router_options(struct netlink *netlink, struct nlmsghdr *header)
{
	const struct nduseroptmsg *info = nlmsg_data(header);
	const size_t room = (size_t)nlmsg_datalen(header) - sizeof(*info);

	if (info->nduseropt_family != AF_INET6 || info->nduseropt_icmp_type != ND_ROUTER_ADVERT ||
		info->nduseropt_icmp_code != 0 || info->nduseropt_opts_len > room)
		return;
	netlink->listener->router_options(netlink->listener->context, info->nduseropt_ifindex,
		(const uint8_t *)(info + 1), info->nduseropt_opts_len);
}

static int on_event(struct nl_msg *message, void *context)
{
	struct netlink *netlink = context;
	struct nlmsghdr *header = nlmsg_hdr(message);

	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
		if (nlmsg_valid_hdr(header, sizeof(struct ifinfomsg)))
			tell_link(netlink, header);
		break;
	case RTM_DELLINK:
		if (nlmsg_valid_hdr(header, sizeof(struct ifinfomsg))) {
			const struct ifinfomsg *info = nlmsg_data(header);

			/* A bridge's port that leaves is also a DELLINK, of another family. */
			if (info->ifi_family == AF_UNSPEC)
				netlink->listener->link_gone(
					netlink->listener->context, info->ifi_index);
		}
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (nlmsg_valid_hdr(header, sizeof(struct ifaddrmsg)))
			tell_address(netlink, header);
		if (nlmsg_valid_hdr(header, sizeof(struct ifaddrmsg)))
			tell_address6(netlink, header, false);
		break;
	case RTM_NEWNDUSEROPT:
		if (nlmsg_valid_hdr(header, sizeof(struct nduseroptmsg)))
			tell_router_options(netlink, header);
		break;
	default:
		break;
	}
	return NL_OK;
}

bool netlink_read(struct netlink *netlink)
{
	for (int i = 0; i < READS_A_TURN; i++) {
		int result = nl_recvmsgs_default(netlink->events);

		/* What a buffer had no room for; what it had is still to be read. */
		if (result == -NLE_NOMEM || result == -NLE_MSG_TRUNC)
			netlink->overflowed = true;
		else if (result < 0)
			break;
		if (i == READS_A_TURN - 1)
			return true;
	}
	if (!netlink->overflowed)
		return true;
	netlink->overflowed = false;
	return false;
}

/* ---- Requests ---- */

static int on_answer(struct nl_msg *message, void *context)
{
	struct netlink *netlink = context;

	if (netlink->answer)
		netlink->answer(netlink->answer_context, message);
	return NL_OK;
}

static int on_finish(struct nl_msg *message, void *context)
{
	struct netlink *netlink = context;

	(void)message;
	netlink->finished = true;
	return NL_STOP;
}

/* The kernel's own words about an error, where it has some; NULL if not. */
static const char *kernel_words(struct nlmsgerr *error)
{
	struct nlmsghdr *header = (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	int offset = NLMSG_ALIGN((int)sizeof(*error));
	struct nlattr *words;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	/* With NETLINK_CAP_ACK only the request's header comes back, so the attributes follow it. */
	words = nla_find((struct nlattr *)((char *)error + offset), nlmsg_datalen(header) - offset,
		NLMSGERR_ATTR_MSG);
	return words ? nla_get_string(words) : NULL;
}

static int on_error(struct sockaddr_nl *sender, struct nlmsgerr *error, void *context)
{
	struct netlink *netlink = context;
	const char *words = kernel_words(error);

	(void)sender;
	netlink->finished = true;
	netlink->error_number = -error->error;
	if (words)
		snprintf(netlink->error, sizeof(netlink->error), "%s (%s)",
			strerror(netlink->error_number), words);
	else
		snprintf(netlink->error, sizeof(netlink->error), "%s",
			strerror(netlink->error_number));
	return NL_STOP;
}

struct nl_msg *netlink_message(int type, int flags, const void *fixed, size_t size)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	if (message && nlmsg_append(message, (void *)fixed, size, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(message);
		message = NULL;
	}
	return message;
}

bool netlink_request(struct netlink *netlink, struct nl_msg *request,
	void (*answer)(void *context, struct nl_msg *message), void *context)
{
	int result;

	netlink->answer = answer;
	netlink->answer_context = context;
	netlink->finished = false;
	netlink->error_number = 0;
	if (!request) {
		snprintf(netlink->error, sizeof(netlink->error), "%s", strerror(ENOMEM));
		return false;
	}
	result = nl_send_auto(netlink->requests, request);
	nlmsg_free(request);
	while (result >= 0 && !netlink->finished)
		result = nl_recvmsgs_default(netlink->requests);
	if (netlink->error_number == 0 && result < 0)
		snprintf(netlink->error, sizeof(netlink->error), "%s", nl_geterror(result));
	return result >= 0;
}

static void tell_listed_link(void *context, struct nl_msg *message)
{
	struct nlmsghdr *header = nlmsg_hdr(message);

	if (header->nlmsg_type == RTM_NEWLINK && nlmsg_valid_hdr(header, sizeof(struct ifinfomsg)))
		tell_link(context, header);
}

bool netlink_list_links(struct netlink *netlink)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };

	return netlink_request(netlink,
		netlink_message(RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info)), tell_listed_link,
		netlink);
}

static void tell_listed_address6(void *context, struct nl_msg *message)
{
	struct nlmsghdr *header = nlmsg_hdr(message);

	if (header->nlmsg_type == RTM_NEWADDR && nlmsg_valid_hdr(header, sizeof(struct ifaddrmsg)))
		tell_address6(context, header, true);
}

bool netlink_list_addresses6(struct netlink *netlink)
{
	const struct ifaddrmsg info = { .ifa_family = AF_INET6 };

	return netlink_request(netlink,
		netlink_message(RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info)), tell_listed_address6,
		netlink);
}

bool netlink_set_up(struct netlink *netlink, int index)
{
	const struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	return netlink_request(
		netlink, netlink_message(RTM_NEWLINK, 0, &info, sizeof(info)), NULL, NULL);
}

bool netlink_add_vlan(struct netlink *netlink, const char *name, int device, uint16_t id)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message =
		netlink_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	struct nlattr *kind;
	struct nlattr *data;

	/* Each attribute fits: see REQUEST_MAX. */
	if (message) {
		nla_put_string(message, IFLA_IFNAME, name);
		nla_put_u32(message, IFLA_LINK, (uint32_t)device);
		kind = nla_nest_start(message, IFLA_LINKINFO);
		nla_put_string(message, IFLA_INFO_KIND, "vlan");
		data = nla_nest_start(message, IFLA_INFO_DATA);
		nla_put_u16(message, IFLA_VLAN_ID, id);
		nla_nest_end(message, data);
		nla_nest_end(message, kind);
	}
	return netlink_request(netlink, message, NULL, NULL);
}

/* ---- Sockets ---- */

/*
 * In place of libnl's, which takes four pages from the kernel for each message and gives them back: that is a
 * third of netd's time to the first address. What libnl gets is as long as what came.
 */
static int receive(struct nl_sock *socket, struct sockaddr_nl *sender, unsigned char **bytes,
	struct ucred **credentials)
{
	static unsigned char room[RECEIVE_MAX];
	struct iovec vector = { .iov_base = room, .iov_len = sizeof(room) };
	struct msghdr message = {
		.msg_name = sender,
		.msg_namelen = sizeof(*sender),
		.msg_iov = &vector,
		.msg_iovlen = 1,
	};
	ssize_t length;

	*credentials = NULL;
	do
		length = recvmsg(nl_socket_get_fd(socket), &message, 0);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -nl_syserr2nlerr(errno);
	if (message.msg_flags & MSG_TRUNC)
		return -NLE_MSG_TRUNC;
	if (message.msg_namelen != sizeof(*sender))
		return -NLE_NOADDR;
	if (length == 0)
		return 0;
	*bytes = malloc((size_t)length);
	if (!*bytes)
		return -NLE_NOMEM;
	memcpy(*bytes, room, (size_t)length);
	return (int)length;
}

/* A socket that receives with the above. NULL without memory. */
static struct nl_sock *allocate_socket(void)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	struct nl_sock *socket;

	if (!callbacks)
		return NULL;
	nl_cb_overwrite_recv(callbacks, receive);
	socket = nl_socket_alloc_cb(callbacks);
	nl_cb_put(callbacks); /* the socket holds it */
	return socket;
}

static bool open_events(struct netlink *netlink)
{
	struct nl_sock *events = allocate_socket();
	int result;

	netlink->events = events;
	if (!events)
		return false;
	/* Events are not answers: their sequence numbers are nobody's. */
	nl_socket_disable_seq_check(events);
	nl_socket_modify_cb(events, NL_CB_VALID, NL_CB_CUSTOM, on_event, netlink);
	result = nl_connect(events, NETLINK_ROUTE);
	if (result >= 0)
		result = nl_socket_add_memberships(events, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
			RTNLGRP_IPV6_IFADDR, RTNLGRP_ND_USEROPT, RTNLGRP_NONE);
	if (result >= 0)
		result = nl_socket_set_nonblocking(events);
	if (result < 0)
		snprintf(netlink->error, sizeof(netlink->error), "%s", nl_geterror(result));
	return result >= 0;
}

static bool open_requests(struct netlink *netlink)
{
	const struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT_S };
	const int on = 1;
	struct nl_sock *requests = allocate_socket();
	int descriptor;
	int result;

	netlink->requests = requests;
	if (!requests)
		return false;
	nl_socket_modify_cb(requests, NL_CB_VALID, NL_CB_CUSTOM, on_answer, netlink);
	nl_socket_modify_cb(requests, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, netlink);
	nl_socket_modify_cb(requests, NL_CB_ACK, NL_CB_CUSTOM, on_finish, netlink);
	nl_socket_modify_err_cb(requests, NL_CB_CUSTOM, on_error, netlink);
	result = nl_connect(requests, NETLINK_ROUTE);
	if (result < 0) {
		snprintf(netlink->error, sizeof(netlink->error), "%s", nl_geterror(result));
		return false;
	}
	descriptor = nl_socket_get_fd(requests);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	/* Both only make errors more telling. */
	setsockopt(descriptor, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return true;
}

bool netlink_open(struct netlink *netlink, const struct netlink_listener *listener)
{
	*netlink = (struct netlink){ .listener = listener };
	nlmsg_set_default_size(REQUEST_MAX);
	snprintf(netlink->error, sizeof(netlink->error), "%s", strerror(ENOMEM));
	if (open_events(netlink) && open_requests(netlink))
		return true;
	nl_socket_free(netlink->events);
	nl_socket_free(netlink->requests);
	return false;
}

int netlink_descriptor(const struct netlink *netlink)
{
	return nl_socket_get_fd(netlink->events);
}
