/* SPDX-License-Identifier: MIT */
/*
 * What other programs read about the network, in /run/net:
 *
 *   resolv.conf   DNS servers and search domains; /etc/resolv.conf is a link to it
 *   ntp           time servers, one a line
 *   syslog        log servers, one [udp://|tcp://]HOST[:PORT] a line
 *   metrics       all of it in numbers (metrics.h)
 *   lease.IFACE   the lease in force, for the next netd (lease_text.c)
 *
 * A file with nothing to say does not exist. Each is replaced whole, so a reader sees the old or the new
 * one, and only when it changes.
 */
#ifndef NETD_FILES_H
#define NETD_FILES_H

#include "lease.h"
#include "router_dns.h"
#include "settings.h"

#define FILES_DIRECTORY "/run/net"

enum {
	FILES_TEXT_MAX = 2048, /* bytes of any of them but metrics, NUL included */
	FILES_METRICS_MAX = 10240, /* bytes of metrics, NUL included; the unit test fills it */
};

/* Creates the directory. False: errno says why. */
bool files_prepare(void);

/* What routers on a link say of DNS. */
struct files_router {
	const struct router_dns *dns;
	const char *interface;
};

/*
 * Writes resolv.conf, ntp and syslog: what the command line says first, then `count` leases in this
 * order. Failures are logged; the files that could be written are.
 */
void files_write(const struct settings *settings, const struct lease *const *leases, size_t count,
	const struct files_router *routers, size_t router_count);

/* The pure half of it, for one file. `text` has FILES_TEXT_MAX bytes; empty: the file shall not be. */
void files_resolv_conf(char *text, const struct settings *settings,
	const struct lease *const *leases, size_t count, const struct files_router *routers,
	size_t router_count);
void files_ntp(char *text, const struct settings *settings, const struct lease *const *leases,
	size_t count);
void files_syslog(char *text, const struct settings *settings, const struct lease *const *leases,
	size_t count);

/* `text` has at most FILES_METRICS_MAX bytes. */
void files_write_metrics(const char *text);

/* The lease of an interface. Reading is false if there is none or it makes no sense. */
void files_write_lease(const char *interface, const struct lease_record *record);
bool files_read_lease(const char *interface, struct lease_record *record);
void files_remove_lease(const char *interface);

#endif
