/* SPDX-License-Identifier: MIT */
/* What happens to links, and what is to be done about it; see network.h. */
#include "network.h"

#include <string.h>

#include "announce.h"
#include "apply.h"
#include "common/log.h"
#include "files.h"

enum {
	LISTING_FIRST_MS = 1000,
	LISTING_LONGEST_MS = 30000,
	SET_UP_FIRST_MS = 1000, /* a link that cannot be brought up may lack its PHY for a moment */
	SET_UP_LONGEST_MS = 30000,
	APPLY_FIRST_MS = 2000,
	APPLY_LONGEST_MS = 60000,
	PUT_BACK_MS = 500, /* an address that is gone may be on its way back; see apply_lease() */
	PUT_BACK_LONGEST_MS = 60000,
};

/* ---- Leases ---- */

/* How much longer it holds, in the kernel's terms. */
static uint32_t seconds_left(const struct link *link, uint64_t now_ms)
{
	uint64_t seconds;

	if (link->until_ms == CLOCK_NEVER)
		return LEASE_FOREVER;
	seconds = (link->until_ms - now_ms + 999) / 1000;
	return seconds < LEASE_FOREVER ? (uint32_t)seconds : LEASE_FOREVER;
}

static void set_lease(struct link *link, const struct lease *lease, uint64_t until_ms)
{
	link->lease = *lease;
	link->until_ms = until_ms;
	link->has_lease = true;
	link->applied = false;
	link->address_missing = false;
	link->apply = (struct retry){ 0 };
	link->refusal[0] = '\0';
}

static void drop_lease(struct network *network, struct link *link, const char *why)
{
	char text[LINK_TEXT_MAX];

	log_line(link->name, "%s removed: %s", link_describe_lease(link, text), why);
	apply_nothing(&network->netlink, link->index);
	files_remove_lease(link->name);
	link->has_lease = false;
	link->applied = false;
	link->usable = false;
	network->files_outdated = true;
}

/* What a netd before this one was given for the very same link, if it still holds. */
static void adopt_lease(struct network *network, struct link *link)
{
	struct lease_record record;
	char text[LINK_TEXT_MAX];

	if (!files_read_lease(link->name, &record))
		return;
	if (record.link != link->index || record.until_ms <= network->now_ms) {
		files_remove_lease(link->name);
		return;
	}
	set_lease(link, &record.lease, record.until_ms);
	log_line(link->name, "%s is still leased; asking again", link_describe_lease(link, text));
}

static bool same_address(const struct lease *one, const struct lease *other)
{
	const struct in_addr *gateway = lease_gateway(one);
	const struct in_addr *other_gateway = lease_gateway(other);

	return one->address.s_addr == other->address.s_addr && one->prefix == other->prefix &&
	       !gateway == !other_gateway && (!gateway || gateway->s_addr == other_gateway->s_addr);
}

static void on_lease(struct network *network, struct link *link, const struct lease *lease)
{
	const bool news = !link->has_lease || !same_address(&link->lease, lease);
	const uint64_t until_ms = lease->seconds == LEASE_FOREVER
					  ? CLOCK_NEVER
					  : network->now_ms + (uint64_t)lease->seconds * 1000;
	const struct lease_record record = { *lease, link->index, until_ms };
	char text[LINK_TEXT_MAX];

	set_lease(link, lease, until_ms);
	link->dhcp.tries = 0;
	dhcp_hurry(&link->dhcp);
	files_write_lease(link->name, &record);
	network->files_outdated = true;
	if (news)
		log_line(link->name, "%s, leased for %u s", link_describe_lease(link, text),
			lease->seconds);
}

/* A client says deconfig when it starts; later it means that its server has stopped answering. */
static void on_deconfig(struct network *network, struct link *link)
{
	if (link->dhcp.settled && link->has_lease)
		log_line(link->name,
			"the DHCP server does not renew the lease; the address stays for the %u s "
			"it has left, asking for another",
			seconds_left(link, network->now_ms));
	link->dhcp.settled = true;
}

static void on_no_answer(struct link *link)
{
	link->dhcp.round_failed = true;
	link->dhcp.tries += DHCP_TRIES;
	link->refusal[0] = '\0';
	/* Once, not for ever: the count is in the status. */
	if (link->dhcp.tries == DHCP_TRIES)
		log_line(link->name, "no DHCP answer to %d requests; trying on", DHCP_TRIES);
}

static void on_refused(struct network *network, struct link *link, const char *reason)
{
	log_line(link->name, "DHCP lease refused: %s; asking again in %d s", reason,
		DHCP_PAUSE_LONGEST_MS / 1000);
	strcpy(link->refusal, reason);
	dhcp_stop(&link->dhcp);
	link->dhcp.start.delay_ms = DHCP_PAUSE_LONGEST_MS;
	link->dhcp.start.at_ms = network->now_ms + DHCP_PAUSE_LONGEST_MS;
}

void network_lease_message(struct network *network, const struct lease_message *message)
{
	struct link *link = link_find_name(&network->table, message->interface);

	/* A client that was ended may have left a message behind. */
	if (!link || link->dhcp.pid == 0 || link->dhcp.pid != message->client)
		return;
	dhcp_read_output(&link->dhcp);
	link->dhcp.failing = false;
	switch (message->event) {
	case LEASE_BOUND:
	case LEASE_RENEW:
		on_lease(network, link, &message->lease);
		break;
	case LEASE_DECONFIG:
		on_deconfig(network, link);
		break;
	case LEASE_NAK:
		if (link->has_lease)
			drop_lease(network, link, "the DHCP server takes it back");
		break;
	case LEASE_LEASEFAIL:
		on_no_answer(link);
		break;
	case LEASE_REFUSED:
		on_refused(network, link, message->reason);
		break;
	case LEASE_EVENT_COUNT:
		break;
	}
}

void network_child_exited(struct network *network, pid_t pid, int status)
{
	for (size_t i = 0; i < network->table.count; i++) {
		struct link *link = &network->table.links[i];

		if (link->dhcp.pid == pid)
			dhcp_exited(&link->dhcp, link->name, status, network->now_ms);
	}
}

/* ---- What the kernel tells ---- */

/* A lease is to be confirmed now, and one that is missing to be asked for. */
static void renew(struct link *link)
{
	dhcp_hurry(&link->dhcp);
	if (link->has_lease)
		dhcp_renew(&link->dhcp);
}

static void forget_link(struct network *network, struct link *link)
{
	dhcp_stop(&link->dhcp);
	files_remove_lease(link->name);
	if (link->has_lease)
		network->files_outdated = true;
	link_remove(&network->table, link);
}

static struct link *new_link(struct network *network, const struct link_report *report)
{
	struct link *link;

	if (!link_is_wanted(report, &network->settings.ip))
		return NULL;
	link = link_add(&network->table, report->index, report->name);
	if (!link && !network->table_was_full)
		log_line(report->name, "left alone, as will be others: there are %d links already",
			LINK_MAX);
	network->table_was_full |= !link;
	return link;
}

static void on_link(void *context, const struct link_report *report)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, report->index);
	bool carrier = report->up && report->carrier;

	/* A link under a new name is another one to DHCP clients and to files. */
	if (link && strcmp(link->name, report->name) != 0) {
		forget_link(network, link);
		link = NULL;
	}
	if (!link)
		link = new_link(network, report);
	if (!link)
		return;
	link->listed = true;
	/* Routes do not survive a link's being taken down. */
	if (report->up && !link->up)
		link->applied = false;
	link->up = report->up;
	link->was_up |= report->up;
	if (carrier != link->carrier && link->was_up)
		log_line(link->name, carrier ? "carrier" : "no carrier");
	if (carrier && (!link->carrier || report->carrier_changes != link->carrier_changes))
		renew(link); /* whoever is at the other end may be another one than before */
	link->had_carrier |= carrier;
	link->carrier = carrier;
	link->carrier_changes = report->carrier_changes;
}

static void on_link_gone(void *context, int index)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, index);

	if (!link)
		return;
	log_line(link->name, "is gone");
	forget_link(network, link);
}

static void on_address(void *context, int index, struct in_addr address, bool there)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, index);

	if (!link || !link->has_lease || link->lease.address.s_addr != address.s_addr)
		return;
	if (there)
		link->address_missing = false;
	else if (link->applied) {
		link->address_missing = true;
		retry_later(&link->apply, network->now_ms, PUT_BACK_MS, PUT_BACK_LONGEST_MS);
	}
}

/* Makes the table what the kernel has: whatever events say, or said before they were lost. */
static void list_links(struct network *network)
{
	uint32_t delay;

	for (size_t i = 0; i < network->table.count; i++)
		network->table.links[i].listed = false;
	network->links_known = netlink_list_links(&network->netlink);
	if (!network->links_known) {
		delay = retry_later(
			&network->listing, network->now_ms, LISTING_FIRST_MS, LISTING_LONGEST_MS);
		log_line(NULL, "cannot list the network interfaces: %s; retrying in %u s",
			network->netlink.error, delay / 1000);
		return;
	}
	network->listing = (struct retry){ 0 };
	for (size_t i = network->table.count; i-- > 0;) {
		if (!network->table.links[i].listed)
			on_link_gone(network, network->table.links[i].index);
	}
	if (network->table.count == 0)
		log_line(NULL, "no network interface; waiting for one");
	network->files_outdated = true;
}

void network_kernel_event(struct network *network)
{
	if (!netlink_read(&network->netlink))
		network->links_known = false;
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
		network_kernel_event(network);
}

static void take_role(struct network *network, struct link *link, enum link_role role)
{
	struct lease lease;

	dhcp_stop(&link->dhcp);
	if (link->has_lease)
		drop_lease(network, link, "another link has carrier");
	link->role = role;
	if (role == LINK_STATIC) {
		lease_from_ip_parameter(&network->settings.ip, &lease);
		set_lease(link, &lease, CLOCK_NEVER);
		network->files_outdated = true;
	} else if (role == LINK_DHCP) {
		adopt_lease(network, link);
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
		seconds_left(link, network->now_ms), link->role == LINK_DHCP, &result);
	link->usable = result.usable;
	/* From here on the kernel is to say when the address goes. */
	link->applied = result.complete;
	if (result.complete) {
		/* Somebody may go on removing it: then it is put back ever more slowly. */
		if (!link->address_missing)
			link->apply = (struct retry){ 0 };
		link->address_missing = false;
		if (news && link->role == LINK_STATIC)
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
		drop_lease(network, link, "the lease is over");
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

static void turn_link(struct network *network, struct link *link)
{
	enum link_role role = link_role_of(link, &network->settings.ip, network->static_index);

	if (role != link->role)
		take_role(network, link, role);
	if (link->role == LINK_DHCP)
		turn_dhcp(network, link);
	if (link->has_lease && link->up && (!link->applied || link->address_missing) &&
		link->apply.at_ms <= network->now_ms)
		apply(network, link);
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
	if (link->role == LINK_DHCP && link->up && link->carrier && link->dhcp.pid == 0)
		soonest(&at_ms, link->dhcp.start.at_ms);
	if (link->has_lease && link->up && (!link->applied || link->address_missing))
		soonest(&at_ms, link->apply.at_ms);
	return at_ms;
}

uint64_t network_turn(struct network *network)
{
	uint64_t at_ms;

	if (!network->links_known && network->listing.at_ms <= network->now_ms)
		list_links(network);
	set_all_up(network);
	network->static_index =
		link_for_static(&network->table, &network->settings.ip, network->static_index);
	for (size_t i = 0; i < network->table.count; i++)
		turn_link(network, &network->table.links[i]);
	announce(network);
	at_ms = network->notify.again_ms;
	if (!network->links_known)
		soonest(&at_ms, network->listing.at_ms);
	for (size_t i = 0; i < network->table.count; i++)
		soonest(&at_ms, link_deadline(&network->table.links[i]));
	return at_ms;
}

void network_renew(struct network *network)
{
	for (size_t i = 0; i < network->table.count; i++)
		renew(&network->table.links[i]);
}

/* ---- Beginning and end ---- */

static void report_setting(const char *message)
{
	log_line(NULL, "%s", message);
}

bool network_open(struct network *network, const char *command_line, const char *notify_path)
{
	memset(network, 0, sizeof(*network));
	settings_read(&network->settings, command_line, report_setting);
	notify_open(&network->notify, notify_path);
	network->listener = (struct netlink_listener){
		.link = on_link,
		.link_gone = on_link_gone,
		.address = on_address,
		.context = network,
	};
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
