/* SPDX-License-Identifier: MIT */
/* Reads folders without taking memory: see folder.h. */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES_BUFFER = 2048 };

/* What getdents64(2) returns. */
struct entry {
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

bool folder_each(int root, const char *path,
	bool (*entry)(void *context, int folder, const char *name), void *context)
{
	char buffer[ENTRIES_BUFFER] __attribute__((aligned(8)));
	int folder = openat(root, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool goes_on = true;
	long got = 0;
	int error;

	if (folder < 0)
		return errno == ENOENT;
	while (goes_on && (got = syscall(SYS_getdents64, folder, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; goes_on && at < got;) {
			const struct entry *next = (const struct entry *)(buffer + at);

			if (next->name[0] != '.' && strlen(next->name) < FOLDER_NAME_MAX)
				goes_on = entry(context, folder, next->name);
			at += next->length;
		}
	}
	error = errno;
	close(folder);
	errno = error;
	return got >= 0;
}
