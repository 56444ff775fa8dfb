/* SPDX-License-Identifier: MIT */
/* Time; see clock.h. */
#include "basics/clock.h"

#include <time.h>

uint64_t clock_now_ms(void)
{
	struct timespec now;

	/* Cannot fail: the clock exists since Linux 2.6.39. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int clock_wait_ms(uint64_t until_ms)
{
	uint64_t now_ms = clock_now_ms();

	if (until_ms == CLOCK_NEVER)
		return -1;
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms < INT32_MAX ? (int)(until_ms - now_ms) : INT32_MAX;
}

uint32_t retry_later(struct retry *retry, uint64_t now_ms, uint32_t first_ms, uint32_t longest_ms)
{
	uint32_t delay = retry->delay_ms == 0 ? first_ms : retry->delay_ms * 2;

	if (delay > longest_ms)
		delay = longest_ms;
	retry->delay_ms = delay;
	retry->at_ms = now_ms + delay;
	return delay;
}
