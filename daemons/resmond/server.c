/* SPDX-License-Identifier: MIT */
/* Takes connections and gives each its turn: see server.h. */
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basics/clock.h"
#include "basics/log.h"

enum { FULL_PAUSE_MS = 250 }; /* until it is looked again for one that is in the way */

static int listen_on(int family, const struct sockaddr *address, socklen_t length)
{
	int on = 1, off = 0;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -1;
	/* After a restart the port is still in use by connections that have ended. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if ((family != AF_INET6 ||
		    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0) &&
		bind(fd, address, length) == 0 && listen(fd, SERVER_QUEUE) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

bool server_open(struct server *server, uint16_t port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(port) };

	server->listener = listen_on(AF_INET6, (struct sockaddr *)&any6, sizeof(any6));
	/* A kernel without IPv6, or with it switched off. */
	if (server->listener < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		server->listener = listen_on(AF_INET, (struct sockaddr *)&any4, sizeof(any4));
	if (server->listener < 0)
		log_line(NULL, "cannot listen on port %u: %s; giving up", port, strerror(errno));
	return server->listener >= 0;
}

/* A free place; else that of who is in the way, longest first, and `closed` says so. NULL: none. */
static struct client *find_place(struct server *server, uint64_t now_ms, bool *closed)
{
	struct client *found = NULL;

	*closed = false;
	for (int i = 0; i < SERVER_CLIENTS; i++) {
		struct client *client = &server->clients[i];

		if (client->phase == CLIENT_FREE) {
			*closed = false;
			return client;
		}
		if (client_in_the_way(client, now_ms) &&
			(!found || client->since_ms < found->since_ms)) {
			found = client;
			*closed = true;
		}
	}
	return found;
}

static void accept_all(struct server *server, uint64_t now_ms)
{
	for (int i = 0; i < SERVER_CLIENTS; i++) {
		struct client *place;
		bool closes;
		int on = 1, fd;

		place = find_place(server, now_ms, &closes);
		if (!place)
			return;
		fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		if (closes) {
			server->site.own->evicted++;
			client_close(place);
		}
		/* An answer goes out in few pieces, and the last one at once. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		client_begin(place, fd, now_ms);
		client_turn(place, &server->site, now_ms);
	}
}

uint64_t server_polls(struct server *server, struct pollfd *polls, uint64_t now_ms)
{
	uint64_t due_ms = CLOCK_NEVER;
	uint64_t open = 0;
	bool closes;

	for (int i = 0; i < SERVER_CLIENTS; i++) {
		const struct client *client = &server->clients[i];
		bool used = client->phase != CLIENT_FREE;

		polls[1 + i] = (struct pollfd){ .fd = -1 };
		if (!used)
			continue;
		open++;
		polls[1 + i] = (struct pollfd){ .fd = client->fd, .events = client_events(client) };
		if (client->deadline_ms < due_ms)
			due_ms = client->deadline_ms;
	}
	server->site.own->clients = open;
	polls[0] = (struct pollfd){ .fd = server->listener, .events = POLLIN };
	if (!find_place(server, now_ms, &closes)) {
		polls[0].fd = -1;
		due_ms = due_ms < now_ms + FULL_PAUSE_MS ? due_ms : now_ms + FULL_PAUSE_MS;
	}
	return due_ms;
}

void server_turn(struct server *server, const struct pollfd *polls, uint64_t now_ms)
{
	for (int i = 0; i < SERVER_CLIENTS; i++) {
		struct client *client = &server->clients[i];

		if (client->phase != CLIENT_FREE && polls[1 + i].revents)
			client_turn(client, &server->site, now_ms);
		client_check_time(client, &server->site, now_ms);
	}
	if (polls[0].revents)
		accept_all(server, now_ms);
}
