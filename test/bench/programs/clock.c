/* SPDX-License-Identifier: MIT */
/*
 * Process 1 of a node that only tells how late the kernel's clock begins: it counts from where the
 * kernel has found its timer, and the processor's counter from where the machine was switched on.
 * Microseconds of both go to the console; then the machine goes off.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;
	uint64_t counter, frequency, counter_us, clock_us;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(counter));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	clock_gettime(CLOCK_BOOTTIME, &now);
	counter_us = counter * 1000000 / frequency;
	clock_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	dprintf(STDOUT_FILENO, "bench: counter %" PRIu64 " clock %" PRIu64 "\n", counter_us,
		clock_us);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
