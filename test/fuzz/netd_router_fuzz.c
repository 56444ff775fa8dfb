/* SPDX-License-Identifier: MIT */
/*
 * Options of router advertisements, one advertisement after another: a byte for the seconds that pass, a byte
 * for the size, and the options. Lists stay within their bounds, every name is one, and what is
 * written of it are whole lines.
 */
#include <stdlib.h>
#include <string.h>

#include "basics/clock.h"
#include "fuzz.h"
#include "netd/files.h"
#include "netd/router_dns.h"

static void look_at(const struct router_dns *dns, uint64_t now_ms)
{
	expect(dns->server_count <= ROUTER_DNS_SERVERS_MAX);
	expect(dns->domain_count <= ROUTER_DNS_DOMAINS_MAX);
	for (size_t i = 0; i < dns->server_count; i++) {
		expect(dns->servers[i].until_ms > now_ms);
		expect(!IN6_IS_ADDR_MULTICAST(&dns->servers[i].address));
		expect(!IN6_IS_ADDR_UNSPECIFIED(&dns->servers[i].address));
		expect(!IN6_IS_ADDR_LOOPBACK(&dns->servers[i].address));
	}
	for (size_t i = 0; i < dns->domain_count; i++) {
		expect(dns->domains[i].until_ms > now_ms);
		expect(name_is_host(dns->domains[i].name, DOMAIN_MAX));
	}
	expect(router_dns_deadline(dns) > now_ms);
}

static void look_at_file(const struct router_dns *dns)
{
	static const struct settings settings;
	const struct files_router router = { dns, "eth0" };
	char text[FILES_TEXT_MAX];

	files_resolv_conf(text, &settings, NULL, 0, &router, 1);
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		expect(strchr(line, '\n'));
		expect(strncmp(line, "search ", 7) == 0 || strncmp(line, "nameserver ", 11) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct router_dns dns = { .refused = 0 };
	uint64_t now_ms = 1;

	while (input.size > 0) {
		size_t options;
		char *copy;

		now_ms += (uint64_t)fuzz_byte(&input) * 1000;
		options = fuzz_byte(&input);
		options = options < input.size ? options : input.size;
		copy = fuzz_bytes(input.data, options);
		router_dns_take(&dns, (const uint8_t *)copy, options, now_ms);
		free(copy);
		input.data += options;
		input.size -= options;
		look_at(&dns, now_ms);
		look_at_file(&dns);
	}
	return 0;
}
