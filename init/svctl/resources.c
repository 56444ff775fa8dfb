/* SPDX-License-Identifier: MIT */
/* Reads memory and processor use from the kernel's files: see resources.h. */
#include "svctl/resources.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/protocol.h"
#include "control/service_name.h"

enum { FILE_READ = 4096 }; /* bytes looked at; what is asked for stands in the first few hundred */

/* Reads the beginning of a file as a string. False: it cannot be read. */
static bool read_beginning(int directory, const char *path, char *buffer, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, buffer, size - 1);
	close(fd);
	if (got < 0)
		return false;
	buffer[got] = '\0';
	return true;
}

/* Without the controller a thousand files would be looked for in vain. */
static bool counts_memory(int cgroups)
{
	char controllers[256];

	return !read_beginning(
		       cgroups, "cgroup.subtree_control", controllers, sizeof(controllers)) ||
	       strstr(controllers, "memory") != NULL;
}

void resources_open(struct resources *resources)
{
	const char *path = getenv(RESOURCES_CGROUPS_VARIABLE);

	if (path == NULL || path[0] == '\0')
		path = SERVICE_CGROUPS;
	resources->cgroups = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	resources->memory = resources->cgroups >= 0 && counts_memory(resources->cgroups);
}

void resources_close(struct resources *resources)
{
	if (resources->cgroups >= 0)
		close(resources->cgroups);
}

/* Reads decimal digits behind blanks; RECORD_UNKNOWN if there are none or too many. */
static int64_t read_digits(const char *text)
{
	int64_t number = 0;

	text += strspn(text, " \t");
	if (*text < '0' || *text > '9')
		return RECORD_UNKNOWN;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *text - '0', &number))
			return RECORD_UNKNOWN;
	}
	return number;
}

int64_t resources_value(const char *text, const char *key)
{
	size_t length = strlen(key);

	while (text != NULL && *text != '\0') {
		if (strncmp(text, key, length) == 0)
			return read_digits(text + length);
		text = strchr(text, '\n');
		text = text == NULL ? NULL : text + 1;
	}
	return RECORD_UNKNOWN;
}

static int64_t read_value(int cgroups, const char *service, const char *file, const char *key)
{
	char path[SERVICE_NAME_MAX + 32];
	char buffer[FILE_READ];

	snprintf(path, sizeof(path), "%s/%s", service, file);
	if (!read_beginning(cgroups, path, buffer, sizeof(buffer)))
		return RECORD_UNKNOWN;
	return resources_value(buffer, key);
}

void resources_of_service(
	const struct resources *resources, const char *name, bool all, struct service_use *use)
{
	int cgroups = resources->cgroups;

	*use = (struct service_use){ RECORD_UNKNOWN, RECORD_UNKNOWN, RECORD_UNKNOWN };
	if (cgroups < 0 || !service_name_valid(name))
		return;
	if (resources->memory)
		use->memory_bytes = read_value(cgroups, name, "memory.current", "");
	if (resources->memory && all)
		use->memory_peak_bytes = read_value(cgroups, name, "memory.peak", "");
	if (all)
		use->cpu_us = read_value(cgroups, name, "cpu.stat", "usage_usec");
}

static int64_t from_kilobytes(int64_t kilobytes)
{
	return kilobytes == RECORD_UNKNOWN ? RECORD_UNKNOWN : kilobytes * 1024;
}

void resources_of_node(struct node_memory *memory)
{
	char buffer[FILE_READ];

	*memory = (struct node_memory){ RECORD_UNKNOWN, RECORD_UNKNOWN };
	if (!read_beginning(AT_FDCWD, "/proc/meminfo", buffer, sizeof(buffer)))
		return;
	memory->total_bytes = from_kilobytes(resources_value(buffer, "MemTotal:"));
	memory->available_bytes = from_kilobytes(resources_value(buffer, "MemAvailable:"));
}
