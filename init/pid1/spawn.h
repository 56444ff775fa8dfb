/* SPDX-License-Identifier: MIT */
/*
 * From a service file to a running program: the fork, and everything the child does before exec.
 *
 * What can block or fail happens in the child, which reports the step and its errno through a pipe and
 * exits; a program that cannot be given exactly what its file says is not run at all.
 */
#ifndef PID1_SPAWN_H
#define PID1_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "service/config.h"
#include "step.h"

/* Datagram socket of sd_notify(3) messages, given to services as $NOTIFY_SOCKET. */
#define NOTIFY_SOCKET "/run/notify"

/* What the child writes to the step pipe if it fails; it writes nothing if exec succeeds. */
struct step_report {
	enum step step;
	int error;
};

/* The descriptors a start needs, owned by the caller and left open. All are close-on-exec. */
struct spawn_fds {
	int cgroup; /* the directory of its cgroup; -1: none */
	bool join; /* enter the cgroup after the fork instead of being born in it */
	int log; /* write end of the log pipe; -1: stdout and stderr go where config->log says */
	int step; /* write end of the step pipe */
	int ready; /* write end of the ready pipe; -1: none */
};

/*
 * Starts the service. Returns the process id and sets *pidfd, or returns the fork's -errno. Does not
 * wait for the child.
 */
pid_t spawn(const struct service_config *config, const struct spawn_fds *fds, int *pidfd);

/*
 * Forks a process of PID 1 itself, without any service's set-up, for things that may hang. Like fork(), it
 * returns 0 in the child, which must _exit(); but -errno on failure.
 */
pid_t fork_helper(void);

#endif
