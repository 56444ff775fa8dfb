/* SPDX-License-Identifier: MIT */
/*
 * What should never happen to a process, PID 1 above all. A debugger's means:
 *
 *   tamper hold PID    stops it for good: no signal and no event gets through; prints "held" and stays
 *   tamper fault PID   makes its next instruction a jump to address 4: a true SIGSEGV
 *   tamper kill PID    the same while the signal is blocked: nothing can catch it, not even PID 1
 *   tamper files PID N bounds its open files to N more than it has
 *   tamper seize CPUS  runs forever on each processor, before all others, and is never throttled
 */
#include <dirent.h>
#include <elf.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* NT_PRSTATUS of arm64 (struct user_pt_regs). */
struct registers {
	uint64_t general[31], stack, pc, state;
};

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void stop(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		fail("tamper: PTRACE_SEIZE");
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		fail("tamper: PTRACE_INTERRUPT");
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		fail("tamper: it does not stop");
}

static _Noreturn void hold(pid_t pid)
{
	stop(pid);
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}

static int fault(pid_t pid, bool blocked)
{
	uint64_t all = ~UINT64_C(0);
	struct registers registers;
	struct iovec area = { .iov_base = &registers, .iov_len = sizeof(registers) };

	stop(pid);
	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &area) < 0)
		fail("tamper: PTRACE_GETREGSET");
	registers.pc = 4;
	if (ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &area) < 0)
		fail("tamper: PTRACE_SETREGSET");
	if (blocked && ptrace(PTRACE_SETSIGMASK, pid, (void *)sizeof(all), &all) < 0)
		fail("tamper: PTRACE_SETSIGMASK");
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0)
		fail("tamper: PTRACE_DETACH");
	return 0;
}

static int bound_files(pid_t pid, int more)
{
	struct rlimit limit = { .rlim_max = 65536 };
	struct dirent *entry;
	char path[32];
	DIR *folder;
	int highest = -1;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	if (!folder)
		fail(path);
	/* The limit is about numbers, not how many there are. */
	while ((entry = readdir(folder)))
		if (atoi(entry->d_name) > highest)
			highest = atoi(entry->d_name);
	closedir(folder);
	limit.rlim_cur = (rlim_t)highest + 1 + (rlim_t)more;
	if (prlimit(pid, RLIMIT_NOFILE, &limit, NULL) < 0)
		fail("tamper: prlimit");
	return 0;
}

static int seize(int processors)
{
	const struct sched_param first = { .sched_priority = 99 };

	for (int i = 0; i < processors; i++) {
		cpu_set_t one;

		if (fork() != 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0)
			fail("tamper: sched_setaffinity");
		sleep(1); /* until all are there */
		/* musl's own function refuses. */
		if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first) < 0)
			fail("tamper: sched_setscheduler");
		for (;;)
			__asm__ volatile("" ::: "memory");
	}
	return 0;
}

int main(int argc, char **argv)
{
	int number = argc >= 3 ? atoi(argv[2]) : 0;

	if (number > 0 && argc == 3 && strcmp(argv[1], "hold") == 0)
		hold(number);
	if (number > 0 && argc == 3 && strcmp(argv[1], "fault") == 0)
		return fault(number, false);
	if (number > 0 && argc == 3 && strcmp(argv[1], "kill") == 0)
		return fault(number, true);
	if (number > 0 && argc == 4 && strcmp(argv[1], "files") == 0)
		return bound_files(number, atoi(argv[3]));
	if (number > 0 && argc == 3 && strcmp(argv[1], "seize") == 0)
		return seize(number);
	return 2;
}
