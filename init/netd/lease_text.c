/* SPDX-License-Identifier: MIT */
/*
 * Leases as text: written for the daemon by the hook and for the next netd by the daemon, and read
 * back by both. The keys are all here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lease.h"

/* ---- Writing ---- */

struct writer {
	char *text;
	size_t length;
	bool full;
};

__attribute__((format(printf, 3, 4))) static void write_line(
	struct writer *writer, const char *key, const char *format, ...)
{
	char value[LEASE_TEXT_MAX];
	size_t room = LEASE_TEXT_MAX - writer->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	length = snprintf(writer->text + writer->length, room, "%s=%s\n", key, value);
	if (length < 0 || (size_t)length >= room)
		writer->full = true;
	else
		writer->length += (size_t)length;
}

static void write_servers(struct writer *writer, const char *key, const struct server_list *list)
{
	char server[IPV4_TEXT_MAX];

	for (size_t i = 0; i < list->count; i++)
		write_line(writer, key, "%s", ipv4_format(server, list->server[i]));
}

static void write_lease(struct writer *writer, const struct lease *lease)
{
	char one[IPV4_TEXT_MAX];
	char other[IPV4_TEXT_MAX];

	write_line(writer, "address", "%s", ipv4_format(one, lease->address));
	write_line(writer, "prefix", "%u", lease->prefix);
	write_line(writer, "seconds", "%u", lease->seconds);
	if (!ipv4_is_none(lease->dhcp_server))
		write_line(writer, "server", "%s", ipv4_format(one, lease->dhcp_server));
	for (size_t i = 0; i < lease->route_count; i++) {
		const struct lease_route *route = &lease->routes[i];

		write_line(writer, "route", "%s/%u %s", ipv4_format(one, route->network),
			route->prefix, ipv4_format(other, route->gateway));
	}
	write_servers(writer, "dns", &lease->dns);
	write_servers(writer, "ntp", &lease->ntp);
	write_servers(writer, "syslog", &lease->syslog);
	if (lease->hostname[0])
		write_line(writer, "hostname", "%s", lease->hostname);
	if (lease->search[0])
		write_line(writer, "search", "%s", lease->search);
}

static int finish(const struct writer *writer)
{
	return writer->full ? -1 : (int)writer->length;
}

static bool has_lease(enum lease_event event)
{
	return event == LEASE_BOUND || event == LEASE_RENEW;
}

int lease_message_encode(const struct lease_message *message, char *text)
{
	struct writer writer = { .text = text };

	write_line(&writer, "event", "%s", lease_event_name(message->event));
	write_line(&writer, "interface", "%s", message->interface);
	write_line(&writer, "client", "%d", (int)message->client);
	if (has_lease(message->event))
		write_lease(&writer, &message->lease);
	if (message->refused_words > 0)
		write_line(&writer, "left-out", "%u", message->refused_words);
	if (message->event == LEASE_REFUSED)
		write_line(&writer, "reason", "%s", message->reason);
	return finish(&writer);
}

int lease_record_encode(const struct lease_record *record, char *text)
{
	struct writer writer = { .text = text };

	write_line(&writer, "link", "%d", record->link);
	write_line(&writer, "until", "%llu", (unsigned long long)record->until_ms);
	write_lease(&writer, &record->lease);
	return finish(&writer);
}

/* ---- Reading ---- */

/* Each key's bit, set when it was seen: all but the lists stand once at most. */
enum key {
	KEY_EVENT,
	KEY_INTERFACE,
	KEY_CLIENT,
	KEY_REASON,
	KEY_LEFT_OUT,
	KEY_LINK,
	KEY_UNTIL,
	KEY_ADDRESS,
	KEY_PREFIX,
	KEY_SECONDS,
	KEY_SERVER,
	KEY_HOSTNAME,
	KEY_SEARCH,
	KEY_ROUTE,
	KEY_DNS,
	KEY_NTP,
	KEY_SYSLOG,
	KEY_COUNT,
};

static const char *const key_names[KEY_COUNT] = {
	[KEY_EVENT] = "event",
	[KEY_INTERFACE] = "interface",
	[KEY_CLIENT] = "client",
	[KEY_REASON] = "reason",
	[KEY_LEFT_OUT] = "left-out",
	[KEY_LINK] = "link",
	[KEY_UNTIL] = "until",
	[KEY_ADDRESS] = "address",
	[KEY_PREFIX] = "prefix",
	[KEY_SECONDS] = "seconds",
	[KEY_SERVER] = "server",
	[KEY_HOSTNAME] = "hostname",
	[KEY_SEARCH] = "search",
	[KEY_ROUTE] = "route",
	[KEY_DNS] = "dns",
	[KEY_NTP] = "ntp",
	[KEY_SYSLOG] = "syslog",
};

#define BIT(key)    (1u << (key))
#define KEYS_LISTS  (BIT(KEY_ROUTE) | BIT(KEY_DNS) | BIT(KEY_NTP) | BIT(KEY_SYSLOG))
#define KEYS_NEEDED (BIT(KEY_ADDRESS) | BIT(KEY_PREFIX) | BIT(KEY_SECONDS))
#define KEYS_LEASE                                                                                 \
	(KEYS_NEEDED | KEYS_LISTS | BIT(KEY_SERVER) | BIT(KEY_HOSTNAME) | BIT(KEY_SEARCH))
#define KEYS_MESSAGE (BIT(KEY_EVENT) | BIT(KEY_INTERFACE) | BIT(KEY_CLIENT))
#define KEYS_RECORD  (BIT(KEY_LINK) | BIT(KEY_UNTIL))

static bool read_number(const char *text, unsigned long long most, unsigned long long *number)
{
	unsigned long long value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

static bool read_server(const char *text, struct server_list *list, size_t most)
{
	struct in_addr server;

	return ipv4_parse(text, &server) && ipv4_is_unicast(server) &&
	       server_list_add(list, server, most);
}

static bool read_route(const char *text, struct lease *lease)
{
	char network[IPV4_TEXT_MAX + 3];
	const char *space = strchr(text, ' ');
	struct lease_route *route = &lease->routes[lease->route_count];

	if (lease->route_count >= LEASE_ROUTES_MAX || !space ||
		(size_t)(space - text) >= sizeof(network))
		return false;
	memcpy(network, text, (size_t)(space - text));
	network[space - text] = '\0';
	lease->route_count++;
	return ipv4_parse_network(network, &route->network, &route->prefix) &&
	       ipv4_parse(space + 1, &route->gateway);
}

static bool read_search(const char *text, char *search)
{
	char domains[DOMAIN_MAX + 1];
	char *rest = domains;

	if (strnlen(text, sizeof(domains)) >= sizeof(domains))
		return false;
	strcpy(domains, text);
	strcpy(search, text);
	while (rest) {
		const char *domain = strsep(&rest, " ");

		if (!name_is_host(domain, DOMAIN_MAX))
			return false;
	}
	return true;
}

static bool read_lease_value(enum key key, const char *value, struct lease *lease)
{
	unsigned long long number;

	switch (key) {
	case KEY_ADDRESS:
		return ipv4_parse(value, &lease->address);
	case KEY_PREFIX:
		if (!read_number(value, 32, &number))
			return false;
		lease->prefix = (uint8_t)number;
		return true;
	case KEY_SECONDS:
		if (!read_number(value, LEASE_FOREVER, &number))
			return false;
		lease->seconds = (uint32_t)number;
		return true;
	case KEY_SERVER:
		return ipv4_parse(value, &lease->dhcp_server);
	case KEY_ROUTE:
		return read_route(value, lease);
	case KEY_DNS:
		return read_server(value, &lease->dns, LEASE_DNS_MAX);
	case KEY_NTP:
		return read_server(value, &lease->ntp, LEASE_NTP_MAX);
	case KEY_SYSLOG:
		return read_server(value, &lease->syslog, LEASE_SYSLOG_MAX);
	case KEY_HOSTNAME:
		if (!name_is_host(value, HOSTNAME_MAX))
			return false;
		strcpy(lease->hostname, value);
		return true;
	case KEY_SEARCH:
		return read_search(value, lease->search);
	default:
		return false;
	}
}

static bool read_message_value(enum key key, const char *value, struct lease_message *message)
{
	unsigned long long number;

	switch (key) {
	case KEY_EVENT:
		message->event = lease_event_parse(value);
		return message->event != LEASE_EVENT_COUNT;
	case KEY_INTERFACE:
		if (!name_is_interface(value))
			return false;
		strcpy(message->interface, value);
		return true;
	case KEY_CLIENT:
		if (!read_number(value, INT32_MAX, &number))
			return false;
		message->client = (pid_t)number;
		return true;
	case KEY_LEFT_OUT:
		if (!read_number(value, LEASE_LEFT_OUT_MAX, &number) || number == 0)
			return false;
		message->refused_words = (uint32_t)number;
		return true;
	case KEY_REASON:
		name_printable(message->reason, sizeof(message->reason), value);
		return true;
	default:
		return read_lease_value(key, value, &message->lease);
	}
}

static bool read_record_value(enum key key, const char *value, struct lease_record *record)
{
	unsigned long long number;

	switch (key) {
	case KEY_LINK:
		if (!read_number(value, INT32_MAX, &number))
			return false;
		record->link = (int)number;
		return true;
	case KEY_UNTIL:
		if (!read_number(value, UINT64_MAX, &number))
			return false;
		record->until_ms = number;
		return true;
	default:
		return read_lease_value(key, value, &record->lease);
	}
}

/*
 * Takes the next line from *rest, splitting it in place. Its key's bit is added to *seen. KEY_COUNT:
 * there is something wrong with it.
 */
static enum key next_line(char **rest, char **value, unsigned *seen)
{
	char *line = strsep(rest, "\n");

	*value = strchr(line, '=');
	if (!*rest || !*value)
		return KEY_COUNT;
	*(*value)++ = '\0';
	for (unsigned key = 0; key < KEY_COUNT; key++) {
		if (strcmp(line, key_names[key]) != 0)
			continue;
		if (*seen & BIT(key) & ~KEYS_LISTS)
			return KEY_COUNT;
		*seen |= BIT(key);
		return (enum key)key;
	}
	return KEY_COUNT;
}

/* A copy that can be split. Embedded NULs are not text. */
static bool copy_text(const char *text, size_t length, char *copy)
{
	if (length >= LEASE_TEXT_MAX || memchr(text, '\0', length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return true;
}

static bool check_keys(unsigned seen, unsigned needed, unsigned allowed)
{
	return (seen & needed) == needed && (seen & ~allowed) == 0;
}

bool lease_message_decode(const char *text, size_t length, struct lease_message *message)
{
	char copy[LEASE_TEXT_MAX];
	char *rest = copy;
	char why[LEASE_REASON_MAX];
	unsigned seen = 0;

	*message = (struct lease_message){ .event = LEASE_EVENT_COUNT };
	if (!copy_text(text, length, copy))
		return false;
	while (*rest) {
		char *value;
		enum key key = next_line(&rest, &value, &seen);

		if (key == KEY_COUNT || !read_message_value(key, value, message))
			return false;
	}
	if (has_lease(message->event))
		return check_keys(seen, KEYS_MESSAGE | KEYS_NEEDED,
			       KEYS_MESSAGE | KEYS_LEASE | BIT(KEY_LEFT_OUT)) &&
		       lease_check(&message->lease, why);
	if (message->event == LEASE_REFUSED)
		return check_keys(
			seen, KEYS_MESSAGE, KEYS_MESSAGE | BIT(KEY_REASON) | BIT(KEY_LEFT_OUT));
	return check_keys(seen, KEYS_MESSAGE, KEYS_MESSAGE);
}

bool lease_record_decode(const char *text, size_t length, struct lease_record *record)
{
	char copy[LEASE_TEXT_MAX];
	char *rest = copy;
	char why[LEASE_REASON_MAX];
	unsigned seen = 0;

	*record = (struct lease_record){ .link = 0 };
	if (!copy_text(text, length, copy))
		return false;
	while (*rest) {
		char *value;
		enum key key = next_line(&rest, &value, &seen);

		if (key == KEY_COUNT || !read_record_value(key, value, record))
			return false;
	}
	return check_keys(seen, KEYS_RECORD | KEYS_NEEDED, KEYS_RECORD | KEYS_LEASE) &&
	       lease_check(&record->lease, why);
}
