/* SPDX-License-Identifier: MIT */
/*
 * The other half of netd: udhcpc runs `netd EVENT` as its script, which checks what udhcpc has heard and
 * hands it to the daemon as one datagram. Only root may send one: the socket's mode says so, and
 * the daemon asks the kernel who the sender was.
 */
#ifndef NETD_HOOK_H
#define NETD_HOOK_H

#include "lease.h"

#define LEASE_SOCKET "/run/net/lease.sock"

/* Runs as udhcpc's script. Returns the exit status: 0, 1 if the daemon could not be told, 2 on misuse. */
int hook_run(const char *event, char *const *environment);

/* The daemon's end: opens the socket. Returns its descriptor, or -1 and errno. */
int hook_listen(void);

/* Receives one message. False: there was none, or it did not pass the checks, which was logged. */
bool hook_receive(int socket, struct lease_message *message);

#endif
