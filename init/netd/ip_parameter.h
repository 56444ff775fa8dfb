/* SPDX-License-Identifier: MIT */
/*
 * The ip= parameter of the kernel command line, as Documentation/admin-guide/nfs/nfsroot.rst of the
 * kernel describes it and net/ipv4/ipconfig.c reads it:
 *
 *   ip=<client>:<server>:<gateway>:<netmask>:<hostname>:<device>:<autoconf>:<dns0>:<dns1>:<ntp0>
 *   ip=dhcp|on|any|off|none
 *
 * Where the kernel takes what it can from a broken value, this refuses it and says why: half an
 * address makes a node that nobody finds. A host name may also be given as hex,DIGITS: two hexadecimal digits
 * for each byte. Such a name is what a DHCP server said, whatever it is; boot.ipxe hands it over so. The device may
 * be its hardware address, as 52-54-00-12-34-56: what a loader knows, which does not know Linux's names. Pure.
 */
#ifndef NETD_IP_PARAMETER_H
#define NETD_IP_PARAMETER_H

#include "ipv4.h"
#include "name.h"

#define IP_PARAMETER_HEX "hex,"

enum {
	IP_PARAMETER_DNS_MAX = 2,
	IP_PARAMETER_WHY_MAX = 160, /* bytes of an explanation, NUL included */
	IP_PARAMETER_DEVICE = sizeof("52-54-00-12-34-56") - 1, /* a name is shorter */
	IP_PARAMETER_CLIENT_ID = 64, /* bytes of a DHCP client identifier */
};

enum ip_mode {
	IP_DHCP, /* ask for an address; also when there is no ip= at all */
	IP_STATIC, /* client has it */
	IP_OFF, /* no address is wanted */
};

/* An address of 0.0.0.0 and an empty string: not given. */
struct ip_parameter {
	enum ip_mode mode;
	bool handed_over; /* IP_STATIC, and the method is dhcp: a server leased the address a moment ago */
	struct in_addr client;
	uint8_t prefix; /* IP_STATIC only; from the netmask, or the class of the address */
	struct in_addr server;
	struct in_addr gateway;
	char hostname[HOSTNAME_MAX + 1]; /* up to the first dot */
	char domain[DOMAIN_MAX + 1]; /* what was behind it */
	char device[IP_PARAMETER_DEVICE +
		    1]; /* a name or a hardware address; empty: any Ethernet link */
	struct in_addr dns[IP_PARAMETER_DNS_MAX];
	struct in_addr ntp;
	int client_id_type; /* -1: none was given */
	char client_id[IP_PARAMETER_CLIENT_ID + 1];
};

/* What holds when there is no ip=: DHCP everywhere. */
void ip_parameter_default(struct ip_parameter *parameter);

/*
 * Reads the value of ip=. On failure *parameter is the default, and `why` (IP_PARAMETER_WHY_MAX bytes)
 * says what is wrong, printable as it is. On success `why` is empty, or says what was left out: a name in
 * hexadecimal digits that is no host name.
 */
bool ip_parameter_parse(const char *value, struct ip_parameter *parameter, char *why);

#endif
