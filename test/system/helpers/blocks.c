/* SPDX-License-Identifier: MIT */
/*
 * blocks [huge]: touches 16 MiB of new memory, with `huge` after madvise(MADV_HUGEPAGE), and prints how many page faults
 * that took and how many kB of it are in pages of 2 MiB.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { SIZE = 16 << 20, HUGE = 2 << 20, PAGE = 4096 };

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static long huge_kilobytes(void)
{
	char line[128];
	long kilobytes = -1;
	FILE *file = fopen("/proc/self/smaps_rollup", "r");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "AnonHugePages:", 14) == 0)
			kilobytes = atol(line + 14);
	return kilobytes;
}

int main(int argc, char **argv)
{
	char *memory =
		mmap(NULL, SIZE + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *begin = (char *)(((uintptr_t)memory + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
	long before;

	if (memory == MAP_FAILED)
		return 1;
	if (argc > 1 && strcmp(argv[1], "huge") == 0 && madvise(begin, SIZE, MADV_HUGEPAGE) < 0)
		return 1;
	before = faults();
	for (size_t at = 0; at < SIZE; at += PAGE)
		begin[at] = 1;
	printf("%ld %ld\n", faults() - before, huge_kilobytes());
	return 0;
}
