/* SPDX-License-Identifier: MIT */
/* Binding a Unix socket. */
#include "listen.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 }; /* connections the kernel holds for us between two turns of the loop */

int listen_at(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		chmod(path, 0666) == 0 && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	error = -errno;
	close(fd);
	return error;
}
