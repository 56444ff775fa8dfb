/* SPDX-License-Identifier: MIT */
/*
 * The way down: services stop in order, what is left is killed, data is written out, and the kernel is
 * asked to act. Each phase has a deadline after which the next one begins, so the node always gets there;
 * what can hang runs in a child.
 */
#ifndef PID1_POWER_H
#define PID1_POWER_H

#include "supervisor.h"

enum power_request {
	POWER_NONE,
	POWER_OFF,
	POWER_REBOOT,
	POWER_HALT,
};

enum power_phase {
	POWER_UP, /* nobody asked */
	POWER_STOPPING, /* services are stopping */
	POWER_SYNCING, /* a child kills what is left and writes out what is dirty */
	POWER_DOWN, /* a child has asked the kernel */
};

struct power {
	enum power_request request;
	enum power_phase phase;
	uint64_t deadline_us; /* of the phase */
	pid_t helper; /* the child at work; 0: none */
};

/*
 * Begins the way down; a later request changes where it leads, not its deadline. With `now` it waits for
 * nothing: no service is stopped, nothing is written out.
 */
void power_ask(
	struct power *power, struct supervisor *supervisor, enum power_request request, bool now);

/* Goes on to the next phase if this one is over. Once per turn. */
void power_turn(struct power *power, struct supervisor *supervisor);

/* When power_turn() must be called at the latest; TIME_NEVER when only an event matters. */
uint64_t power_deadline(const struct power *power);

#endif
