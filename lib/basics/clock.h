/* SPDX-License-Identifier: MIT */
/*
 * The clock daemons plan by: CLOCK_BOOTTIME in milliseconds, which nobody sets and which the next run
 * of a program reads the same. And waiting longer each time something fails.
 */
#ifndef BASICS_CLOCK_H
#define BASICS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

uint64_t clock_now_ms(void);

/* How long poll(2) is to wait from now until that moment: -1 for CLOCK_NEVER. */
int clock_wait_ms(uint64_t until_ms);

/* Zeros: due at once. */
struct retry {
	uint64_t at_ms; /* not to be tried before */
	uint32_t delay_ms; /* of the last failure; 0: none yet */
};

/* After a failure: waits `first` ms, then twice as long each time up to `longest`. Returns the delay. */
uint32_t retry_later(struct retry *retry, uint64_t now_ms, uint32_t first_ms, uint32_t longest_ms);

#endif
