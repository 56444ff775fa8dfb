/* SPDX-License-Identifier: MIT */
/* For tests of the core: one service, its life, and a clock the test moves. */
#ifndef UNIT_ONE_LIFE_H
#define UNIT_ONE_LIFE_H

#include "pid1/core.h"

#include "unit.h"

enum { ONE_LIMIT_MAX = 8 };

struct one {
	struct service_config
		config; /* the test changes what it is about, then calls one_begin() */
	struct life life;
	uint64_t deaths_us[ONE_LIMIT_MAX];
	uint64_t now_us;
	uint32_t random;
};

#define MS(ms)     ((uint64_t)(ms)*1000)
#define SECONDS(s) ((uint64_t)(s)*1000 * 1000)

/* A daemon as its file makes it when it says nothing but exec. */
static inline struct one one_daemon(void)
{
	return (struct one){
		.config = {
			.type = SERVICE_DAEMON,
			.start_timeout_ms = 30 * 1000,
			.stop_timeout_ms = 5 * 1000,
			.restart = RESTART_ALWAYS,
			.backoff_first_ms = 100,
			.backoff_longest_ms = 30 * 1000,
		},
		.now_us = SECONDS(100),
	};
}

static inline struct one one_task(void)
{
	struct one one = one_daemon();

	one.config.type = SERVICE_TASK;
	one.config.restart = RESTART_NEVER;
	return one;
}

/* Says that the file has the key. */
static inline void one_give(struct one *one, enum service_key key)
{
	one->config.given |= KEY_BIT(key);
}

static inline unsigned one_die_as(struct one *one, enum event event, struct death death)
{
	const struct event_data data = {
		.now_us = one->now_us, .random = one->random, .death = &death
	};

	return step(&one->life, &one->config, event, &data);
}

static inline unsigned one_send(struct one *one, enum event event)
{
	const struct event_data data = { .now_us = one->now_us, .random = one->random };

	return step(&one->life, &one->config, event, &data);
}

/* Its main process exits with that code, and leaves nobody behind. */
static inline unsigned one_exit(struct one *one, int code)
{
	return one_die_as(one, EVENT_EXITED, (struct death){ .code = code });
}

/* Time goes by until the deadline, which is due then. */
static inline unsigned one_time_out(struct one *one)
{
	assert_int_not_equal(one->life.deadline_us, TIME_NEVER);
	one->now_us = one->life.deadline_us;
	return one_send(one, EVENT_TIMEOUT);
}

static inline void one_begin(struct one *one)
{
	assert_true(one->config.limit_deaths <= ONE_LIMIT_MAX);
	life_init(&one->life, &one->config, false, one->config.limit_deaths ? one->deaths_us : NULL,
		one->now_us);
}

static inline void one_go(struct one *one)
{
	assert_int_equal(one_send(one, EVENT_GO), ACTION_SPAWN);
	assert_int_equal(one->life.phase, PHASE_STARTING);
}

/* From waiting to a program that runs. */
static inline void one_run(struct one *one)
{
	one_go(one);
	assert_int_equal(one_send(one, EVENT_EXEC_OK), 0);
}

/* From nothing to a program that runs. */
static inline void one_begin_and_run(struct one *one)
{
	one_begin(one);
	one_run(one);
}

#endif
