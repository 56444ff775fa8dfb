/* SPDX-License-Identifier: MIT */
/*
 * The table. Each rule is a small function below it; in a cell without one, the event changes
 * nothing in that phase.
 */
#include "core.h"

#include <stddef.h>

struct context {
	struct life *life;
	const struct service_config *config;
	const struct event_data *data;
};

typedef unsigned rule(struct context *c);

static rule spawn, skip, run, become_ready, alive, died, clear, cleared;
static rule start_afresh, start_after, retry, stop_now, stop_for_good, stop_then_start, cancel;
static rule start_timeout, start_stuck, watchdog_timeout, stops_itself, kill_now, kill_again;

static rule *const table[PHASE_COUNT][EVENT_COUNT] = {
	[PHASE_WAITING] = {
		[EVENT_STOP] = cancel,
		[EVENT_GO] = spawn,
		[EVENT_SKIP] = skip,
	},
	[PHASE_STARTING] = {
		[EVENT_STOP] = stop_now,
		[EVENT_RESTART] = stop_then_start,
		[EVENT_SPAWN_FAILED] = died,
		[EVENT_EXEC_OK] = run,
		[EVENT_EXITED] = died,
		[EVENT_EXITED_LEFT] = clear,
		[EVENT_TIMEOUT] = start_stuck,
	},
	[PHASE_RUNNING] = {
		[EVENT_STOP] = stop_now,
		[EVENT_RESTART] = stop_then_start,
		[EVENT_READY] = become_ready,
		[EVENT_STOPPING] = stops_itself,
		[EVENT_EXITED] = died,
		[EVENT_EXITED_LEFT] = clear,
		[EVENT_TIMEOUT] = start_timeout,
	},
	[PHASE_READY] = {
		[EVENT_STOP] = stop_now,
		[EVENT_RESTART] = stop_then_start,
		[EVENT_ALIVE] = alive,
		[EVENT_STOPPING] = stops_itself,
		[EVENT_EXITED] = died,
		[EVENT_EXITED_LEFT] = clear,
		[EVENT_TIMEOUT] = watchdog_timeout,
	},
	[PHASE_TERMINATING] = {
		[EVENT_START] = start_after,
		[EVENT_STOP] = stop_for_good,
		[EVENT_RESTART] = start_after,
		[EVENT_EXITED] = died,
		[EVENT_EXITED_LEFT] = clear,
		[EVENT_TIMEOUT] = kill_now,
	},
	[PHASE_KILLING] = {
		[EVENT_START] = start_after,
		[EVENT_STOP] = stop_for_good,
		[EVENT_RESTART] = start_after,
		[EVENT_EXITED] = died,
		[EVENT_EXITED_LEFT] = clear,
		[EVENT_TIMEOUT] = kill_again,
	},
	[PHASE_CLEARING] = {
		[EVENT_START] = start_after,
		[EVENT_STOP] = stop_for_good,
		[EVENT_RESTART] = start_after,
		[EVENT_EMPTY] = cleared,
		[EVENT_TIMEOUT] = kill_again,
	},
	[PHASE_BACKOFF] = {
		[EVENT_START] = start_afresh,
		[EVENT_STOP] = cancel,
		[EVENT_RESTART] = start_afresh,
		[EVENT_TIMEOUT] = retry,
	},
	[PHASE_DONE] = {
		[EVENT_START] = start_afresh,
		[EVENT_STOP] = cancel,
		[EVENT_RESTART] = start_afresh,
	},
	[PHASE_FAILED] = {
		[EVENT_START] = start_afresh,
		[EVENT_STOP] = cancel,
		[EVENT_RESTART] = start_afresh,
	},
	[PHASE_SKIPPED] = {
		[EVENT_START] = start_afresh,
		[EVENT_STOP] = cancel,
		[EVENT_RESTART] = start_afresh,
	},
	[PHASE_STOPPED] = {
		[EVENT_START] = start_afresh,
		[EVENT_RESTART] = start_afresh,
	},
	/* An invalid service has nothing that could run; nothing moves it. */
	[PHASE_INVALID] = { NULL },
};

static uint64_t in_ms(const struct context *c, uint32_t ms)
{
	return ms == SERVICE_TIME_NEVER ? TIME_NEVER : c->data->now_us + (uint64_t)ms * 1000;
}

static void enter(struct context *c, enum phase phase, uint64_t deadline_us)
{
	c->life->phase = phase;
	c->life->since_us = c->data->now_us;
	c->life->deadline_us = deadline_us;
}

static unsigned spawn(struct context *c)
{
	c->life->started_us = c->data->now_us;
	c->life->up_us = 0;
	c->life->cause = CAUSE_ITSELF;
	enter(c, PHASE_STARTING, in_ms(c, c->config->start_timeout_ms));
	return ACTION_SPAWN;
}

static unsigned skip(struct context *c)
{
	enter(c, PHASE_SKIPPED, TIME_NEVER);
	return 0;
}

/* For a daemon, counted from the start: the deadline that PHASE_STARTING had still holds. */
static unsigned run(struct context *c)
{
	const struct service_config *config = c->config;
	uint64_t deadline_us = c->life->deadline_us;

	if (config->type == SERVICE_DAEMON && config->ready == READY_EXEC)
		return become_ready(c);
	/* A task may be a job of hours: it has a deadline only if its file asks for one. */
	if (config->type == SERVICE_TASK && !(config->given & KEY_BIT(KEY_START_TIMEOUT)))
		deadline_us = TIME_NEVER;
	if (config->type == SERVICE_TASK)
		c->life->up_us = c->data->now_us;
	enter(c, PHASE_RUNNING, deadline_us);
	return 0;
}

static uint64_t watchdog_deadline(const struct context *c)
{
	return c->config->watchdog_ms ? in_ms(c, c->config->watchdog_ms) : TIME_NEVER;
}

static unsigned become_ready(struct context *c)
{
	if (c->config->type == SERVICE_TASK)
		return 0; /* a task is ready when it is done */
	c->life->up_us = c->data->now_us;
	enter(c, PHASE_READY, watchdog_deadline(c));
	return 0;
}

static unsigned alive(struct context *c)
{
	c->life->deadline_us = watchdog_deadline(c);
	return 0;
}

static unsigned terminate(struct context *c, enum death_cause cause)
{
	c->life->cause = cause;
	enter(c, PHASE_TERMINATING, in_ms(c, c->config->stop_timeout_ms));
	return ACTION_TERMINATE;
}

static unsigned kill_for(struct context *c, enum death_cause cause)
{
	c->life->cause = cause;
	enter(c, PHASE_KILLING, c->data->now_us + KILL_RETRY_US);
	return ACTION_KILL;
}

static unsigned stop_now(struct context *c)
{
	c->life->again = false;
	return terminate(c, CAUSE_STOPPED);
}

/* No longer ready, and it has as long to be gone as in any stop. */
static unsigned stops_itself(struct context *c)
{
	enter(c, PHASE_TERMINATING, in_ms(c, c->config->stop_timeout_ms));
	return 0;
}

static unsigned stop_then_start(struct context *c)
{
	c->life->again = true;
	return terminate(c, CAUSE_STOPPED);
}

/* Asked to start while it goes down: its death now counts as asked for, whatever caused it. */
static unsigned start_after(struct context *c)
{
	c->life->cause = CAUSE_STOPPED;
	c->life->again = true;
	return 0;
}

static unsigned stop_for_good(struct context *c)
{
	c->life->cause = CAUSE_STOPPED;
	c->life->again = false;
	return 0;
}

static unsigned start_timeout(struct context *c)
{
	return terminate(c, CAUSE_START_TIMEOUT);
}

/* Before exec there is no program that could act on a signal. */
static unsigned start_stuck(struct context *c)
{
	return kill_for(c, CAUSE_START_TIMEOUT);
}

static unsigned watchdog_timeout(struct context *c)
{
	return kill_for(c, CAUSE_WATCHDOG);
}

static unsigned kill_now(struct context *c)
{
	return kill_for(c, c->life->cause);
}

/*
 * SIGKILL takes effect late on a process that waits for a device, and cgroup.kill has no effect on some
 * (cgroup_tree.h). Keep trying; since_us tells for how long.
 */
static unsigned kill_again(struct context *c)
{
	c->life->deadline_us = c->data->now_us + KILL_RETRY_US;
	return ACTION_KILL | ACTION_KILL_EACH;
}

static unsigned cancel(struct context *c)
{
	enter(c, PHASE_STOPPED, TIME_NEVER);
	return 0;
}

static unsigned start_afresh(struct context *c)
{
	c->life->again = false;
	c->life->restarts = 0;
	c->life->deaths = 0;
	c->life->delay_ms = c->config->backoff_first_ms;
	enter(c, PHASE_WAITING, TIME_NEVER);
	return 0;
}

static unsigned retry(struct context *c)
{
	c->life->restarts++;
	enter(c, PHASE_WAITING, TIME_NEVER);
	return 0;
}

/* Records a death against limit = N/TIME; true if it is one too many. */
static bool over_limit(struct context *c)
{
	struct life *life = c->life;
	uint32_t most = c->config->limit_deaths;
	uint64_t oldest_us;

	if (most == 0 || life->deaths_us == NULL)
		return false;
	oldest_us = life->deaths_us[life->deaths % most];
	life->deaths_us[life->deaths % most] = c->data->now_us;
	if (life->deaths++ < most)
		return false;
	return c->data->now_us - oldest_us <= (uint64_t)c->config->limit_ms * 1000;
}

/* The delay doubles up to the longest; jitter takes up to a quarter off, so that nodes that fell together do not rise together. */
static unsigned back_off(struct context *c)
{
	const struct service_config *config = c->config;
	struct life *life = c->life;
	uint64_t longest_us = (uint64_t)config->backoff_longest_ms * 1000;
	uint64_t delay_us;

	/* One that was never ready has not been up, however long it tried. */
	if (life->up_us && c->data->now_us - life->up_us >= longest_us)
		life->delay_ms = config->backoff_first_ms;
	delay_us = (uint64_t)life->delay_ms * 1000;
	delay_us -= (delay_us / 4) * (c->data->random & 0xffff) / 0xffff;
	if (life->death.step != STEP_NONE && delay_us < START_FAILED_DELAY_US)
		delay_us = START_FAILED_DELAY_US;
	if (life->delay_ms > config->backoff_longest_ms / 2)
		life->delay_ms = config->backoff_longest_ms;
	else
		life->delay_ms *= 2;

	enter(c, PHASE_BACKOFF, c->data->now_us + delay_us);
	if (delay_us == 0)
		return retry(c);
	return 0;
}

/* Everything of the service is gone: what now? */
static unsigned cleared(struct context *c)
{
	const struct service_config *config = c->config;
	struct life *life = c->life;
	const struct death *death = &life->death;
	bool clean = death->code == 0 && death->cause == CAUSE_ITSELF && death->step == STEP_NONE;

	if (life->cause == CAUSE_STOPPED)
		return life->again ? start_afresh(c) : cancel(c);
	if (clean && (config->type == SERVICE_TASK || config->restart != RESTART_ALWAYS)) {
		enter(c, PHASE_DONE, TIME_NEVER);
		return 0;
	}
	if (config->restart == RESTART_NEVER || over_limit(c)) {
		enter(c, PHASE_FAILED, TIME_NEVER);
		return 0;
	}
	return back_off(c);
}

static void record_death(struct context *c)
{
	c->life->death = *c->data->death;
	c->life->death.happened = true;
	c->life->death.cause = c->life->cause;
}

static unsigned died(struct context *c)
{
	/* Not a death to remember: it was never meant to run. */
	if (c->data->death->step == STEP_CONDITION && c->life->cause == CAUSE_ITSELF)
		return skip(c);
	record_death(c);
	return cleared(c);
}

static unsigned clear(struct context *c)
{
	record_death(c);
	enter(c, PHASE_CLEARING, c->data->now_us + KILL_RETRY_US);
	return ACTION_KILL;
}

void life_init(struct life *life, const struct service_config *config, bool invalid,
	uint64_t *deaths_us, uint64_t now_us)
{
	*life = (struct life){
		.phase = invalid ? PHASE_INVALID : PHASE_WAITING,
		.since_us = now_us,
		.deadline_us = TIME_NEVER,
		.delay_ms = config->backoff_first_ms,
		.deaths_us = deaths_us,
		.death.code = -1,
	};
}

unsigned step(struct life *life, const struct service_config *config, enum event event,
	const struct event_data *data)
{
	struct context context = { .life = life, .config = config, .data = data };
	rule *apply = table[life->phase][event];

	return apply ? apply(&context) : 0;
}

void life_extend(struct life *life, uint64_t now_us, uint64_t more_us)
{
	bool timed = life->phase == PHASE_STARTING || life->phase == PHASE_RUNNING ||
		     life->phase == PHASE_TERMINATING;
	uint64_t latest_us = life->since_us + EXTEND_MOST_US;
	uint64_t wanted_us = more_us > EXTEND_MOST_US ? latest_us : now_us + more_us;

	if (wanted_us > latest_us)
		wanted_us = latest_us;
	if (timed && life->deadline_us != TIME_NEVER && wanted_us > life->deadline_us)
		life->deadline_us = wanted_us;
}

enum service_state phase_state(enum phase phase)
{
	static const enum service_state states[PHASE_COUNT] = {
		[PHASE_WAITING] = STATE_WAITING,
		[PHASE_STARTING] = STATE_STARTING,
		[PHASE_RUNNING] = STATE_RUNNING,
		[PHASE_READY] = STATE_READY,
		[PHASE_TERMINATING] = STATE_STOPPING,
		[PHASE_KILLING] = STATE_STOPPING,
		[PHASE_CLEARING] = STATE_STOPPING,
		[PHASE_BACKOFF] = STATE_BACKOFF,
		[PHASE_DONE] = STATE_DONE,
		[PHASE_FAILED] = STATE_FAILED,
		[PHASE_SKIPPED] = STATE_SKIPPED,
		[PHASE_INVALID] = STATE_INVALID,
		[PHASE_STOPPED] = STATE_STOPPED,
	};

	return states[phase];
}

bool phase_alive(enum phase phase)
{
	return phase >= PHASE_STARTING && phase <= PHASE_CLEARING;
}
