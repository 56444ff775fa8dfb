/* SPDX-License-Identifier: MIT */
/* The files of accounts.h's drop-ins. Allocates nothing that it keeps. */
#include "drop_ins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "kmsg.h"
#include "whole_file.h"

enum { DROP_IN_MAX = 4096 }; /* bytes: one of that size or more is an error */

struct accounts_file {
	const char *path;
	const char *new_path;
	const char *folder;
	bool groups;
};

static const struct accounts_file files[] = {
	{ "/etc/passwd", "/etc/passwd.new", "/etc/passwd.d", false },
	{ "/etc/group", "/etc/group.new", "/etc/group.d", true },
};

static int write_whole(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t written;
	int error;

	if (fd < 0)
		return -errno;
	written = write(fd, text, length);
	error = written < 0 ? -errno : (size_t)written < length ? -ENOSPC : 0;
	close(fd);
	return error;
}

/* Adds one drop-in to the text of the file; returns the new length. */
static size_t add(
	const struct accounts_file *file, int folder, const char *name, char *text, size_t length)
{
	char drop_in[DROP_IN_MAX];
	size_t drop_in_length, now;
	int error = whole_file_read(folder, name, drop_in, sizeof(drop_in), &drop_in_length);
	unsigned odd = 0;

	if (error) {
		kmsg(LEVEL_ERROR, "cannot read %s/%s: %s; its accounts are missing", file->folder,
			name, strerror(-error));
		return length;
	}
	now = accounts_add(
		text, length, ACCOUNTS_FILE_MAX - 1, drop_in, drop_in_length, file->groups, &odd);
	if (odd)
		kmsg(LEVEL_WARNING,
			"%s/%s: %u lines are not taken: they are odd, or their name has another id in %s",
			file->folder, name, odd, file->path);
	if (!now)
		kmsg(LEVEL_ERROR, "%s would have more than %d bytes with %s/%s, which is left out",
			file->path, ACCOUNTS_FILE_MAX - 1, file->folder, name);
	return now ? now : length;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_name[strlen(entry->d_name) - 1] != '~';
}

static void add_folder(const struct accounts_file *file, int folder, char *text)
{
	struct dirent **entries;
	int count = scandir(file->folder, &entries, not_hidden, alphasort);
	size_t before = 0, length;
	int error = whole_file_read(AT_FDCWD, file->path, text, ACCOUNTS_FILE_MAX, &before);

	if (error == -ENOENT)
		error = 0;
	length = before;

	for (int i = 0; i < count; i++) {
		if (!error)
			length = add(file, folder, entries[i]->d_name, text, length);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (!error && length != before) {
		error = write_whole(file->new_path, text, length);
		if (!error && rename(file->new_path, file->path) < 0)
			error = -errno;
		if (error)
			(void)unlink(file->new_path);
	}
	if (error)
		kmsg(LEVEL_ERROR, "cannot add %s to %s: %s", file->folder, file->path,
			strerror(-error));
}

void drop_ins_add(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int folder = open(files[i].folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		char *text = folder < 0 ? NULL : malloc(ACCOUNTS_FILE_MAX);

		if (text)
			add_folder(&files[i], folder, text);
		else if (folder >= 0)
			kmsg(LEVEL_ERROR, "cannot add %s to %s: no memory", files[i].folder,
				files[i].path);
		free(text);
		if (folder >= 0)
			close(folder);
	}
}
