/* SPDX-License-Identifier: MIT */
/*
 * Whether this node is worth keeping up: the hardware watchdog, and a boot that never gets ready.
 *
 * The hardware watchdog is fed while the loop turns, no essential service has been missing for long,
 * and the way down does not hang. So a node that fails in any of these ways is reset by its hardware.
 */
#ifndef PID1_HEALTH_H
#define PID1_HEALTH_H

#include "power.h"
#include "supervisor.h"

/* Microseconds. */
#define HEALTH_BOOT_TIME      (180 * UINT64_C(1000000)) /* boot.timeout= without a value given */
#define HEALTH_ESSENTIAL_TIME (60 * UINT64_C(1000000)) /* how long one may be missing */
#define HEALTH_MISSING_MOST   (65 * UINT64_C(1000000)) /* what is counted of it */
#define HEALTH_DOWN_TIME      (60 * UINT64_C(1000000)) /* how long the way down is trusted at most */

struct health {
	int watchdog_fd; /* -1: there is none, or it is not used */
	uint64_t feed_every_us;
	uint64_t feed_us; /* when it is fed next */
	uint64_t missing_us; /* how long one was missing, less how long all were well since */
	uint64_t turned_us; /* when that was brought up to date */
	bool missing; /* what has held since then */
	uint64_t down_us; /* when the way down began; 0: it has not */
	uint64_t boot_time_us; /* TIME_NEVER: no limit */
	uint64_t reboot_us; /* boot.reboot=: when to reboot if not ready by then; TIME_NEVER */
	bool starving; /* the watchdog is not fed any more, and that was said */
};

/*
 * Reads boot.timeout=, boot.reboot= and watchdog=off from the kernel command line, and takes the
 * hardware watchdog: health->watchdog_fd if that is not -1, otherwise /dev/watchdog if there is one. Notes
 * in supervisor->boot_reason whether it was the watchdog that reset the node.
 */
void health_begin(struct health *health, struct supervisor *supervisor);

/* Feeds the watchdog, notices a boot that takes too long. Once per turn. */
void health_turn(struct health *health, struct supervisor *supervisor, struct power *power);

/* When health_turn() must be called at the latest. */
uint64_t health_deadline(const struct health *health, const struct supervisor *supervisor);

#endif
