/* SPDX-License-Identifier: MIT */
/* Addresses and routes of a lease, into the kernel and out of it; see apply.h. */
#include "apply.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The marks: as routes are shown, "proto dhcp" and "proto static". Addresses get the same numbers. */
enum {
	MARK_LEASED = RTPROT_DHCP,
	MARK_GIVEN = RTPROT_STATIC,
};

enum {
	LEFTOVERS_MAX = 8, /* removed in one round */
	LEFTOVER_ROUNDS = 8, /* should there be more than all of that, the next lease goes on */
};

/* One address or route in the kernel that carries a mark. */
struct leftover {
	struct lease_route route; /* of an address: the address itself, and its prefix */
	uint32_t metric;
	uint8_t mark;
};

struct leftovers {
	int index;
	const struct lease *keep; /* NULL: nothing */
	struct leftover found[LEFTOVERS_MAX];
	size_t count;
};

static bool is_ours(uint8_t mark)
{
	return mark == MARK_LEASED || mark == MARK_GIVEN;
}

static uint32_t metric_of(int index)
{
	return APPLY_METRIC_BASE + (uint32_t)index;
}

/* Each attribute fits: a message has room for 512 bytes (netlink.c), and these have a hundred. */
static void put_address(struct nl_msg *message, int attribute, struct in_addr address)
{
	nla_put_u32(message, attribute, address.s_addr);
}

/* ---- Setting ---- */

static bool set_address(struct netlink *netlink, int index, const struct lease *lease,
	uint32_t seconds, uint8_t mark)
{
	const struct ifaddrmsg fixed = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = lease->prefix,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t)index,
	};
	const struct ifa_cacheinfo lifetime = {
		.ifa_prefered = seconds,
		.ifa_valid = seconds,
	};
	struct in_addr broadcast = { lease->address.s_addr | ~ipv4_mask(lease->prefix).s_addr };
	struct nl_msg *message =
		netlink_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof(fixed));

	if (message) {
		put_address(message, IFA_LOCAL, lease->address);
		put_address(message, IFA_ADDRESS, lease->address);
		if (lease->prefix < 31)
			put_address(message, IFA_BROADCAST, broadcast);
		nla_put(message, IFA_CACHEINFO, sizeof(lifetime), &lifetime);
		nla_put_u32(message, IFA_RT_PRIORITY, metric_of(index));
		nla_put_u8(message, IFA_PROTO, mark);
	}
	return netlink_request(netlink, message, NULL, NULL);
}

static struct nl_msg *route_message(int type, int flags, int index, const struct lease_route *route,
	uint32_t metric, uint8_t mark, bool on_link)
{
	const struct rtmsg fixed = {
		.rtm_family = AF_INET,
		.rtm_dst_len = route->prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = mark,
		.rtm_scope = ipv4_is_none(route->gateway) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = on_link ? RTNH_F_ONLINK : 0,
	};
	struct nl_msg *message = netlink_message(type, flags, &fixed, sizeof(fixed));

	if (message) {
		if (route->prefix > 0)
			put_address(message, RTA_DST, route->network);
		if (!ipv4_is_none(route->gateway))
			put_address(message, RTA_GATEWAY, route->gateway);
		nla_put_u32(message, RTA_OIF, (uint32_t)index);
		nla_put_u32(message, RTA_PRIORITY, metric);
	}
	return message;
}

static bool set_route(struct netlink *netlink, int index, const struct lease *lease,
	const struct lease_route *route, uint8_t mark)
{
	bool on_link = !ipv4_is_none(route->gateway) &&
		       !ipv4_same_network(lease->address, route->gateway, lease->prefix);
	struct nl_msg *message = route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, index,
		route, metric_of(index), mark, on_link);

	/* The route then leaves with its source address, should the kernel find the lease over first. */
	if (message)
		put_address(message, RTA_PREFSRC, lease->address);
	return netlink_request(netlink, message, NULL, NULL);
}

/* Keeps the first error: the others are mostly its consequences. */
__attribute__((format(printf, 3, 4))) static void failed(
	struct apply_result *result, const struct netlink *netlink, const char *format, ...)
{
	char what[APPLY_ERROR_MAX / 2];
	va_list arguments;

	result->complete = false;
	if (result->error[0])
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(result->error, sizeof(result->error), "cannot add %s: %.*s", what,
		(int)(sizeof(result->error) - sizeof(what) - sizeof("cannot add : ")),
		netlink->error);
}

static void set_all(struct netlink *netlink, int index, const struct lease *lease, uint32_t seconds,
	uint8_t mark, struct apply_result *result)
{
	char one[IPV4_TEXT_MAX];
	char other[IPV4_TEXT_MAX];

	*result = (struct apply_result){ .complete = true, .usable = true };
	if (!set_address(netlink, index, lease, seconds, mark)) {
		failed(result, netlink, "%s/%u", ipv4_format(one, lease->address), lease->prefix);
		result->usable = false;
		return;
	}
	for (size_t i = 0; i < lease->route_count; i++) {
		const struct lease_route *route = &lease->routes[i];

		if (set_route(netlink, index, lease, route, mark))
			continue;
		ipv4_format(one, route->network);
		ipv4_format(other, route->gateway);
		if (route->prefix == 0) {
			failed(result, netlink, "default route via %s", other);
			result->usable = false;
		} else {
			failed(result, netlink, "route to %s/%u via %s", one, route->prefix, other);
		}
	}
}

/* ---- Removing ---- */

static void add_leftover(struct leftovers *leftovers, const struct leftover *leftover)
{
	if (leftovers->count < LEFTOVERS_MAX)
		leftovers->found[leftovers->count++] = *leftover;
}

static bool keeps_route(const struct leftovers *leftovers, const struct leftover *leftover)
{
	const struct lease *keep = leftovers->keep;

	for (size_t i = 0; keep && i < keep->route_count; i++) {
		const struct lease_route *route = &keep->routes[i];

		if (route->network.s_addr == leftover->route.network.s_addr &&
			route->prefix == leftover->route.prefix &&
			route->gateway.s_addr == leftover->route.gateway.s_addr &&
			leftover->metric == metric_of(leftovers->index))
			return true;
	}
	return false;
}

static void look_at_route(void *context, struct nl_msg *message)
{
	struct leftovers *leftovers = context;
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct rtmsg *fixed = nlmsg_data(header);
	struct nlattr *attributes[RTA_MAX + 1];
	struct leftover leftover;

	if (header->nlmsg_type != RTM_NEWROUTE ||
		nlmsg_parse(header, sizeof(*fixed), attributes, RTA_MAX, NULL) < 0 ||
		fixed->rtm_family != AF_INET || fixed->rtm_table != RT_TABLE_MAIN ||
		!is_ours(fixed->rtm_protocol) || !attributes[RTA_OIF] ||
		(int)nla_get_u32(attributes[RTA_OIF]) != leftovers->index)
		return;
	leftover = (struct leftover){ .mark = fixed->rtm_protocol };
	leftover.route.prefix = fixed->rtm_dst_len;
	if (attributes[RTA_DST])
		leftover.route.network.s_addr = nla_get_u32(attributes[RTA_DST]);
	if (attributes[RTA_GATEWAY])
		leftover.route.gateway.s_addr = nla_get_u32(attributes[RTA_GATEWAY]);
	if (attributes[RTA_PRIORITY])
		leftover.metric = nla_get_u32(attributes[RTA_PRIORITY]);
	if (!keeps_route(leftovers, &leftover))
		add_leftover(leftovers, &leftover);
}

static void look_at_address(void *context, struct nl_msg *message)
{
	struct leftovers *leftovers = context;
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct ifaddrmsg *fixed = nlmsg_data(header);
	struct nlattr *attributes[IFA_MAX + 1];
	struct leftover leftover = { .metric = 0 };

	if (header->nlmsg_type != RTM_NEWADDR ||
		nlmsg_parse(header, sizeof(*fixed), attributes, IFA_MAX, NULL) < 0 ||
		(int)fixed->ifa_index != leftovers->index || !attributes[IFA_LOCAL] ||
		!attributes[IFA_PROTO] || !is_ours(nla_get_u8(attributes[IFA_PROTO])))
		return;
	leftover.route.network.s_addr = nla_get_u32(attributes[IFA_LOCAL]);
	leftover.route.prefix = fixed->ifa_prefixlen;
	if (!leftovers->keep || leftovers->keep->address.s_addr != leftover.route.network.s_addr ||
		leftovers->keep->prefix != leftover.route.prefix)
		add_leftover(leftovers, &leftover);
}

static bool delete_address(struct netlink *netlink, int index, const struct leftover *leftover)
{
	const struct ifaddrmsg fixed = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = leftover->route.prefix,
		.ifa_index = (uint32_t)index,
	};
	struct nl_msg *message = netlink_message(RTM_DELADDR, 0, &fixed, sizeof(fixed));

	if (message)
		put_address(message, IFA_LOCAL, leftover->route.network);
	return netlink_request(netlink, message, NULL, NULL);
}

static bool delete_route(struct netlink *netlink, int index, const struct leftover *leftover)
{
	return netlink_request(netlink,
		route_message(RTM_DELROUTE, 0, index, &leftover->route, leftover->metric,
			leftover->mark, false),
		NULL, NULL);
}

/*
 * Removes what `keep` does not have of one kind. Returns whether there was anything. What cannot be
 * deleted was gone already, or its link is; either way the next apply looks again.
 */
static bool remove_leftovers(struct netlink *netlink, int index, const struct lease *keep, int kind)
{
	const bool routes = kind == RTM_GETROUTE;
	const struct rtmsg fixed_route = { .rtm_family = AF_INET };
	const struct ifaddrmsg fixed_address = { .ifa_family = AF_INET };
	bool any = false;

	for (int round = 0; round < LEFTOVER_ROUNDS; round++) {
		struct leftovers leftovers = { .index = index, .keep = keep };
		struct nl_msg *message = routes ? netlink_message(kind, NLM_F_DUMP, &fixed_route,
							  sizeof(fixed_route))
						: netlink_message(kind, NLM_F_DUMP, &fixed_address,
							  sizeof(fixed_address));

		netlink_request(
			netlink, message, routes ? look_at_route : look_at_address, &leftovers);
		if (leftovers.count == 0)
			break;
		any = true;
		for (size_t i = 0; i < leftovers.count; i++) {
			if (routes)
				delete_route(netlink, index, &leftovers.found[i]);
			else
				delete_address(netlink, index, &leftovers.found[i]);
		}
	}
	return any;
}

void apply_lease(struct netlink *netlink, int index, const struct lease *lease, uint32_t seconds,
	bool leased, struct apply_result *result)
{
	const uint8_t mark = leased ? MARK_LEASED : MARK_GIVEN;

	set_all(netlink, index, lease, seconds, mark, result);
	if (!result->usable)
		return;
	remove_leftovers(netlink, index, lease, RTM_GETROUTE);
	/*
	 * When an address goes that was the first of its network, the kernel takes the others
	 * with it, ours among them, unless net.ipv4.conf.*.promote_secondaries is on.
	 */
	if (remove_leftovers(netlink, index, lease, RTM_GETADDR))
		set_all(netlink, index, lease, seconds, mark, result);
}

void apply_nothing(struct netlink *netlink, int index)
{
	remove_leftovers(netlink, index, NULL, RTM_GETROUTE);
	remove_leftovers(netlink, index, NULL, RTM_GETADDR);
}
