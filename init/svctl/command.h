/* SPDX-License-Identifier: MIT */
/* The commands of svctl. main.c reads the command line into a struct invocation; each command
 * carries it out and returns svctl's exit status (EXIT_… of control/protocol.h). */
#ifndef SVCTL_COMMAND_H
#define SVCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

enum { COMMAND_NO_TIMEOUT = -1 };

struct invocation {
	const char *command; /* as typed: "restart" */
	char **names; /* what is neither command nor option; NULL-terminated */
	unsigned names_count;
	const char **roots; /* --root, in order; NULL-terminated */
	unsigned roots_count;
	bool json;
	bool svg;
	bool no_wait;
	bool follow;
	bool now;
	int64_t lines; /* -n; -1: all there are */
	int64_t timeout_ms; /* --timeout, or COMMAND_NO_TIMEOUT */
};

int command_status(const struct invocation *invocation);
int command_why(const struct invocation *invocation);
int command_logs(const struct invocation *invocation);

/* Send a request and follow the changes until what was asked for is so (follow.c). */
int command_change(const struct invocation *invocation); /* start, stop, restart */
int command_wait(const struct invocation *invocation);
int command_watch(const struct invocation *invocation);

/* PID 1's answer to boot, told or drawn (boot.c). */
int command_boot(const struct invocation *invocation);
int command_graph(const struct invocation *invocation);

int command_reload(const struct invocation *invocation);
int command_signal(const struct invocation *invocation); /* names[0] is the signal */
int command_rescan(const struct invocation *invocation);
int command_reexec(const struct invocation *invocation);
int command_power(const struct invocation *invocation); /* poweroff, reboot, halt */
int command_check(const struct invocation *invocation);

#endif
