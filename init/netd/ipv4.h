/* SPDX-License-Identifier: MIT */
/*
 * IPv4 addresses and prefixes: reading them as people and servers write them, and telling which of
 * them a host can have. Addresses are in network byte order, as the kernel wants them. Pure.
 */
#ifndef NETD_IPV4_H
#define NETD_IPV4_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { IPV4_TEXT_MAX = 16 }; /* bytes of "255.255.255.255" and its NUL */

/* Reads four decimal numbers with dots between them and nothing else. False: *address untouched. */
bool ipv4_parse(const char *text, struct in_addr *address);

/* Reads "10.1.0.0/16". Bits behind the prefix must be zero. False: nothing touched. */
bool ipv4_parse_network(const char *text, struct in_addr *network, uint8_t *prefix);

/* Writes the address into `buffer` of IPV4_TEXT_MAX bytes and returns it. */
const char *ipv4_format(char buffer[IPV4_TEXT_MAX], struct in_addr address);

/* True for 0.0.0.0, which stands for "none" wherever an address may be left out. */
bool ipv4_is_none(struct in_addr address);

/* True for an address one host can have on a network: not 0/8, 127/8, multicast, or above. */
bool ipv4_is_unicast(struct in_addr address);

/* True if `address` is a host of its network: unicast, and neither its first nor its last address. */
bool ipv4_is_host(struct in_addr address, uint8_t prefix);

bool ipv4_same_network(struct in_addr one, struct in_addr other, uint8_t prefix);

/* 255.255.255.0 for 24. `prefix` is at most 32. */
struct in_addr ipv4_mask(uint8_t prefix);

/* 24 for 255.255.255.0; -1 if the ones do not all stand before the zeros. */
int ipv4_prefix_of_mask(struct in_addr mask);

/* The prefix of an address's class (A 8, B 16, C 24); -1 where classes had none. */
int ipv4_classful_prefix(struct in_addr address);

#endif
