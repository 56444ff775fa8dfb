/* SPDX-License-Identifier: MIT */
/*
 * Where PID 1 and its children end without libc noticing, the counts of lines run are written first: before
 * exec, _exit() and reboot(2). They go below /coverage, which is bound to where the objects lie; GCOV_PREFIX_STRIP
 * comes with the build. A service's user writes into the same files as root, hence the umask.
 */
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

extern void __gcov_dump(void);
extern void __gcov_reset(void);

int __wrap___gcov_execve(const char *path, char *const arguments[], char *const environment[]);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);
int __real_reboot(int command);
int __wrap_reboot(int command);
static void set_prefix(void) __attribute__((constructor));

static void set_prefix(void)
{
	setenv("GCOV_PREFIX", "/coverage", 1);
	setenv("GCOV_PREFIX_STRIP", STRIP, 1);
}

static void dump(void)
{
	mode_t before = umask(0);

	__gcov_dump();
	__gcov_reset();
	umask(before);
}

int __wrap___gcov_execve(const char *path, char *const arguments[], char *const environment[])
{
	dump();
	return execve(path, arguments, environment);
}

void __wrap__exit(int code)
{
	dump();
	__real__exit(code);
}

int __wrap_reboot(int command)
{
	dump();
	return __real_reboot(command);
}
