/* SPDX-License-Identifier: MIT */
/*
 * Watches what a person should be told of (alert.h) and tells: in the log, to PID 1 as status, and by the light.
 * The kernel and PID 1 say when something happens; only a sensor of temperature has to be asked now and then, and an
 * alert that is raised is looked at until it is over.
 */
#ifndef RESMOND_GUARD_H
#define RESMOND_GUARD_H

#include "alert.h"
#include "basics/clock.h"
#include "collect.h"
#include "settings.h"

struct guard {
	struct alert alerts[ALERT_COUNT];
	const struct settings *settings;
	struct own *own;
	int root;
	int pressure; /* poll(2) it for POLLPRI: memory is short. -1: the kernel cannot tell */
	int oom; /* likewise: a service's memory.events changed */
	uint64_t
		oom_kills; /* processes of services killed so far; they are counted by the kernel */
	uint64_t oom_pause_ms; /* `oom` is not to be looked at before */
	uint64_t temperature_ms; /* when to ask the sensors; CLOCK_NEVER: there are none */
	uint64_t pressure_ms; /* when to look whether it is over; CLOCK_NEVER: it is */
	char failed[64]; /* services that are failed */
};

void guard_begin(struct guard *guard, const struct settings *settings, struct own *own, int root,
	uint64_t now_ms);

/* The kernel said that these happened. */
void guard_pressure(struct guard *guard, uint64_t now_ms);
void guard_oom(struct guard *guard, uint64_t now_ms);

/* Looks at the services, since one of them changed. */
void guard_services(struct guard *guard, uint64_t now_ms);

/* Does what is due. */
void guard_turn(struct guard *guard, uint64_t now_ms);
uint64_t guard_due_ms(const struct guard *guard);

/* "port 9100" and what is raised, for PID 1. */
void guard_status(const struct guard *guard, char *text, size_t size);

#endif
