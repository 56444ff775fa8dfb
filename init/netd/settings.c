/* SPDX-License-Identifier: MIT */
/* What the kernel command line wants of the network; see settings.h. */
#include "settings.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "basics/cmdline.h"

enum {
	MESSAGE_MAX = 256,
	SHOWN_MAX = 64, /* bytes of a bad value that a message repeats */
};

typedef void report_function(const char *message);

/* "KEY= on the kernel command line: " and what is wrong with it. */
__attribute__((format(printf, 3, 4))) static void complain(
	report_function *report, const char *key, const char *format, ...)
{
	char message[MESSAGE_MAX];
	int length = snprintf(message, sizeof(message), "%s= on the kernel command line: ", key);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message + length, sizeof(message) - (size_t)length, format, arguments);
	va_end(arguments);
	report(message);
}

/* ---- ntp= and syslog= ---- */

static void read_ntp(struct settings *settings, char *list, report_function *report)
{
	char shown[SHOWN_MAX];
	size_t count = 0;

	while (list) {
		const char *server = strsep(&list, ",");

		if (!*server)
			continue;
		name_printable(shown, sizeof(shown), server);
		if (!name_is_host(server, DOMAIN_MAX))
			complain(report, "ntp",
				"'%s' is neither a name nor an IPv4 address; it is left out",
				shown);
		else if (count == LEASE_NTP_MAX)
			complain(report, "ntp", "more than %d servers; %s is left out",
				LEASE_NTP_MAX, shown);
		else
			strcpy(settings->ntp[count++], server);
	}
}

static bool is_port(const char *text)
{
	unsigned port = 0;
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length >= SETTINGS_PORT_MAX || text[length])
		return false;
	for (; *text; text++)
		port = port * 10 + (unsigned)(*text - '0');
	return port > 0 && port <= UINT16_MAX;
}

/*
 * [udp://|tcp://]HOST[:PORT], as logshipd(8) has it: HOST is a name or an address, and an IPv6 address
 * is in brackets if a port comes after it.
 */
static bool is_endpoint(const char *text)
{
	char host[DOMAIN_MAX + 1];
	struct in6_addr address;
	const char *end;
	size_t length;
	bool bracket;

	if (strncmp(text, "udp://", SETTINGS_SCHEME_MAX) == 0 ||
		strncmp(text, "tcp://", SETTINGS_SCHEME_MAX) == 0)
		text += SETTINGS_SCHEME_MAX;
	bracket = text[0] == '[';
	text += bracket;
	end = strchr(text, bracket ? ']' : ':');
	if (!bracket && end && strchr(end + 1, ':'))
		return inet_pton(AF_INET6, text, &address) == 1;
	length = end ? (size_t)(end - text) : strlen(text);
	if (length > DOMAIN_MAX || (bracket && !end))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	text += length + bracket;
	if (*text && (*text != ':' || !is_port(text + 1)))
		return false;
	return bracket ? inet_pton(AF_INET6, host, &address) == 1 : name_is_host(host, DOMAIN_MAX);
}

static void read_syslog(struct settings *settings, const char *value, report_function *report)
{
	char shown[SHOWN_MAX];

	if (is_endpoint(value))
		strcpy(settings->syslog, value);
	else
		complain(report, "syslog", "'%s' is not [udp://|tcp://]HOST[:PORT]; it is not used",
			name_printable(shown, sizeof(shown), value));
}

/* ---- vlan= ---- */

static const struct vlan_parameter *find_vlan(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->vlan_count; i++) {
		if (strcmp(settings->vlans[i].name, name) == 0)
			return &settings->vlans[i];
	}
	return NULL;
}

struct vlan_reader {
	struct settings *settings;
	report_function *report;
};

static bool read_vlan(void *context, const char *key, const char *value)
{
	const struct vlan_reader *reader = context;
	struct settings *settings = reader->settings;
	struct vlan_parameter vlan;
	char why[VLAN_WHY_MAX];

	if (strcmp(key, "vlan") != 0)
		return true;
	if (!vlan_parameter_parse(value ? value : "", &vlan, why))
		complain(reader->report, "vlan", "%s; it is left out", why);
	else if (find_vlan(settings, vlan.name))
		complain(reader->report, "vlan", "%s stands there twice; the first one counts",
			vlan.name);
	else if (settings->vlan_count == VLAN_COUNT_MAX)
		complain(reader->report, "vlan", "more than %d VLANs; %s is left out",
			VLAN_COUNT_MAX, vlan.name);
	else
		settings->vlans[settings->vlan_count++] = vlan;
	return true;
}

static void read_vlans(struct settings *settings, const char *command_line, report_function *report)
{
	struct vlan_reader reader = { settings, report };
	struct vlan_parameter vlan;

	cmdline_each(command_line, read_vlan, &reader);
	/* An ip= for eth0.5 says all there is to say. */
	if (vlan_parameter_from_name(settings->ip.device, &vlan) &&
		!find_vlan(settings, vlan.name) && settings->vlan_count < VLAN_COUNT_MAX)
		settings->vlans[settings->vlan_count++] = vlan;
}

/* ---- All of it ---- */

void settings_read(struct settings *settings, const char *command_line, report_function *report)
{
	char value[CMDLINE_MAX];
	char why[IP_PARAMETER_WHY_MAX];
	char message[MESSAGE_MAX];

	memset(settings, 0, sizeof(*settings));
	ip_parameter_default(&settings->ip);
	if (cmdline_value(command_line, "ip", value, sizeof(value)) > 0) {
		if (!ip_parameter_parse(value, &settings->ip, why)) {
			snprintf(message, sizeof(message),
				"ip= on the kernel command line is of no use: %s; using DHCP", why);
			report(message);
		} else if (*why) {
			complain(report, "ip", "%s", why);
		}
	}
	settings->hostname_is_fixed =
		settings->ip.hostname[0] != '\0' ||
		cmdline_value(command_line, "hostname", value, sizeof(value)) > 0;
	if (cmdline_value(command_line, "hostname", value, sizeof(value)) > 0)
		settings->ip.hostname[0] = '\0';
	if (cmdline_value(command_line, "ntp", value, sizeof(value)) > 0)
		read_ntp(settings, value, report);
	if (cmdline_value(command_line, "syslog", value, sizeof(value)) > 0)
		read_syslog(settings, value, report);
	read_vlans(settings, command_line, report);
}
