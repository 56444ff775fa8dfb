/* SPDX-License-Identifier: MIT */
/* What is to be done about links and their leases. */
#include "reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "apply.h"
#include "basics/log.h"
#include "conflict.h"
#include "files.h"
#include "kernel_news.h"
#include "leases.h"
#include "router_solicit.h"

enum {
	SET_UP_FIRST_MS = 1000, /* a link that cannot be brought up may lack its PHY for a moment */
	SET_UP_LONGEST_MS = 30000,
	APPLY_FIRST_MS = 2000,
	APPLY_LONGEST_MS = 60000,
	VLAN_FIRST_MS = 1000,
	VLAN_LONGEST_MS = 60000,
	/* A lease that was handed over was got a moment ago, and the node has other things to do. */
	HAND_OVER_MS = 1000,
	HAND_OVER_SPREAD_MS = 1000,
};

void network_child_exited(struct network *network, pid_t pid, int status)
{
	for (size_t i = 0; i < network->table.count; i++) {
		struct link *link = &network->table.links[i];

		if (link->dhcp.pid == pid)
			dhcp_exited(&link->dhcp, link->name, status, network->now_ms);
	}
}

/* ---- What is to be done ---- */

static void set_up(struct network *network, struct link *link)
{
	uint32_t delay =
		retry_later(&link->set_up, network->now_ms, SET_UP_FIRST_MS, SET_UP_LONGEST_MS);

	link->set_up_failed = !netlink_set_up(&network->netlink, link->index);
	if (link->set_up_failed)
		log_line(link->name, "cannot be brought up: %s; retrying in %u s",
			network->netlink.error, delay / 1000);
}

/* The kernel has told that a link is up, and whether it has carrier, before set_up() returns. */
static void set_all_up(struct network *network)
{
	bool any = false;

	for (size_t i = 0; i < network->table.count; i++) {
		struct link *link = &network->table.links[i];

		if (link->was_up || link->set_up.at_ms > network->now_ms)
			continue;
		set_up(network, link);
		any = true;
	}
	if (any)
		kernel_news_read(network);
}

/* It could be there: what carries it is. */
static bool vlan_is_missing(struct network *network, size_t number)
{
	const struct vlan_parameter *vlan = &network->settings.vlans[number];

	return link_find_name(&network->table, vlan->device) &&
	       !link_find_name(&network->table, vlan->name);
}

/* The links that vlan= asks for. */
static void add_vlans(struct network *network)
{
	for (size_t i = 0; i < network->settings.vlan_count; i++) {
		const struct vlan_parameter *vlan = &network->settings.vlans[i];
		const struct link *device = link_find_name(&network->table, vlan->device);
		struct retry *retry = &network->vlan_retries[i];
		const bool first = retry->delay_ms == 0;

		if (!vlan_is_missing(network, i))
			*retry = (struct retry){ 0 };
		if (!vlan_is_missing(network, i) || retry->at_ms > network->now_ms)
			continue;
		retry_later(retry, network->now_ms, VLAN_FIRST_MS, VLAN_LONGEST_MS);
		if (netlink_add_vlan(&network->netlink, vlan->name, device->index, vlan->id))
			kernel_news_read(network);
		else if (first)
			log_line(vlan->name, "cannot be made on %s: %s; trying on", vlan->device,
				network->netlink.error);
	}
}

static void take_role(struct network *network, struct link *link, enum link_role role)
{
	dhcp_stop(&link->dhcp);
	if (link->has_lease) {
		lease_drop(network, link, "another link has carrier");
		/* That it is not to be taken up again does not hold for a change of mind. */
		files_remove_lease(link->name);
	}
	link->role = role;
	if (role == LINK_STATIC)
		lease_give(network, link);
	else if (link_does_dhcp(link) && !lease_adopt(network, link) && role == LINK_HANDED_OVER) {
		lease_give(network, link);
		link->dhcp.start.at_ms =
			network->now_ms + HAND_OVER_MS + (uint64_t)(random() % HAND_OVER_SPREAD_MS);
	}
}

static void apply(struct network *network, struct link *link)
{
	struct apply_result result;
	char text[LINK_TEXT_MAX];
	bool news = !link->usable;
	uint32_t delay;

	if (link->address_missing)
		log_line(link->name, "somebody removed the address; putting it back");
	apply_lease(&network->netlink, link->index, &link->lease,
		lease_seconds_left(link, network->now_ms), !link->lease_is_given, &result);
	link->usable = result.usable;
	/* From here on the kernel is to say when the address goes. */
	link->applied = result.complete;
	if (result.complete) {
		/* Somebody may go on removing it: then it is put back ever more slowly. */
		if (!link->address_missing)
			link->apply = (struct retry){ 0 };
		link->address_missing = false;
		if (news && link->lease_is_given)
			log_line(link->name, "%s", link_describe_lease(link, text));
		return;
	}
	delay = retry_later(&link->apply, network->now_ms, APPLY_FIRST_MS, APPLY_LONGEST_MS);
	log_line(link->name, "%s; retrying in %u s", result.error, delay / 1000);
}

static void turn_dhcp(struct network *network, struct link *link)
{
	const bool possible = link->up && link->carrier;
	const struct in_addr none = { 0 };

	/* udhcpc may think it has longer: it takes no lease for less than 30 s. */
	if (link->has_lease && link->until_ms <= network->now_ms) {
		lease_drop(network, link, "the lease is over");
		dhcp_stop(&link->dhcp);
		dhcp_hurry(&link->dhcp);
	}
	/* With a lease it is left alone: it knows when to renew. */
	if (!possible && !link->has_lease && link->dhcp.pid > 0)
		dhcp_stop(&link->dhcp);
	if (possible && link->dhcp.pid == 0 && link->dhcp.start.at_ms <= network->now_ms)
		dhcp_start(&link->dhcp, link->name, &network->settings,
			link->has_lease ? link->lease.address : none, network->now_ms);
}

/* ---- IPv6 ---- */

static void turn_routers(struct network *network, struct link *link)
{
	if (router_dns_expire(&link->router_dns, network->now_ms))
		network->files_outdated = true;
	if (!link->solicit || !link->carrier)
		return;
	link->solicit = false;
	/* Without IPv6 in the kernel, or an address of the link, there is nobody who could ask. */
	if (!router_solicit(link->index) && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
		log_line(link->name, "cannot ask IPv6 routers: %s; they speak up now and then",
			strerror(errno));
}

static void turn_link(struct network *network, struct link *link)
{
	enum link_role role = link_role_of(link, &network->settings.ip, network->static_index);

	if (role != link->role)
		take_role(network, link, role);
	if (link_does_dhcp(link))
		turn_dhcp(network, link);
	if (link->has_lease && link->up && (!link->applied || link->address_missing) &&
		link->apply.at_ms <= network->now_ms)
		apply(network, link);
	conflict_watch(network, link);
	turn_routers(network, link);
}

static void soonest(uint64_t *at_ms, uint64_t other_ms)
{
	if (other_ms < *at_ms)
		*at_ms = other_ms;
}

/* When a link needs to be looked at although nothing happened to it. */
static uint64_t link_deadline(const struct link *link)
{
	uint64_t at_ms = CLOCK_NEVER;

	if (!link->was_up)
		soonest(&at_ms, link->set_up.at_ms);
	if (link->has_lease)
		soonest(&at_ms, link->until_ms);
	if (link_does_dhcp(link) && link->up && link->carrier && link->dhcp.pid == 0)
		soonest(&at_ms, link->dhcp.start.at_ms);
	if (link->has_lease && link->up && (!link->applied || link->address_missing))
		soonest(&at_ms, link->apply.at_ms);
	soonest(&at_ms, router_dns_deadline(&link->router_dns));
	return at_ms;
}

uint64_t network_turn(struct network *network)
{
	uint64_t at_ms;

	if (!network->links_known && network->listing.at_ms <= network->now_ms)
		kernel_news_list(network);
	add_vlans(network);
	set_all_up(network);
	network->static_index =
		link_for_static(&network->table, &network->settings.ip, network->static_index);
	for (size_t i = 0; i < network->table.count; i++)
		turn_link(network, &network->table.links[i]);
	announce(network);
	at_ms = network->notify.again_ms;
	soonest(&at_ms, network->metrics_ms);
	if (!network->links_known)
		soonest(&at_ms, network->listing.at_ms);
	for (size_t i = 0; i < network->table.count; i++) {
		soonest(&at_ms, link_deadline(&network->table.links[i]));
		soonest(&at_ms, claim_turn(&network->table.links[i].claim, network->now_ms));
	}
	for (size_t i = 0; i < network->settings.vlan_count; i++) {
		if (vlan_is_missing(network, i))
			soonest(&at_ms, network->vlan_retries[i].at_ms);
	}
	return at_ms;
}

void network_renew(struct network *network)
{
	for (size_t i = 0; i < network->table.count; i++)
		kernel_news_renew(&network->table.links[i]);
}

/* ---- Beginning and end ---- */

static void report_setting(const char *message)
{
	log_line(NULL, "%s", message);
}

bool network_open(struct network *network, const char *command_line, const char *notify_path)
{
	memset(network, 0, sizeof(*network));
	network->metrics_ms = CLOCK_NEVER;
	settings_read(&network->settings, command_line, report_setting);
	notify_open(&network->notify, notify_path);
	kernel_news_listen(network);
	announce_hostname(network);
	if (netlink_open(&network->netlink, &network->listener))
		return true;
	log_line(NULL, "cannot open a netlink socket: %s; giving up", network->netlink.error);
	return false;
}

void network_close(struct network *network)
{
	for (size_t i = 0; i < network->table.count; i++)
		dhcp_stop(&network->table.links[i].dhcp);
}
