/* SPDX-License-Identifier: MIT */
/*
 * The names of PID 1's two sockets in /run. Without its name a socket can no longer be reached, and /run
 * is a folder that people clean up: a name that is gone is made again.
 */
#ifndef PID1_SOCKETS_H
#define PID1_SOCKETS_H

#include "control.h"
#include "supervisor.h"

enum socket_name { SOCKET_CONTROL, SOCKET_NOTIFY, SOCKET_NAMES };

struct sockets {
	struct supervisor *supervisor;
	struct control *control; /* set up before, by control_begin() */
	int *notify_fd;
	int watch_fd; /* inotify on both names; -1: only SIGHUP makes us look */
	int watches[SOCKET_NAMES]; /* of inotify; -1: not watched */
	ino_t names[SOCKET_NAMES]; /* what each name was when it was bound */
};

/*
 * Opens both sockets and watches their names. Those that an earlier image of PID 1 left open, in
 * control->fd and *notify_fd, are kept if their names are there. Failures are reported in the kernel log.
 */
void sockets_open(struct sockets *sockets);

/* Something happened to a name: a socket that lost its own gets it back. */
void sockets_read(struct sockets *sockets);

/* The same for SIGHUP: checks both names, whatever inotify said. */
void sockets_check(struct sockets *sockets);

#endif
