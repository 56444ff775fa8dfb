/* SPDX-License-Identifier: MIT */
/*
 * timed TIMES PROGRAM [ARGUMENT]...: runs it so many times, with its output thrown away, and prints a
 * line with the nanoseconds of each, from before the start to its end.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stamps.h"

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t quiet;
	unsigned long times;

	if (argc < 3) {
		fprintf(stderr, "usage: timed TIMES PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	times = strtoul(argv[1], NULL, 10);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	while (times-- > 0) {
		uint64_t begun = stamps_now();
		int status, error;
		pid_t pid;

		error = posix_spawn(&pid, argv[2], &quiet, NULL, argv + 2, environ);
		if (error) {
			fprintf(stderr, "timed: %s: %s\n", argv[2], strerror(error));
			return 1;
		}
		if (waitpid(pid, &status, 0) < 0 || status != 0) {
			fprintf(stderr, "timed: %s failed (%#x)\n", argv[2], (unsigned)status);
			return 1;
		}
		printf("%llu\n", (unsigned long long)(stamps_now() - begun));
	}
	return 0;
}
