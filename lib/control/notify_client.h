/* SPDX-License-Identifier: MIT */
/*
 * Tells PID 1 how the caller is, by the protocol of sd_notify(3): READY=1 once, and STATUS= whenever it
 * changes. Without $NOTIFY_SOCKET nobody is told.
 */
#ifndef CONTROL_NOTIFY_CLIENT_H
#define CONTROL_NOTIFY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { NOTIFY_STATUS_MAX = 256 }; /* bytes of a status line, NUL included */

struct notify {
	int socket; /* -1: nobody to tell */
	struct sockaddr_un address;
	socklen_t address_length;
	bool ready_told;
	char status_told[NOTIFY_STATUS_MAX];
	uint64_t again_ms; /* when a message that could not be sent is due; CLOCK_NEVER */
};

/* `path` is $NOTIFY_SOCKET: a path, or @ and an abstract name; NULL if it is not set. */
void notify_open(struct notify *notify, const char *path);

/* Sends what PID 1 does not know yet. A full socket is tried again at notify->again_ms. */
void notify_state(struct notify *notify, bool ready, const char *status, uint64_t now_ms);

/*
 * Waits until PID 1 has read all that was sent, at most two seconds: for a program that ends now, since PID 1 takes
 * no message of a process that is gone.
 */
void notify_barrier(struct notify *notify);

#endif
