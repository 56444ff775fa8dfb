/* SPDX-License-Identifier: MIT */
/* The files in /run/net; see files.h. */
#include "files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basics/log.h"

enum { PATH_SIZE = sizeof(FILES_DIRECTORY) + 64 };

/* ---- Their text ---- */

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	/* The limits of settings and leases keep every file far below the size. */
	vsnprintf(text + length, FILES_TEXT_MAX - length, format, arguments);
	va_end(arguments);
}

static void append_servers(char *text, const char *keyword, const struct server_list *list)
{
	char server[IPV4_TEXT_MAX];

	for (size_t i = 0; i < list->count; i++)
		append(text, "%s%s\n", keyword, ipv4_format(server, list->server[i]));
}

static void add_servers(struct server_list *list, const struct server_list *more, size_t most)
{
	for (size_t i = 0; i < more->count; i++)
		server_list_add(list, more->server[i], most);
}

/* Of the line "search …", as far as there is room in it. */
static void append_domains(char *text, const struct files_router *routers, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < routers[i].dns->domain_count; j++) {
			const char *domain = routers[i].dns->domains[j].name;
			size_t length = strlen(domain) + (used > 0);

			if (used + length > DOMAIN_MAX)
				continue;
			append(text, "%s%s", used > 0 ? " " : "search ", domain);
			used += length;
		}
	}
	append(text, "%s", used > 0 ? "\n" : "");
}

/* An address that counts on its link only needs the link's name with it. */
static void append_router_servers(
	char *text, const struct files_router *routers, size_t count, size_t most)
{
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < routers[i].dns->server_count && most > 0; j++, most--) {
			const struct in6_addr *server = &routers[i].dns->servers[j].address;
			const bool local = IN6_IS_ADDR_LINKLOCAL(server);

			inet_ntop(AF_INET6, server, address, sizeof(address));
			append(text, "nameserver %s%s%s\n", address, local ? "%" : "",
				local ? routers[i].interface : "");
		}
	}
}

void files_resolv_conf(char *text, const struct settings *settings,
	const struct lease *const *leases, size_t count, const struct files_router *routers,
	size_t router_count)
{
	struct server_list servers = { .count = 0 };
	const char *search = settings->ip.domain;

	text[0] = '\0';
	for (size_t i = 0; i < IP_PARAMETER_DNS_MAX; i++) {
		if (!ipv4_is_none(settings->ip.dns[i]))
			server_list_add(&servers, settings->ip.dns[i], LEASE_DNS_MAX);
	}
	for (size_t i = 0; i < count; i++) {
		add_servers(&servers, &leases[i]->dns, LEASE_DNS_MAX);
		if (!search[0])
			search = leases[i]->search;
	}
	if (search[0])
		append(text, "search %s\n", search);
	else
		append_domains(text, routers, router_count);
	append_servers(text, "nameserver ", &servers);
	append_router_servers(text, routers, router_count, LEASE_DNS_MAX - servers.count);
}

void files_ntp(char *text, const struct settings *settings, const struct lease *const *leases,
	size_t count)
{
	struct server_list servers = { .count = 0 };

	text[0] = '\0';
	for (size_t i = 0; i < LEASE_NTP_MAX && settings->ntp[i][0]; i++)
		append(text, "%s\n", settings->ntp[i]);
	if (text[0])
		return;
	if (!ipv4_is_none(settings->ip.ntp))
		server_list_add(&servers, settings->ip.ntp, LEASE_NTP_MAX);
	for (size_t i = 0; i < count && ipv4_is_none(settings->ip.ntp); i++)
		add_servers(&servers, &leases[i]->ntp, LEASE_NTP_MAX);
	append_servers(text, "", &servers);
}

void files_syslog(char *text, const struct settings *settings, const struct lease *const *leases,
	size_t count)
{
	struct server_list servers = { .count = 0 };

	text[0] = '\0';
	if (settings->syslog[0])
		append(text, "%s\n", settings->syslog);
	for (size_t i = 0; i < count && !settings->syslog[0]; i++)
		add_servers(&servers, &leases[i]->syslog, LEASE_SYSLOG_MAX);
	append_servers(text, "", &servers);
}

/* ---- On the file system ---- */

bool files_prepare(void)
{
	return mkdir(FILES_DIRECTORY, 0755) == 0 || errno == EEXIST;
}

/* Bytes read, at most size - 1; -1 if there is no such file. NUL-terminated. */
static ssize_t read_file(const char *path, char *text, size_t size)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t length;

	if (descriptor < 0)
		return -1;
	length = read(descriptor, text, size - 1);
	close(descriptor);
	text[length < 0 ? 0 : length] = '\0';
	return length;
}

static bool write_file(const char *path, const char *text)
{
	size_t length = strlen(text);
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	bool good;

	if (descriptor < 0)
		return false;
	/* A short write on tmpfs means that it is full. */
	good = write(descriptor, text, length) == (ssize_t)length;
	return close(descriptor) == 0 && good;
}

static void replace_file(const char *name, const char *text)
{
	char path[PATH_SIZE];
	char fresh[PATH_SIZE + 4];
	char present[FILES_METRICS_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", FILES_DIRECTORY, name);
	length = read_file(path, present, sizeof(present));
	if (!text[0]) {
		if (length >= 0 && unlink(path) != 0)
			log_line(NULL, "cannot remove %s: %s; it is out of date", path,
				strerror(errno));
		return;
	}
	if (length >= 0 && strcmp(text, present) == 0)
		return;
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (!write_file(fresh, text) || rename(fresh, path) != 0) {
		log_line(NULL, "cannot write %s: %s; it is out of date", path, strerror(errno));
		unlink(fresh);
	}
}

void files_write(const struct settings *settings, const struct lease *const *leases, size_t count,
	const struct files_router *routers, size_t router_count)
{
	char text[FILES_TEXT_MAX];

	files_resolv_conf(text, settings, leases, count, routers, router_count);
	replace_file("resolv.conf", text);
	files_ntp(text, settings, leases, count);
	replace_file("ntp", text);
	files_syslog(text, settings, leases, count);
	replace_file("syslog", text);
}

void files_write_metrics(const char *text)
{
	replace_file("metrics", text);
}

void files_write_lease(const char *interface, const struct lease_record *record)
{
	char name[sizeof("lease.") + IFNAMSIZ];
	char text[LEASE_TEXT_MAX];

	snprintf(name, sizeof(name), "lease.%s", interface);
	if (lease_record_encode(record, text) >= 0)
		replace_file(name, text);
}

bool files_read_lease(const char *interface, struct lease_record *record)
{
	char path[PATH_SIZE];
	char text[FILES_TEXT_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/lease.%s", FILES_DIRECTORY, interface);
	length = read_file(path, text, sizeof(text));
	return length > 0 && lease_record_decode(text, (size_t)length, record);
}

void files_remove_lease(const char *interface)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/lease.%s", FILES_DIRECTORY, interface);
	unlink(path);
}
