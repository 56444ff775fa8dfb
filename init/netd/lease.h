/* SPDX-License-Identifier: MIT */
/*
 * What a link is given: an address, routes, and what the network says of itself. It comes from a DHCP
 * server by way of udhcpc, or from ip=, and is the same from there on.
 *
 * A lease travels between processes, and outlives netd in /run/net, as lines of text "key=value". Reading
 * it back checks every value as if a stranger had written it. Pure.
 */
#ifndef NETD_LEASE_H
#define NETD_LEASE_H

#include <net/if.h>
#include <stddef.h>
#include <sys/types.h>

#include "ip_parameter.h"
#include "ipv4.h"
#include "name.h"

/* What is beyond a limit is left out, and said. */
enum {
	LEASE_ROUTES_MAX = 16,
	LEASE_DNS_MAX = 3, /* as many as musl's resolver asks */
	LEASE_NTP_MAX = 4,
	LEASE_SYSLOG_MAX = 4,
	LEASE_SERVERS_MAX = 4, /* the most of the three above */
	/* A network of more than 16 million hosts is a mistake or an attack. */
	LEASE_PREFIX_MIN = 8,
	LEASE_TEXT_MAX = 2048, /* bytes of a lease or message as text, NUL included */
	LEASE_LEFT_OUT_MAX = 9999, /* values left out of one lease; it has not so many */
	LEASE_REASON_MAX = 128, /* bytes of a message's reason, NUL included */
};

/* As DHCP writes it, and as the kernel does in an address's lifetime. */
#define LEASE_FOREVER UINT32_MAX

struct lease_route {
	struct in_addr network; /* 0.0.0.0 with prefix 0: the default route */
	uint8_t prefix;
	struct in_addr gateway; /* 0.0.0.0: on the link itself */
};

struct server_list {
	struct in_addr server[LEASE_SERVERS_MAX];
	uint8_t count;
};

struct lease {
	struct in_addr address;
	uint8_t prefix;
	uint32_t seconds; /* how long it holds; LEASE_FOREVER */
	struct in_addr dhcp_server; /* 0.0.0.0: unknown, or from ip= */
	struct lease_route routes[LEASE_ROUTES_MAX];
	uint8_t route_count;
	struct server_list dns;
	struct server_list ntp;
	struct server_list syslog;
	char hostname[HOSTNAME_MAX + 1]; /* empty: none */
	char search[DOMAIN_MAX + 1]; /* domains with one space between them; empty: none */
};

/* What udhcpc has to say; the names are those it hands to its script, but for refused. */
enum lease_event {
	LEASE_DECONFIG, /* it starts, or its lease is lost */
	LEASE_BOUND, /* a new lease */
	LEASE_RENEW, /* the lease goes on, perhaps with other values */
	LEASE_NAK, /* the server takes the address back */
	LEASE_LEASEFAIL, /* nobody answered one round of requests */
	LEASE_REFUSED, /* there is a lease, but its values cannot be right: see reason */
	LEASE_EVENT_COUNT,
};

/* One message from the hook to the daemon. */
struct lease_message {
	enum lease_event event;
	char interface[IFNAMSIZ];
	pid_t client; /* the udhcpc that said so */
	struct lease lease; /* LEASE_BOUND and LEASE_RENEW */
	char reason[LEASE_REASON_MAX]; /* LEASE_REFUSED; printable */
	uint32_t refused_words; /* values that were left out of the lease */
};

/* A lease as netd leaves it for the netd after it. */
struct lease_record {
	struct lease lease;
	int link; /* the kernel's index of the link it is for */
	uint64_t until_ms; /* CLOCK_BOOTTIME */
};

const char *lease_event_name(enum lease_event event);

/* LEASE_EVENT_COUNT if there is no such event. */
enum lease_event lease_event_parse(const char *name);

/*
 * True if a host can live with this address and these routes. `why` (LEASE_REASON_MAX bytes) says what
 * is wrong. Servers and names are not looked at: they are checked one by one where they are added.
 */
bool lease_check(const struct lease *lease, char *why);

/* The part of it that asks whether one route could work with the lease's address and prefix. */
bool lease_check_route(const struct lease *lease, const struct lease_route *route, char *why);

/* The default route's gateway, or NULL if the lease has none. */
const struct in_addr *lease_gateway(const struct lease *lease);

/* False if the list has `most` already. */
bool server_list_add(struct server_list *list, struct in_addr server, size_t most);

/* The lease that a static ip= amounts to. */
void lease_from_ip_parameter(const struct ip_parameter *parameter, struct lease *lease);

/* Write as text of at most LEASE_TEXT_MAX bytes. Return its length without the NUL; -1: no room. */
int lease_message_encode(const struct lease_message *message, char *text);
int lease_record_encode(const struct lease_record *record, char *text);

/*
 * Read `length` bytes of text. False if anything is unknown, missing, twice or wrong; then
 * nothing in the structure is of use.
 */
bool lease_message_decode(const char *text, size_t length, struct lease_message *message);
bool lease_record_decode(const char *text, size_t length, struct lease_record *record);

#endif
