/* SPDX-License-Identifier: MIT */
/* The table of links and what can be read from it; see link.h. */
#include "link.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	ADDRESS6_TEXT = INET6_ADDRSTRLEN + 6, /* bytes of ", " and an address with its prefix */
	STATE_SHOWN = 128, /* bytes of how it is with IPv4; a refusal may be longer */
};

struct link *link_find(struct link_table *table, int index)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->links[i].index == index)
			return &table->links[i];
	}
	return NULL;
}

struct link *link_find_name(struct link_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->links[i].name, name) == 0)
			return &table->links[i];
	}
	return NULL;
}

struct link *link_add(struct link_table *table, int index, const char *name)
{
	size_t place = 0;
	struct link *link;

	if (table->count == LINK_MAX)
		return NULL;
	while (place < table->count && table->links[place].index < index)
		place++;
	link = &table->links[place];
	memmove(link + 1, link, (table->count - place) * sizeof(*link));
	table->count++;
	memset(link, 0, sizeof(*link));
	link->index = index;
	snprintf(link->name, sizeof(link->name), "%s", name);
	dhcp_init(&link->dhcp);
	claim_init(&link->claim);
	return link;
}

void link_remove(struct link_table *table, struct link *link)
{
	size_t place = (size_t)(link - table->links);

	table->count--;
	memmove(link, link + 1, (table->count - place) * sizeof(*link));
}

static bool is_called_eth(const char *name)
{
	return strncmp(name, "eth", 3) == 0 && name[3] &&
	       name[3 + strspn(name + 3, "0123456789")] == '\0';
}

static bool is_in_vlan(const char *name, const struct settings *settings)
{
	for (size_t i = 0; i < settings->vlan_count; i++) {
		if (strcmp(name, settings->vlans[i].name) == 0 ||
			strcmp(name, settings->vlans[i].device) == 0)
			return true;
	}
	return false;
}

/* Is it the device of ip=? */
static bool is_device(const struct ip_parameter *ip, const char *name, const uint8_t *hardware)
{
	char address[IP_PARAMETER_DEVICE + 1];

	snprintf(address, sizeof(address), "%02x-%02x-%02x-%02x-%02x-%02x", hardware[0],
		hardware[1], hardware[2], hardware[3], hardware[4], hardware[5]);
	return strcmp(ip->device, name) == 0 || strcmp(ip->device, address) == 0;
}

/* The first one: a VLAN has the address of what carries it, and is made later. */
static const struct link *find_device(const struct link_table *table, const struct ip_parameter *ip)
{
	for (size_t i = 0; i < table->count; i++) {
		if (is_device(ip, table->links[i].name, table->links[i].hardware))
			return &table->links[i];
	}
	return NULL;
}

bool link_is_wanted(const struct link_report *link, const struct settings *settings)
{
	return link->ethernet && name_is_interface(link->name) &&
	       (link->hardware || is_called_eth(link->name) ||
		       is_device(&settings->ip, link->name, link->address) ||
		       is_in_vlan(link->name, settings));
}

int link_for_static(struct link_table *table, const struct ip_parameter *ip, int current)
{
	const struct link *present = link_find(table, current);
	const struct link *with_carrier = NULL;

	if (ip->mode != IP_STATIC)
		return 0;
	if (ip->device[0])
		present = find_device(table, ip);
	if (present && (present->had_carrier || ip->device[0]))
		return present->index;
	if (ip->device[0] || table->count == 0)
		return 0;
	for (size_t i = 0; i < table->count && !with_carrier; i++) {
		if (table->links[i].carrier)
			with_carrier = &table->links[i];
	}
	if (with_carrier)
		return with_carrier->index;
	return present ? present->index : table->links[0].index;
}

enum link_role link_role_of(
	const struct link *link, const struct ip_parameter *ip, int static_index)
{
	switch (ip->mode) {
	case IP_STATIC:
		if (link->index != static_index)
			return LINK_IDLE;
		return ip->handed_over ? LINK_HANDED_OVER : LINK_STATIC;
	case IP_DHCP:
		if (!ip->device[0] || is_device(ip, link->name, link->hardware))
			return LINK_DHCP;
		return LINK_IDLE;
	case IP_OFF:
		break;
	}
	return LINK_IDLE;
}

bool link_does_dhcp(const struct link *link)
{
	return link->role == LINK_DHCP || link->role == LINK_HANDED_OVER;
}

const char *link_describe_lease(const struct link *link, char *text)
{
	const struct in_addr *gateway = lease_gateway(&link->lease);
	char address[IPV4_TEXT_MAX];
	char via[IPV4_TEXT_MAX];

	snprintf(text, LINK_TEXT_MAX, "%s/%u %s%s (%s)", ipv4_format(address, link->lease.address),
		link->lease.prefix, gateway ? "via " : "without a router",
		gateway ? ipv4_format(via, *gateway) : "", link->lease_is_given ? "ip=" : "dhcp");
	return text;
}

/* The words for a link that has no address yet. */
static void describe_waiting(const struct link *link, char *text)
{
	if (!link->carrier)
		snprintf(text, LINK_TEXT_MAX, "no carrier");
	else if (link->role == LINK_IDLE)
		snprintf(text, LINK_TEXT_MAX, "no address wanted");
	else if (link->refusal[0])
		snprintf(text, LINK_TEXT_MAX, "DHCP lease refused: %s", link->refusal);
	else if (link->dhcp.failing)
		snprintf(text, LINK_TEXT_MAX, "the DHCP client fails: %.*s", LINK_TEXT_MAX / 2,
			link->dhcp.last_words);
	else if (link->dhcp.tries > 0)
		snprintf(text, LINK_TEXT_MAX, "no DHCP answer yet, %u tries", link->dhcp.tries);
	else
		snprintf(text, LINK_TEXT_MAX, "asking for an address");
}

static const char *describe_down(const struct link *link)
{
	if (link->was_up)
		return "taken down";
	return link->set_up_failed ? "cannot be brought up" : "coming up";
}

bool link_is_usable6(const struct link *link)
{
	return link->addresses6.count > 0 && link->role == LINK_DHCP && link->dhcp.tries > 0;
}

/* ", fd00::5/64", or nothing. */
static const char *describe6(const struct link *link, char text[ADDRESS6_TEXT])
{
	const struct address6 *first = &link->addresses6.addresses[0];
	char address[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (link->addresses6.count > 0 &&
		inet_ntop(AF_INET6, &first->address, address, sizeof(address)))
		snprintf(text, ADDRESS6_TEXT, ", %s/%u", address, first->prefix);
	return text;
}

const char *link_describe(const struct link *link, char *text)
{
	char state[LINK_TEXT_MAX];
	char address6[ADDRESS6_TEXT];

	if (link->has_lease)
		link_describe_lease(link, state);
	else
		describe_waiting(link, state);
	if (!link->up)
		snprintf(text, LINK_TEXT_MAX, "%s: %s", link->name, describe_down(link));
	else if (link->has_lease)
		snprintf(text, LINK_TEXT_MAX, "%s: %.*s%s%s%s%s%s", link->name, STATE_SHOWN, state,
			describe6(link, address6), link->usable ? "" : ", not in force yet",
			link->lease_is_given && link->dhcp.tries > 0 ? ", no DHCP answer" : "",
			link->contested ? ", which another host has, too" : "",
			link->carrier ? "" : ", no carrier");
	else
		snprintf(text, LINK_TEXT_MAX, "%s: %.*s%s", link->name, STATE_SHOWN, state,
			describe6(link, address6));
	return text;
}

const char *link_describe_all(
	struct link_table *table, const struct ip_parameter *ip, char *text, size_t size)
{
	const bool absent = ip->device[0] && !find_device(table, ip);
	char one[LINK_TEXT_MAX];
	size_t length = 0;

	if (absent)
		length = (size_t)snprintf(text, size, "no interface %s, which ip= is for%s",
			ip->device, table->count > 0 ? "; " : "");
	else
		snprintf(text, size, "no network interface");
	for (size_t i = 0; i < table->count && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? "; " : "",
			link_describe(&table->links[i], one));
	return text;
}
