/* SPDX-License-Identifier: MIT */
/*
 * Looking up a path without ever waiting. The path of a `when = path:` is looked up in the child that starts
 * the service, because it may be in a file system that does not answer; but most are in /run and /dev, which
 * are in memory and mounted by PID 1. There PID 1 looks by itself, so a service that is to be skipped costs
 * neither a cgroup nor a process.
 */
#ifndef PID1_CONDITION_H
#define PID1_CONDITION_H

#include <stdbool.h>

/*
 * Whether there is certainly nothing at the absolute `path`. If in doubt, no: a path that is elsewhere, behind
 * another mount or a link that leads out, or on a kernel before 5.6, is for the child to look up.
 */
bool condition_surely_absent(const char *path);

#endif
