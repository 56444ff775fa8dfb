/* SPDX-License-Identifier: MIT */
/*
 * ARP as a host speaks it about its own address (RFC 5227): asking whether somebody has it, telling
 * everybody that we have it, and hearing when another says so. The kernel filters what is heard, so
 * the broadcasts of a busy network wake nobody.
 */
#ifndef NETD_ARP_H
#define NETD_ARP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	ARP_HARDWARE = 6, /* bytes of an Ethernet address */
	ARP_HARDWARE_TEXT_MAX = sizeof("00:00:00:00:00:00"),
};

/* What the address is claimed with. */
struct arp_identity {
	int link; /* the kernel's index */
	uint8_t hardware[ARP_HARDWARE];
	struct in_addr address;
};

/*
 * A descriptor that is readable when another than us claims the address: it sent ARP from it with other
 * hardware. -1 and errno.
 */
int arp_open(const struct arp_identity *identity);

/* Asks who has the address, without claiming it. An answer is heard as a claim. */
bool arp_probe(int descriptor, const struct arp_identity *identity);

/* Tells everybody that the address is ours, so that they forget who had it before. */
bool arp_announce(int descriptor, const struct arp_identity *identity);

/* Who claims it; all that has been heard is read. False: nobody. */
bool arp_read(int descriptor, uint8_t hardware[ARP_HARDWARE]);

/* "52:54:00:12:34:56"; returns `text`. */
const char *arp_format(char text[ARP_HARDWARE_TEXT_MAX], const uint8_t hardware[ARP_HARDWARE]);

#endif
