/* SPDX-License-Identifier: MIT */
/*
 * The system that PID 1's code runs on in targets: system calls that touch nothing, and stand-ins for the
 * files of init/pid1 that are little else. Each checks what it is asked.
 */
#include "fuzz_system.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pid1/condition.h"
#include "pid1/drop_ins.h"
#include "pid1/kmsg.h"
#include "pid1/last_boot.h"
#include "pid1/spawn.h"

enum { PID_HELPER = FUZZ_PID_FIRST - 1 };

/* ---- descriptors ---- */

int fuzz_open(void)
{
	for (int i = 0; i < FUZZ_FDS_MAX; i++) {
		if (fuzz_node->open[i])
			continue;
		fuzz_node->open[i] = true;
		return FUZZ_FD_FIRST + i;
	}
	never("descriptors are closed again");
	return -1;
}

static bool ours(int fd)
{
	return fuzz_node && fd >= FUZZ_FD_FIRST;
}

static void expect_open(int fd)
{
	expect(fd >= FUZZ_FD_FIRST && fd < FUZZ_FD_FIRST + FUZZ_FDS_MAX);
	expect(fuzz_node->open[fd - FUZZ_FD_FIRST]);
}

void fuzz_close(int fd)
{
	expect_open(fd);
	fuzz_node->open[fd - FUZZ_FD_FIRST] = false;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	if (!ours(fd))
		return __real_close(fd);
	fuzz_close(fd);
	return 0;
}

int __wrap_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags)
{
	(void)flags;
	ends[0] = fuzz_open();
	ends[1] = fuzz_open();
	return 0;
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (!ours(fd))
		return __real_fcntl(fd, command, argument);
	expect_open(fd);
	return 0;
}

static ssize_t nothing_yet(void)
{
	errno = EAGAIN;
	return -1;
}

static ssize_t read_pipe(int fd, const struct service *service, struct fuzz_script *script,
	char *buffer, size_t size)
{
	size_t length = script->output_length < size ? script->output_length : size;

	if (fd == service->step_fd) {
		if (!script->exec_ended)
			return nothing_yet();
		expect(size == sizeof(script->report));
		memcpy(buffer, &script->report, size);
		return script->report.step == STEP_NONE ? 0 : (ssize_t)size;
	}
	if (fd == service->ready_fd) {
		*buffer = '\n';
		return script->says_ready ? 1 : nothing_yet();
	}
	if (length == 0)
		return nothing_yet();
	memcpy(buffer, script->output, length);
	script->output += length;
	script->output_length -= length;
	return (ssize_t)length;
}

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	if (!ours(fd))
		return __real_read(fd, buffer, size);
	expect_open(fd);
	for (uint32_t i = 0; i < fuzz_node->supervisor.set.count; i++) {
		const struct service *service = &fuzz_node->supervisor.services[i];

		if (fd == service->step_fd || fd == service->ready_fd || fd == service->log_fd)
			return read_pipe(fd, service, &fuzz_node->script[i], buffer, size);
	}
	never("only pipes of services are read");
	return -1;
}

/* The second piece can wait: reads may be short. */
ssize_t __wrap_readv(int fd, const struct iovec *pieces, int count);
ssize_t __wrap_readv(int fd, const struct iovec *pieces, int count)
{
	expect(count == 2);
	return __wrap_read(fd, pieces[0].iov_base, pieces[0].iov_len);
}

/* ---- memory ---- */

enum { LOGS_MAX = 4 * FUZZ_SERVICES_MAX }; /* of two sets of services, in two sizes */

/* Logs that were mapped, and are kept for the next node: the kernel would be most of the work. */
static struct log {
	char *bytes; /* NULL: none yet */
	size_t size;
	bool mapped;
} logs[LOGS_MAX];

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	struct log *log = logs;

	expect(!address && size > 0 && protection == (PROT_READ | PROT_WRITE));
	expect(flags & MAP_ANONYMOUS && fd == -1 && offset == 0);
	while (log->bytes && (log->mapped || log->size != size))
		expect(++log < logs + LOGS_MAX);
	if (!log->bytes)
		*log = (struct log){ .bytes = malloc(size), .size = size };
	expect(log->bytes);
	log->mapped = true;
	ASAN_UNPOISON_MEMORY_REGION(log->bytes, size);
	return log->bytes;
}

int __wrap_munmap(void *address, size_t size);
int __wrap_munmap(void *address, size_t size)
{
	struct log *log = logs;

	while (log->bytes != address)
		expect(++log < logs + LOGS_MAX);
	expect(log->mapped && log->size == size);
	log->mapped = false;
	ASAN_POISON_MEMORY_REGION(log->bytes, size);
	return 0;
}

int loop_watch(int epoll_fd, int fd, uint32_t events, enum source source, uint32_t index)
{
	(void)epoll_fd;
	(void)events;
	(void)source;
	(void)index;
	expect_open(fd);
	return 0;
}

int loop_rewatch(int epoll_fd, int fd, uint32_t events, enum source source, uint32_t index)
{
	return loop_watch(epoll_fd, fd, events, source, index);
}

void loop_close(int epoll_fd, int *fd)
{
	(void)epoll_fd;
	if (*fd >= 0)
		fuzz_close(*fd);
	*fd = -1;
}

uint64_t loop_now_us(void)
{
	return fuzz_node->supervisor.now_us;
}

/* ---- processes ---- */

/* Of paths in /run, some are not there; of all others it is the child that tells. */
bool condition_surely_absent(const char *path)
{
	return strncmp(path, "/run/", 5) == 0 && strlen(path) % 2;
}

pid_t spawn(const struct service_config *config, const struct spawn_fds *fds, int *pidfd)
{
	const struct supervisor *supervisor = &fuzz_node->supervisor;
	int index = service_set_find(&supervisor->set, config->name);

	expect(index >= 0 && !supervisor->set.entries[index].invalid);
	expect(supervisor->services[index].pid == 0); /* never two processes for one service */
	expect(supervisor->services[index].killer == 0); /* nobody on his way to kill it */
	expect((fds->ready >= 0) == (config->ready == READY_FD));
	expect_open(fds->step);
	expect_open(fds->cgroup);
	fuzz_node->spawned++;
	fuzz_node->script[index] = (struct fuzz_script){ .left = false };
	*pidfd = fuzz_open();
	return FUZZ_PID_FIRST + FUZZ_SERVICES_MAX + (pid_t)fuzz_node->spawned;
}

pid_t fork_helper(void)
{
	fuzz_node->kernel_asked++;
	return PID_HELPER;
}

int __wrap_reboot(int command);
int __wrap_reboot(int command)
{
	(void)command;
	fuzz_node->kernel_asked++;
	return -1;
}

static bool is_process(pid_t pid)
{
	return pid >= FUZZ_PID_FIRST && pid <= FUZZ_PID_LAST;
}

/* Never PID 1 itself, and never everybody. */
int __wrap_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number)
{
	expect(is_process(pid) || is_process(-pid) || (pid == PID_HELPER && number == SIGKILL));
	expect(number > 0 && number <= 64);
	fuzz_node->signals++;
	return 0;
}

long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	va_list arguments;
	int fd, signal_sent;

	va_start(arguments, number);
	fd = va_arg(arguments, int);
	signal_sent = va_arg(arguments, int);
	va_end(arguments);
	expect(number == SYS_pidfd_send_signal);
	expect_open(fd);
	expect(signal_sent > 0 && signal_sent <= 64);
	fuzz_node->signals++;
	return 0;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	(void)options;
	if (pid == PID_HELPER)
		return 0;
	for (uint32_t i = 0; i < fuzz_node->supervisor.set.count; i++) {
		struct fuzz_script *script = &fuzz_node->script[i];
		pid_t child = fuzz_node->supervisor.services[i].pid;

		if (!script->exited || (pid != -1 && pid != child))
			continue;
		script->exited = false;
		*status = script->status;
		return child;
	}
	errno = ECHILD;
	return pid == -1 ? -1 : 0;
}

/* ---- Accounts ---- */

void drop_ins_add(void)
{
}

/* ---- cgroups ---- */

int cgroup_make(const struct cgroups *groups, const struct service_config *config, bool *anew)
{
	expect_open(groups->fd);
	*anew = true;
	expect(service_name_valid(config->name));
	return fuzz_open();
}

bool cgroup_needed(const struct service_config *config)
{
	(void)config;
	return false;
}

int cgroup_open_events(int cgroup_fd)
{
	expect_open(cgroup_fd);
	return fuzz_open();
}

bool cgroup_populated(int events_fd)
{
	expect_open(events_fd);
	for (uint32_t i = 0; i < fuzz_node->supervisor.set.count; i++)
		if (fuzz_node->supervisor.services[i].events_fd == events_fd)
			return fuzz_node->script[i].left;
	return true;
}

int cgroup_kill(int cgroup_fd)
{
	expect_open(cgroup_fd);
	fuzz_node->signals++;
	return 0;
}

void cgroup_take_back(int cgroup_fd)
{
	expect_open(cgroup_fd);
}

uint64_t cgroup_oom_kills(int cgroup_fd)
{
	expect_open(cgroup_fd);
	return 0;
}

/* fork_helper() returns in the parent alone. */
void cgroup_kill_each(int cgroup_fd, const char *service)
{
	(void)cgroup_fd;
	(void)service;
	expect(false);
}

int cgroup_trim(int cgroup_fd, unsigned steps)
{
	expect_open(cgroup_fd);
	expect(steps > 0);
	return 0;
}

int __wrap_unlinkat(int fd, const char *path, int flags);
int __wrap_unlinkat(int fd, const char *path, int flags)
{
	(void)flags;
	expect_open(fd);
	expect(service_name_valid(path));
	return 0;
}

/* ---- the kernel log ---- */

void last_boot_leave(enum boot_reason next)
{
	expect(next > BOOT_UNKNOWN && next < BOOT_REASON_COUNT);
}

void kmsg(enum level level, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	expect(level >= LEVEL_ERROR && level <= LEVEL_INFO);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	expect(fuzz_printable(text));
	fuzz_node->said++;
}

void kmsg_line(const char *name, const char *line, size_t length)
{
	expect(service_name_valid(name));
	expect(!memchr(line, '\n', length));
	fuzz_node->said++;
}
