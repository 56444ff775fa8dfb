/* SPDX-License-Identifier: MIT */
/*
 * The cgroups a service has made below its own: killing the processes in them one by one, and removing them.
 */
#ifndef PID1_CGROUP_TREE_H
#define PID1_CGROUP_TREE_H

/*
 * Sends SIGKILL to every process in the cgroup of `service` and below it, one by one. cgroup.kill does not end all of
 * them: it signals threads, and a process whose main thread has ended (pthread_exit() in main) takes no notice; and a
 * threaded cgroup has no cgroup.kill. Runs as long as there are processes: for a child of PID 1, never for PID 1 itself.
 */
void cgroup_kill_each(int cgroup_fd, const char *service);

/*
 * Removes the cgroups below this one, deepest first, in at most `steps` steps (folders read). Returns 0 if none is
 * left, -EAGAIN if there is more to do, or another -errno: -EBUSY if there is a process in one, -ENAMETOOLONG if
 * they are nested too deeply.
 */
int cgroup_trim(int cgroup_fd, unsigned steps);

#endif
