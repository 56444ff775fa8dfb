/* SPDX-License-Identifier: MIT */
/* A link as the kernel reports it: what netlink.c reads, and link.c decides by. */
#ifndef NETD_LINK_REPORT_H
#define NETD_LINK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "arp.h"

struct link_report {
	int index;
	const char *name; /* valid while the report is looked at */
	bool ethernet; /* speaks Ethernet, and is not the loopback */
	bool hardware; /* no software made it: no bridge, veth, VLAN, … */
	bool up; /* somebody wants it to work */
	bool carrier; /* somebody is at the other end */
	uint8_t address[ARP_HARDWARE]; /* zeros: it has none */
	uint32_t carrier_changes; /* counts both ways; tells a flap that was too short to be seen */
};

#endif
