/* SPDX-License-Identifier: MIT */
/* The listening socket and its clients: at most SERVER_CLIENTS, others wait in the kernel's queue. */
#ifndef RESMOND_SERVER_H
#define RESMOND_SERVER_H

#include <poll.h>

#include "client.h"

enum {
	SERVER_CLIENTS = 16,
	SERVER_QUEUE =
		32, /* connections the kernel keeps for us; further ones try again by themselves */
	SERVER_POLLS = 1 + SERVER_CLIENTS,
};

struct server {
	int listener;
	struct site site;
	struct client clients[SERVER_CLIENTS];
};

/* Listens on all addresses, IPv6 and IPv4. False: it cannot; that has been said. */
bool server_open(struct server *server, uint16_t port);

/*
 * Fills `polls` (SERVER_POLLS) with what to wait for; returns when server_turn() is due without it. Who can
 * neither be taken nor make room for another is not listened to.
 */
uint64_t server_polls(struct server *server, struct pollfd *polls, uint64_t now_ms);
void server_turn(struct server *server, const struct pollfd *polls, uint64_t now_ms);

#endif
