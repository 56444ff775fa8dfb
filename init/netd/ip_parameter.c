/* SPDX-License-Identifier: MIT */
/* The ip= parameter of the kernel command line; see ip_parameter.h. */
#include "ip_parameter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	VALUE_MAX = 1024, /* bytes of the whole value, more than ten full fields have */
	HEX_NAME_MAX = 2 * 255, /* digits: a DHCP option has at most 255 bytes */
	SHOWN_MAX = 48, /* bytes of a bad field that an explanation repeats */
};

/* In the order they stand. */
enum field {
	FIELD_CLIENT,
	FIELD_SERVER,
	FIELD_GATEWAY,
	FIELD_NETMASK,
	FIELD_HOSTNAME,
	FIELD_DEVICE,
	FIELD_AUTOCONF,
	FIELD_DNS0,
	FIELD_DNS1,
	FIELD_NTP0,
	FIELD_COUNT,
};

static const char *const field_names[FIELD_COUNT] = {
	"client address",
	"server address",
	"gateway",
	"netmask",
	"host name",
	"device",
	"autoconf method",
	"first DNS server",
	"second DNS server",
	"NTP server",
};

__attribute__((format(printf, 2, 3))) static bool refuse(char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, IP_PARAMETER_WHY_MAX, format, arguments);
	va_end(arguments);
	return false;
}

static bool refuse_field(char *why, enum field field, const char *text, const char *meant)
{
	char shown[SHOWN_MAX];

	name_printable(shown, sizeof(shown), text);
	return refuse(why, "its %s '%s' is not %s", field_names[field], shown, meant);
}

/* dhcp,TYPE,VALUE: the client identifier of DHCP option 61. */
static bool parse_client_id(const char *text, struct ip_parameter *parameter, char *why)
{
	char *end;
	unsigned long type = strtoul(text, &end, 0);
	size_t length;

	if (end == text || *end != ',' || type > 255)
		return refuse_field(why, FIELD_AUTOCONF, text, "TYPE,VALUE with a type up to 255");
	length = strlen(end + 1);
	if (length == 0 || length > IP_PARAMETER_CLIENT_ID)
		return refuse(why, "its client identifier has %zu bytes, 1 to %d can be used",
			length, IP_PARAMETER_CLIENT_ID);
	memcpy(parameter->client_id, end + 1, length + 1);
	parameter->client_id_type = (int)type;
	return true;
}

static bool parse_autoconf(const char *text, struct ip_parameter *parameter, char *why)
{
	static const char *const any[] = { "dhcp", "on", "any" };
	static const char *const none[] = { "off", "none" };
	static const char *const unknown[] = { "bootp", "rarp", "both" };

	for (size_t i = 0; i < sizeof(any) / sizeof(*any); i++) {
		if (strcmp(text, any[i]) == 0) {
			parameter->mode = IP_DHCP;
			parameter->handed_over = true;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		if (strcmp(text, none[i]) == 0) {
			parameter->mode = IP_OFF;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		if (strcmp(text, unknown[i]) == 0)
			return refuse(why, "%s is not spoken here, only dhcp", text);
	}
	if (strncmp(text, "dhcp,", 5) == 0) {
		parameter->handed_over = true;
		return parse_client_id(text + 5, parameter, why);
	}
	return refuse_field(why, FIELD_AUTOCONF, text, "one of dhcp, on, any, off, none");
}

static bool parse_hostname(const char *text, struct ip_parameter *parameter, char *why)
{
	size_t length = strcspn(text, ".");

	if (length > HOSTNAME_MAX || !name_is_host(text, DOMAIN_MAX))
		return refuse_field(why, FIELD_HOSTNAME, text, "a host name");
	memcpy(parameter->hostname, text, length);
	parameter->hostname[length] = '\0';
	if (text[length] == '.')
		strcpy(parameter->domain, text + length + 1);
	return true;
}

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Two digits a byte. A byte of 0 is no part of a name either. */
static bool decode_hex(const char *digits, char name[HEX_NAME_MAX / 2 + 1])
{
	size_t length = strlen(digits);

	if (length % 2 != 0 || length > HEX_NAME_MAX)
		return false;
	for (size_t i = 0; i < length / 2; i++) {
		int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);

		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return false;
		name[i] = (char)(high << 4 | low);
	}
	name[length / 2] = '\0';
	return true;
}

/*
 * A name as DHCP gave it to whoever hands the lease over: it may be anything. One that cannot be used is no
 * reason to do without the address.
 */
static void parse_hex_name(const char *digits, struct ip_parameter *parameter, char *why)
{
	char name[HEX_NAME_MAX / 2 + 1];

	if (!*digits)
		return;
	if (!decode_hex(digits, name))
		refuse(why, "its host name is not hexadecimal digits of a text; it is left out");
	else if (!parse_hostname(name, parameter, why))
		strcat(why, "; it is left out");
}

/* 0.0.0.0 means none, as in the kernel. */
static bool parse_address(const char *text, enum field field, struct in_addr *address, char *why)
{
	if (!ipv4_parse(text, address) || !(ipv4_is_none(*address) || ipv4_is_unicast(*address)))
		return refuse_field(why, field, text, "the IPv4 address of a host");
	return true;
}

static bool parse_netmask(const char *text, struct ip_parameter *parameter, char *why)
{
	struct in_addr mask;
	int prefix;

	if (!ipv4_parse(text, &mask))
		return refuse_field(why, FIELD_NETMASK, text, "a netmask like 255.255.255.0");
	prefix = ipv4_prefix_of_mask(mask);
	if (prefix < 0)
		return refuse_field(why, FIELD_NETMASK, text, "ones followed by zeros");
	parameter->prefix = (uint8_t)prefix;
	return true;
}

static bool is_hardware_address(const char *text)
{
	if (strlen(text) != IP_PARAMETER_DEVICE)
		return false;
	for (size_t i = 0; i < IP_PARAMETER_DEVICE; i++)
		if (i % 3 == 2 ? text[i] != '-' : hex_digit(text[i]) < 0)
			return false;
	return true;
}

static bool parse_field(
	const char *text, enum field field, struct ip_parameter *parameter, char *why)
{
	switch (field) {
	case FIELD_CLIENT:
		return parse_address(text, field, &parameter->client, why);
	case FIELD_SERVER:
		return parse_address(text, field, &parameter->server, why);
	case FIELD_GATEWAY:
		return parse_address(text, field, &parameter->gateway, why);
	case FIELD_NETMASK:
		return parse_netmask(text, parameter, why);
	case FIELD_HOSTNAME:
		if (strncmp(text, IP_PARAMETER_HEX, strlen(IP_PARAMETER_HEX)) == 0) {
			parse_hex_name(text + strlen(IP_PARAMETER_HEX), parameter, why);
			return true;
		}
		return parse_hostname(text, parameter, why);
	case FIELD_DEVICE:
		if (!name_is_interface(text) && !is_hardware_address(text))
			return refuse_field(why, field, text,
				"the name of an interface, or its address as 52-54-00-12-34-56");
		strcpy(parameter->device, text);
		return true;
	case FIELD_AUTOCONF:
		return parse_autoconf(text, parameter, why);
	case FIELD_DNS0:
	case FIELD_DNS1:
		return parse_address(text, field, &parameter->dns[field - FIELD_DNS0], why);
	case FIELD_NTP0:
		return parse_address(text, field, &parameter->ntp, why);
	case FIELD_COUNT:
		break;
	}
	return refuse(why, "it has more than %d fields", FIELD_COUNT);
}

/* A given client address wins over any autoconf method, as in the kernel. */
static bool check_static(struct ip_parameter *parameter, char *why)
{
	char client[IPV4_TEXT_MAX];
	char gateway[IPV4_TEXT_MAX];
	uint8_t prefix;

	if (parameter->prefix == 0)
		parameter->prefix = (uint8_t)ipv4_classful_prefix(parameter->client);
	prefix = parameter->prefix;
	ipv4_format(client, parameter->client);
	if (!ipv4_is_host(parameter->client, prefix))
		return refuse(
			why, "%s/%u is the address of a network, not of a host", client, prefix);
	if (parameter->gateway.s_addr == parameter->client.s_addr)
		return refuse(why, "its gateway %s is this host itself", client);
	/* On a /32 nothing is on the network; the gateway is then reached through the link itself. */
	if (!ipv4_is_none(parameter->gateway) && prefix < 32 &&
		!ipv4_same_network(parameter->client, parameter->gateway, prefix))
		return refuse(why, "its gateway %s is not on the network of %s/%u",
			ipv4_format(gateway, parameter->gateway), client, prefix);
	parameter->mode = IP_STATIC;
	return true;
}

static bool parse_fields(char *text, struct ip_parameter *parameter, char *why)
{
	enum field field = FIELD_CLIENT;

	for (char *next; text; text = next, field++) {
		next = strchr(text, ':');
		if (next)
			*next++ = '\0';
		if ((*text || field >= FIELD_COUNT) && !parse_field(text, field, parameter, why))
			return false;
	}
	return ipv4_is_none(parameter->client) || check_static(parameter, why);
}

void ip_parameter_default(struct ip_parameter *parameter)
{
	*parameter = (struct ip_parameter){ .mode = IP_DHCP, .client_id_type = -1 };
}

bool ip_parameter_parse(const char *value, struct ip_parameter *parameter, char *why)
{
	char text[VALUE_MAX];
	bool good;

	ip_parameter_default(parameter);
	why[0] = '\0';
	if (strnlen(value, sizeof(text)) >= sizeof(text))
		return refuse(why, "it is longer than %d bytes", VALUE_MAX - 1);
	strcpy(text, value);
	/* A method may stand alone; a client identifier in it may have colons. */
	if (text[0] == '\0')
		good = true;
	else if (strncmp(text, "dhcp,", 5) == 0 ||
		 text[strspn(text, "abcdefghijklmnopqrstuvwxyz")] == '\0')
		good = parse_autoconf(text, parameter, why);
	else
		good = parse_fields(text, parameter, why);
	if (!good)
		ip_parameter_default(parameter);
	/* Without an address there was nothing to hand over. */
	parameter->handed_over &= parameter->mode == IP_STATIC;
	return good;
}
