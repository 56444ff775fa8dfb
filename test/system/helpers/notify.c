/* SPDX-License-Identifier: MIT */
/* notify MESSAGE...: sends each as one datagram to $NOTIFY_SOCKET, as sd_notify(3) does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "notify: no NOTIFY_SOCKET\n");
		return 2;
	}
	strcpy(address.sun_path, path);
	for (int i = 1; i < argc; i++) {
		if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&address,
			    sizeof(address)) < 0) {
			perror("notify: sendto");
			return 1;
		}
	}
	return 0;
}
