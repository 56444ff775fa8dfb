/* SPDX-License-Identifier: MIT */
/*
 * The services' cgroups (v2): one per service below SERVICE_CGROUPS, made before its first start and kept
 * until the node goes down. A cgroup limits a service, tells what belongs to it, and kills it reliably.
 */
#ifndef PID1_CGROUP_H
#define PID1_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "service/config.h"

/* Where the main process of a delegated cgroup lives: in a cgroup with controllers for others no process may. */
#define CGROUP_LEAF "main"

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

/*
 * delegate = yes, in the child, which lives in the cgroup: gives it a cgroup namespace of which that is the root, moves
 * it on to CGROUP_LEAF, and switches on the controllers for what it will make beside that. Returns 0 or -errno.
 */
int cgroup_delegate(int cgroup_fd);

/* Gives a user what they need to make cgroups there. Returns 0 or -errno. */
int cgroup_give(int cgroup_fd, uid_t uid, gid_t gid);

/* Undoes cgroup_delegate() for the next process, once all cgroups below are gone. */
void cgroup_take_back(int cgroup_fd);

/* Opens cgroup.events, which polls as EPOLLPRI when the cgroup empties. -errno on failure. */
int cgroup_open_events(int cgroup_fd);

/* Whether there is a process in the cgroup (events_fd of cgroup_open_events). If in doubt, yes. */
bool cgroup_populated(int events_fd);

/* Kills every process in it. Returns 0 or -errno. */
int cgroup_kill(int cgroup_fd);

/* How many of its processes the kernel has ever killed for want of memory. 0 if that is not known. */
uint64_t cgroup_oom_kills(int cgroup_fd);

#endif
