/* SPDX-License-Identifier: MIT */
/*
 * The steps between "start this service" and its program's first instruction. The child reports the step
 * that failed, with its errno, so that "could not start" always says where and why.
 */
#ifndef PID1_STEP_H
#define PID1_STEP_H

enum step {
	STEP_NONE, /* nothing failed */
	STEP_CGROUP, /* making the cgroup, or setting one of its limits */
	STEP_PIPE, /* making the pipes to it */
	STEP_FORK, /* clone3 */
	STEP_CONDITION, /* when = path:…: the path is not there; the service is skipped */
	STEP_SESSION, /* setsid */
	STEP_CONSOLE, /* opening its terminal and making it the controlling one */
	STEP_OUTPUT, /* connecting stdin, stdout and stderr */
	STEP_READY_FD, /* handing it the descriptor of ready = fd:N */
	STEP_OOM_SCORE_ADJ,
	STEP_NICE,
	STEP_NOFILE,
	STEP_USER, /* looking up or becoming the user */
	STEP_GROUP, /* looking up or becoming the groups */
	STEP_CAPABILITIES, /* keeping the ones named, dropping the rest */
	STEP_NO_NEW_PRIVILEGES,
	STEP_MOUNTS, /* a mount namespace of its own */
	STEP_READ_ONLY_ROOT,
	STEP_PRIVATE_TMP,
	STEP_PROTECT_PROC,
	STEP_SYSTEM_CALLS, /* setting the filter */
	STEP_DIRECTORY,
	STEP_ENVIRONMENT,
	STEP_EXEC,
	STEP_COUNT,
};

/* "user", "memory limit": the step as svctl shows it. */
const char *step_name(enum step step);

#endif
