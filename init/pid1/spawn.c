/* SPDX-License-Identifier: MIT */
/*
 * The fork and the plain steps of the child. Who the child becomes is in identity.c.
 *
 * The child has nothing of PID 1's but a copy of its memory; it allocates nothing, since libc does not
 * know about a fork by clone3, and it ends only by _exit().
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "control/protocol.h"
#include "identity.h"
#include "sandbox.h"

enum {
	/* What a service gets without nofile: select(2) cannot handle more than 1024. */
	NOFILE_SOFT = 1024,
	NOFILE_HARD = 4096,
	ENVIRONMENT_OWN = 8, /* variables PID 1 sets itself, at most */
};

struct child {
	const struct service_config *config;
	const struct spawn_fds *fds;
	struct identity identity;
};

/* Each returns 0 or -errno. */
typedef int child_step(struct child *child);

static int join_cgroup(struct child *child)
{
	ssize_t written;
	int fd;

	if (!child->fds->join)
		return 0;
	fd = openat(child->fds->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	written = write(fd, "0", 1);
	return written < 0 ? -errno : 0;
}

static int delegate_cgroup(struct child *child)
{
	return child->config->delegate ? cgroup_delegate(child->fds->cgroup) : 0;
}

static int give_cgroup(struct child *child)
{
	const struct account *account = &child->identity.account;

	if (!child->config->delegate || !account->uid)
		return 0;
	return cgroup_give(child->fds->cgroup, account->uid, account->gid);
}

static int check_condition(struct child *child)
{
	if (child->config->when != WHEN_PATH)
		return 0;
	return access(child->config->when_value, F_OK) < 0 ? -errno : 0;
}

static int new_session(struct child *child)
{
	(void)child;
	return setsid() < 0 ? -errno : 0;
}

/*
 * /dev/console itself cannot be a controlling terminal; the kernel names the one behind it as the last word
 * of /sys/class/tty/console/active (Documentation/ABI/testing/sysfs-tty).
 */
static int resolve_console(const char *path, char *resolved, size_t size)
{
	char active[128], *last;
	ssize_t length;
	int fd;

	if (strcmp(path, "/dev/console") != 0) {
		snprintf(resolved, size, "%s", path);
		return 0;
	}
	fd = open("/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, active, sizeof(active) - 1);
	close(fd);
	if (length <= 0)
		return -ENODEV;
	active[length] = '\0';
	active[strcspn(active, "\n")] = '\0';
	last = strrchr(active, ' ');
	snprintf(resolved, size, "/dev/%s", last ? last + 1 : active);
	return 0;
}

static int take_console(struct child *child)
{
	char path[160];
	int fd, error;

	if (!child->config->console)
		return 0;
	error = resolve_console(child->config->console, path, sizeof(path));
	if (error)
		return error;
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* 1: take it even if a session that no longer exists still holds it. */
	if (ioctl(fd, TIOCSCTTY, 1) < 0)
		return -errno;
	for (int target = 0; target <= 2; target++)
		if (dup2(fd, target) < 0)
			return -errno;
	return 0;
}

static int output_for(const struct child *child)
{
	int fd;

	if (child->fds->log >= 0)
		return child->fds->log;
	/* Opened by the child, so that a terminal that is held up holds up this service alone. */
	fd = open(child->config->log == LOG_CONSOLE ? "/dev/console" : "/dev/null",
		O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int connect_output(struct child *child)
{
	int input, output;

	if (child->config->console)
		return 0;
	input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (input < 0)
		return -errno;
	output = output_for(child);
	if (output < 0)
		return output;
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
		dup2(output, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

/* A descriptor moved onto itself would keep its close-on-exec flag. */
static int hand_over_ready_fd(struct child *child)
{
	int target = child->config->ready_fd;

	if (child->fds->ready < 0)
		return 0;
	if (child->fds->ready == target)
		return fcntl(target, F_SETFD, 0) < 0 ? -errno : 0;
	return dup2(child->fds->ready, target) < 0 ? -errno : 0;
}

static int set_oom_score_adj(struct child *child)
{
	char text[16];
	int fd, length;
	ssize_t written;

	if (!(child->config->given & KEY_BIT(KEY_OOM_SCORE_ADJ)))
		return 0;
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = snprintf(text, sizeof(text), "%d", child->config->oom_score_adj);
	written = write(fd, text, (size_t)length);
	return written < 0 ? -errno : 0;
}

static int set_nice(struct child *child)
{
	if (child->config->nice && setpriority(PRIO_PROCESS, 0, child->config->nice) < 0)
		return -errno;
	return 0;
}

static int set_nofile(struct child *child)
{
	rlim_t most = child->config->nofile;
	struct rlimit limit = { .rlim_cur = NOFILE_SOFT, .rlim_max = NOFILE_HARD };

	if (most)
		limit = (struct rlimit){ .rlim_cur = most, .rlim_max = most };
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

static int look_up_identity(struct child *child)
{
	return identity_look_up(&child->identity, child->config);
}

static int look_up_group(struct child *child)
{
	return identity_look_up_groups(&child->identity, child->config);
}

static int restrict_capabilities(struct child *child)
{
	return identity_bound(&child->identity, child->config);
}

static int change_group(struct child *child)
{
	return identity_set_groups(&child->identity);
}

static int change_user(struct child *child)
{
	return identity_set_user(&child->identity);
}

static int keep_capabilities(struct child *child)
{
	return identity_keep(&child->identity, child->config);
}

static int no_new_privileges(struct child *child)
{
	return identity_no_new_privileges(child->config);
}

static int separate_mounts(struct child *child)
{
	return sandbox_mounts(child->config);
}

static int protect_root(struct child *child)
{
	return sandbox_root(child->config);
}

static int separate_tmp(struct child *child)
{
	return sandbox_tmp(child->config);
}

static int protect_proc(struct child *child)
{
	return sandbox_proc(child->config);
}

static int filter_system_calls(struct child *child)
{
	return sandbox_system_calls(child->config);
}

/* As the user: a directory it may not enter is an error here, not a surprise later. */
static int change_directory(struct child *child)
{
	return chdir(child->config->directory ? child->config->directory : "/") < 0 ? -errno : 0;
}

static bool sets(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool config_sets(const struct service_config *config, const char *name)
{
	for (const char **variable = config->environment; *variable; variable++)
		if (sets(*variable, name))
			return true;
	return false;
}

struct environment {
	const char *variables[ENVIRONMENT_OWN + SERVICE_ENVIRONMENT_MAX + 1];
	size_t count;
	char home[192], user[64], logname[64];
};

static void add_default(struct environment *environment, const struct service_config *config,
	const char *name, const char *variable)
{
	if (!config_sets(config, name))
		environment->variables[environment->count++] = variable;
}

static void build_environment(struct environment *environment, const struct child *child)
{
	const struct service_config *config = child->config;
	const struct account *account = &child->identity.account;

	environment->count = 0;
	snprintf(environment->home, sizeof(environment->home), "HOME=%s", account->home);
	add_default(environment, config, "PATH", "PATH=/bin:/sbin:/usr/bin:/usr/sbin");
	add_default(environment, config, "HOME", environment->home);
	if (account->name[0]) {
		snprintf(environment->user, sizeof(environment->user), "USER=%s", account->name);
		snprintf(environment->logname, sizeof(environment->logname), "LOGNAME=%s",
			account->name);
		add_default(environment, config, "USER", environment->user);
		add_default(environment, config, "LOGNAME", environment->logname);
	}
	if (config->console)
		add_default(environment, config, "TERM", "TERM=linux");
	/* A task has STATUS= to tell. */
	if (config->ready == READY_NOTIFY || config->watchdog_ms || config->type == SERVICE_TASK)
		add_default(environment, config, "NOTIFY_SOCKET", "NOTIFY_SOCKET=" NOTIFY_SOCKET);
	for (const char **variable = config->environment; *variable; variable++)
		environment->variables[environment->count++] = *variable;
	environment->variables[environment->count] = NULL;
}

static int execute(struct child *child)
{
	static struct environment environment;

	build_environment(&environment, child);
	execve(child->config->argv[0], (char *const *)child->config->argv,
		(char *const *)environment.variables);
	return -errno;
}

/*
 * The order matters: what needs root's rights comes before they are given up, and what opens files
 * comes before their number is limited, since PID 1's are among them until exec.
 */
static const struct {
	enum step step;
	child_step *run;
} steps[] = {
	{ STEP_CGROUP, join_cgroup },
	{ STEP_CGROUP, delegate_cgroup },
	{ STEP_CONDITION, check_condition },
	{ STEP_SESSION, new_session },
	{ STEP_CONSOLE, take_console },
	{ STEP_OUTPUT, connect_output },
	{ STEP_READY_FD, hand_over_ready_fd },
	{ STEP_OOM_SCORE_ADJ, set_oom_score_adj },
	{ STEP_NICE, set_nice },
	{ STEP_USER, look_up_identity },
	{ STEP_GROUP, look_up_group },
	{ STEP_CGROUP, give_cgroup },
	{ STEP_MOUNTS, separate_mounts },
	{ STEP_READ_ONLY_ROOT, protect_root },
	{ STEP_PRIVATE_TMP, separate_tmp },
	{ STEP_PROTECT_PROC, protect_proc },
	{ STEP_NOFILE, set_nofile },
	{ STEP_CAPABILITIES, restrict_capabilities },
	{ STEP_GROUP, change_group },
	{ STEP_USER, change_user },
	{ STEP_CAPABILITIES, keep_capabilities },
	{ STEP_NO_NEW_PRIVILEGES, no_new_privileges },
	{ STEP_DIRECTORY, change_directory },
	{ STEP_SYSTEM_CALLS, filter_system_calls },
	{ STEP_EXEC, execute },
};

/* PID 1 blocks all signals and ignores none; the mask is all that exec would hand on. */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* See early_small_pages(). */
static void allow_large_blocks(void)
{
	(void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

static _Noreturn void run_child(const struct service_config *config, const struct spawn_fds *fds)
{
	struct child child = { .config = config, .fds = fds };
	struct step_report report;

	reset_signals();
	allow_large_blocks();
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int error = steps[i].run(&child);

		if (!error)
			continue;
		report = (struct step_report){ .step = steps[i].step, .error = -error };
		(void)!write(fds->step, &report, sizeof(report));
		break;
	}
	_exit(127);
}

/* fork() with more options; glibc and musl have no wrapper. */
static pid_t fork_into(int cgroup_fd, int *pidfd)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	pid_t pid;

	if (pidfd) {
		arguments.flags |= CLONE_PIDFD;
		arguments.pidfd = (uintptr_t)pidfd;
	}
	if (cgroup_fd >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (unsigned)cgroup_fd;
	}
	pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	return pid < 0 ? -errno : pid;
}

pid_t spawn(const struct service_config *config, const struct spawn_fds *fds, int *pidfd)
{
	pid_t pid = fork_into(fds->join ? -1 : fds->cgroup, pidfd);

	if (pid == 0)
		run_child(config, fds);
	return pid;
}

pid_t fork_helper(void)
{
	pid_t pid = fork_into(-1, NULL);

	if (pid == 0)
		reset_signals();
	return pid;
}
