/* SPDX-License-Identifier: MIT */
/* A service's process from PID 1's side: what it is started with, how it is told to stop. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup_tree.h"

/* How many folders of a service's cgroups are read in one turn, to be removed. */
enum { TRIMMED_A_TURN = 256 };

static int open_pipe(struct supervisor *supervisor, int *read_end, int *write_end,
	enum source source, uint32_t index)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	error = loop_watch(supervisor->epoll_fd, ends[0], EPOLLIN, source, index);
	if (error) {
		close(ends[0]);
		close(ends[1]);
		return error;
	}
	*read_end = ends[0];
	*write_end = ends[1];
	return 0;
}

/* A program expects its stdout to block when nobody reads. */
static int open_log(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	enum log_target target = config_of(supervisor, index)->log;
	int error;

	if (service->log_fd >= 0 || (target != LOG_RING && target != LOG_KMSG))
		return 0;
	error = open_pipe(supervisor, &service->log_fd, &service->log_write_fd, SOURCE_LOG, index);
	if (error)
		return error;
	return fcntl(service->log_write_fd, F_SETFL, 0) < 0 ? -errno : 0;
}

static int open_cgroup(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	const struct service_config *config = config_of(supervisor, index);
	bool anew;
	int fd;

	if (service->cgroup_fd < 0) {
		fd = cgroup_make(&supervisor->cgroups, config, &anew);
		/* A kernel without cgroups still runs services that ask for none. */
		if (fd == -ENOSYS && !cgroup_needed(config))
			return 0;
		if (fd < 0)
			return fd;
		service->cgroup_fd = fd;
		/* A cgroup that was there before has a past, of which only its count of kills tells. */
		service->cgroup_killed |= !anew;
		service->oom_kills = cgroup_oom_kills(fd);
	}
	return 0;
}

/*
 * Everything a start needs that PID 1 must make. Returns 0, or -errno with *failed the step. The
 * descriptors that only the start uses are closed by the caller in any case.
 */
static int prepare(
	struct supervisor *supervisor, uint32_t index, struct spawn_fds *fds, enum step *failed)
{
	struct service *service = &supervisor->services[index];
	int error;

	*failed = STEP_CGROUP;
	error = open_cgroup(supervisor, index);
	if (error)
		return error;
	if (config_of(supervisor, index)->delegate)
		cgroup_take_back(service->cgroup_fd);
	*failed = STEP_PIPE;
	error = open_log(supervisor, index);
	if (!error)
		error = open_pipe(supervisor, &service->step_fd, &fds->step, SOURCE_STEP, index);
	if (!error && config_of(supervisor, index)->ready == READY_FD)
		error = open_pipe(supervisor, &service->ready_fd, &fds->ready, SOURCE_READY, index);
	/*
	 * Linux (seen in 6.12.101 and 6.18.44) kills whatever is born by CLONE_INTO_CGROUP in a cgroup that
	 * was ever killed: cgroup_css_set_fork() takes kill_seq from the parent's cgroup, and
	 * cgroup_post_fork() finds that it differs from the child's.
	 */
	fds->join = service->cgroup_killed;
	fds->cgroup = service->cgroup_fd;
	fds->log = service->log_write_fd;
	return error;
}

bool process_leftovers(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];

	/* Seen before, and watched since then: it goes on waiting until the cgroup is empty. */
	if (service->events_fd >= 0)
		return process_left(supervisor, index);
	if (!supervisor->cgroups.existed || service->cgroup_fd >= 0 ||
		open_cgroup(supervisor, index) < 0 || !process_left(supervisor, index))
		return false;
	process_kill(supervisor, index);
	process_kill_each(supervisor, index);
	return true;
}

bool process_left(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	bool anew = service->events_fd < 0;

	if (service->cgroup_fd < 0)
		return false;
	if (anew)
		service->events_fd = cgroup_open_events(service->cgroup_fd);
	if (service->events_fd < 0) {
		service->events_fd = -1;
		return true;
	}
	if (!cgroup_populated(service->events_fd)) {
		loop_close(supervisor->epoll_fd, &service->events_fd);
		return false;
	}
	/* If it empties before it is watched, that is no loss: a change since the read is reported at once. */
	if (anew)
		(void)loop_watch(
			supervisor->epoll_fd, service->events_fd, EPOLLPRI, SOURCE_CGROUP, index);
	return true;
}

void process_close(struct supervisor *supervisor, struct service *service)
{
	loop_close(supervisor->epoll_fd, &service->pidfd);
	loop_close(supervisor->epoll_fd, &service->step_fd);
	loop_close(supervisor->epoll_fd, &service->ready_fd);
	service->pid = 0;
	supervisor->log_changes++; /* its unfinished line has now ended */
}

/*
 * The child that kills may still be walking the cgroup that the next process is about to enter. A signal already
 * sent to it stops it before its next system call but one; finding a process takes more calls than that.
 */
static void end_killer(struct service *service)
{
	if (service->killer > 0)
		kill(service->killer, SIGKILL);
	service->killer = 0;
}

int process_start(struct supervisor *supervisor, uint32_t index, enum step *failed)
{
	struct service *service = &supervisor->services[index];
	struct spawn_fds fds = { .cgroup = -1, .log = -1, .step = -1, .ready = -1 };
	int error = prepare(supervisor, index, &fds, failed);
	pid_t pid;

	end_killer(service);
	if (!error) {
		*failed = STEP_FORK;
		pid = spawn(config_of(supervisor, index), &fds, &service->pidfd);
		if (pid > 0)
			service->pid = pid;
		else
			error = pid;
	}
	/* The child has its copies; ours would keep the pipes from ending. */
	if (fds.step >= 0)
		close(fds.step);
	if (fds.ready >= 0)
		close(fds.ready);
	if (!error)
		error = loop_watch(
			supervisor->epoll_fd, service->pidfd, EPOLLIN, SOURCE_PROCESS, index);
	if (!error)
		return 0;
	/* A child that cannot be watched must not run. It is reaped as orphans are. */
	if (service->pid > 0)
		kill(service->pid, SIGKILL);
	process_close(supervisor, service);
	return error;
}

int process_signal(const struct service *service, int number)
{
	if (service->pidfd < 0)
		return -ESRCH;
	return syscall(SYS_pidfd_send_signal, service->pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

void process_terminate(struct supervisor *supervisor, uint32_t index)
{
	const struct service *service = &supervisor->services[index];

	(void)process_signal(service, config_of(supervisor, index)->stop_signal);
	/* A stopped process takes no signal but these. */
	(void)process_signal(service, SIGCONT);
}

void process_kill(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];

	/* Kill it on its own as well: if its main thread has ended, cgroup.kill does nothing to it. */
	(void)process_signal(service, SIGKILL);
	if (service->cgroup_fd >= 0 && cgroup_kill(service->cgroup_fd) == 0) {
		service->cgroup_killed = true;
		return;
	}
	/* Without a cgroup the session's first process group is the best there is. */
	if (service->pid > 0)
		kill(-service->pid, SIGKILL);
}

void process_kill_each(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	pid_t child;

	if (service->cgroup_fd < 0 || service->killer > 0)
		return;
	child = fork_helper();
	if (child == 0) {
		cgroup_kill_each(service->cgroup_fd, config_of(supervisor, index)->name);
		_exit(0);
	}
	if (child > 0)
		service->killer = child;
}

void process_trim(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];

	service->trim_due = service->cgroup_fd >= 0 &&
			    cgroup_trim(service->cgroup_fd, TRIMMED_A_TURN) == -EAGAIN;
	supervisor->trim_due |= service->trim_due;
}
