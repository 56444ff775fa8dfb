/* SPDX-License-Identifier: MIT */
/*
 * The page where processes of a measured machine tell when they began: a file both sides map. Times
 * are nanoseconds of CLOCK_MONOTONIC, which is the same in every namespace.
 */
#ifndef BENCH_STAMPS_H
#define BENCH_STAMPS_H

#include <stdatomic.h>
#include <stdint.h>

enum { STAMPS_MAX = 4096 };

/* One service. test/bench/stamps.py knows this layout. */
struct stamp {
	_Atomic uint32_t count; /* of starts so far; written last, and a futex */
	int32_t pid; /* of the last one, as its own namespace counts */
	uint64_t at_ns; /* when its main() began */
};

struct stamps {
	_Atomic uint32_t started; /* starts of all services together */
	uint32_t unused;
	uint64_t begun_ns; /* when process 1 was about to be executed */
	struct stamp services[STAMPS_MAX];
};

uint64_t stamps_now(void);

/* The file, mapped for as long as the process lives; exits if that cannot be. */
struct stamps *stamps_map(const char *path);

#endif
