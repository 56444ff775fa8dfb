/* SPDX-License-Identifier: MIT */
/*
 * ask TIMES SOCKET REQUEST: puts a request to PID 1 so many times, reads the answer to its end, and prints
 * a line with the nanoseconds and the bytes of each. What svctl does on top of this is its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "stamps.h"

/* The bytes of the answer, or -1. */
static long ask(const struct sockaddr_un *address, const char *request)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static char answer[65536];
	ssize_t length;
	long bytes = 0;

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -1;
	if (dprintf(fd, "%s\n", request) < 0)
		return -1;
	while ((length = read(fd, answer, sizeof(answer))) > 0)
		bytes += length;
	close(fd);
	return length < 0 ? -1 : bytes;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned long times;

	if (argc != 4 || strlen(argv[2]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: ask TIMES SOCKET REQUEST\n");
		return 2;
	}
	times = strtoul(argv[1], NULL, 10);
	strcpy(address.sun_path, argv[2]);
	while (times-- > 0) {
		uint64_t begun = stamps_now();
		long bytes = ask(&address, argv[3]);

		if (bytes < 0) {
			perror(argv[2]);
			return 1;
		}
		printf("%llu %ld\n", (unsigned long long)(stamps_now() - begun), bytes);
	}
	return 0;
}
