/* SPDX-License-Identifier: MIT */
/*
 * What netd takes from the kernel command line: ip=, hostname=, ntp=, syslog=, vlan=. Names are names, addresses are those
 * of hosts, and what is wrong is said in words that can be shown.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "netd/settings.h"

static void look_at_report(const char *message)
{
	expect(*message && fuzz_printable(message));
}

static void look_at_ip(const struct ip_parameter *ip)
{
	struct lease lease;
	char why[LEASE_REASON_MAX];

	expect(!*ip->hostname || name_is_host(ip->hostname, HOSTNAME_MAX));
	expect(!*ip->domain || name_is_host(ip->domain, DOMAIN_MAX));
	expect(!*ip->device || name_is_interface(ip->device));
	expect(memchr(ip->client_id, '\0', sizeof(ip->client_id)));
	expect(ip->client_id_type >= -1 && ip->client_id_type <= 255);
	if (ip->mode != IP_STATIC)
		return;
	expect(ipv4_is_host(ip->client, ip->prefix));
	lease_from_ip_parameter(ip, &lease);
	expect(ip->prefix < LEASE_PREFIX_MIN || lease_check(&lease, why));
}

static void look_at_vlans(const struct settings *settings)
{
	expect(settings->vlan_count <= VLAN_COUNT_MAX);
	for (size_t i = 0; i < settings->vlan_count; i++) {
		const struct vlan_parameter *vlan = &settings->vlans[i];

		expect(name_is_interface(vlan->name) && name_is_interface(vlan->device));
		expect(strcmp(vlan->name, vlan->device) != 0);
		expect(vlan->id >= 1 && vlan->id <= VLAN_ID_MAX);
		for (size_t j = 0; j < i; j++)
			expect(strcmp(vlan->name, settings->vlans[j].name) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct settings settings;

	settings_read(&settings, line, look_at_report);
	look_at_ip(&settings.ip);
	look_at_vlans(&settings);
	expect(strlen(settings.syslog) < sizeof(settings.syslog));
	expect(strspn(settings.syslog, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._-:[]/") == strlen(settings.syslog));
	for (size_t i = 0; i < LEASE_NTP_MAX; i++)
		expect(!*settings.ntp[i] || name_is_host(settings.ntp[i], DOMAIN_MAX));
	free(line);
	return 0;
}
