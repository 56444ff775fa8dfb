/* SPDX-License-Identifier: MIT */
/* What the kernel command line wants of the network; see settings.h. */
#include "settings.h"

#include <stdio.h>
#include <string.h>

#include "common/cmdline.h"

enum { MESSAGE_MAX = 256 };

static void read_ntp(struct settings *settings, char *list, void (*report)(const char *message))
{
	char message[MESSAGE_MAX];
	char shown[64];
	size_t count = 0;

	while (list) {
		const char *server = strsep(&list, ",");

		if (!*server)
			continue;
		name_printable(shown, sizeof(shown), server);
		if (!name_is_host(server, DOMAIN_MAX)) {
			snprintf(message, sizeof(message),
				"ntp= on the kernel command line: '%s' is neither a name nor an "
				"IPv4 address; it is left out",
				shown);
			report(message);
		} else if (count == LEASE_NTP_MAX) {
			snprintf(message, sizeof(message),
				"ntp= on the kernel command line: more than %d servers; %s is left "
				"out",
				LEASE_NTP_MAX, shown);
			report(message);
		} else {
			strcpy(settings->ntp[count++], server);
		}
	}
}

void settings_read(
	struct settings *settings, const char *command_line, void (*report)(const char *message))
{
	char value[CMDLINE_MAX];
	char why[IP_PARAMETER_WHY_MAX];
	char message[MESSAGE_MAX];

	memset(settings, 0, sizeof(*settings));
	ip_parameter_default(&settings->ip);
	if (cmdline_value(command_line, "ip", value, sizeof(value)) > 0 &&
		!ip_parameter_parse(value, &settings->ip, why)) {
		snprintf(message, sizeof(message),
			"ip= on the kernel command line is of no use: %s; using DHCP", why);
		report(message);
	}
	settings->hostname_is_fixed =
		settings->ip.hostname[0] != '\0' ||
		cmdline_value(command_line, "hostname", value, sizeof(value)) > 0;
	if (cmdline_value(command_line, "hostname", value, sizeof(value)) > 0)
		settings->ip.hostname[0] = '\0';
	if (cmdline_value(command_line, "ntp", value, sizeof(value)) > 0)
		read_ntp(settings, value, report);
}
