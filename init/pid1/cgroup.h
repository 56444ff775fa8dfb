/* SPDX-License-Identifier: MIT */
/*
 * The services' cgroups (v2): one each below SERVICE_CGROUPS, made before the first start, kept
 * until the node goes down. They bound a service, tell who belongs to it, and are what kills it for sure.
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
 * to it, as far as the kernel has them. Returns 0 or -errno; then groups->fd is -1.
 */
int cgroups_open(struct cgroups *groups);

/*
 * Makes the cgroup of a service and sets its limits. Returns the directory's descriptor, to be closed by
 * the caller, or -errno: -ENOENT for a limit whose controller the kernel lacks. Without cgroups
 * (groups->fd < 0) it returns -ENOSYS. *anew tells whether there was none of that name.
 */
int cgroup_make(const struct cgroups *groups, const struct service_config *config, bool *anew);

/* True if the file asks for something only a cgroup gives. */
bool cgroup_needed(const struct service_config *config);

/* Opens cgroup.events, which polls as EPOLLPRI when the cgroup empties. -errno on failure. */
int cgroup_open_events(int cgroup_fd);

/* Whether a process lives in the cgroup (events_fd of cgroup_open_events). If in doubt, yes. */
bool cgroup_populated(int events_fd);

/* Kills every process in it. Returns 0 or -errno. */
int cgroup_kill(int cgroup_fd);

/* How many of its processes the kernel has killed for want of memory, ever. 0 if that is not known. */
uint64_t cgroup_oom_kills(int cgroup_fd);

#endif
