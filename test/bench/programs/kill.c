/* SPDX-License-Identifier: MIT */
/*
 * kill STAMPS SERVICES ROUNDS UP_MS: kills each of the services in turn, in as many rounds, and prints a
 * line with the nanoseconds from each kill to the first instruction of the next instance's main().
 * Nobody is killed before it has been up for UP_MS. Runs in the PID namespace of the services.
 *
 * Between the new instance and the next kill lies a pause, in which a supervisor finishes what it does
 * after a start.
 */
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "stamps.h"

enum {
	PAUSE_NS = 5 * 1000 * 1000,
	PATIENCE_S = 10, /* until a service is thought lost */
};

static void sleep_until(uint64_t at_ns)
{
	struct timespec at = {
		.tv_sec = (time_t)(at_ns / 1000000000),
		.tv_nsec = (long)(at_ns % 1000000000),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int kill_once(struct stamp *stamp, uint64_t up_ns)
{
	struct timespec patience = { .tv_sec = PATIENCE_S };
	uint32_t count = atomic_load(&stamp->count);
	uint64_t killed_ns;

	sleep_until(max(stamps_now() + PAUSE_NS, stamp->at_ns + up_ns));
	killed_ns = stamps_now();
	if (kill(stamp->pid, SIGKILL) < 0) {
		perror("kill");
		return -1;
	}
	while (atomic_load(&stamp->count) == count)
		if (syscall(SYS_futex, &stamp->count, FUTEX_WAIT, count, &patience, NULL, 0) < 0 &&
			stamps_now() - killed_ns > PATIENCE_S * UINT64_C(1000000000)) {
			fprintf(stderr, "kill: the service did not come back\n");
			return -1;
		}
	printf("%llu\n", (unsigned long long)(stamp->at_ns - killed_ns));
	return 0;
}

int main(int argc, char **argv)
{
	struct stamps *stamps;
	unsigned long services, rounds, up_ms;

	if (argc != 5) {
		fprintf(stderr, "usage: kill STAMPS SERVICES ROUNDS UP_MS\n");
		return 2;
	}
	stamps = stamps_map(argv[1]);
	services = strtoul(argv[2], NULL, 10);
	rounds = strtoul(argv[3], NULL, 10);
	up_ms = strtoul(argv[4], NULL, 10);
	for (unsigned long round = 0; round < rounds; round++)
		for (unsigned long i = 0; i < services && i < STAMPS_MAX; i++)
			if (kill_once(&stamps->services[i], up_ms * 1000000) < 0)
				return 1;
	return 0;
}
