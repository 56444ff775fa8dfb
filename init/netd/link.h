/* SPDX-License-Identifier: MIT */
/*
 * The Ethernet links of the node: what is known of each, which of them gets what, and how it is told
 * to people. No system calls; network.c acts on what stands here.
 */
#ifndef NETD_LINK_H
#define NETD_LINK_H

#include "address6.h"
#include "claim.h"
#include "dhcp.h"
#include "lease.h"
#include "link_report.h"
#include "router_dns.h"

enum {
	LINK_MAX = 8, /* links beyond that are named in the log and left alone */
	LINK_TEXT_MAX = 320, /* bytes of a link's line for people, NUL included */
};

/* Where a link's address is to come from. */
enum link_role {
	LINK_IDLE, /* nowhere: the link is up and that is all */
	LINK_STATIC, /* ip= */
	LINK_HANDED_OVER, /* ip= to begin with; DHCP takes its lease over */
	LINK_DHCP,
};

/* What has happened to it since netd runs. */
struct link_counts {
	uint32_t leases; /* got, anew */
	uint32_t renewals;
	uint32_t naks; /* addresses that a server took back */
	uint32_t unanswered; /* rounds of requests */
	uint32_t refused_leases;
	uint32_t refused_words; /* of leases that were of use otherwise */
	uint32_t conflicts; /* addresses found to be another's, or claimed by another */
};

struct link {
	int index; /* the kernel's number, never given twice */
	char name[IFNAMSIZ];
	bool listed; /* the kernel has told it since all links were last asked for */
	bool up; /* administratively */
	bool was_up; /* once; if it is not now, somebody took it down and wants it so */
	bool carrier;
	bool had_carrier; /* ever */
	uint32_t carrier_changes;
	uint8_t hardware[ARP_HARDWARE]; /* its address */
	struct retry set_up;
	bool set_up_failed;

	enum link_role role;
	struct dhcp_client dhcp;
	char refusal[LEASE_REASON_MAX]; /* why the last lease was refused; empty: it was not */

	bool has_lease;
	bool lease_is_given; /* it is that of ip= */
	struct lease lease; /* from either source */
	uint64_t until_ms; /* CLOCK_NEVER for ip= */
	bool applied; /* the kernel has all of it */
	bool usable; /* the kernel has its address and its default route */
	struct retry apply;
	bool address_missing; /* it was applied, and somebody removed it */
	struct claim claim;
	bool claim_failed; /* the last one; it has been said */
	bool contested; /* another host has the address, too, and there is none to go to */
	struct address6_list addresses6;
	struct router_dns router_dns;
	bool solicit; /* what routers have said may have been missed */
	struct link_counts counts;
};

struct link_table {
	struct link links[LINK_MAX]; /* in the order of their indexes */
	size_t count;
};

/* NULL if there is none. */
struct link *link_find(struct link_table *table, int index);
struct link *link_find_name(struct link_table *table, const char *name);

/* Takes up a link in its place; the pointers of links behind it change. NULL: the table is full. */
struct link *link_add(struct link_table *table, int index, const char *name);

/* Takes it out; the pointers of links behind it change. */
void link_remove(struct link_table *table, struct link *link);

/*
 * True if netd looks after this link: Ethernet that is a piece of hardware, or is called ethN, or is
 * the device of ip=, or stands in a vlan=. Bridges and virtual links that a job has made are the job's.
 */
bool link_is_wanted(const struct link_report *link, const struct settings *settings);

/*
 * The index of the link that is to have the address of ip=; 0: none there is. Without a device in ip= it is
 * `current` as long as that is there, unless it never had carrier and another one has; else the
 * first with carrier; else the first.
 */
int link_for_static(struct link_table *table, const struct ip_parameter *ip, int current);

enum link_role link_role_of(
	const struct link *link, const struct ip_parameter *ip, int static_index);

/* True if the link is to have a DHCP client. */
bool link_does_dhcp(const struct link *link);

/* "10.0.2.15/24 via 10.0.2.2 (dhcp)"; returns `text`, LINK_TEXT_MAX bytes. */
const char *link_describe_lease(const struct link *link, char *text);

/* True if it has an IPv6 address and can do without an IPv4 one, since nobody answers for that. */
bool link_is_usable6(const struct link *link);

/* How the link is, in a few words after its name: "eth0: no carrier". Returns `text`. */
const char *link_describe(const struct link *link, char *text);

/* How all links are, and the one `ip` is for if it is not there, in a line of at most `size` bytes. */
const char *link_describe_all(
	struct link_table *table, const struct ip_parameter *ip, char *text, size_t size);

#endif
