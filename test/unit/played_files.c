/* SPDX-License-Identifier: MIT */
/* Files in a folder of their own: see played_files.h. */
#include "played_files.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

int played_root = -1;
static char folder[64];

int played_files_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/greyhound-unit-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	played_root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return played_root < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
	(void)stat;
	(void)type;
	(void)place;
	return remove(path);
}

int played_files_remove(void **state)
{
	(void)state;
	close(played_root);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the folders that the path goes through. */
static void make_way(const char *path)
{
	char way[256];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(way, sizeof(way), "%.*s", (int)(slash - path), path);
		mkdirat(played_root, way, 0755);
	}
}

void played_file(const char *path, const char *text)
{
	int fd;

	make_way(path);
	fd = openat(played_root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void played_folder(const char *path)
{
	make_way(path);
	assert_int_equal(mkdirat(played_root, path, 0755), 0);
}

void played_gone(const char *path)
{
	assert_int_equal(unlinkat(played_root, path, 0), 0);
}
