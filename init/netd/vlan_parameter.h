/* SPDX-License-Identifier: MIT */
/*
 * VLANs of the kernel command line, in the form of dracut.cmdline(7):
 *
 *   vlan=<name>:<device>
 *
 * where name is one of those the kernel gives VLANs (net/8021q, vconfig's set_name_type) and so says the
 * number: vlan5, vlan0005, eth0.5, eth0.0005. Pure.
 */
#ifndef NETD_VLAN_PARAMETER_H
#define NETD_VLAN_PARAMETER_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VLAN_ID_MAX = 4094, /* IEEE 802.1Q; 0 is no VLAN, 4095 is reserved */
	VLAN_WHY_MAX = 160, /* bytes of an explanation, NUL included */
};

struct vlan_parameter {
	char name[IFNAMSIZ];
	char device[IFNAMSIZ]; /* the link that carries it */
	uint16_t id;
};

/* Reads the value of vlan=. False: `why` (VLAN_WHY_MAX bytes) says what is wrong, printable as it is. */
bool vlan_parameter_parse(const char *value, struct vlan_parameter *vlan, char *why);

/* Reads eth0.5, which needs nobody to say what carries it. False: this is no such name. */
bool vlan_parameter_from_name(const char *name, struct vlan_parameter *vlan);

#endif
