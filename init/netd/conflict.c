/* SPDX-License-Identifier: MIT */
/* What follows from another's claim; see conflict.h. */
#include "conflict.h"

#include <errno.h>
#include <string.h>

#include "basics/log.h"
#include "leases.h"

/* Each the first time, and then ever more seldom. */
static bool is_worth_saying(uint32_t count)
{
	return (count & (count - 1)) == 0;
}

/* The server does not know that the address is taken, so the client shall find it out and say so. */
static void ask_carefully(struct link *link)
{
	dhcp_stop(&link->dhcp);
	dhcp_hurry(&link->dhcp);
	link->dhcp.careful = true;
}

void conflict_heard(struct network *network, struct link *link)
{
	uint8_t hardware[ARP_HARDWARE];
	char who[ARP_HARDWARE_TEXT_MAX];
	char address[IPV4_TEXT_MAX];
	enum claim_verdict verdict = claim_read(&link->claim, hardware, network->now_ms);
	const bool leased = link_does_dhcp(link) && !link->lease_is_given;

	if (verdict == CLAIM_NONE)
		return;
	link->counts.conflicts++;
	if (is_worth_saying(link->counts.conflicts))
		log_line(link->name, "%s has %s, too (conflict %u); %s", arp_format(who, hardware),
			ipv4_format(address, link->lease.address), link->counts.conflicts,
			leased && verdict == CLAIM_LOST ? "asking for another" : "defending it");
	if (leased && verdict == CLAIM_LOST) {
		lease_drop(network, link, "another host has the address");
		ask_carefully(link);
		return;
	}
	claim_defend(&link->claim, network->now_ms);
	/* What ip= says is kept for want of anything better, until a server knows of something. */
	link->contested = !leased;
	if (link_does_dhcp(link) && !link->dhcp.careful)
		ask_carefully(link);
}

void conflict_watch(struct network *network, struct link *link)
{
	struct arp_identity identity = { .link = link->index, .address = link->lease.address };

	memcpy(identity.hardware, link->hardware, ARP_HARDWARE);
	if (!link->has_lease || !link->usable || !link->up || !link->carrier) {
		claim_end(&link->claim);
		return;
	}
	if (claim_begin(&link->claim, &identity, network->now_ms)) {
		link->claim_failed = false;
		return;
	}
	if (!link->claim_failed)
		log_line(link->name, "cannot watch for other hosts with its address: %s; going on",
			strerror(errno));
	link->claim_failed = true;
}
