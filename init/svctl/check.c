/* SPDX-License-Identifier: MIT */
/*
 * svctl check: errors in service files, told as a compiler tells them, without PID 1. What is an
 * error is decided by service_set.h, so that the build machine and the node agree; this file brings
 * the files together, and sorts out which errors are of those that were asked about.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/protocol.h"
#include "service/directory.h"
#include "service/link.h"
#include "svctl/command.h"
#include "svctl/message.h"
#include "svctl/text.h"

struct finding {
	char *name;
	char *message;
	unsigned line; /* 0: the file as a whole */
	unsigned order; /* in which it was found, to keep that order within a line */
};

/* One FILE or DIRECTORY being checked. */
struct checking {
	const struct invocation *invocation;
	char *prefix; /* what stands before a name in messages: "etc/svc/", or "" */
	struct service_set own; /* what was asked about */
	struct service_set all; /* and what it may need, below the roots */
	struct finding *findings;
	unsigned findings_count;
};

/* What all of them came to. */
struct tally {
	unsigned services;
	unsigned errors;
};

static void found(void *context, const char *name, unsigned line, const char *message)
{
	struct checking *checking = context;
	unsigned count = checking->findings_count++;

	checking->findings =
		must_resize(checking->findings, count + 1, sizeof(*checking->findings));
	checking->findings[count] = (struct finding){
		.name = must_copy(name),
		.message = must_copy(message),
		.line = line,
		.order = count,
	};
}

/* The same for errors among services: those of the roots' services are not asked about. */
static void found_in_own(void *context, const char *name, unsigned line, const char *message)
{
	struct checking *checking = context;

	if (service_set_find(&checking->own, name) >= 0)
		found(checking, name, line, message);
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

/* The first root goes before the others, as it does for programs; so it is read last. */
static void read_roots(struct checking *checking)
{
	for (unsigned i = checking->invocation->roots_count; i-- > 0;) {
		struct text path = { 0 };

		text_format(&path, "%s" SERVICE_DIRECTORY, checking->invocation->roots[i]);
		/* Without such a directory there is nothing to be needed. */
		(void)service_set_read(&checking->all, text_string(&path), NULL);
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

/* All is read: looks for programs, needs and circles. Returns 0 or -ENOMEM. */
static int link_all(struct checking *checking)
{
	const struct service_report report = { found_in_own, checking };
	const char *const *roots =
		checking->invocation->roots_count == 0 ? NULL : checking->invocation->roots;

	return service_set_link(&checking->all, roots, &report);
}

static int check_directory(struct checking *checking, const char *path)
{
	const struct service_report report = { found, checking };
	int error = service_set_read(&checking->own, path, &report);

	read_roots(checking);
	if (error == 0)
		error = service_set_read(&checking->all, path, NULL);
	return error == 0 ? link_all(checking) : error;
}

static int check_file(struct checking *checking, int directory, const char *name)
{
	const struct service_report report = { found, checking };
	int error;

	if (!service_name_valid(name)) /* reported, and not worth reading */
		return service_set_add(&checking->own, name, "", 0, &report) == -EINVAL ? 0
											: -ENOMEM;
	error = service_set_read_file(&checking->own, directory, name, &report);
	read_roots(checking);
	if (error == 0)
		error = service_set_read_file(&checking->all, directory, name, NULL);
	if (checking->invocation->roots_count == 0)
		forget_needs(&checking->all);
	return error == 0 ? link_all(checking) : error;
}

/* "etc/svc" and "etc/svc/" become "etc/svc/"; a file's path loses its name. */
static char *directory_prefix(const char *path, bool is_directory)
{
	struct text prefix = { 0 };
	const char *slash = strrchr(path, '/');
	char *copy;

	if (is_directory)
		text_format(&prefix, "%s%s", path, slash != NULL && slash[1] == '\0' ? "" : "/");
	else if (slash != NULL)
		text_add_bytes(&prefix, path, (size_t)(slash - path) + 1);
	copy = must_copy(text_string(&prefix));
	text_free(&prefix);
	return copy;
}

static int check_in_directory(struct checking *checking, const char *path)
{
	const char *prefix = checking->prefix[0] == '\0' ? "." : checking->prefix;
	const char *slash = strrchr(path, '/');
	int directory = open(prefix, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (directory < 0)
		return -errno;
	error = check_file(checking, directory, slash == NULL ? path : slash + 1);
	close(directory);
	return error;
}

static void conclude(struct checking *checking, struct tally *tally)
{
	print_findings(checking);
	tally->services += checking->own.count;
	tally->errors += checking->findings_count;

	for (unsigned i = 0; i < checking->findings_count; i++) {
		free(checking->findings[i].name);
		free(checking->findings[i].message);
	}
	free(checking->findings);
	free(checking->prefix);
	service_set_free(&checking->own);
	service_set_free(&checking->all);
}

static void check_path(const char *path, const struct invocation *invocation, struct tally *tally)
{
	struct checking checking = { .invocation = invocation };
	struct stat status;
	bool is_directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
	int error;

	checking.prefix = directory_prefix(path, is_directory);
	error = is_directory ? check_directory(&checking, path)
			     : check_in_directory(&checking, path);
	conclude(&checking, tally);
	if (error < 0) {
		complain("check: %s: %s", path, strerror(-error));
		tally->errors++;
	}
}

int command_check(const struct invocation *invocation)
{
	struct tally tally = { 0 };

	for (unsigned i = 0; i < invocation->names_count; i++)
		check_path(invocation->names[i], invocation, &tally);
	if (tally.errors == 0) {
		printf("%u service%s, no errors\n", tally.services, tally.services == 1 ? "" : "s");
		return EXIT_DONE;
	}
	complain("check: %u error%s in %u service%s", tally.errors, tally.errors == 1 ? "" : "s",
		tally.services, tally.services == 1 ? "" : "s");
	return EXIT_TRIED_AND_FAILED;
}
