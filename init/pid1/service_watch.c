/* SPDX-License-Identifier: MIT */
/* Pipes, process descriptors, cgroups, and reaping. */
#include "service_watch.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "process.h"
#include "service_event.h"
#include "services.h"

/* Orphans reaped in one turn: a storm of them must not hold up the services. */
enum { REAPED_A_TURN = 256 };

/* The step pipe ends when exec succeeds, or brings the report of the step that failed. */
static void read_step(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	struct step_report report;
	ssize_t length;

	if (service->step_fd < 0)
		return;
	length = read(service->step_fd, &report, sizeof(report));
	if (length < 0)
		return;
	loop_close(supervisor->epoll_fd, &service->step_fd);
	if (length == (ssize_t)sizeof(report))
		service->report = report;
	else
		service_event(supervisor, index, EVENT_EXEC_OK, NULL);
}

static void read_ready(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	char bytes[64];
	ssize_t length;

	if (service->ready_fd < 0)
		return;
	length = read(service->ready_fd, bytes, sizeof(bytes));
	if (length < 0)
		return;
	if (length > 0 && !memchr(bytes, '\n', (size_t)length))
		return;
	loop_close(supervisor->epoll_fd, &service->ready_fd);
	/* Closed without a newline: it will never be ready; start-timeout has the last word. */
	if (length > 0) {
		read_step(supervisor, index);
		service_event(supervisor, index, EVENT_READY, NULL);
	}
}

static struct death describe(struct supervisor *supervisor, uint32_t index, int status)
{
	struct service *service = &supervisor->services[index];
	struct death death = {
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.step = service->report.step,
		.error = service->report.error,
	};
	uint64_t kills;

	if (death.step != STEP_NONE)
		death.code = -1; /* 127 was the child's way out, not the program's answer */
	if (service->cgroup_fd >= 0) {
		kills = cgroup_oom_kills(service->cgroup_fd);
		death.oom = kills > service->oom_kills;
		service->oom_kills = kills;
	}
	return death;
}

static void main_process_died(struct supervisor *supervisor, uint32_t index, int status)
{
	struct service *service = &supervisor->services[index];
	struct death death;
	bool left;

	read_step(supervisor, index);
	read_ready(supervisor, index);
	output_drain(supervisor, index);
	death = describe(supervisor, index, status);
	left = process_left(supervisor, index);
	if (service->cgroup_fd < 0 && service->pid > 0)
		kill(-service->pid, SIGKILL);
	process_close(supervisor, service);
	if (!left)
		process_trim(supervisor, index);
	service_event(supervisor, index, left ? EVENT_EXITED_LEFT : EVENT_EXITED, &death);
}

static void process_event(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	int status;

	if (service->pid > 0 && waitpid(service->pid, &status, WNOHANG) == service->pid)
		main_process_died(supervisor, index, status);
}

static void cgroup_event(struct supervisor *supervisor, uint32_t index)
{
	if (supervisor->services[index].events_fd < 0 || process_left(supervisor, index))
		return;
	process_trim(supervisor, index);
	service_event(supervisor, index, EVENT_EMPTY, NULL);
}

void service_watch(struct supervisor *supervisor, uint32_t index, bool anew)
{
	const struct service *service = &supervisor->services[index];
	const struct {
		int fd;
		uint32_t events;
		enum source source;
	} watched[] = {
		{ service->pidfd, EPOLLIN, SOURCE_PROCESS },
		{ service->step_fd, EPOLLIN, SOURCE_STEP },
		{ service->ready_fd, EPOLLIN, SOURCE_READY },
		{ service->log_fd, EPOLLIN, SOURCE_LOG },
		{ service->events_fd, EPOLLPRI, SOURCE_CGROUP },
	};

	for (size_t i = 0; i < sizeof(watched) / sizeof(*watched); i++)
		if (watched[i].fd >= 0)
			(void)(anew ? loop_watch : loop_rewatch)(supervisor->epoll_fd,
				watched[i].fd, watched[i].events, watched[i].source, index);
}

void service_handle(struct supervisor *supervisor, enum source source, uint32_t index)
{
	switch (source) {
	case SOURCE_PROCESS:
		process_event(supervisor, index);
		break;
	case SOURCE_STEP:
		read_step(supervisor, index);
		break;
	case SOURCE_READY:
		read_ready(supervisor, index);
		break;
	case SOURCE_CGROUP:
		cgroup_event(supervisor, index);
		break;
	case SOURCE_LOG:
		output_read(supervisor, index);
		break;
	default:
		break;
	}
}

/* The service whose main process it is, or -1. A child that killed for a service is forgotten: it has been reaped. */
static int service_of(struct supervisor *supervisor, pid_t pid)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];

		if (service->pid == pid)
			return (int)i;
		if (service->killer == pid)
			service->killer = 0;
	}
	return -1;
}

/* Mostly orphans; a service's own process can turn up here before its pidfd is checked. */
void services_reap(struct supervisor *supervisor)
{
	int reaped, status, index;
	bool service_died = false;
	pid_t pid;

	supervisor->orphans = false;
	for (reaped = 0; reaped < REAPED_A_TURN; reaped++) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			break;
		index = service_of(supervisor, pid);
		if (index < 0)
			continue;
		main_process_died(supervisor, (uint32_t)index, status);
		service_died = true;
	}
	supervisor->orphans = reaped == REAPED_A_TURN;
	if (service_died)
		services_settle(supervisor);
}
