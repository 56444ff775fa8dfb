/* SPDX-License-Identifier: MIT */
/* IPv4 addresses and prefixes; see ipv4.h. */
#include "ipv4.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* A decimal number of at most `most`, without leading zeros, which some read as octal. */
static const char *parse_number(const char *text, unsigned most, unsigned *number)
{
	unsigned value = 0;
	const char *start = text;

	while (*text >= '0' && *text <= '9') {
		value = value * 10 + (unsigned)(*text - '0');
		if (value > most || (text > start && *start == '0'))
			return NULL;
		text++;
	}
	if (text == start)
		return NULL;
	*number = value;
	return text;
}

/* Returns what follows the address. */
static const char *parse_quad(const char *text, struct in_addr *address)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned octet;

		if (i > 0 && *text++ != '.')
			return NULL;
		text = parse_number(text, 255, &octet);
		if (!text)
			return NULL;
		value = value << 8 | octet;
	}
	address->s_addr = htonl(value);
	return text;
}

bool ipv4_parse(const char *text, struct in_addr *address)
{
	struct in_addr value;
	const char *end = parse_quad(text, &value);

	if (!end || *end)
		return false;
	*address = value;
	return true;
}

bool ipv4_parse_network(const char *text, struct in_addr *network, uint8_t *prefix)
{
	struct in_addr value;
	unsigned length;
	const char *end = parse_quad(text, &value);

	if (!end || *end != '/')
		return false;
	end = parse_number(end + 1, 32, &length);
	if (!end || *end || (value.s_addr & ~ipv4_mask((uint8_t)length).s_addr))
		return false;
	*network = value;
	*prefix = (uint8_t)length;
	return true;
}

const char *ipv4_format(char buffer[IPV4_TEXT_MAX], struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	snprintf(buffer, IPV4_TEXT_MAX, "%u.%u.%u.%u", value >> 24, value >> 16 & 255,
		value >> 8 & 255, value & 255);
	return buffer;
}

bool ipv4_is_none(struct in_addr address)
{
	return address.s_addr == 0;
}

bool ipv4_is_unicast(struct in_addr address)
{
	uint32_t first = ntohl(address.s_addr) >> 24;

	return first != 0 && first != 127 && first < 224;
}

bool ipv4_is_host(struct in_addr address, uint8_t prefix)
{
	uint32_t host = address.s_addr & ~ipv4_mask(prefix).s_addr;

	if (!ipv4_is_unicast(address))
		return false;
	/* The two addresses of a /31 are both hosts (RFC 3021), and so is a /32. */
	return prefix >= 31 || (host != 0 && host != ~ipv4_mask(prefix).s_addr);
}

bool ipv4_same_network(struct in_addr one, struct in_addr other, uint8_t prefix)
{
	return ((one.s_addr ^ other.s_addr) & ipv4_mask(prefix).s_addr) == 0;
}

struct in_addr ipv4_mask(uint8_t prefix)
{
	uint32_t mask = prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);

	return (struct in_addr){ htonl(mask) };
}

int ipv4_prefix_of_mask(struct in_addr mask)
{
	for (uint8_t prefix = 0; prefix <= 32; prefix++) {
		if (ipv4_mask(prefix).s_addr == mask.s_addr)
			return prefix;
	}
	return -1;
}

int ipv4_classful_prefix(struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	if (IN_CLASSA(value))
		return 8;
	if (IN_CLASSB(value))
		return 16;
	if (IN_CLASSC(value))
		return 24;
	return -1;
}
