/* SPDX-License-Identifier: MIT */
/*
 * eat memory [MIB]   takes memory and writes to it: so much, or all there is; then sleeps
 * eat files          opens files until no more can be had, prints how many, sleeps
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1024 * 1024 };

static void eat_memory(int pieces)
{
	while (pieces != 0) {
		char *piece = malloc(PIECE);

		if (!piece)
			break;
		memset(piece, 1, PIECE);
		if (pieces > 0)
			pieces--;
	}
}

static void eat_files(void)
{
	int count = 0;

	while (open("/dev/null", O_RDONLY) >= 0)
		count++;
	printf("%d files\n", count);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "memory") == 0)
		eat_memory(argc == 3 ? atoi(argv[2]) : -1);
	else if (argc == 2 && strcmp(argv[1], "files") == 0)
		eat_files();
	else
		return 2;
	for (;;)
		pause();
}
