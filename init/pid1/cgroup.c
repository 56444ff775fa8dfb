/* SPDX-License-Identifier: MIT */
/* cgroup v2, by its files (Documentation/admin-guide/cgroup-v2.rst). */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/protocol.h"

static int write_file(int directory, const char *name, const char *text)
{
	int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
	ssize_t written;
	int error;

	if (fd < 0)
		return -errno;
	written = write(fd, text, strlen(text));
	error = written < 0 ? -errno : 0;
	close(fd);
	return error;
}

static int write_number(int directory, const char *name, uint64_t number)
{
	char text[24];

	if (number == UINT64_MAX)
		return write_file(directory, name, "max");
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return write_file(directory, name, text);
}

/* What every service's cgroup has, and what one that is delegated has as well. */
static const char *const controllers[] = { "memory", "pids", "cpu", "cpuset" };
enum { CONTROLLERS = 3, CONTROLLERS_DELEGATED = 4 };

/* One at a time: a controller that the kernel lacks must not keep the others away. */
static void set_controllers(int directory, char sign, size_t count)
{
	char word[16];

	for (size_t i = 0; i < count; i++) {
		snprintf(word, sizeof(word), "%c%s", sign, controllers[i]);
		(void)write_file(directory, "cgroup.subtree_control", word);
	}
}

int cgroups_open(struct cgroups *groups)
{
	int root = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	groups->fd = -1;
	if (root < 0)
		return -errno;
	groups->existed = access(SERVICE_CGROUPS, F_OK) == 0;
	if (faccessat(root, "cgroup.procs", F_OK, 0) < 0 ||
		(mkdir(SERVICE_CGROUPS, 0755) < 0 && errno != EEXIST)) {
		error = -errno;
	} else {
		set_controllers(root, '+', CONTROLLERS);
		groups->fd = open(SERVICE_CGROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (groups->fd < 0)
			error = -errno;
		else
			set_controllers(groups->fd, '+', CONTROLLERS);
	}
	close(root);
	return error;
}

bool cgroup_needed(const struct service_config *config)
{
	return config->given & (KEY_BIT(KEY_MEMORY_MAX) | KEY_BIT(KEY_MEMORY_HIGH) |
				       KEY_BIT(KEY_PIDS_MAX) | KEY_BIT(KEY_CPU_WEIGHT)) ||
	       config->delegate;
}

static int set_limits(int directory, const struct service_config *config)
{
	int error = 0;

	if (config->given & KEY_BIT(KEY_MEMORY_MAX))
		error = write_number(directory, "memory.max", config->memory_max);
	if (!error && config->given & KEY_BIT(KEY_MEMORY_HIGH))
		error = write_number(directory, "memory.high", config->memory_high);
	if (!error && config->given & KEY_BIT(KEY_PIDS_MAX))
		error = write_number(
			directory, "pids.max", config->pids_max ? config->pids_max : UINT64_MAX);
	if (!error && config->given & KEY_BIT(KEY_CPU_WEIGHT) && config->cpu_weight)
		error = write_number(directory, "cpu.weight", config->cpu_weight);
	return error;
}

/* Hands down what only a delegated cgroup has, from the root on. Who lacks it finds it missing. */
static void hand_down(const struct cgroups *groups)
{
	int root = openat(groups->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root >= 0) {
		set_controllers(root, '+', CONTROLLERS_DELEGATED);
		close(root);
	}
	set_controllers(groups->fd, '+', CONTROLLERS_DELEGATED);
}

int cgroup_make(const struct cgroups *groups, const struct service_config *config, bool *anew)
{
	int fd, error;

	if (groups->fd < 0)
		return -ENOSYS;
	*anew = mkdirat(groups->fd, config->name, 0755) == 0;
	if (!*anew && errno != EEXIST)
		return -errno;
	fd = openat(groups->fd, config->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (config->delegate)
		hand_down(groups);
	error = set_limits(fd, config);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

void cgroup_take_back(int cgroup_fd)
{
	set_controllers(cgroup_fd, '-', CONTROLLERS_DELEGATED);
}

int cgroup_delegate(int cgroup_fd)
{
	int leaf, error;

	/* Before it moves: the root of the namespace is where it lives now. */
	if (unshare(CLONE_NEWCGROUP) < 0)
		return -errno;
	if (mkdirat(cgroup_fd, CGROUP_LEAF, 0755) < 0 && errno != EEXIST)
		return -errno;
	leaf = openat(cgroup_fd, CGROUP_LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf < 0)
		return -errno;
	error = write_file(leaf, "cgroup.procs", "0");
	close(leaf);
	if (!error)
		set_controllers(cgroup_fd, '+', CONTROLLERS_DELEGATED);
	return error;
}

int cgroup_give(int cgroup_fd, uid_t uid, gid_t gid)
{
	/* As Documentation/admin-guide/cgroup-v2.rst has it, Delegation; and the leaf, so that it can leave that. */
	static const char *const files[] = {
		"cgroup.procs",
		"cgroup.threads",
		"cgroup.subtree_control",
		CGROUP_LEAF,
		CGROUP_LEAF "/cgroup.procs",
		CGROUP_LEAF "/cgroup.threads",
	};

	if (fchown(cgroup_fd, uid, gid) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (fchownat(cgroup_fd, files[i], uid, gid, 0) < 0)
			return -errno;
	return 0;
}

int cgroup_open_events(int cgroup_fd)
{
	int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

bool cgroup_populated(int events_fd)
{
	char text[128];
	ssize_t length = pread(events_fd, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return true;
	text[length] = '\0';
	return strstr(text, "populated 0") == NULL;
}

int cgroup_kill(int cgroup_fd)
{
	return write_file(cgroup_fd, "cgroup.kill", "1");
}

uint64_t cgroup_oom_kills(int cgroup_fd)
{
	char text[256];
	const char *found;
	ssize_t length;
	int fd = openat(cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	found = strstr(text, "oom_kill ");
	return found ? strtoull(found + strlen("oom_kill "), NULL, 10) : 0;
}
