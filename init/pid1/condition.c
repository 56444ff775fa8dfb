/* SPDX-License-Identifier: MIT */
/* openat2(2) tells a path that leaves a file system from one that ends in it. */
#include "condition.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Mounted by early.c; a lookup in a tmpfs waits for nothing. */
static const char *const in_memory[] = { "/run/", "/dev/" };

static bool absent_below(const char *folder, const char *rest)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int top = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, error;

	if (top < 0)
		return false;
	fd = (int)syscall(SYS_openat2, top, rest, &how, sizeof(how));
	error = errno;
	close(top);
	if (fd >= 0)
		close(fd);
	return fd < 0 && error == ENOENT;
}

bool condition_surely_absent(const char *path)
{
	for (size_t i = 0; i < sizeof(in_memory) / sizeof(*in_memory); i++) {
		size_t length = strlen(in_memory[i]);

		if (strncmp(path, in_memory[i], length) == 0 && path[length] && path[length] != '/')
			return absent_below(in_memory[i], path + length);
	}
	return false;
}
