/* SPDX-License-Identifier: MIT */
/*
 * valgrind 3.19 knows neither clone3 nor pidfd_send_signal nor reboot, and lets nobody lower the hard limit
 * of files. Here they are made of older calls, or done by another program; PID 1 is linked with --wrap, so
 * that its own code stays as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_setrlimit(int resource, const struct rlimit *limit);
int __wrap_setrlimit(int resource, const struct rlimit *limit);
int __wrap_reboot(int command);

int __wrap_setrlimit(int resource, const struct rlimit *limit)
{
	struct rlimit now;

	if (resource != RLIMIT_NOFILE || getrlimit(RLIMIT_NOFILE, &now) < 0)
		return __real_setrlimit(resource, limit);
	if (limit->rlim_max > now.rlim_max) {
		errno = EPERM;
		return -1;
	}
	now.rlim_cur = limit->rlim_cur;
	return __real_setrlimit(RLIMIT_NOFILE, &now);
}

/* probe asks the kernel, out of valgrind's sight. */
int __wrap_reboot(int command)
{
	char word[32];
	pid_t pid;

	if (command == RB_DISABLE_CAD)
		return 0;
	snprintf(word, sizeof(word), "reboot:%d", command);
	pid = fork();
	if (pid == 0) {
		execl("/test/probe", "probe", word, (char *)NULL);
		_exit(126);
	}
	waitpid(pid, NULL, 0);
	errno = EPERM;
	return -1;
}

static void join(unsigned cgroup)
{
	int fd = openat((int)cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(126);
	close(fd);
}

static long clone_as_before(const struct clone_args *arguments)
{
	uint64_t flags = arguments->flags & CLONE_PIDFD;
	pid_t pid =
		(pid_t)__real_syscall(SYS_clone, SIGCHLD | flags, NULL, arguments->pidfd, NULL, 0L);

	if (pid == 0 && arguments->flags & CLONE_INTO_CGROUP)
		join((unsigned)arguments->cgroup);
	return pid;
}

/* The process behind a pidfd, from its fdinfo. */
static long signal_by_number(int pidfd, int number)
{
	char path[64], text[512], *found;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[length < 0 ? 0 : length] = '\0';
	found = strstr(text, "\nPid:\t");
	if (!found || atoi(found + 6) <= 0) {
		errno = ESRCH;
		return -1;
	}
	return kill(atoi(found + 6), number);
}

long __wrap_syscall(long number, ...)
{
	va_list list;
	long a, b, c, d;

	va_start(list, number);
	a = va_arg(list, long);
	b = va_arg(list, long);
	c = va_arg(list, long);
	d = va_arg(list, long);
	va_end(list);
	if (number == SYS_clone3)
		return clone_as_before((const struct clone_args *)a);
	if (number == SYS_pidfd_send_signal)
		return signal_by_number((int)a, (int)b);
	return __real_syscall(number, a, b, c, d);
}
