/* SPDX-License-Identifier: MIT */
/* The table of sources. */
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basics/log.h"

#define TABLE_SIZE (SOURCES_MAX * sizeof(struct source))

/* NULL: errno says why. */
static struct source *map_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct source *table = NULL;
	int error;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, TABLE_SIZE) == 0) {
		table = mmap(NULL, TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (table == MAP_FAILED)
			table = NULL;
	}
	error = errno;
	close(fd);
	errno = error;
	return table;
}

/* Every name is one, and behind an empty one there is nothing. The kernel's is the first. */
static bool makes_sense(const struct source *table)
{
	if (table[0].name[0] && strcmp(table[0].name, "kernel") != 0)
		return false;
	for (uint32_t i = 0; i < SOURCES_MAX && table[i].name[0]; i++)
		if (!memchr(table[i].name, '\0', sizeof(table[i].name)) ||
			!service_name_valid(table[i].name))
			return false;
	return true;
}

bool sources_open(struct sources *sources, const char *path)
{
	sources->table = map_file(path);
	sources->kept = sources->table != NULL;
	if (!sources->table) {
		log_line(NULL, "cannot use %s: %s; the next logshipd will send again what it finds",
			path, strerror(errno));
		sources->table = mmap(NULL, TABLE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (sources->table == MAP_FAILED)
			return false;
	}
	if (!makes_sense(sources->table)) {
		log_line(NULL, "%s makes no sense; beginning anew", path);
		memset(sources->table, 0, TABLE_SIZE);
	}
	if (!sources->table[SOURCE_KERNEL].name[0])
		snprintf(sources->table[SOURCE_KERNEL].name, SERVICE_NAME_MAX, "kernel");
	for (uint32_t i = 0; i < SOURCES_MAX && sources->table[i].name[0]; i++)
		sources->read[i] = sources->table[i].sent;
	return true;
}

uint16_t sources_find(struct sources *sources, const char *name)
{
	uint32_t i = SOURCE_KERNEL + 1;

	while (i < SOURCES_MAX && sources->table[i].name[0]) {
		if (strcmp(sources->table[i].name, name) == 0)
			return (uint16_t)i;
		i++;
	}
	/* So many names come only from rescans: the first one that is all sent gives way. */
	if (i == SOURCES_MAX)
		for (i = SOURCE_KERNEL + 1;
			i < SOURCES_MAX - 1 && sources->table[i].sent != sources->read[i];)
			i++;
	snprintf(sources->table[i].name, sizeof(sources->table[i].name), "%s", name);
	sources->table[i].sent = sources->read[i] = 0;
	return (uint16_t)i;
}
