/* SPDX-License-Identifier: MIT */
/*
 * Reads a directory of service files. Whatever lies there, reading it ends: only regular files are
 * opened, and of each no more is read than a service file may have.
 */
#include "service/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/link.h"

typedef char service_name[SERVICE_NAME_MAX + 1];

struct name_list {
	service_name *names;
	uint32_t count;
	unsigned left_out; /* files beyond SERVICE_COUNT_MAX */
};

static void report_file(const struct service_report *report, const char *name, const char *message)
{
	char shown[SERVICE_NAME_MAX * 2];

	if (!report || !report->error)
		return;
	snprintf(shown, sizeof(shown), "%s", name);
	for (char *c = shown; *c; c++) {
		if (*c <= ' ' || *c > '~')
			*c = '?';
	}
	report->error(report->context, shown, 0, message);
}

/* Editors and package managers leave such files behind. */
static bool is_passed_over(const char *name)
{
	return *name == '.' || name[strlen(name) - 1] == '~';
}

static int append_name(struct name_list *list, const char *name)
{
	enum { GROWTH = 32 };

	if (list->count == SERVICE_COUNT_MAX) {
		list->left_out++;
		return 0;
	}
	if (list->count % GROWTH == 0) {
		service_name *names =
			realloc(list->names, (list->count + GROWTH) * sizeof(service_name));

		if (!names)
			return -ENOMEM;
		list->names = names;
	}
	memcpy(list->names[list->count++], name, strlen(name) + 1); /* it is valid, so it fits */
	return 0;
}

static int compare_names(const void *one, const void *other)
{
	return strcmp(one, other);
}

/* The names of what may be services, sorted. Returns 0 or -errno. */
static int list_names(DIR *directory, struct name_list *list, const struct service_report *report)
{
	struct dirent *file;

	while (errno = 0, (file = readdir(directory))) {
		if (is_passed_over(file->d_name))
			continue;
		if (!service_name_valid(file->d_name)) {
			report_file(report, file->d_name,
				"not a service's name (up to 32 of a-z 0-9 . _ -, the first a "
				"letter "
				"or digit); the file is passed over");
			continue;
		}
		if (append_name(list, file->d_name) < 0)
			return -ENOMEM;
	}
	if (errno)
		return -errno;
	if (list->count)
		qsort(list->names, list->count, sizeof(service_name), compare_names);
	return 0;
}

/*
 * Reads at most `size` bytes of a file. Returns NULL, or why it cannot be read. Devices are not even
 * opened: opening a watchdog starts it.
 */
static const char *read_file(
	int directory, const char *name, char *text, size_t size, size_t *length)
{
	static const char not_a_file[] = "it is not a regular file";
	struct stat status;
	ssize_t got = 1;
	int file;

	if (fstatat(directory, name, &status, 0) < 0)
		return strerror(errno);
	if (S_ISDIR(status.st_mode))
		return "it is a directory";
	if (!S_ISREG(status.st_mode))
		return not_a_file;
	file = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0)
		return strerror(errno);
	/* It may have been exchanged since. */
	if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(file);
		return not_a_file;
	}
	for (*length = 0; got > 0 && *length < size; *length += (size_t)got) {
		do {
			got = read(file, text + *length, size - *length);
		} while (got < 0 && errno == EINTR);
		if (got < 0) {
			int error = errno;

			close(file);
			return strerror(error);
		}
	}
	close(file);
	return NULL;
}

/* One byte more than a file may have, so that too long can be told. */
enum { TEXT_SIZE = SERVICE_FILE_MAX + 1 };

/* `text` is TEXT_SIZE bytes of scratch: not on the stack, whose pages PID 1 would keep for ever. */
static int add_file(struct service_set *set, int directory, const char *name, char *text,
	const struct service_report *report)
{
	char reason[SERVICE_ERROR_MAX];
	size_t length = 0;
	const char *problem = read_file(directory, name, text, TEXT_SIZE, &length);

	if (!problem)
		return service_set_add(set, name, text, length, report);
	snprintf(reason, sizeof(reason), "cannot read the file: %s", problem);
	return service_set_add_unread(set, name, reason, report);
}

int service_set_read_file(struct service_set *set, int directory, const char *name,
	const struct service_report *report)
{
	char *text = malloc(TEXT_SIZE);
	int error = text ? add_file(set, directory, name, text, report) : -ENOMEM;

	free(text);
	return error;
}

static int add_files(struct service_set *set, DIR *directory, const struct service_report *report)
{
	struct name_list list = { .names = NULL };
	char *text = malloc(TEXT_SIZE);
	int error = text ? list_names(directory, &list, report) : -ENOMEM;

	for (uint32_t i = 0; i < list.count && !error; i++)
		error = add_file(set, dirfd(directory), list.names[i], text, report);
	if (list.left_out && !error) {
		char message[SERVICE_ERROR_MAX];

		snprintf(message, sizeof(message),
			"%u files are left out: a node has at most %d services", list.left_out,
			SERVICE_COUNT_MAX);
		report_file(report, ".", message);
	}
	free(list.names);
	free(text);
	return error;
}

int service_set_read(
	struct service_set *set, const char *directory, const struct service_report *report)
{
	DIR *stream = opendir(directory);
	int error;

	if (!stream)
		return -errno;
	error = add_files(set, stream, report);
	closedir(stream);
	return error;
}

int service_set_load(struct service_set *set, const char *directory, const char *const *roots,
	const struct service_report *report)
{
	int error;

	*set = (struct service_set){ .entries = NULL };
	error = service_set_read(set, directory, report);
	if (!error)
		error = service_set_link(set, roots, report);
	if (error)
		service_set_free(set);
	return error;
}
