/* SPDX-License-Identifier: MIT */
/*
 * svctl check: errors in service files, told as a compiler tells them, without PID 1. Reads the
 * files and collects what service_set.h reports; what is an error is decided there, so that the
 * build machine and the node agree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/protocol.h"
#include "common/service_set.h"
#include "svctl/command.h"
#include "svctl/message.h"
#include "svctl/text.h"

struct finding {
	const char *name; /* points into checking.names */
	char *message;
	unsigned line; /* 0: the file as a whole */
	unsigned order; /* in which it was found, to keep that order within a line */
};

/* One FILE or DIRECTORY being checked. */
struct checking {
	struct service_set set;
	char *prefix; /* what stands before a name in messages: "etc/svc/", or "" */
	char **names; /* of the files being checked: errors of others are not reported */
	unsigned names_count;
	struct finding *findings;
	unsigned findings_count;
};

/* What all of them came to. */
struct tally {
	unsigned services;
	unsigned errors;
};

static const char *checked_name(const struct checking *checking, const char *name)
{
	for (unsigned i = 0; i < checking->names_count; i++) {
		if (strcmp(checking->names[i], name) == 0)
			return checking->names[i];
	}
	return NULL;
}

static void found(void *context, const char *name, unsigned line, const char *message)
{
	struct checking *checking = context;
	const char *own_name = checked_name(checking, name);
	struct finding *finding;

	if (own_name == NULL)
		return;
	checking->findings = must_resize(
		checking->findings, checking->findings_count + 1, sizeof(*checking->findings));
	finding = &checking->findings[checking->findings_count];
	*finding = (struct finding){ own_name, must_copy(message), line, checking->findings_count };
	checking->findings_count++;
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	int by_name = strcmp(a->name, b->name);

	if (by_name != 0)
		return by_name;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void print_findings(const struct checking *checking)
{
	if (checking->findings_count == 0)
		return;
	qsort(checking->findings, checking->findings_count, sizeof(*checking->findings),
		compare_findings);
	for (unsigned i = 0; i < checking->findings_count; i++) {
		const struct finding *finding = &checking->findings[i];

		fprintf(stderr, "%s%s:", checking->prefix, finding->name);
		if (finding->line != 0)
			fprintf(stderr, "%u:", finding->line);
		fprintf(stderr, " %s\n", finding->message);
	}
}

/* Reads at most `size` bytes of a regular file. Returns how many, or -errno. */
static ssize_t read_file(int directory, const char *name, char *buffer, size_t size)
{
	/* Not blocking: a FIFO among the files must not make us wait for its writer. */
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat stat;
	size_t used = 0;
	ssize_t got = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
		close(fd);
		return S_ISDIR(stat.st_mode) ? -EISDIR : -EINVAL;
	}
	while (used < size && (got = read(fd, buffer + used, size - used)) > 0)
		used += (size_t)got;
	if (got < 0)
		got = -errno;
	close(fd);
	return got < 0 ? got : (ssize_t)used;
}

/* Adds one file to the set. What is wrong with it is reported like any other error of it. */
static void add_file(struct checking *checking, int directory, const char *name)
{
	const struct service_report report = { found, checking };
	size_t size = SERVICE_FILE_MAX + 1; /* one more, so that the parser sees it is too long */
	char *text = must_allocate(size);
	ssize_t length = read_file(directory, name, text, size);

	if (length < 0) {
		found(checking, name, 0,
			length == -EINVAL ? "not a regular file" : strerror((int)-length));
	} else {
		int error = service_set_add(&checking->set, name, text, (size_t)length, &report);

		if (error < 0 && error != -EINVAL) /* a bad name was reported */
			found(checking, name, 0, strerror(-error));
	}
	free(text);
}

/* The files PID 1 passes over, too. */
static bool passed_over(const char *name)
{
	return name[0] == '.' || name[strlen(name) - 1] == '~';
}

static void own(struct checking *checking, const char *name)
{
	checking->names =
		must_resize(checking->names, checking->names_count + 1, sizeof(*checking->names));
	checking->names[checking->names_count++] = must_copy(name);
}

/* Adds all files of a directory that are not in the set yet. Returns 0 or -errno. */
static int add_directory(struct checking *checking, const char *path, bool own_files)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (directory == NULL)
		return -errno;
	while ((entry = readdir(directory)) != NULL) {
		if (passed_over(entry->d_name) || checked_name(checking, entry->d_name) != NULL)
			continue;
		if (own_files)
			own(checking, entry->d_name);
		else if (!service_name_valid(entry->d_name))
			continue;
		add_file(checking, dirfd(directory), entry->d_name);
	}
	closedir(directory);
	return 0;
}

/* Services below the roots are there to be needed; the files being checked go before them. */
static void add_roots(struct checking *checking, const struct invocation *invocation)
{
	for (unsigned i = 0; i < invocation->roots_count; i++) {
		struct text path = { 0 };

		text_format(&path, "%s" SERVICE_DIRECTORY, invocation->roots[i]);
		add_directory(
			checking, text_string(&path), false); /* none there: nothing to need */
		text_free(&path);
	}
}

/* A file by itself: its needs are not known, so they are not asked for. */
static void forget_needs(struct service_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		struct service_config *config = &set->entries[i].config;

		if (config->needs != NULL)
			config->needs[0] = NULL;
		if (config->after != NULL)
			config->after[0] = NULL;
	}
}

static void link_set(struct checking *checking, const struct invocation *invocation)
{
	const struct service_report report = { found, checking };
	const char *const *roots = invocation->roots_count == 0 ? NULL : invocation->roots;
	int error = service_set_link(&checking->set, roots, &report);

	if (error < 0)
		complain("check: %s: %s", checking->prefix, strerror(-error));
}

static void conclude(struct checking *checking, struct tally *tally)
{
	print_findings(checking);
	tally->services += checking->names_count;
	tally->errors += checking->findings_count;

	for (unsigned i = 0; i < checking->findings_count; i++)
		free(checking->findings[i].message);
	for (unsigned i = 0; i < checking->names_count; i++)
		free(checking->names[i]);
	free(checking->findings);
	free(checking->names);
	free(checking->prefix);
	service_set_free(&checking->set);
}

static char *directory_prefix(const char *path)
{
	size_t length = strlen(path);
	char *prefix = must_allocate(length + 2);

	memcpy(prefix, path, length);
	if (length == 0 || path[length - 1] != '/')
		prefix[length++] = '/';
	prefix[length] = '\0';
	return prefix;
}

static void check_directory(
	const char *path, const struct invocation *invocation, struct tally *tally)
{
	struct checking checking = { .prefix = directory_prefix(path) };
	int error = add_directory(&checking, path, true);

	if (error < 0) {
		complain("check: %s: %s", path, strerror(-error));
		tally->errors++;
	} else {
		add_roots(&checking, invocation);
		link_set(&checking, invocation);
	}
	conclude(&checking, tally);
}

static void check_file(const char *path, const struct invocation *invocation, struct tally *tally)
{
	struct checking checking = { .prefix = must_copy(path) };
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	int directory;

	checking.prefix[name - path] = '\0';
	own(&checking, name);
	directory = open(slash == NULL ? "." : checking.prefix, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		found(&checking, name, 0, strerror(errno));
	} else {
		add_file(&checking, directory, name);
		close(directory);
		if (invocation->roots_count == 0)
			forget_needs(&checking.set);
		else
			add_roots(&checking, invocation);
		link_set(&checking, invocation);
	}
	conclude(&checking, tally);
}

int command_check(const struct invocation *invocation)
{
	struct tally tally = { 0 };

	for (unsigned i = 0; i < invocation->names_count; i++) {
		struct stat stat_buffer;
		const char *path = invocation->names[i];

		if (stat(path, &stat_buffer) == 0 && S_ISDIR(stat_buffer.st_mode))
			check_directory(path, invocation, &tally);
		else
			check_file(path, invocation, &tally);
	}
	if (tally.errors == 0) {
		printf("%u service%s, no errors\n", tally.services, tally.services == 1 ? "" : "s");
		return EXIT_DONE;
	}
	complain("check: %u error%s in %u service%s", tally.errors, tally.errors == 1 ? "" : "s",
		tally.services, tally.services == 1 ? "" : "s");
	return EXIT_TRIED_AND_FAILED;
}
