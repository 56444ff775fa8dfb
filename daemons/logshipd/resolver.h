/* SPDX-License-Identifier: MIT */
/* The addresses of a host. A name is looked up by a child, for that may take long. */
#ifndef LOGSHIPD_RESOLVER_H
#define LOGSHIPD_RESOLVER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "destination.h"

enum { RESOLVER_ADDRESSES_MAX = 4 };

struct addresses {
	int error; /* 0, or the EAI_… of getaddrinfo(3) */
	unsigned count;
	struct sockaddr_storage address[RESOLVER_ADDRESSES_MAX];
	socklen_t length[RESOLVER_ADDRESSES_MAX];
};

struct resolver {
	int fd; /* readable when the answer is there; -1: no child */
	pid_t child;
};

/* An address is taken as it is: true, *addresses has it. */
bool resolver_literal(const struct destination *destination, struct addresses *addresses);

/* Begins to look a name up. False: errno says why not. */
bool resolver_begin(struct resolver *resolver, const struct destination *destination);

/* Takes the child's answer, or ends it without one. */
void resolver_end(struct resolver *resolver, struct addresses *addresses);

#endif
