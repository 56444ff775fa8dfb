/* SPDX-License-Identifier: MIT */
/*
 * The states of a service and of the node, and how they are written. PID 1 decides them
 * (pid1/core.h); svctl and the daemons read them by these names.
 */
#ifndef CONTROL_STATE_H
#define CONTROL_STATE_H

enum service_state {
	STATE_WAITING, /* is to run; its needs are not met yet */
	STATE_STARTING, /* the process exists; exec has not succeeded yet */
	STATE_RUNNING, /* the program runs: a task at work, or a daemon not ready yet */
	STATE_READY, /* a daemon that runs and is ready */
	STATE_STOPPING, /* told to stop, or dead with processes left in its cgroup */
	STATE_BACKOFF, /* died; starts again when its delay is over */
	STATE_DONE, /* a task that exited 0, or a daemon that did and is not to be restarted */
	STATE_FAILED, /* given up: no restart, or more deaths than its limit */
	STATE_SKIPPED, /* its condition does not hold, or svc.skip / svc.only leave it out */
	STATE_INVALID, /* its file has errors; never run */
	STATE_STOPPED, /* stopped because somebody asked */
	STATE_COUNT,
};

enum node_state {
	NODE_BOOTING, /* some service is still on its way for the first time */
	NODE_READY, /* every service that should run is ready or done */
	NODE_DEGRADED, /* an essential service is not ready, or one is failed or invalid */
	NODE_STOPPING, /* powering off, halting or rebooting */
	NODE_STATE_COUNT,
};

const char *service_state_name(enum service_state state);
const char *node_state_name(enum node_state state);

/* The value of a name, or -1. */
int service_state_parse(const char *name);
int node_state_parse(const char *name);

#endif
