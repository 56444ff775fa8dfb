/* SPDX-License-Identifier: MIT */
/* The claim to an address; see claim.h. */
#include "claim.h"

#include <string.h>
#include <unistd.h>

void claim_init(struct claim *claim)
{
	*claim = (struct claim){ .socket = -1, .announce_ms = CLOCK_NEVER };
}

static bool same_identity(const struct arp_identity *one, const struct arp_identity *other)
{
	return one->link == other->link && one->address.s_addr == other->address.s_addr &&
	       memcmp(one->hardware, other->hardware, ARP_HARDWARE) == 0;
}

bool claim_begin(struct claim *claim, const struct arp_identity *identity, uint64_t now_ms)
{
	if (claim->socket >= 0 && same_identity(&claim->identity, identity))
		return true;
	claim_end(claim);
	claim->socket = arp_open(identity);
	if (claim->socket < 0)
		return false;
	claim->identity = *identity;
	claim->since_ms = now_ms;
	claim->announce_ms = now_ms + CLAIM_FIRST_MS;
	arp_probe(claim->socket, identity);
	return true;
}

void claim_end(struct claim *claim)
{
	if (claim->socket >= 0)
		close(claim->socket);
	claim_init(claim);
}

uint64_t claim_turn(struct claim *claim, uint64_t now_ms)
{
	if (claim->socket < 0)
		return CLOCK_NEVER;
	if (claim->deaf_until_ms <= now_ms)
		claim->deaf_until_ms = 0;
	if (claim->announce_ms <= now_ms) {
		/* One that is lost is made up for by the next packet to anybody. */
		arp_announce(claim->socket, &claim->identity);
		claim->announcements++;
		claim->announce_ms = claim->announcements < CLAIM_ANNOUNCEMENTS
					     ? now_ms + CLAIM_INTERVAL_MS
					     : CLOCK_NEVER;
	}
	if (claim->deaf_until_ms > 0 && claim->deaf_until_ms < claim->announce_ms)
		return claim->deaf_until_ms;
	return claim->announce_ms;
}

int claim_descriptor(const struct claim *claim)
{
	return claim->deaf_until_ms > 0 ? -1 : claim->socket;
}

enum claim_verdict claim_judge(struct claim *claim, uint64_t now_ms)
{
	const bool young = now_ms - claim->since_ms < CLAIM_YOUNG_MS;
	const bool again = claim->defended_ms > 0 && now_ms - claim->defended_ms < CLAIM_DEFEND_MS;

	claim->deaf_until_ms = now_ms + CLAIM_DEAF_MS;
	return young || again ? CLAIM_LOST : CLAIM_DEFEND;
}

enum claim_verdict claim_read(struct claim *claim, uint8_t hardware[ARP_HARDWARE], uint64_t now_ms)
{
	if (claim_descriptor(claim) < 0 || !arp_read(claim->socket, hardware))
		return CLAIM_NONE;
	return claim_judge(claim, now_ms);
}

bool claim_defend(struct claim *claim, uint64_t now_ms)
{
	if (claim->defended_ms > 0 && now_ms - claim->defended_ms < CLAIM_DEFEND_MS)
		return false;
	claim->defended_ms = now_ms;
	arp_announce(claim->socket, &claim->identity);
	return true;
}
