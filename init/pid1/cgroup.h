/* SPDX-License-Identifier: MIT */
/*
 * The services' cgroups (v2): one per service below SERVICE_CGROUPS, made before its first start and kept
 * until the node goes down. A cgroup limits a service, tells what belongs to it, and kills it reliably.
 */
#ifndef PID1_CGROUP_H
#define PID1_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "service/config.h"

struct cgroups {
	int fd; /* the directory SERVICE_CGROUPS; -1: the kernel has no cgroup v2 for us */
	bool existed; /* an earlier PID 1 made it */
};

/*
 * Makes SERVICE_CGROUPS below a mounted cgroup2 and hands the memory, pids and cpu controllers down
 * to it, as far as the kernel has them. Returns 0, or -errno with groups->fd set to -1.
 */
int cgroups_open(struct cgroups *groups);

/*
 * Makes the cgroup of a service and sets its limits. Returns the directory's descriptor, to be closed by
 * the caller, or -errno: -ENOENT for a limit whose controller the kernel lacks. Without cgroups
 * (groups->fd < 0) it returns -ENOSYS. Sets *anew to whether there was no cgroup of that name before.
 */
int cgroup_make(const struct cgroups *groups, const struct service_config *config, bool *anew);

/* True if the file asks for something that only a cgroup provides. */
bool cgroup_needed(const struct service_config *config);

/* Opens cgroup.events, which polls as EPOLLPRI when the cgroup empties. -errno on failure. */
int cgroup_open_events(int cgroup_fd);

/* Whether there is a process in the cgroup (events_fd of cgroup_open_events). If in doubt, yes. */
bool cgroup_populated(int events_fd);

/* Kills every process in it. Returns 0 or -errno. */
int cgroup_kill(int cgroup_fd);

/* How many of its processes the kernel has ever killed for want of memory. 0 if that is not known. */
uint64_t cgroup_oom_kills(int cgroup_fd);

#endif
