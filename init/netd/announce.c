/* SPDX-License-Identifier: MIT */
/* Host name, files, and PID 1; see announce.h. */
#include "announce.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "basics/log.h"
#include "files.h"
#include "metrics.h"

enum { METRICS_DELAY_MS = 1000 };

void announce_hostname(const struct network *network)
{
	const struct link_table *table = &network->table;
	const char *wanted = network->settings.ip.hostname;
	char present[HOSTNAME_MAX + 1];

	for (size_t i = 0; i < table->count && !network->settings.hostname_is_fixed; i++) {
		if (table->links[i].has_lease && !wanted[0])
			wanted = table->links[i].lease.hostname;
	}
	if (!wanted[0] ||
		(gethostname(present, sizeof(present)) == 0 && strcmp(present, wanted) == 0))
		return;
	if (sethostname(wanted, strlen(wanted)) == 0)
		log_line(NULL, "this node is %s", wanted);
	else
		log_line(NULL, "cannot set the host name to %s: %s; it stays as it is", wanted,
			strerror(errno));
}

static void write_files(struct network *network)
{
	const struct lease *leases[LINK_MAX];
	struct files_router routers[LINK_MAX];
	const struct link_table *table = &network->table;
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (table->links[i].has_lease)
			leases[count++] = &table->links[i].lease;
		routers[i] = (struct files_router){
			&table->links[i].router_dns,
			table->links[i].name,
		};
	}
	files_write(&network->settings, leases, count, routers, table->count);
	network->files_outdated = false;
}

static void tell(struct network *network)
{
	char status[NOTIFY_STATUS_MAX];

	/* With ip=off nobody is to wait for an address that is not wanted. */
	if (network->settings.ip.mode == IP_OFF && network->links_known)
		network->ready = true;
	for (size_t i = 0; i < network->table.count; i++)
		network->ready |=
			network->table.links[i].usable || link_is_usable6(&network->table.links[i]);
	if (network->links_known)
		notify_state(&network->notify, network->ready,
			link_describe_all(
				&network->table, &network->settings.ip, status, sizeof(status)),
			network->now_ms);
}

/* What the time of day has more than the clock that counts from boot. */
static int64_t clock_offset_ms(uint64_t now_ms)
{
	struct timespec day;

	clock_gettime(CLOCK_REALTIME, &day);
	return (int64_t)day.tv_sec * 1000 + day.tv_nsec / 1000000 - (int64_t)now_ms;
}

/* A moment after anything happened: a boot does not wait for it, and a flood is written once. */
static void tell_metrics(struct network *network)
{
	char text[METRICS_TEXT_MAX];

	if (network->metrics_ms > network->now_ms) {
		if (network->metrics_ms == CLOCK_NEVER)
			network->metrics_ms = network->now_ms + METRICS_DELAY_MS;
		return;
	}
	network->metrics_ms = CLOCK_NEVER;
	metrics_write(text, &network->table, clock_offset_ms(network->now_ms));
	files_write_metrics(text);
}

void announce(struct network *network)
{
	/* Whoever waits for the network finds its files. */
	if (network->files_outdated) {
		announce_hostname(network);
		write_files(network);
	}
	tell(network);
	tell_metrics(network);
}
