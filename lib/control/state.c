/* SPDX-License-Identifier: MIT */
/* The names of states, as svctl shows them and other programs compare them. */
#include "control/state.h"

#include <string.h>

static const char *const service_names[STATE_COUNT] = {
	[STATE_WAITING] = "waiting",
	[STATE_STARTING] = "starting",
	[STATE_RUNNING] = "running",
	[STATE_READY] = "ready",
	[STATE_STOPPING] = "stopping",
	[STATE_BACKOFF] = "backoff",
	[STATE_DONE] = "done",
	[STATE_FAILED] = "failed",
	[STATE_SKIPPED] = "skipped",
	[STATE_INVALID] = "invalid",
	[STATE_STOPPED] = "stopped",
};

static const char *const node_names[NODE_STATE_COUNT] = {
	[NODE_BOOTING] = "booting",
	[NODE_READY] = "ready",
	[NODE_DEGRADED] = "degraded",
	[NODE_STOPPING] = "stopping",
};

static int find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

const char *service_state_name(enum service_state state)
{
	return service_names[state];
}

const char *node_state_name(enum node_state state)
{
	return node_names[state];
}

int service_state_parse(const char *name)
{
	return find(service_names, STATE_COUNT, name);
}

int node_state_parse(const char *name)
{
	return find(node_names, NODE_STATE_COUNT, name);
}
