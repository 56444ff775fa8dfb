/* SPDX-License-Identifier: MIT */
/*
 * Looking at a path without ever waiting. A start looks at what its `when = path:` names in the child,
 * because a path may lie in a file system that does not answer; but most lie in /run and /dev, which
 * are memory and PID 1's own mounts. There PID 1 looks by itself, and a service that is to be skipped costs
 * neither a cgroup nor a process.
 */
#ifndef PID1_CONDITION_H
#define PID1_CONDITION_H

#include <stdbool.h>

/*
 * Whether there is certainly nothing at the absolute `path`. In any doubt no: what is elsewhere, behind another
 * mount or a link that leads out, or on a kernel before 5.6, is for the child to find out.
 */
bool condition_surely_absent(const char *path);

#endif
