/* SPDX-License-Identifier: MIT */
/*
 * What a service's process sees of the node's files and may ask of the kernel. Used only by the child between
 * fork and exec (spawn.c), one step after another. Each function does nothing for a file without its key; it
 * returns 0 or -errno, and on an error the program must not be run.
 */
#ifndef PID1_SANDBOX_H
#define PID1_SANDBOX_H

#include "service/config.h"

/* A mount namespace of its own, for the three below; it still gets what is mounted later, where that is shared. */
int sandbox_mounts(const struct service_config *config);

/* The root file system becomes read-only; what is mounted on it stays as it is. */
int sandbox_root(const struct service_config *config);

/* An empty /tmp, which goes with the service's last process. */
int sandbox_tmp(const struct service_config *config);

/* A /proc in which other services' processes are not. */
int sandbox_proc(const struct service_config *config);

/* The filter of system calls. After it only exec, write and exit are certain to be there. */
int sandbox_system_calls(const struct service_config *config);

#endif
