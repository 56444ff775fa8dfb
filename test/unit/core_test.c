/* SPDX-License-Identifier: MIT */
/*
 * PID 1's core, cell by cell: what each event does in each phase, and that it does nothing else. The
 * life in each phase is the plain one of a daemon; what depends on more than the phase (types,
 * policies, limits, times) is in core_start_test.c, core_stop_test.c and core_restart_test.c.
 */
#include "unit.h"

#include "pid1/core.h"

enum { S = 1000 * 1000 }; /* a second in µs */

#define NOW_US   (UINT64_C(5000) * S)
#define SINCE_US (UINT64_C(4998) * S)
/* A deadline that no rule sets, to see who changes it. */
#define SOME_US (UINT64_C(6000) * S)

/* Deadlines that a cell can set, by the times in `daemon` below. */
enum until { KEEP, NEVER, STARTED, WATCHED, STOPPED, KILLED, DELAYED };

/* What a cell does beside going to another phase. */
enum change {
	MEANS_IT = 1 << 0, /* the cell is in use */
	SINCE = 1 << 1, /* the phase begins now */
	BIRTH = 1 << 2, /* started_us is now, and nobody asked for a death yet */
	ASKED = 1 << 3, /* the death is one that was asked for */
	LATE = 1 << 4, /* … or for not being ready in time */
	MUTE = 1 << 5, /* … or for want of a sign of life */
	AGAIN = 1 << 6, /* it is to start after its stop */
	NOT_AGAIN = 1 << 7,
	AFRESH = 1 << 8, /* counts and delays begin anew */
	RETRY = 1 << 9, /* one more restart */
	DIED = 1 << 10, /* the death is recorded */
	COUNTED = 1 << 11, /* … against the limit, and the delay doubles */
	UP = 1 << 12, /* it counts as up from now on */
};

struct cell {
	enum phase next;
	unsigned actions;
	enum until until;
	unsigned changes;
};

#define CELL(next, actions, until, changes)                                                        \
	{                                                                                          \
		PHASE_##next, actions, until, MEANS_IT | (changes)                                 \
	}
#define CANCELLED         CELL(STOPPED, 0, NEVER, SINCE)
#define AGAIN_ANEW        CELL(WAITING, 0, NEVER, SINCE | AFRESH)
#define TOLD_STOP         CELL(TERMINATING, ACTION_TERMINATE, STOPPED, SINCE | ASKED | NOT_AGAIN)
#define TOLD_AGAIN        CELL(TERMINATING, ACTION_TERMINATE, STOPPED, SINCE | ASKED | AGAIN)
#define DIED_ALONE        CELL(BACKOFF, 0, DELAYED, SINCE | DIED | COUNTED)
#define DIED_ASKED        CELL(STOPPED, 0, NEVER, SINCE | DIED)
#define LEFT_OTHERS       CELL(CLEARING, ACTION_KILL, KILLED, SINCE | DIED)
#define THEN_START(phase) CELL(phase, 0, KEEP, ASKED | AGAIN)
#define THEN_STAY(phase)  CELL(phase, 0, KEEP, ASKED | NOT_AGAIN)

/* A cell that is not here changes nothing. */
static const struct cell expected[PHASE_COUNT][EVENT_COUNT] = {
	[PHASE_WAITING] = {
		[EVENT_STOP] = CANCELLED,
		[EVENT_GO] = CELL(STARTING, ACTION_SPAWN, STARTED, SINCE | BIRTH),
		[EVENT_SKIP] = CELL(SKIPPED, 0, NEVER, SINCE),
	},
	[PHASE_STARTING] = {
		[EVENT_STOP] = TOLD_STOP,
		[EVENT_RESTART] = TOLD_AGAIN,
		[EVENT_SPAWN_FAILED] = DIED_ALONE,
		[EVENT_EXEC_OK] = CELL(RUNNING, 0, KEEP, SINCE),
		[EVENT_EXITED] = DIED_ALONE,
		[EVENT_EXITED_LEFT] = LEFT_OTHERS,
		[EVENT_TIMEOUT] = CELL(KILLING, ACTION_KILL, KILLED, SINCE | LATE),
	},
	[PHASE_RUNNING] = {
		[EVENT_STOP] = TOLD_STOP,
		[EVENT_RESTART] = TOLD_AGAIN,
		[EVENT_READY] = CELL(READY, 0, WATCHED, SINCE | UP),
		[EVENT_STOPPING] = CELL(TERMINATING, 0, STOPPED, SINCE),
		[EVENT_EXITED] = DIED_ALONE,
		[EVENT_EXITED_LEFT] = LEFT_OTHERS,
		[EVENT_TIMEOUT] = CELL(TERMINATING, ACTION_TERMINATE, STOPPED, SINCE | LATE),
	},
	[PHASE_READY] = {
		[EVENT_STOP] = TOLD_STOP,
		[EVENT_RESTART] = TOLD_AGAIN,
		[EVENT_ALIVE] = CELL(READY, 0, WATCHED, 0),
		[EVENT_STOPPING] = CELL(TERMINATING, 0, STOPPED, SINCE),
		[EVENT_EXITED] = DIED_ALONE,
		[EVENT_EXITED_LEFT] = LEFT_OTHERS,
		[EVENT_TIMEOUT] = CELL(KILLING, ACTION_KILL, KILLED, SINCE | MUTE),
	},
	[PHASE_TERMINATING] = {
		[EVENT_START] = THEN_START(TERMINATING),
		[EVENT_STOP] = THEN_STAY(TERMINATING),
		[EVENT_RESTART] = THEN_START(TERMINATING),
		[EVENT_EXITED] = DIED_ASKED,
		[EVENT_EXITED_LEFT] = LEFT_OTHERS,
		[EVENT_TIMEOUT] = CELL(KILLING, ACTION_KILL, KILLED, SINCE),
	},
	[PHASE_KILLING] = {
		[EVENT_START] = THEN_START(KILLING),
		[EVENT_STOP] = THEN_STAY(KILLING),
		[EVENT_RESTART] = THEN_START(KILLING),
		[EVENT_EXITED] = DIED_ASKED,
		[EVENT_EXITED_LEFT] = LEFT_OTHERS,
		[EVENT_TIMEOUT] = CELL(KILLING, ACTION_KILL | ACTION_KILL_EACH, KILLED, 0),
	},
	[PHASE_CLEARING] = {
		[EVENT_START] = THEN_START(CLEARING),
		[EVENT_STOP] = THEN_STAY(CLEARING),
		[EVENT_RESTART] = THEN_START(CLEARING),
		[EVENT_EMPTY] = CELL(STOPPED, 0, NEVER, SINCE),
		[EVENT_TIMEOUT] = CELL(CLEARING, ACTION_KILL | ACTION_KILL_EACH, KILLED, 0),
	},
	[PHASE_BACKOFF] = {
		[EVENT_START] = AGAIN_ANEW,
		[EVENT_STOP] = CANCELLED,
		[EVENT_RESTART] = AGAIN_ANEW,
		[EVENT_TIMEOUT] = CELL(WAITING, 0, NEVER, SINCE | RETRY),
	},
	[PHASE_DONE] = {
		[EVENT_START] = AGAIN_ANEW,
		[EVENT_STOP] = CANCELLED,
		[EVENT_RESTART] = AGAIN_ANEW,
	},
	[PHASE_FAILED] = {
		[EVENT_START] = AGAIN_ANEW,
		[EVENT_STOP] = CANCELLED,
		[EVENT_RESTART] = AGAIN_ANEW,
	},
	[PHASE_SKIPPED] = {
		[EVENT_START] = AGAIN_ANEW,
		[EVENT_STOP] = CANCELLED,
		[EVENT_RESTART] = AGAIN_ANEW,
	},
	[PHASE_INVALID] = { { PHASE_WAITING } },
	[PHASE_STOPPED] = {
		[EVENT_START] = AGAIN_ANEW,
		[EVENT_RESTART] = AGAIN_ANEW,
	},
};

enum { LIMIT = 3, RESTARTS = 2, DEATHS = 1, DELAY_MS = 2000 };

static const struct service_config daemon = {
	.name = "daemon",
	.type = SERVICE_DAEMON,
	.ready = READY_NOTIFY,
	.start_timeout_ms = 30 * 1000,
	.stop_timeout_ms = 5 * 1000,
	.watchdog_ms = 10 * 1000,
	.restart = RESTART_ALWAYS,
	.backoff_first_ms = 500,
	.backoff_longest_ms = 60 * 1000,
	.limit_deaths = LIMIT,
	.limit_ms = 60 * 1000,
};

static const struct death crash = { .code = 7 };

static bool told_to_stop(enum phase phase)
{
	return phase == PHASE_TERMINATING || phase == PHASE_KILLING || phase == PHASE_CLEARING;
}

/* The life of a daemon that has died once, was started twice after that, and is in `phase` now. */
static struct life life_in(enum phase phase, uint64_t *deaths_us)
{
	struct life life = {
		.phase = phase,
		.since_us = SINCE_US,
		.deadline_us = SOME_US,
		.started_us = SINCE_US - S,
		.up_us = SINCE_US - S / 2,
		.restarts = RESTARTS,
		.delay_ms = DELAY_MS,
		.again = false,
		.cause = told_to_stop(phase) ? CAUSE_STOPPED : CAUSE_ITSELF,
		.death = { .happened = true, .code = 1, .oom = true },
		.deaths_us = deaths_us,
		.deaths = DEATHS,
	};

	memset(deaths_us, 0, LIMIT * sizeof(*deaths_us));
	deaths_us[0] = SINCE_US - 2 * (uint64_t)S;
	return life;
}

static struct event_data data_for(enum event event)
{
	bool death =
		event == EVENT_SPAWN_FAILED || event == EVENT_EXITED || event == EVENT_EXITED_LEFT;

	return (struct event_data){ .now_us = NOW_US, .death = death ? &crash : NULL };
}

static uint64_t deadline_after(enum until until)
{
	switch (until) {
	case NEVER:
		return TIME_NEVER;
	case STARTED:
		return NOW_US + UINT64_C(30) * S;
	case WATCHED:
		return NOW_US + UINT64_C(10) * S;
	case STOPPED:
		return NOW_US + UINT64_C(5) * S;
	case KILLED:
		return NOW_US + UINT64_C(2) * S;
	case DELAYED:
		return NOW_US + UINT64_C(2) * S; /* DELAY_MS without jitter */
	case KEEP:
		break;
	}
	return SOME_US;
}

static void change_counts(struct life *life, unsigned changes)
{
	if (changes & AFRESH) {
		life->again = false;
		life->restarts = life->deaths = 0;
		life->delay_ms = daemon.backoff_first_ms;
	}
	if (changes & RETRY)
		life->restarts++;
	if (changes & COUNTED) {
		life->deaths_us[life->deaths++] = NOW_US;
		life->delay_ms *= 2;
	}
}

/* Makes of the life before the one that the cell is to leave. */
static void change(struct life *life, const struct cell *cell)
{
	life->phase = cell->next;
	if (cell->changes & SINCE)
		life->since_us = NOW_US;
	life->deadline_us = deadline_after(cell->until);
	if (cell->changes & BIRTH) {
		life->started_us = NOW_US;
		life->up_us = 0;
		life->cause = CAUSE_ITSELF;
	}
	if (cell->changes & UP)
		life->up_us = NOW_US;
	if (cell->changes & ASKED)
		life->cause = CAUSE_STOPPED;
	if (cell->changes & LATE)
		life->cause = CAUSE_START_TIMEOUT;
	if (cell->changes & MUTE)
		life->cause = CAUSE_WATCHDOG;
	if (cell->changes & (AGAIN | NOT_AGAIN))
		life->again = cell->changes & AGAIN;
	if (cell->changes & DIED) {
		life->death = crash;
		life->death.happened = true;
		life->death.cause = life->cause;
	}
	change_counts(life, cell->changes);
}

static void assert_same_death(const struct death *death, const struct death *wanted)
{
	assert_int_equal(death->happened, wanted->happened);
	assert_int_equal(death->oom, wanted->oom);
	assert_int_equal(death->code, wanted->code);
	assert_int_equal(death->signal, wanted->signal);
	assert_int_equal(death->step, wanted->step);
	assert_int_equal(death->error, wanted->error);
	assert_int_equal(death->cause, wanted->cause);
}

static void assert_same_life(const struct life *life, const struct life *wanted)
{
	assert_int_equal(life->phase, wanted->phase);
	assert_int_equal(life->since_us, wanted->since_us);
	assert_int_equal(life->deadline_us, wanted->deadline_us);
	assert_int_equal(life->started_us, wanted->started_us);
	assert_int_equal(life->up_us, wanted->up_us);
	assert_int_equal(life->restarts, wanted->restarts);
	assert_int_equal(life->delay_ms, wanted->delay_ms);
	assert_int_equal(life->again, wanted->again);
	assert_int_equal(life->cause, wanted->cause);
	assert_same_death(&life->death, &wanted->death);
	assert_int_equal(life->deaths, wanted->deaths);
	assert_memory_equal(life->deaths_us, wanted->deaths_us, LIMIT * sizeof(*life->deaths_us));
}

static void check_cell(enum phase phase, enum event event)
{
	const struct cell *cell = &expected[phase][event];
	struct event_data data = data_for(event);
	uint64_t deaths_us[LIMIT], wanted_deaths_us[LIMIT];
	struct life life = life_in(phase, deaths_us), wanted = life_in(phase, wanted_deaths_us);
	unsigned actions;

	print_message("phase %d, event %d\n", phase, event);
	if (cell->changes & MEANS_IT)
		change(&wanted, cell);
	actions = step(&life, &daemon, event, &data);
	assert_int_equal(actions, cell->actions);
	assert_same_life(&life, &wanted);
}

/* One phase; *state is its number. */
static void each_event_does_what_the_table_says(void **state)
{
	const enum phase *phase = *state;

	for (enum event event = 0; event < EVENT_COUNT; event++)
		check_cell(*phase, event);
}

/* An empty cell is empty whatever was asked before, and whatever the service is. */
static void empty_cells_stay_empty(enum phase phase, enum event event)
{
	struct service_config task = daemon;
	struct event_data data = data_for(event);
	uint64_t deaths_us[LIMIT], wanted_deaths_us[LIMIT];

	task.type = SERVICE_TASK;
	task.ready = READY_EXEC;
	task.restart = RESTART_NEVER;
	for (unsigned cause = CAUSE_ITSELF; cause <= CAUSE_WATCHDOG; cause++) {
		for (unsigned variant = 0; variant < 4; variant++) {
			struct life life = life_in(phase, deaths_us);
			struct life wanted = life_in(phase, wanted_deaths_us);

			life.cause = wanted.cause = cause;
			life.again = wanted.again = variant & 1;
			assert_int_equal(
				step(&life, variant & 2 ? &task : &daemon, event, &data), 0);
			assert_same_life(&life, &wanted);
		}
	}
}

static void what_means_nothing_changes_nothing(void **state)
{
	(void)state;
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		for (enum event event = 0; event < EVENT_COUNT; event++) {
			if (!(expected[phase][event].changes & MEANS_IT))
				empty_cells_stay_empty(phase, event);
		}
	}
}

static void a_life_begins_waiting_without_a_past(void **state)
{
	uint64_t deaths_us[LIMIT] = { 0 };
	struct life life;
	const struct life wanted = {
		.phase = PHASE_WAITING,
		.since_us = NOW_US,
		.deadline_us = TIME_NEVER,
		.delay_ms = daemon.backoff_first_ms,
		.death.code = -1,
		.deaths_us = deaths_us,
	};

	(void)state;
	memset(&life, 0xff, sizeof(life));
	life_init(&life, &daemon, false, deaths_us, NOW_US);
	assert_same_life(&life, &wanted);
	assert_ptr_equal(life.deaths_us, deaths_us);
}

static void a_service_with_errors_begins_invalid(void **state)
{
	uint64_t deaths_us[LIMIT] = { 0 };
	struct life life;

	(void)state;
	life_init(&life, &daemon, true, deaths_us, NOW_US);
	assert_int_equal(life.phase, PHASE_INVALID);
	assert_int_equal(life.deadline_us, TIME_NEVER);
}

static void people_see_one_stopping_for_three_phases(void **state)
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

	(void)state;
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
		assert_int_equal(phase_state(phase), states[phase]);
}

static void only_what_may_have_a_process_is_alive(void **state)
{
	(void)state;
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		bool alive = phase == PHASE_STARTING || phase == PHASE_RUNNING ||
			     phase == PHASE_READY || told_to_stop(phase);

		assert_int_equal(phase_alive(phase), alive);
	}
}

int main(void)
{
	static enum phase phases[PHASE_COUNT];
	static const char *const names[PHASE_COUNT] = { "waiting", "starting", "running", "ready",
		"terminating", "killing", "clearing", "backoff", "done", "failed", "skipped",
		"invalid", "stopped" };
	struct CMUnitTest cells[PHASE_COUNT];
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(what_means_nothing_changes_nothing),
		cmocka_unit_test(a_life_begins_waiting_without_a_past),
		cmocka_unit_test(a_service_with_errors_begins_invalid),
		cmocka_unit_test(people_see_one_stopping_for_three_phases),
		cmocka_unit_test(only_what_may_have_a_process_is_alive),
	};

	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		phases[phase] = phase;
		cells[phase] = (struct CMUnitTest){ names[phase],
			each_event_does_what_the_table_says, NULL, NULL, &phases[phase] };
	}
	return RUN("core table", cells) + RUN("core", others);
}
