/* SPDX-License-Identifier: MIT */
/* What makes a lease one that a host can live with; see lease.h. */
#include "lease.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const event_names[LEASE_EVENT_COUNT] = {
	[LEASE_DECONFIG] = "deconfig",
	[LEASE_BOUND] = "bound",
	[LEASE_RENEW] = "renew",
	[LEASE_NAK] = "nak",
	[LEASE_LEASEFAIL] = "leasefail",
	[LEASE_REFUSED] = "refused",
};

const char *lease_event_name(enum lease_event event)
{
	return event_names[event];
}

enum lease_event lease_event_parse(const char *name)
{
	for (unsigned event = 0; event < LEASE_EVENT_COUNT; event++) {
		if (strcmp(name, event_names[event]) == 0)
			return (enum lease_event)event;
	}
	return LEASE_EVENT_COUNT;
}

__attribute__((format(printf, 2, 3))) static bool refuse(char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, LEASE_REASON_MAX, format, arguments);
	va_end(arguments);
	return false;
}

/*
 * A gateway must be reachable over the link: a neighbour in our own network; or anything that could be a
 * host if we have a /32, as clouds hand out, for then no host is in our network.
 */
bool lease_check_route(const struct lease *lease, const struct lease_route *route, char *why)
{
	char gateway[IPV4_TEXT_MAX];

	if (route->prefix > 32 || (route->network.s_addr & ~ipv4_mask(route->prefix).s_addr))
		return refuse(why, "a route's network has bits behind its prefix");
	if (ipv4_is_none(route->gateway))
		return true;
	ipv4_format(gateway, route->gateway);
	if (!ipv4_is_unicast(route->gateway))
		return refuse(why, "router %s is not the address of a host", gateway);
	if (route->gateway.s_addr == lease->address.s_addr)
		return refuse(why, "router %s is this host itself", gateway);
	if (lease->prefix < 32 && !ipv4_same_network(lease->address, route->gateway, lease->prefix))
		return refuse(why, "router %s is not on the network of the address", gateway);
	return true;
}

bool lease_check(const struct lease *lease, char *why)
{
	char address[IPV4_TEXT_MAX];

	ipv4_format(address, lease->address);
	if (lease->prefix < LEASE_PREFIX_MIN || lease->prefix > 32)
		return refuse(why, "a netmask of %u bits makes no sense", lease->prefix);
	if (!ipv4_is_host(lease->address, lease->prefix))
		return refuse(why, "%s/%u is not the address of a host", address, lease->prefix);
	if (lease->seconds == 0)
		return refuse(why, "%s is leased for no time at all", address);
	for (size_t i = 0; i < lease->route_count; i++) {
		if (!lease_check_route(lease, &lease->routes[i], why))
			return false;
	}
	return true;
}

const struct in_addr *lease_gateway(const struct lease *lease)
{
	for (size_t i = 0; i < lease->route_count; i++) {
		if (lease->routes[i].prefix == 0 && !ipv4_is_none(lease->routes[i].gateway))
			return &lease->routes[i].gateway;
	}
	return NULL;
}

bool server_list_add(struct server_list *list, struct in_addr server, size_t most)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->server[i].s_addr == server.s_addr)
			return true;
	}
	if (list->count >= most || list->count >= LEASE_SERVERS_MAX)
		return false;
	list->server[list->count++] = server;
	return true;
}

void lease_from_ip_parameter(const struct ip_parameter *parameter, struct lease *lease)
{
	*lease = (struct lease){
		.address = parameter->client,
		.prefix = parameter->prefix,
		.seconds = LEASE_FOREVER,
	};
	if (!ipv4_is_none(parameter->gateway))
		lease->routes[lease->route_count++].gateway = parameter->gateway;
}
