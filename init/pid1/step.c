/* SPDX-License-Identifier: MIT */
/* The steps' names. */
#include "step.h"

#include <stddef.h>

static const char *const names[STEP_COUNT] = {
	[STEP_NONE] = "",
	[STEP_CGROUP] = "cgroup",
	[STEP_PIPE] = "pipe",
	[STEP_FORK] = "fork",
	[STEP_CONDITION] = "when",
	[STEP_SESSION] = "session",
	[STEP_CONSOLE] = "console",
	[STEP_OUTPUT] = "output",
	[STEP_READY_FD] = "ready-fd",
	[STEP_OOM_SCORE_ADJ] = "oom-score-adj",
	[STEP_NICE] = "nice",
	[STEP_NOFILE] = "nofile",
	[STEP_USER] = "user",
	[STEP_GROUP] = "group",
	[STEP_CAPABILITIES] = "capabilities",
	[STEP_NO_NEW_PRIVILEGES] = "no-new-privileges",
	[STEP_MOUNTS] = "mount namespace",
	[STEP_READ_ONLY_ROOT] = "read-only-root",
	[STEP_PRIVATE_TMP] = "private-tmp",
	[STEP_PROTECT_PROC] = "protect-proc",
	[STEP_SYSTEM_CALLS] = "system-calls",
	[STEP_DIRECTORY] = "directory",
	[STEP_ENVIRONMENT] = "environment",
	[STEP_EXEC] = "exec",
};

const char *step_name(enum step step)
{
	return (unsigned)step < STEP_COUNT ? names[step] : "unknown";
}
