/* SPDX-License-Identifier: MIT */
/* DNS from router advertisements; see router_dns.h. */
#include "router_dns.h"

#include <string.h>

#include "basics/clock.h"

/* RFC 8106, sections 5.1 and 5.2: type, length in units of 8 bytes, two reserved bytes, lifetime, data. */
enum {
	OPTION_RDNSS = 25,
	OPTION_DNSSL = 31,
	OPTION_UNIT = 8,
	OPTION_HEAD = 8,
};

#define LIFETIME_FOREVER UINT32_MAX

struct reader {
	struct router_dns *dns;
	uint64_t now_ms;
	uint64_t until_ms; /* now_ms: what follows is not to be used any more */
	bool changed;
};

/* ---- Servers ---- */

/* An address of one host that a packet could be sent to. */
static bool is_server(const struct in6_addr *address)
{
	return !IN6_IS_ADDR_UNSPECIFIED(address) && !IN6_IS_ADDR_LOOPBACK(address) &&
	       !IN6_IS_ADDR_MULTICAST(address) && !IN6_IS_ADDR_V4MAPPED(address) &&
	       !IN6_IS_ADDR_V4COMPAT(address);
}

static void remove_server(struct router_dns *dns, size_t place)
{
	dns->server_count--;
	memmove(&dns->servers[place], &dns->servers[place + 1],
		(dns->server_count - place) * sizeof(dns->servers[0]));
}

static void take_server(struct reader *reader, const uint8_t *bytes)
{
	struct router_dns *dns = reader->dns;
	struct router_dns_server server = { .until_ms = reader->until_ms };
	size_t place = 0;

	memcpy(&server.address, bytes, sizeof(server.address));
	while (place < dns->server_count &&
		!IN6_ARE_ADDR_EQUAL(&dns->servers[place].address, &server.address))
		place++;
	if (place < dns->server_count && server.until_ms > reader->now_ms) {
		dns->servers[place].until_ms = server.until_ms;
	} else if (place < dns->server_count) {
		remove_server(dns, place);
		reader->changed = true;
	} else if (!is_server(&server.address) || dns->server_count == ROUTER_DNS_SERVERS_MAX) {
		dns->refused++;
	} else if (server.until_ms > reader->now_ms) {
		dns->servers[dns->server_count++] = server;
		reader->changed = true;
	}
}

static void take_servers(struct reader *reader, const uint8_t *data, size_t size)
{
	if (size == 0 || size % sizeof(struct in6_addr) != 0) {
		reader->dns->refused++;
		return;
	}
	for (; size > 0; size -= sizeof(struct in6_addr), data += sizeof(struct in6_addr))
		take_server(reader, data);
}

/* ---- Domains ---- */

static void remove_domain(struct router_dns *dns, size_t place)
{
	dns->domain_count--;
	memmove(&dns->domains[place], &dns->domains[place + 1],
		(dns->domain_count - place) * sizeof(dns->domains[0]));
}

static void take_domain(struct reader *reader, const char *name)
{
	struct router_dns *dns = reader->dns;
	size_t place = 0;

	while (place < dns->domain_count && strcmp(dns->domains[place].name, name) != 0)
		place++;
	if (place < dns->domain_count && reader->until_ms > reader->now_ms) {
		dns->domains[place].until_ms = reader->until_ms;
	} else if (place < dns->domain_count) {
		remove_domain(dns, place);
		reader->changed = true;
	} else if (dns->domain_count == ROUTER_DNS_DOMAINS_MAX) {
		dns->refused++;
	} else if (reader->until_ms > reader->now_ms) {
		strcpy(dns->domains[place].name, name);
		dns->domains[place].until_ms = reader->until_ms;
		dns->domain_count++;
		reader->changed = true;
	}
}

/*
 * A name as RFC 1035, section 3.1 writes it, labels after their lengths up to an empty one; compression
 * is not allowed here. Returns the bytes it has; 0: it is none. An empty name is padding.
 */
static size_t read_name(const uint8_t *data, size_t size, char name[DOMAIN_MAX + 1])
{
	size_t used = 0;
	size_t length = 0;

	while (used < size && data[used] > 0) {
		size_t label = data[used++];

		if (label > LABEL_MAX || label > size - used ||
			length + (length > 0) + label > DOMAIN_MAX ||
			memchr(data + used, '.', label) || memchr(data + used, '\0', label))
			return 0;
		if (length > 0)
			name[length++] = '.';
		memcpy(name + length, data + used, label);
		length += label;
		used += label;
	}
	name[length] = '\0';
	return used < size ? used + 1 : 0;
}

static void take_domains(struct reader *reader, const uint8_t *data, size_t size)
{
	char name[DOMAIN_MAX + 1];

	while (size > 0) {
		size_t used = read_name(data, size, name);

		if (used == 0) {
			reader->dns->refused++;
			return;
		}
		if (name[0] && name_is_host(name, DOMAIN_MAX))
			take_domain(reader, name);
		else if (name[0])
			reader->dns->refused++;
		data += used;
		size -= used;
	}
}

/* ---- Options ---- */

static void take_option(struct reader *reader, const uint8_t *option, size_t size)
{
	const uint32_t seconds = (uint32_t)option[4] << 24 | (uint32_t)option[5] << 16 |
				 (uint32_t)option[6] << 8 | option[7];

	reader->until_ms = seconds == LIFETIME_FOREVER ? CLOCK_NEVER
						       : reader->now_ms + (uint64_t)seconds * 1000;
	if (option[0] == OPTION_RDNSS)
		take_servers(reader, option + OPTION_HEAD, size - OPTION_HEAD);
	else if (option[0] == OPTION_DNSSL)
		take_domains(reader, option + OPTION_HEAD, size - OPTION_HEAD);
}

bool router_dns_take(struct router_dns *dns, const uint8_t *options, size_t size, uint64_t now_ms)
{
	struct reader reader = { .dns = dns, .now_ms = now_ms };

	reader.changed = router_dns_expire(dns, now_ms);
	while (size >= OPTION_UNIT) {
		size_t length = (size_t)options[1] * OPTION_UNIT;

		if (length == 0 || length > size)
			break;
		take_option(&reader, options, length);
		options += length;
		size -= length;
	}
	dns->refused += size > 0;
	return reader.changed;
}

bool router_dns_expire(struct router_dns *dns, uint64_t now_ms)
{
	bool any = false;

	for (size_t i = dns->server_count; i-- > 0;) {
		if (dns->servers[i].until_ms <= now_ms) {
			remove_server(dns, i);
			any = true;
		}
	}
	for (size_t i = dns->domain_count; i-- > 0;) {
		if (dns->domains[i].until_ms <= now_ms) {
			remove_domain(dns, i);
			any = true;
		}
	}
	return any;
}

uint64_t router_dns_deadline(const struct router_dns *dns)
{
	uint64_t at_ms = CLOCK_NEVER;

	for (size_t i = 0; i < dns->server_count; i++)
		at_ms = dns->servers[i].until_ms < at_ms ? dns->servers[i].until_ms : at_ms;
	for (size_t i = 0; i < dns->domain_count; i++)
		at_ms = dns->domains[i].until_ms < at_ms ? dns->domains[i].until_ms : at_ms;
	return at_ms;
}
