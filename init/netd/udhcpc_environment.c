/* SPDX-License-Identifier: MIT */
/* A lease from udhcpc's environment; see udhcpc_environment.h. */
#include "udhcpc_environment.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	WORD_MAX = 64, /* bytes of one word of a list of addresses or routes; they need 18 */
	SHOWN_MAX = 48, /* bytes of a bad value that a report repeats */
	LEASE_DEFAULT_SECONDS = 3600, /* what udhcpc takes when the server does not say */
};

/* A server's syslog option has no name in udhcpc: it stands in hex under its number. */
#define SYSLOG_VARIABLE "opt7"

struct reader {
	char *const *environment;
	struct lease *lease;
	const struct refusal_report *report;
};

static const char *value_of(const struct reader *reader, const char *name)
{
	size_t length = strlen(name);

	for (char *const *entry = reader->environment; *entry; entry++) {
		if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
			return *entry + length + 1;
	}
	return NULL;
}

__attribute__((format(printf, 2, 3))) static void refuse(
	const struct reader *reader, const char *format, ...)
{
	char message[LEASE_REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	reader->report->refused(reader->report->context, message);
}

static void refuse_value(const struct reader *reader, const char *name, const char *value)
{
	char shown[SHOWN_MAX];

	refuse(reader, "%s '%s' refused", name, name_printable(shown, sizeof(shown), value));
}

/* Takes the next word of a list into `word`; cut if it is longer than any good one. False: no more. */
static bool next_word(const char **list, char word[WORD_MAX])
{
	const char *start = *list + strspn(*list, " ");
	size_t length = strcspn(start, " ");

	*list = start + length;
	if (length == 0)
		return false;
	if (length >= WORD_MAX)
		length = WORD_MAX - 1;
	memcpy(word, start, length);
	word[length] = '\0';
	return true;
}

static bool read_seconds(const char *text, uint32_t *seconds)
{
	uint64_t value = 0;

	for (const char *digit = text; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || digit - text >= 10)
			return false;
		value = value * 10 + (uint64_t)(*digit - '0');
	}
	if (!*text || value > UINT32_MAX)
		return false;
	*seconds = (uint32_t)value;
	return true;
}

/* False with `why`: the lease as a whole is of no use. */
static bool read_address(const struct reader *reader, char *why)
{
	struct lease *lease = reader->lease;
	const char *address = value_of(reader, "ip");
	const char *mask = value_of(reader, "subnet");
	const char *seconds = value_of(reader, "lease");
	struct in_addr bits;
	char shown[SHOWN_MAX];
	int prefix;

	if (!address || !ipv4_parse(address, &lease->address)) {
		snprintf(why, LEASE_REASON_MAX, "address '%s' is none",
			name_printable(shown, sizeof(shown), address ? address : ""));
		return false;
	}
	if (!mask)
		prefix = ipv4_classful_prefix(lease->address);
	else
		prefix = ipv4_parse(mask, &bits) ? ipv4_prefix_of_mask(bits) : -1;
	if (prefix < 0) {
		snprintf(why, LEASE_REASON_MAX, "netmask '%s' is none",
			name_printable(shown, sizeof(shown), mask ? mask : ""));
		return false;
	}
	lease->prefix = (uint8_t)prefix;
	lease->seconds = LEASE_DEFAULT_SECONDS;
	if (seconds && !read_seconds(seconds, &lease->seconds)) {
		snprintf(why, LEASE_REASON_MAX, "lease time '%s' is none",
			name_printable(shown, sizeof(shown), seconds));
		return false;
	}
	return lease_check(lease, why);
}

static void add_route(const struct reader *reader, const struct lease_route *route)
{
	struct lease *lease = reader->lease;
	char why[LEASE_REASON_MAX];

	if (!lease_check_route(lease, route, why))
		refuse(reader, "%s", why);
	else if (lease->route_count >= LEASE_ROUTES_MAX)
		refuse(reader, "more than %d routes, one left out", LEASE_ROUTES_MAX);
	else
		lease->routes[lease->route_count++] = *route;
}

/* Option 121: "10.1.0.0/16 10.0.2.1 …", network and gateway by turns. */
static void read_static_routes(const struct reader *reader, const char *list)
{
	char network[WORD_MAX];
	char gateway[WORD_MAX];

	for (size_t i = 0; next_word(&list, network); i++) {
		struct lease_route route;

		if (i >= LEASE_ROUTES_MAX) {
			refuse(reader, "more than %d routes, the rest is left out",
				LEASE_ROUTES_MAX);
			return;
		}
		if (!next_word(&list, gateway) || !ipv4_parse(gateway, &route.gateway)) {
			refuse_value(reader, "gateway of a route", gateway);
			return;
		}
		if (!ipv4_parse_network(network, &route.network, &route.prefix)) {
			refuse_value(reader, "route", network);
			continue;
		}
		add_route(reader, &route);
	}
}

/* Routers stand in the order of preference; only the first good one is taken. */
static void read_routers(const struct reader *reader, const char *list)
{
	char word[WORD_MAX];

	for (size_t i = 0; i < LEASE_SERVERS_MAX && next_word(&list, word); i++) {
		struct lease_route route = { .prefix = 0 };

		if (!ipv4_parse(word, &route.gateway) || ipv4_is_none(route.gateway)) {
			refuse_value(reader, "router", word);
			continue;
		}
		add_route(reader, &route);
		if (reader->lease->route_count > 0)
			return;
	}
}

static void read_routes(const struct reader *reader)
{
	const char *routes = value_of(reader, "staticroutes");
	const char *routers = value_of(reader, "router");

	/* RFC 3442: a client that understands 121 must not look at the routers beside it. */
	if (routes)
		read_static_routes(reader, routes);
	else if (routers)
		read_routers(reader, routers);
}

static void add_server(const struct reader *reader, const char *name, const char *text,
	struct server_list *list, size_t most, bool *more)
{
	struct in_addr server;

	if (!ipv4_parse(text, &server) || !ipv4_is_unicast(server))
		refuse_value(reader, name, text);
	else
		*more = server_list_add(list, server, most);
	if (!*more)
		refuse(reader, "more than %zu of %s, the rest is left out", most, name);
}

static void read_servers(const struct reader *reader, const char *variable, const char *name,
	struct server_list *list, size_t most)
{
	const char *text = value_of(reader, variable);
	char word[WORD_MAX];
	bool more = text != NULL;

	/* Counted as well, so that a list of nothing but rubbish is not reported word by word. */
	for (size_t i = 0; more && i < 2 * most && next_word(&text, word); i++)
		add_server(reader, name, word, list, most, &more);
}

static int hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return -1;
}

static void read_syslog_servers(const struct reader *reader)
{
	const char *text = value_of(reader, SYSLOG_VARIABLE);
	const char *const name = "log servers";
	bool more = text != NULL;

	for (size_t i = 0; more && *text && i < LEASE_SYSLOG_MAX + 1; i++) {
		const char *start = text;
		uint32_t value = 0;
		char server[IPV4_TEXT_MAX];

		for (; text < start + 8; text++) {
			int digit = hex_digit(*text);

			if (digit < 0) {
				refuse_value(reader, name, start);
				return;
			}
			value = value << 4 | (uint32_t)digit;
		}
		ipv4_format(server, (struct in_addr){ htonl(value) });
		add_server(reader, name, server, &reader->lease->syslog, LEASE_SYSLOG_MAX, &more);
	}
}

/* BusyBox may be built to write "bad" over a name it does not like; nobody calls a node that. */
static bool name_is_good(const char *name, size_t most)
{
	return name_is_host(name, most) && strcmp(name, "bad") != 0;
}

/* Option 119, or else the domain of option 15, in which some servers write several as well. */
static void read_search(const struct reader *reader)
{
	const char *list = value_of(reader, "search");
	char *search = reader->lease->search;
	char word[DOMAIN_MAX + 2];
	size_t used = 0;

	if (!list)
		list = value_of(reader, "domain");
	while (list && *list) {
		size_t length = strcspn(list, " ");

		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		list += length + strspn(list + length, " ");
		if (length == 0)
			continue;
		/* Servers may write a domain with the root's dot behind it. */
		if (length < sizeof(word) && length > 1 && word[length - 1] == '.')
			word[--length] = '\0';
		if (length >= sizeof(word) || !name_is_good(word, DOMAIN_MAX)) {
			refuse_value(reader, "domain", word);
			return;
		}
		if (used + (used > 0) + length > DOMAIN_MAX) {
			refuse(reader, "search domains are too many, the rest is left out");
			return;
		}
		if (used > 0)
			search[used++] = ' ';
		memcpy(search + used, word, length + 1);
		used += length;
	}
}

static void read_names(const struct reader *reader)
{
	const char *hostname = value_of(reader, "hostname");

	if (hostname && !name_is_good(hostname, HOSTNAME_MAX))
		refuse_value(reader, "host name", hostname);
	else if (hostname)
		strcpy(reader->lease->hostname, hostname);
	read_search(reader);
}

bool lease_from_environment(char *const *environment, struct lease *lease, char *why,
	const struct refusal_report *report)
{
	const struct reader reader = { environment, lease, report };
	const char *server = value_of(&reader, "serverid");

	*lease = (struct lease){ 0 };
	if (!read_address(&reader, why))
		return false;
	if (server && !ipv4_parse(server, &lease->dhcp_server))
		refuse_value(&reader, "server identifier", server);
	read_routes(&reader);
	read_servers(&reader, "dns", "DNS servers", &lease->dns, LEASE_DNS_MAX);
	read_servers(&reader, "ntpsrv", "NTP servers", &lease->ntp, LEASE_NTP_MAX);
	read_syslog_servers(&reader);
	read_names(&reader);
	return true;
}
