/* SPDX-License-Identifier: MIT */
/* cgroup v2, by its files (Documentation/admin-guide/cgroup-v2.rst). */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

/* One at a time: a controller that the kernel lacks must not keep the others away. */
static void enable_controllers(int directory)
{
	static const char *const controllers[] = { "+memory", "+pids", "+cpu" };

	for (size_t i = 0; i < sizeof(controllers) / sizeof(*controllers); i++)
		(void)write_file(directory, "cgroup.subtree_control", controllers[i]);
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
		enable_controllers(root);
		groups->fd = open(SERVICE_CGROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (groups->fd < 0)
			error = -errno;
		else
			enable_controllers(groups->fd);
	}
	close(root);
	return error;
}

bool cgroup_needed(const struct service_config *config)
{
	return config->given & (1u << KEY_MEMORY_MAX | 1u << KEY_MEMORY_HIGH | 1u << KEY_PIDS_MAX |
				       1u << KEY_CPU_WEIGHT);
}

static int set_limits(int directory, const struct service_config *config)
{
	int error = 0;

	if (config->given & 1u << KEY_MEMORY_MAX)
		error = write_number(directory, "memory.max", config->memory_max);
	if (!error && config->given & 1u << KEY_MEMORY_HIGH)
		error = write_number(directory, "memory.high", config->memory_high);
	if (!error && config->given & 1u << KEY_PIDS_MAX)
		error = write_number(
			directory, "pids.max", config->pids_max ? config->pids_max : UINT64_MAX);
	if (!error && config->given & 1u << KEY_CPU_WEIGHT && config->cpu_weight)
		error = write_number(directory, "cpu.weight", config->cpu_weight);
	return error;
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
	error = set_limits(fd, config);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
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
