/* SPDX-License-Identifier: MIT */
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int whole_file_read(int at, const char *path, char *text, size_t size, size_t *length)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	if (fd < 0)
		return -errno;
	for (*length = 0; *length < size; *length += (size_t)got) {
		got = read(fd, text + *length, size - *length);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			break;
	}
	close(fd);
	if (got < 0)
		return -errno;
	return *length == size ? -EFBIG : 0;
}
