/* SPDX-License-Identifier: MIT */
/*
 * The process of a service, from PID 1's side: its cgroup and pipes, starting it, signalling it. What that
 * means for the service is the supervisor's business.
 */
#ifndef PID1_PROCESS_H
#define PID1_PROCESS_H

#include "supervisor.h"

/*
 * Makes what the service's file asks for and forks. Returns 0, with the process, its pidfd and pipes
 * in the service and watched; or -errno, with *failed set to the step and nothing left running.
 */
int process_start(struct supervisor *supervisor, uint32_t index, enum step *failed);

/* Sends the stop signal to the main process, if there is one. */
void process_terminate(struct supervisor *supervisor, uint32_t index);

/* Sends `number` to the main process. 0, -ESRCH if there is none, or another -errno. */
int process_signal(const struct service *service, int number);

/*
 * Kills the main process and everything in the service's cgroup at once; without cgroups, its process group.
 */
void process_kill(struct supervisor *supervisor, uint32_t index);

/* Has a child kill the processes of the cgroup one by one; cgroup_tree.h tells which ones need that. */
void process_kill_each(struct supervisor *supervisor, uint32_t index);

/* Removes the cgroups below the service's own, now that they are empty: some of them each turn. */
void process_trim(struct supervisor *supervisor, uint32_t index);

/*
 * Whether the service's cgroup still has a process now that its main process is gone; if in doubt, yes. Only if
 * so, SOURCE_CGROUP tells when the cgroup empties: every open descriptor is one more that each child of PID 1
 * has to close.
 */
bool process_left(struct supervisor *supervisor, uint32_t index);

/*
 * Whether the cgroup of a service that is to start for the first time has a process that an earlier PID 1 started and
 * this one knows nothing about. It is killed when it is first seen; SOURCE_CGROUP tells when it is gone.
 */
bool process_leftovers(struct supervisor *supervisor, uint32_t index);

/* Forgets the process: closes its pidfd and the pipes of its start. */
void process_close(struct supervisor *supervisor, struct service *service);

#endif
