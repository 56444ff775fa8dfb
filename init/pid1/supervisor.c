/* SPDX-License-Identifier: MIT */
/*
 * Carrying out what the core decides, and telling it what happened. Loading is in load.c, what is
 * said of a death in obituary.c, log pipes in output.c, starting and killing in process.c.
 */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "condition.h"
#include "kmsg.h"
#include "obituary.h"
#include "output.h"
#include "process.h"

enum {
	/* Orphans reaped in one turn: a storm of them must not hold up the services. */
	REAPED_A_TURN = 256,
	/* Services started in one turn: a thousand of them must not hold up the clients. */
	STARTED_A_TURN = 64,
};

static const struct service_config *config_of(const struct supervisor *supervisor, uint32_t index)
{
	return &supervisor->set.entries[index].config;
}

/* xorshift32 (Marsaglia 2003): jitter needs no more. */
static uint32_t next_random(struct supervisor *supervisor)
{
	uint32_t x = supervisor->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return supervisor->random = x;
}

static void start(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];
	struct death death = { .code = -1 };
	int error;

	service->report = (struct step_report){ .step = STEP_NONE };
	service->status[0] = '\0';
	service->reloading = false;
	service->left_out_by = NULL;
	error = process_start(supervisor, index, &death.step);
	if (!error)
		return;
	death.error = -error;
	supervisor_event(supervisor, index, EVENT_SPAWN_FAILED, &death);
}

static void carry_out(struct supervisor *supervisor, uint32_t index, unsigned actions)
{
	if (actions & ACTION_SPAWN)
		start(supervisor, index);
	if (actions & ACTION_TERMINATE)
		process_terminate(supervisor, index);
	if (actions & ACTION_KILL)
		process_kill(supervisor, index);
}

/* The first time of this boot only: for the boot chart. */
static void note_time(uint64_t *first_us)
{
	if (!*first_us)
		*first_us = loop_now_us();
}

static void note_first_times(struct supervisor *supervisor, uint32_t index)
{
	struct service *service = &supervisor->services[index];

	switch (supervisor->lives[index].phase) {
	case PHASE_STARTING:
		note_time(&service->first_start_us);
		break;
	case PHASE_RUNNING:
		note_time(&service->first_exec_us);
		break;
	case PHASE_READY:
	case PHASE_DONE:
		note_time(&service->first_exec_us);
		note_time(&service->first_ready_us);
		break;
	default:
		break;
	}
}

void supervisor_event(
	struct supervisor *supervisor, uint32_t index, enum event event, const struct death *death)
{
	struct life *life = &supervisor->lives[index];
	enum phase before = life->phase;
	struct event_data data = {
		.now_us = supervisor->now_us,
		.random = next_random(supervisor),
		.death = death,
	};
	unsigned actions;

	if (death)
		obituary_say(supervisor, index);
	actions = step(life, config_of(supervisor, index), event, &data);
	note_first_times(supervisor, index);
	if (phase_state(life->phase) != phase_state(before))
		changes_add(supervisor->changes, (struct change){
							 .at_us = supervisor->now_us,
							 .index = (uint16_t)index,
							 .state = (uint8_t)phase_state(life->phase),
							 .pid = supervisor->services[index].pid,
						 });
	/* What ends can let others go, and no descriptor will tell: settle once more. */
	if (life->phase != before && !phase_alive(life->phase))
		supervisor->unsettled = true;
	obituary(supervisor, index, event, before);
	carry_out(supervisor, index, actions);
}

/* Whether it is known already, without a process that looks, that the service is to be skipped. */
static bool condition_fails(
	const struct supervisor *supervisor, const struct service_config *config)
{
	if (config->when == WHEN_CMDLINE)
		return !cmdline_matches(supervisor->cmdline, config->when_value);
	return config->when == WHEN_PATH && condition_surely_absent(config->when_value);
}

static void emit(void *context, uint32_t index, enum event event)
{
	struct supervisor *supervisor = context;

	/* It is to run by its new file, which the rescan waits for it to be down for. */
	if (event == EVENT_GO && supervisor->services[index].doomed)
		return;
	if (event == EVENT_GO && condition_fails(supervisor, config_of(supervisor, index))) {
		supervisor->services[index].left_out_by = NULL;
		event = EVENT_SKIP;
	}
	if (event == EVENT_GO && supervisor->started++ >= STARTED_A_TURN) {
		supervisor->unsettled = true; /* it stays waiting, and the next turn is at once */
		return;
	}
	supervisor_event(supervisor, index, event, NULL);
}

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
		supervisor_event(supervisor, index, EVENT_EXEC_OK, NULL);
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
		supervisor_event(supervisor, index, EVENT_READY, NULL);
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
	supervisor_event(supervisor, index, left ? EVENT_EXITED_LEFT : EVENT_EXITED, &death);
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
	if (supervisor->services[index].events_fd >= 0 && !process_left(supervisor, index))
		supervisor_event(supervisor, index, EVENT_EMPTY, NULL);
}

void supervisor_watch(struct supervisor *supervisor, uint32_t index, bool anew)
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

void supervisor_handle(struct supervisor *supervisor, enum source source, uint32_t index)
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

static int service_of(const struct supervisor *supervisor, pid_t pid)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (supervisor->services[i].pid == pid)
			return (int)i;
	return -1;
}

/* Mostly orphans; a service's own process can come by here before its pidfd is looked at. */
void supervisor_reap(struct supervisor *supervisor)
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
		supervisor_settle(supervisor);
}

/* What was killed long ago may be gone without our having been told: no memory to be told by. */
static void pass_deadline(struct supervisor *supervisor, uint32_t index)
{
	bool gone = supervisor->lives[index].phase == PHASE_CLEARING &&
		    !process_left(supervisor, index);

	supervisor_event(supervisor, index, gone ? EVENT_EMPTY : EVENT_TIMEOUT, NULL);
}

static void pass_deadlines(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (supervisor->lives[i].deadline_us <= supervisor->now_us)
			pass_deadline(supervisor, i);
}

static void note_node_state(struct supervisor *supervisor)
{
	enum node_state state = graph_node_state(&supervisor->graph);

	if (state == supervisor->state)
		return;
	supervisor->state = state;
	changes_add(supervisor->changes, (struct change){
						 .at_us = supervisor->now_us,
						 .index = CHANGE_OF_NODE,
						 .state = (uint8_t)state,
					 });
	if (state == NODE_READY && !supervisor->ready_us) {
		supervisor->ready_us = loop_now_us();
		obituary_ready(supervisor);
	} else if (state != NODE_STOPPING) {
		kmsg(state == NODE_READY ? LEVEL_NOTICE : LEVEL_WARNING, "node is %s",
			node_state_name(state));
	}
}

void supervisor_settle(struct supervisor *supervisor)
{
	pass_deadlines(supervisor);
	supervisor->unsettled = false;
	supervisor->started = 0;
	graph_settle(&supervisor->graph, emit, supervisor);
	obituary_say_due(supervisor);
	note_node_state(supervisor);
}

uint64_t supervisor_deadline(const struct supervisor *supervisor)
{
	if (supervisor->orphans || supervisor->unsettled)
		return 0;
	return graph_deadline(&supervisor->graph);
}

void supervisor_start(struct supervisor *supervisor, uint32_t index)
{
	graph_start(&supervisor->graph, index, emit, supervisor);
}

void supervisor_stop(struct supervisor *supervisor, uint32_t index)
{
	supervisor->services[index].resume = false;
	graph_stop(&supervisor->graph, index);
}

void supervisor_restart(struct supervisor *supervisor, uint32_t index)
{
	if (phase_alive(supervisor->lives[index].phase))
		supervisor_event(supervisor, index, EVENT_RESTART, NULL);
	else
		supervisor_start(supervisor, index);
}

int supervisor_signal(struct supervisor *supervisor, uint32_t index, int number)
{
	const struct service *service = &supervisor->services[index];

	if (number == 0)
		number = config_of(supervisor, index)->reload_signal;
	return process_signal(service, number);
}

void supervisor_stop_all(struct supervisor *supervisor)
{
	/* Whoever asks, maybe a deadline behind this turn's settling, no descriptor will tell of it. */
	supervisor->unsettled = true;
	graph_stop_all(&supervisor->graph);
}

void supervisor_kill_all(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (phase_alive(supervisor->lives[i].phase))
			process_kill(supervisor, i);
}
