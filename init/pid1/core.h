/* SPDX-License-Identifier: MIT */
/*
 * The life of one service: a table of what each event means in each phase.
 *
 * The core decides but does nothing itself: it makes no system call, allocates nothing and knows no clock but
 * the time it is handed. The supervisor (supervisor.h) brings it events and carries out the actions
 * it returns; which services may start, and in which order they stop, is decided in graph.h.
 */
#ifndef PID1_CORE_H
#define PID1_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/state.h"
#include "service/config.h"
#include "step.h"

/* Times are microseconds of CLOCK_BOOTTIME; it counts from the kernel's start and never jumps. */
#define TIME_NEVER UINT64_MAX

/* How long a killed process may take to end before it is killed again and reported. */
#define KILL_RETRY_US (2 * 1000 * 1000)

/*
 * The shortest delay after a start that failed before exec, whatever backoff says: `backoff = 0` is meant for
 * programs that die, not for endless forking for one that cannot run.
 */
#define START_FAILED_DELAY_US (100 * 1000)

/* An hour: a service that needs longer to start or stop says so in its file. */
#define EXTEND_MOST_US (3600 * UINT64_C(1000000))

/*
 * Finer than enum service_state: "stopping" has three phases, since what may end it differs.
 */
enum phase {
	PHASE_WAITING, /* is to run; its needs are not met yet */
	PHASE_STARTING, /* forked; exec has neither succeeded nor failed yet */
	PHASE_RUNNING, /* a task at work, or a daemon that is not ready yet */
	PHASE_READY, /* a daemon that is ready */
	PHASE_TERMINATING, /* the stop signal is sent; its main process lives */
	PHASE_KILLING, /* the whole cgroup is killed; its main process is not reaped yet */
	PHASE_CLEARING, /* main process gone; the rest of the cgroup is killed, not gone yet */
	PHASE_BACKOFF, /* died; waits to be started again */
	PHASE_DONE,
	PHASE_FAILED,
	PHASE_SKIPPED,
	PHASE_INVALID,
	PHASE_STOPPED,
	PHASE_COUNT,
};

enum event {
	EVENT_START, /* somebody wants it to run: svctl, or a service that needs it */
	EVENT_STOP, /* somebody wants it stopped, and those that need it are down */
	EVENT_RESTART, /* svctl restart */
	EVENT_GO, /* its needs are met */
	EVENT_SKIP, /* its condition does not hold */
	EVENT_SPAWN_FAILED, /* no process could be made; death tells the step */
	EVENT_EXEC_OK, /* the program runs */
	EVENT_READY, /* it said so, in the way its file says */
	EVENT_ALIVE, /* watchdog ping */
	EVENT_STOPPING, /* it says that it ends itself */
	EVENT_EXITED, /* its main process is reaped and its cgroup is empty */
	EVENT_EXITED_LEFT, /* its main process is reaped; others of the cgroup live on */
	EVENT_EMPTY, /* the cgroup became empty */
	EVENT_TIMEOUT, /* life.deadline_us has passed */
	EVENT_COUNT,
};

/* What the supervisor is to do, a set of bits. */
enum action {
	ACTION_SPAWN = 1 << 0, /* start the program */
	ACTION_TERMINATE = 1 << 1, /* send the stop signal to the main process */
	ACTION_KILL = 1 << 2, /* kill the whole cgroup */
	ACTION_KILL_EACH = 1 << 3, /* ... and each of its processes by itself */
};

enum death_cause {
	CAUSE_ITSELF, /* nobody asked for it */
	CAUSE_STOPPED, /* svctl stop or restart, or the node's shutdown */
	CAUSE_START_TIMEOUT, /* not ready within start-timeout */
	CAUSE_WATCHDOG, /* no WATCHDOG=1 in time */
};

/* How the service ended the last time. */
struct death {
	bool happened;
	bool oom; /* the kernel killed a process of its cgroup for want of memory */
	int code; /* exit code; -1: it did not exit by itself */
	int signal; /* signal that ended it; 0: none */
	enum step step; /* the step before exec that failed; STEP_NONE: it got past exec */
	int error; /* errno of that step */
	enum death_cause cause;
};

/* The mutable part of a service, as far as the core is concerned. */
struct life {
	enum phase phase;
	uint64_t since_us; /* when the phase began */
	uint64_t deadline_us; /* when EVENT_TIMEOUT is due; TIME_NEVER: not at all */
	uint64_t started_us; /* when the current or last process was started */
	uint64_t up_us; /* since when it is ready, or a task runs; 0: it is not */
	uint32_t restarts; /* starts after a death, since it was last asked to start */
	uint32_t delay_ms; /* the next backoff delay, before jitter */
	bool again; /* a stop is under way; start afterwards */
	enum death_cause cause; /* why the death that is under way was brought about */
	struct death death; /* the last one */
	uint64_t *deaths_us; /* ring of the last limit_deaths times; NULL without a limit */
	uint32_t deaths; /* how many were ever written to it */
};

struct event_data {
	uint64_t now_us;
	uint32_t random; /* for jitter; any 32 bits */
	const struct death *death; /* EXITED, EXITED_LEFT and SPAWN_FAILED: how; else NULL */
};

/*
 * Prepares a life in PHASE_WAITING (PHASE_INVALID if `invalid`). `deaths_us` must have room for
 * config->limit_deaths times and outlive the life; NULL if that is 0.
 */
void life_init(struct life *life, const struct service_config *config, bool invalid,
	uint64_t *deaths_us, uint64_t now_us);

/*
 * Applies one event. Returns the actions to carry out, a set of enum action; 0 when the event
 * means nothing in this phase. Never fails.
 */
unsigned step(struct life *life, const struct service_config *config, enum event event,
	const struct event_data *data);

/*
 * The service asks for more time, from now on, to start or to stop (sd_notify's EXTEND_TIMEOUT_USEC=). A
 * deadline is only ever put off, and to no more than EXTEND_MOST_US after the phase began.
 */
void life_extend(struct life *life, uint64_t now_us, uint64_t more_us);

/* The state people see. */
enum service_state phase_state(enum phase phase);

/* True while there is, or may be, a process: STARTING to CLEARING. */
bool phase_alive(enum phase phase);

#endif
