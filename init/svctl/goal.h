/* SPDX-License-Identifier: MIT */
/* What start, stop, restart and wait are after, and whether a state is it. Pure. */
#ifndef SVCTL_GOAL_H
#define SVCTL_GOAL_H

#include "control/state.h"

enum goal {
	GOAL_UP, /* start, restart: it runs, or has done its work */
	GOAL_DOWN, /* stop: it does not run, and will not by itself */
	GOAL_AWAIT, /* wait: as GOAL_UP, but another try is worth waiting for */
};

enum verdict {
	VERDICT_PENDING, /* on its way */
	VERDICT_REACHED,
	VERDICT_MISSED, /* it will not get there by itself, or not soon */
	VERDICT_UNSURE, /* on its way or not: what it waits for decides (explain_hopeless()) */
};

/* `state` is an enum service_state; -1, a word of a later version, is pending. */
enum verdict goal_judge(enum goal goal, int state);

#endif
