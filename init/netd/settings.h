/* SPDX-License-Identifier: MIT */
/* What the kernel command line wants of the network. Pure; the caller reads /proc/cmdline. */
#ifndef NETD_SETTINGS_H
#define NETD_SETTINGS_H

#include "ip_parameter.h"
#include "lease.h"
#include "vlan_parameter.h"

enum {
	VLAN_COUNT_MAX = 4,
	SETTINGS_SCHEME_MAX = sizeof("tcp://") - 1,
	SETTINGS_PORT_MAX = sizeof(":65535") - 1,
};

struct settings {
	struct ip_parameter ip;
	bool hostname_is_fixed; /* hostname= or ip= says it; DHCP does not */
	char ntp[LEASE_NTP_MAX]
		[DOMAIN_MAX + 1]; /* ntp=: names or addresses; the first empty one ends it */
	/* syslog=: [udp://|tcp://]HOST[:PORT], as it stands there; empty: none */
	char syslog[SETTINGS_SCHEME_MAX + DOMAIN_MAX + SETTINGS_PORT_MAX + 1];
	/* Each has another name; none carries itself. */
	struct vlan_parameter vlans[VLAN_COUNT_MAX];
	size_t vlan_count;
};

/*
 * Fills *settings from a kernel command line. What is wrong in it is reported, as a whole sentence that
 * says what happens instead, and left out.
 */
void settings_read(
	struct settings *settings, const char *command_line, void (*report)(const char *message));

#endif
