/* SPDX-License-Identifier: MIT */
/*
 * Makes a machine out of namespaces, and runs a program as its process 1:
 *
 *   enter ROOT CGROUP ID [SOURCE TARGET]... -- PROGRAM [ARGUMENT]...
 *
 * ROOT becomes the root directory; each SOURCE is bound to TARGET, a path relative to ROOT; a file
 * test/cmdline in ROOT is /proc/cmdline. The process lives in the cgroup whose directory is CGROUP. Its
 * user 0 is user ID of this machine, so that nothing it does to the kernel's own files can reach the machine
 * around it. stdout tells the process id as this machine sees it, and how it ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IDS = 65536 }; /* users and groups the machine has */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "enter: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void map_ids(pid_t pid, const char *file, long first)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	snprintf(text, sizeof(text), "0 %ld %d\n", first, IDS);
	write_file(path, text);
}

enum { PROC_FLAGS = MS_NOSUID | MS_NODEV | MS_NOEXEC };

/*
 * From here on whoever mounts /proc (or /sys) as PID 1 does is told that it is mounted already. The kernel
 * would mount another one over it.
 */
static void keep_proc(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROC_FLAGS, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, args[4])), /* data */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBUSY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(*filter), .filter = filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("PR_SET_SECCOMP");
}

/* A /proc of the machine's own with the command line that a test wrote, if it did. */
static void mount_cmdline(void)
{
	static const char *const ours = "test/cmdline";

	if (access(ours, F_OK) < 0)
		return;
	if (mount("proc", "proc", "proc", PROC_FLAGS, NULL) < 0)
		die("cannot mount proc");
	if (mount(ours, "proc/cmdline", NULL, MS_BIND, NULL) < 0)
		die("cannot replace /proc/cmdline");
	keep_proc();
}

static void bind_all(char **pairs)
{
	for (; *pairs && strcmp(*pairs, "--") != 0; pairs += 2)
		if (mount(pairs[0], pairs[1], NULL, MS_BIND | MS_REC, NULL) < 0)
			die(pairs[1]);
}

/*
 * A kernel starts its first process with no signal ignored. libc's posix_spawn() ignores the two it has
 * for itself, and its signal() would not touch them.
 */
static void reset_signals(void)
{
	const struct {
		void *handler;
		unsigned long flags, restorer, mask;
	} otherwise = { .handler = NULL };

	for (int number = 1; number <= 64; number++)
		(void)syscall(SYS_rt_sigaction, number, &otherwise, NULL, sizeof(otherwise.mask));
}

/* In the new namespaces. `go` tells when the ids are mapped. */
static _Noreturn void run(int go, char **program)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		exit(125);
	close(go);
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		die("cannot become the machine's root");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		die("PR_SET_PDEATHSIG");
	/* One capability the machine does not have, so that there is one that cannot be given. */
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE) < 0)
		die("PR_CAPBSET_DROP");
	mount_cmdline();
	reset_signals();
	/* The name a kernel has before anybody gave it one. */
	if (sethostname("(none)", 6) < 0)
		die("sethostname");
	if (chroot(".") < 0)
		die("chroot");
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		die("dup2");
	execv(program[0], program);
	die(program[0]);
}

static pid_t clone_into_namespaces(void)
{
	struct clone_args arguments = {
		.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS |
			 CLONE_NEWIPC | CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};

	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

int main(int argc, char **argv)
{
	int go[2], status, end = 4;
	char path[4096];
	pid_t pid;
	long first;

	for (; end < argc && strcmp(argv[end], "--") != 0; end++)
		;
	if (end + 1 >= argc || end % 2 != 0) {
		fprintf(stderr,
			"usage: enter ROOT CGROUP ID [SOURCE TARGET]... -- PROGRAM [ARGUMENT]...\n");
		return 125;
	}
	first = strtol(argv[3], NULL, 10);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/cgroup.procs", argv[2]);
	write_file(path, "0");
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("cannot make a mount namespace");
	if (mount(argv[1], argv[1], NULL, MS_BIND, NULL) < 0 || chdir(argv[1]) < 0)
		die(argv[1]);
	bind_all(argv + 4);
	if (pipe2(go, O_CLOEXEC) < 0)
		die("pipe");
	pid = clone_into_namespaces();
	if (pid < 0)
		die("cannot make namespaces");
	if (pid == 0)
		run(go[0], argv + end + 1);
	map_ids(pid, "uid_map", first);
	map_ids(pid, "gid_map", first);
	printf("pid %d\n", pid);
	fflush(stdout);
	if (write(go[1], "", 1) != 1)
		die("pipe");
	close(go[1]);
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	return 0;
}
