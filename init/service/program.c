/* SPDX-License-Identifier: MIT */
/*
 * On the build machine a program lies in the folders that will become the node's root; its symbolic links are
 * followed as if that were done.
 */
#include "service/program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* stat() of a path below `root`, with the root for /. Returns 0 or -errno. */
static int stat_below(const char *root, const char *path, struct stat *status)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long file;
	int error = 0;

	if (directory < 0)
		return -errno;
	file = syscall(SYS_openat2, directory, path, &how, sizeof(how));
	if (file < 0 || fstat((int)file, status) < 0)
		error = -errno;
	if (file >= 0)
		close((int)file);
	close(directory);
	return error;
}

/* Looks the program up in each root; the first that has it wins. Returns 0 or -errno. */
static int find_program(const char *program, const char *const *roots, struct stat *status)
{
	int error = -ENOENT;

	if (!roots)
		return stat(program, status) == 0 ? 0 : -errno;
	for (; *roots; roots++) {
		int this_error = stat_below(*roots, program, status);

		if (this_error == 0)
			return 0;
		if (this_error != -ENOENT && this_error != -ENOTDIR)
			error = this_error;
	}
	return error;
}

void service_check_program(struct service_entry *entry, const char *const *roots, bool may_come,
	const struct service_report *report)
{
	const char *program = entry->config.argv[0];
	unsigned line = entry->config.line[KEY_EXEC];
	struct stat status;
	int error = find_program(program, roots, &status);

	if (may_come && (error == -ENOENT || error == -ENOTDIR))
		return;
	if (error == -ENOENT || error == -ENOTDIR)
		service_entry_refuse(
			entry, report, line, "exec: there is no program %.100s", program);
	else if (error)
		service_entry_refuse(entry, report, line, "exec: cannot look at %.100s: %s",
			program, strerror(-error));
	else if (S_ISDIR(status.st_mode))
		service_entry_refuse(entry, report, line, "exec: %.100s is a directory", program);
	else if (!S_ISREG(status.st_mode))
		service_entry_refuse(entry, report, line, "exec: %.100s is not a file", program);
	else if (!(status.st_mode & 0111))
		service_entry_refuse(entry, report, line,
			"exec: %.100s is not executable (its mode is %04o)", program,
			status.st_mode & 07777);
}
