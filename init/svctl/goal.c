/* SPDX-License-Identifier: MIT */
/* States judged by what was asked for: see goal.h. */
#include "svctl/goal.h"

static enum verdict judge_up(int state)
{
	switch (state) {
	case STATE_READY:
	case STATE_DONE:
		return VERDICT_REACHED;
	case STATE_BACKOFF:
	case STATE_FAILED:
	case STATE_INVALID:
	case STATE_SKIPPED:
		return VERDICT_MISSED;
	case STATE_WAITING:
	case STATE_STOPPED: /* somebody may have stopped it meanwhile */
		return VERDICT_UNSURE;
	default:
		return VERDICT_PENDING;
	}
}

static enum verdict judge_down(int state)
{
	switch (state) {
	case STATE_STOPPED:
	case STATE_DONE:
	case STATE_FAILED:
	case STATE_SKIPPED:
	case STATE_INVALID:
		return VERDICT_REACHED;
	default:
		return VERDICT_PENDING;
	}
}

static enum verdict judge_await(int state)
{
	switch (state) {
	case STATE_READY:
	case STATE_DONE:
		return VERDICT_REACHED;
	case STATE_FAILED:
	case STATE_INVALID:
	case STATE_SKIPPED:
	case STATE_STOPPED:
		return VERDICT_MISSED;
	default:
		return VERDICT_PENDING;
	}
}

enum verdict goal_judge(enum goal goal, int state)
{
	switch (goal) {
	case GOAL_UP:
		return judge_up(state);
	case GOAL_DOWN:
		return judge_down(state);
	default:
		return judge_await(state);
	}
}
