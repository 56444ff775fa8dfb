/* SPDX-License-Identifier: MIT */
/* Stands in for the owner of the light: prints each request it gets as a line. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/blinkstick.sock" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[512];
	ssize_t length;

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	chmod(address.sun_path, 0666);
	while ((length = recv(fd, text, sizeof(text), 0)) >= 0) {
		printf("%.*s\n", (int)length, text);
		fflush(stdout);
	}
	return 1;
}
