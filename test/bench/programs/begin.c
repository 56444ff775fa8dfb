/* SPDX-License-Identifier: MIT */
/* begin PROGRAM [ARGUMENT]...: notes the time, then becomes the program, which is process 1. */
#include <stdio.h>
#include <unistd.h>

#include "stamps.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		return 125;
	stamps_map("/bench/stamps")->begun_ns = stamps_now();
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 125;
}
