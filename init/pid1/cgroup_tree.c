/* SPDX-License-Identifier: MIT */
/* Walks the folders of cgroup2 with getdents64(2) and without memory of its own. */
#include "cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PATH_BYTES = 2048, /* of the path below the service's cgroup; deeper ones stay */
	DEPTH_MOST = 64, /* of the walk that kills; each level holds a descriptor */
	THREAD_PIDFD = O_EXCL, /* PIDFD_THREAD, Linux 6.9 */
	SIGNAL_PROCESS = 1 << 1, /* PIDFD_SIGNAL_THREAD_GROUP, Linux 6.9 */
};

/* linux/dirent.h is not for user space; this is from getdents64(2). */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static bool is_cgroup(const struct entry *entry)
{
	return entry->type == DT_DIR && entry->name[0] != '.';
}

static long read_entries(int directory, char *bytes, size_t size)
{
	return syscall(SYS_getdents64, directory, bytes, size);
}

static int open_folder(int directory, const char *path)
{
	return openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* The name of some cgroup in `directory`; false: there is none. */
static bool first_below(int directory, char *name, size_t size)
{
	_Alignas(struct entry) char bytes[1024];
	long length;

	while ((length = read_entries(directory, bytes, sizeof(bytes))) > 0) {
		for (long at = 0; at < length;) {
			const struct entry *entry = (const struct entry *)(bytes + at);

			if (is_cgroup(entry) && strlen(entry->name) < size) {
				memcpy(name, entry->name, strlen(entry->name) + 1);
				return true;
			}
			at += entry->length;
		}
	}
	return false;
}

int cgroup_trim(int cgroup_fd, unsigned steps)
{
	char path[PATH_BYTES] = ".", name[NAME_MAX + 1];
	struct stat status;

	/* A folder of cgroup2 has a link for each folder in it: usually there is none, and this is all. */
	if (fstat(cgroup_fd, &status) < 0 || status.st_nlink <= 2)
		return 0;
	while (steps-- > 0) {
		size_t length = strlen(path);
		int folder = open_folder(cgroup_fd, path);
		bool below;

		if (folder < 0)
			return -errno;
		below = first_below(folder, name, sizeof(name));
		close(folder);
		if (below) {
			if (length + 1 + strlen(name) >= sizeof(path))
				return -ENAMETOOLONG;
			path[length] = '/';
			memcpy(path + length + 1, name, strlen(name) + 1);
		} else if (length == 1) {
			return 0;
		} else {
			if (unlinkat(cgroup_fd, path, AT_REMOVEDIR) < 0)
				return -errno;
			*strrchr(path, '/') = '\0';
		}
	}
	return -EAGAIN;
}

/* The number may be another process's by now: what is killed has to be in the cgroup while its pidfd is held. */
static bool is_inside(pid_t pid, const char *service)
{
	char path[64], group[64], text[PATH_BYTES + 64];
	size_t length = (size_t)snprintf(group, sizeof(group), "0::/svc/%s", service);
	const char *found;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0)
		return false;
	text[got] = '\0';
	/* Lines of version 1 may come before it. */
	found = strstr(text, group);
	return found && (found == text || found[-1] == '\n') && strchr("/\n", found[length]);
}

static void kill_one(pid_t pid, bool thread, const char *service)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, thread ? THREAD_PIDFD : 0);

	if (fd < 0)
		return;
	if (is_inside(pid, service))
		(void)syscall(
			SYS_pidfd_send_signal, fd, SIGKILL, NULL, thread ? SIGNAL_PROCESS : 0);
	close(fd);
}

/* Each number in cgroup.procs, or cgroup.threads. 0 or -errno. */
static int kill_listed(int folder, bool thread, const char *service)
{
	int list = openat(folder, thread ? "cgroup.threads" : "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char bytes[512];
	pid_t pid = 0;
	ssize_t got;
	int error;

	if (list < 0)
		return -errno;
	while ((got = read(list, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] >= '0' && bytes[i] <= '9') {
				pid = pid * 10 + (bytes[i] - '0');
				continue;
			}
			if (pid > 0)
				kill_one(pid, thread, service);
			pid = 0;
		}
	}
	error = got < 0 ? -errno : 0;
	close(list);
	return error;
}

/* `folder` is closed. */
static void kill_below(int folder, const char *service, int depth)
{
	_Alignas(struct entry) char bytes[2048];
	long length;

	/* The processes of a threaded cgroup are listed in a cgroup above it, and cannot be read here. */
	if (kill_listed(folder, false, service) == -EOPNOTSUPP)
		(void)kill_listed(folder, true, service);
	while (depth < DEPTH_MOST && (length = read_entries(folder, bytes, sizeof(bytes))) > 0) {
		for (long at = 0; at < length;) {
			const struct entry *entry = (const struct entry *)(bytes + at);
			int below = is_cgroup(entry) ? open_folder(folder, entry->name) : -1;

			if (below >= 0)
				kill_below(below, service, depth + 1);
			at += entry->length;
		}
	}
	close(folder);
}

void cgroup_kill_each(int cgroup_fd, const char *service)
{
	int folder = open_folder(cgroup_fd, ".");

	if (folder >= 0)
		kill_below(folder, service, 0);
}
