/* SPDX-License-Identifier: MIT */
/*
 * A node for targets: PID 1's own supervisor, graph and core with all that is around them, on a system
 * that is not there. Processes, descriptors, cgroups and the kernel log are played; every call is
 * checked. fuzz.mk names the calls that are wrapped.
 */
#ifndef FUZZ_FUZZ_NODE_H
#define FUZZ_FUZZ_NODE_H

#include "pid1/power.h"
#include "pid1/supervisor.h"

#include "fuzz.h"

enum {
	FUZZ_SERVICES_MAX = 16,
	FUZZ_FDS_MAX = 256, /* that are open at once */
	FUZZ_VARIANTS = 8, /* of /etc/svc, for a rescan */
};

/* What the next look at one of a service's descriptors will find. */
struct fuzz_script {
	bool exec_ended; /* its step pipe has ended, or brings `report` */
	struct step_report report;
	bool says_ready; /* a newline is in its ready pipe */
	bool exited; /* its main process is to be reaped, with `status` */
	int status;
	bool left; /* other processes of its cgroup live on */
	const char *output; /* in its log pipe */
	size_t output_length;
};

struct fuzz_node {
	struct supervisor supervisor;
	struct power power;
	struct fuzz_script script[FUZZ_SERVICES_MAX];
	bool open[FUZZ_FDS_MAX];
	unsigned variant; /* of the files that a rescan finds */
	unsigned spawned; /* processes ever started */
	unsigned signals; /* ever sent, kills of cgroups among them */
	unsigned said; /* lines to the kernel log */
	unsigned kernel_asked; /* reboot() and the helpers before it */
};

/* Makes the node; there is one at a time. All that it opened and took is given back by the second. */
void fuzz_node_begin(struct fuzz_node *node);
void fuzz_node_end(struct fuzz_node *node);

/*
 * `ms` pass, then one turn of the loop. Returns true if it changed over to a rescanned set, of which the
 * caller then has to tell its answers; `count` is how many services there were.
 */
bool fuzz_node_turn(struct fuzz_node *node, uint64_t ms, uint32_t *count);

/* What can happen to a service. Each is a no-op where it cannot. */
void fuzz_node_exec(struct fuzz_node *node, uint32_t index, enum step failed);
void fuzz_node_ready(struct fuzz_node *node, uint32_t index);
void fuzz_node_exit(struct fuzz_node *node, uint32_t index, int status, bool left);
void fuzz_node_empty(struct fuzz_node *node, uint32_t index);
void fuzz_node_write(struct fuzz_node *node, uint32_t index, const char *text, size_t length);

/* Aborts if a service has a process where it may not, or none where it must. */
void fuzz_node_check(const struct fuzz_node *node);

#endif
