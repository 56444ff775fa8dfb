/* SPDX-License-Identifier: MIT */
/*
 * One link's claim to its IPv4 address: asking whether it is free, announcing it, and what to do when another
 * host claims it, too (RFC 5227). The address is used from the first moment: a node is not to wait seconds
 * for the word of a neighbour that is hardly ever there, and takes the address back if there is one.
 */
#ifndef NETD_CLAIM_H
#define NETD_CLAIM_H

#include "arp.h"
#include "basics/clock.h"

enum {
	/* Whoever has the address answers at once; this is for a slow one, and a slow node. */
	CLAIM_YOUNG_MS = 2000,
	/* RFC 5227: two announcements, two seconds apart. The first leaves time for an answer. */
	CLAIM_ANNOUNCEMENTS = 2,
	CLAIM_FIRST_MS = 200,
	CLAIM_INTERVAL_MS = 2000,
	/* RFC 5227's DEFEND_INTERVAL: an address is not defended more often. */
	CLAIM_DEFEND_MS = 10000,
	/* After a conflict nothing is heard for so long, so that a flood of them is not a load. */
	CLAIM_DEAF_MS = 1000,
};

struct claim {
	int socket; /* -1: nothing is claimed */
	struct arp_identity identity;
	uint64_t since_ms;
	uint64_t announce_ms; /* when the next announcement is due; CLOCK_NEVER */
	unsigned announcements; /* that have been made */
	uint64_t defended_ms; /* 0: never */
	uint64_t deaf_until_ms; /* 0: it hears */
};

/* What a conflict means. */
enum claim_verdict {
	CLAIM_NONE, /* there was none */
	CLAIM_DEFEND, /* the address is ours, and should be announced again */
	CLAIM_LOST, /* it had another owner before us, or one that does not yield */
};

void claim_init(struct claim *claim);

/*
 * Claims `identity`, asking who has it. If it is claimed already nothing happens. Returns false and errno
 * if that cannot be done.
 */
bool claim_begin(struct claim *claim, const struct arp_identity *identity, uint64_t now_ms);

void claim_end(struct claim *claim);

/* Makes the announcements that are due. Returns when it wants to be called again; CLOCK_NEVER. */
uint64_t claim_turn(struct claim *claim, uint64_t now_ms);

/* The descriptor to poll; -1: none for now. */
int claim_descriptor(const struct claim *claim);

/* Reads what was heard. `hardware` is who claims the address, unless the verdict is CLAIM_NONE. */
enum claim_verdict claim_read(struct claim *claim, uint8_t hardware[ARP_HARDWARE], uint64_t now_ms);

/* The pure half of it: there is a conflict. */
enum claim_verdict claim_judge(struct claim *claim, uint64_t now_ms);

/* Announces the address against another's claim, if it is time for that again; returns whether it was. */
bool claim_defend(struct claim *claim, uint64_t now_ms);

#endif
