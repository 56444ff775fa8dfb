/* SPDX-License-Identifier: MIT */
/* What the kernel tells; see kernel_news.h. */
#include "kernel_news.h"

#include <arpa/inet.h>
#include <string.h>

#include "basics/log.h"
#include "files.h"
#include "leases.h"

enum {
	LISTING_FIRST_MS = 1000,
	LISTING_LONGEST_MS = 30000,
	PUT_BACK_MS = 500, /* an address that is gone may be on its way back; see apply_lease() */
	PUT_BACK_LONGEST_MS = 60000,
};

void kernel_news_renew(struct link *link)
{
	dhcp_hurry(&link->dhcp);
	if (link->has_lease)
		dhcp_renew(&link->dhcp);
}

static void forget_link(struct network *network, struct link *link)
{
	dhcp_stop(&link->dhcp);
	claim_end(&link->claim);
	files_remove_lease(link->name);
	if (link->has_lease)
		network->files_outdated = true;
	link_remove(&network->table, link);
}

static struct link *new_link(struct network *network, const struct link_report *report)
{
	struct link *link;

	if (!link_is_wanted(report, &network->settings))
		return NULL;
	link = link_add(&network->table, report->index, report->name);
	if (!link && !network->table_was_full)
		log_line(report->name, "left alone, as will be others: there are %d links already",
			LINK_MAX);
	network->table_was_full |= !link;
	return link;
}

static void on_link(void *context, const struct link_report *report)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, report->index);
	bool carrier = report->up && report->carrier;

	/* A link under a new name is another one to DHCP clients and to files. */
	if (link && strcmp(link->name, report->name) != 0) {
		forget_link(network, link);
		link = NULL;
	}
	if (!link)
		link = new_link(network, report);
	if (!link)
		return;
	link->listed = true;
	memcpy(link->hardware, report->address, sizeof(link->hardware));
	/* Routes do not survive a link's being taken down. */
	if (report->up && !link->up)
		link->applied = false;
	link->up = report->up;
	link->was_up |= report->up;
	if (carrier != link->carrier && link->was_up)
		log_line(link->name, carrier ? "carrier" : "no carrier");
	if (carrier && (!link->carrier || report->carrier_changes != link->carrier_changes))
		kernel_news_renew(
			link); /* whoever is at the other end may be another one than before */
	link->had_carrier |= carrier;
	link->carrier = carrier;
	link->carrier_changes = report->carrier_changes;
}

static void on_link_gone(void *context, int index)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, index);

	if (!link)
		return;
	log_line(link->name, "is gone");
	forget_link(network, link);
}

static void on_address(void *context, int index, struct in_addr address, bool there)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, index);

	if (!link || !link->has_lease || link->lease.address.s_addr != address.s_addr)
		return;
	if (there)
		link->address_missing = false;
	else if (link->applied) {
		link->address_missing = true;
		retry_later(&link->apply, network->now_ms, PUT_BACK_MS, PUT_BACK_LONGEST_MS);
	}
}

static void on_address6(void *context, const struct address6_report *report)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, report->index);
	char text[INET6_ADDRSTRLEN];

	if (!link)
		return;
	address6_take(&link->addresses6, report);
	if (!report->failed || report->listed)
		return;
	link->counts.conflicts++;
	log_line(link->name, "another host has the IPv6 address %s, too; it is not used",
		inet_ntop(AF_INET6, &report->address.address, text, sizeof(text)));
}

static void on_router_options(void *context, int index, const uint8_t *options, size_t size)
{
	struct network *network = context;
	struct link *link = link_find(&network->table, index);
	uint32_t refused;

	if (!link)
		return;
	refused = link->router_dns.refused;
	if (router_dns_take(&link->router_dns, options, size, network->now_ms))
		network->files_outdated = true;
	/* Once: advertisements come again and again, and the count is in the metrics. */
	if (refused == 0 && link->router_dns.refused > 0)
		log_line(link->name, "a router says something of DNS that cannot be used");
}

static void list_addresses6(struct network *network)
{
	for (size_t i = 0; i < network->table.count; i++)
		network->table.links[i].addresses6.count = 0;
	if (!netlink_list_addresses6(&network->netlink))
		log_line(NULL, "cannot list the IPv6 addresses: %s; waiting for news of them",
			network->netlink.error);
}

void kernel_news_list(struct network *network)
{
	uint32_t delay;

	for (size_t i = 0; i < network->table.count; i++)
		network->table.links[i].listed = false;
	network->links_known = netlink_list_links(&network->netlink);
	if (!network->links_known) {
		delay = retry_later(
			&network->listing, network->now_ms, LISTING_FIRST_MS, LISTING_LONGEST_MS);
		log_line(NULL, "cannot list the network interfaces: %s; retrying in %u s",
			network->netlink.error, delay / 1000);
		return;
	}
	network->listing = (struct retry){ 0 };
	for (size_t i = network->table.count; i-- > 0;) {
		if (!network->table.links[i].listed)
			on_link_gone(network, network->table.links[i].index);
	}
	list_addresses6(network);
	/* What happened before, or got lost, was perhaps an advertisement. */
	for (size_t i = 0; i < network->table.count; i++)
		network->table.links[i].solicit = network->table.links[i].up;
	if (network->table.count == 0)
		log_line(NULL, "no network interface; waiting for one");
	network->files_outdated = true;
}

void kernel_news_listen(struct network *network)
{
	network->listener = (struct netlink_listener){
		.link = on_link,
		.link_gone = on_link_gone,
		.address = on_address,
		.address6 = on_address6,
		.router_options = on_router_options,
		.context = network,
	};
}

void kernel_news_read(struct network *network)
{
	if (!netlink_read(&network->netlink))
		network->links_known = false;
}
