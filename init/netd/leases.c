/* SPDX-License-Identifier: MIT */
/* What a DHCP client says, and the lease a link has; see leases.h. */
#include "leases.h"

#include <string.h>

#include "apply.h"
#include "basics/log.h"
#include "files.h"

uint32_t lease_seconds_left(const struct link *link, uint64_t now_ms)
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
	link->lease_is_given = false;
	link->contested = false;
	link->applied = false;
	link->address_missing = false;
	link->apply = (struct retry){ 0 };
	link->refusal[0] = '\0';
}

void lease_drop(struct network *network, struct link *link, const char *why)
{
	/* A lease that is over tells the next netd that the address of ip= is, too. */
	const struct lease_record over = { link->lease, link->index, 0 };
	char text[LINK_TEXT_MAX];

	log_line(link->name, "%s removed: %s", link_describe_lease(link, text), why);
	apply_nothing(&network->netlink, link->index);
	if (link->role == LINK_HANDED_OVER)
		files_write_lease(link->name, &over);
	else
		files_remove_lease(link->name);
	link->has_lease = false;
	link->applied = false;
	link->usable = false;
	network->files_outdated = true;
}

void lease_give(struct network *network, struct link *link)
{
	struct lease lease;

	lease_from_ip_parameter(&network->settings.ip, &lease);
	set_lease(link, &lease, CLOCK_NEVER);
	link->lease_is_given = true;
	network->files_outdated = true;
}

bool lease_adopt(struct network *network, struct link *link)
{
	struct lease_record record;
	char text[LINK_TEXT_MAX];

	if (!files_read_lease(link->name, &record))
		return false;
	if (record.link != link->index) {
		files_remove_lease(link->name);
		return false;
	}
	if (record.until_ms <= network->now_ms)
		return true;
	set_lease(link, &record.lease, record.until_ms);
	log_line(link->name, "%s is still leased; asking again", link_describe_lease(link, text));
	return true;
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
	const bool news =
		!link->has_lease || link->lease_is_given || !same_address(&link->lease, lease);
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
			lease_seconds_left(link, network->now_ms));
	link->dhcp.settled = true;
}

static void on_no_answer(struct link *link)
{
	link->counts.unanswered++;
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
	link->counts.refused_leases++;
	strcpy(link->refusal, reason);
	dhcp_stop(&link->dhcp);
	link->dhcp.start.delay_ms = DHCP_PAUSE_LONGEST_MS;
	link->dhcp.start.at_ms = network->now_ms + DHCP_PAUSE_LONGEST_MS;
}

void lease_message_take(struct network *network, const struct lease_message *message)
{
	struct link *link = link_find_name(&network->table, message->interface);

	/* A client that was ended may have left a message behind. */
	if (!link || link->dhcp.pid == 0 || link->dhcp.pid != message->client)
		return;
	dhcp_read_output(&link->dhcp);
	link->dhcp.failing = false;
	link->counts.refused_words += message->refused_words;
	switch (message->event) {
	case LEASE_BOUND:
	case LEASE_RENEW:
		link->counts.leases += message->event == LEASE_BOUND;
		link->counts.renewals += message->event == LEASE_RENEW;
		on_lease(network, link, &message->lease);
		break;
	case LEASE_DECONFIG:
		on_deconfig(network, link);
		break;
	case LEASE_NAK:
		link->counts.naks++;
		if (link->has_lease)
			lease_drop(network, link, "the DHCP server takes it back");
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
