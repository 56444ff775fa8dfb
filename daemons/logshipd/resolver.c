/* SPDX-License-Identifier: MIT */
/* Asking getaddrinfo(3). */
#include "resolver.h"

#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void look_up(const struct destination *destination, int flags, struct addresses *addresses)
{
	struct addrinfo *found = NULL;
	struct addrinfo hints = {
		.ai_flags = flags | AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = destination->tcp ? SOCK_STREAM : SOCK_DGRAM,
	};
	char port[8];

	memset(addresses, 0, sizeof(*addresses));
	snprintf(port, sizeof(port), "%u", destination->port);
	addresses->error = getaddrinfo(destination->host, port, &hints, &found);
	if (addresses->error)
		return;
	for (const struct addrinfo *at = found; at && addresses->count < RESOLVER_ADDRESSES_MAX;
		at = at->ai_next) {
		memcpy(&addresses->address[addresses->count], at->ai_addr, at->ai_addrlen);
		addresses->length[addresses->count++] = at->ai_addrlen;
	}
	freeaddrinfo(found);
}

bool resolver_literal(const struct destination *destination, struct addresses *addresses)
{
	look_up(destination, AI_NUMERICHOST, addresses);
	return addresses->error == 0 && addresses->count > 0;
}

bool resolver_begin(struct resolver *resolver, const struct destination *destination)
{
	struct addresses addresses;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	resolver->child = fork();
	if (resolver->child == 0) {
		look_up(destination, 0, &addresses);
		_exit(write(ends[1], &addresses, sizeof(addresses)) < 0);
	}
	close(ends[1]);
	if (resolver->child < 0) {
		close(ends[0]);
		return false;
	}
	resolver->fd = ends[0];
	return true;
}

void resolver_end(struct resolver *resolver, struct addresses *addresses)
{
	memset(addresses, 0, sizeof(*addresses));
	/* A child that has not answered never will: first it dies, then there is nothing to wait for. */
	fcntl(resolver->fd, F_SETFL, O_NONBLOCK);
	if (read(resolver->fd, addresses, sizeof(*addresses)) != sizeof(*addresses)) {
		memset(addresses, 0, sizeof(*addresses));
		addresses->error = EAI_AGAIN;
	}
	kill(resolver->child, SIGKILL);
	waitpid(resolver->child, NULL, 0);
	close(resolver->fd);
	resolver->fd = -1;
}
