/* SPDX-License-Identifier: MIT */
/*
 * What IPv6 routers say of DNS in their advertisements: servers (RDNSS) and search domains (DNSSL), each for
 * a time (RFC 8106). The kernel checks the advertisement and hands the options on as they came, so every
 * byte in them is a stranger's. Pure.
 */
#ifndef NETD_ROUTER_DNS_H
#define NETD_ROUTER_DNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "name.h"

enum {
	/* What is beyond these is left out and counted. RFC 8106 wants three of each to be kept. */
	ROUTER_DNS_SERVERS_MAX = 3,
	ROUTER_DNS_DOMAINS_MAX = 3,
};

struct router_dns_server {
	struct in6_addr address;
	uint64_t until_ms; /* CLOCK_BOOTTIME; CLOCK_NEVER */
};

struct router_dns_domain {
	char name[DOMAIN_MAX + 1];
	uint64_t until_ms;
};

/* Of one link; zeros: nothing. In the order they were told. */
struct router_dns {
	struct router_dns_server servers[ROUTER_DNS_SERVERS_MAX];
	size_t server_count;
	struct router_dns_domain domains[ROUTER_DNS_DOMAINS_MAX];
	size_t domain_count;
	uint32_t refused; /* words that cannot be right, or for which there was no room */
};

/*
 * Takes in options of a router advertisement, as they are on the wire; others than the two are passed
 * over. Returns whether the lists have changed otherwise than in their times.
 */
bool router_dns_take(struct router_dns *dns, const uint8_t *options, size_t size, uint64_t now_ms);

/* Takes out what is over. Returns whether there was anything. */
bool router_dns_expire(struct router_dns *dns, uint64_t now_ms);

/* When the next of them is over; CLOCK_NEVER. */
uint64_t router_dns_deadline(const struct router_dns *dns);

#endif
