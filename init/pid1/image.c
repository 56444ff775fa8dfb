/* SPDX-License-Identifier: MIT */
/* From one image to the next: descriptors across exec, and taking them up again. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kmsg.h"
#include "service_event.h"
#include "service_watch.h"
#include "state.h"

static const char argument[] = "--state=";

/* ---- leaving ---- */

static void keep_open(int fd, bool keep)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

static void keep_service_open(const struct service *service, bool keep)
{
	keep_open(service->pidfd, keep);
	keep_open(service->step_fd, keep);
	keep_open(service->ready_fd, keep);
	keep_open(service->log_fd, keep);
	keep_open(service->log_write_fd, keep);
	keep_open(service->cgroup_fd, keep);
	keep_open(service->events_fd, keep);
}

static void keep_all_open(const struct image *image, bool keep)
{
	for (uint32_t i = 0; i < image->supervisor->set.count; i++)
		keep_service_open(&image->supervisor->services[i], keep);
	keep_open(image->control->fd, keep);
	keep_open(image->notify_fd, keep);
	keep_open(image->health->watchdog_fd, keep);
}

int image_replace(const struct image *image)
{
	const struct supervisor *supervisor = image->supervisor;
	const struct state state = {
		.begun_us = supervisor->begun_us,
		.ready_us = supervisor->ready_us,
		.crashed_us = supervisor->crashed_us,
		.reexecs = supervisor->reexecs + 1,
		.booted = supervisor->graph.booted,
		.control_fd = image->control->fd,
		.notify_fd = image->notify_fd,
		.watchdog_fd = image->health->watchdog_fd,
		.mounted_us = supervisor->mounted_us,
		.loaded_us = supervisor->loaded_us,
		.power = (int)image->power->request,
		.boot_reason = (int)supervisor->boot_reason,
		.clients_refused = supervisor->clients_refused,
		.messages_dropped = supervisor->messages_dropped,
	};
	char word[sizeof(argument) + 12];
	char *arguments[] = { (char *)image->path, word, NULL };
	char *environment[] = { NULL };
	int error, fd = state_save(supervisor, &state);

	if (fd < 0)
		return fd;
	snprintf(word, sizeof(word), "%s%d", argument, fd);
	keep_all_open(image, true);
	execve(image->path, arguments, environment);
	error = -errno;
	keep_all_open(image, false);
	close(fd);
	return error;
}

/* ---- arriving ---- */

int image_state_fd(int argc, char **argv)
{
	size_t length = strlen(argument);
	char *end;
	long fd;

	if (argc != 2 || strncmp(argv[1], argument, length) != 0)
		return -1;
	fd = strtol(argv[1] + length, &end, 10);
	return end > argv[1] + length && *end == '\0' && fd > 2 && fd < 65536 ? (int)fd : -1;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* A service that has no file to be run by any more: no process of it may stay. */
static void discard(const struct state_service *left)
{
	const struct service *service = &left->service;

	if (service->cgroup_fd >= 0)
		(void)cgroup_kill(service->cgroup_fd);
	if (service->pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, service->pidfd, SIGKILL, NULL, 0);
	close_fd(service->pidfd);
	close_fd(service->step_fd);
	close_fd(service->ready_fd);
	close_fd(service->log_fd);
	close_fd(service->log_write_fd);
	close_fd(service->cgroup_fd);
	close_fd(service->events_fd);
	kmsg(LEVEL_NOTICE, "%s: has no service file any more; killed", left->name);
}

static void take_over(
	struct supervisor *supervisor, uint32_t index, const struct state_service *left)
{
	struct life *life = &supervisor->lives[index];
	struct service *service = &supervisor->services[index];
	uint64_t *deaths_us = life->deaths_us;
	struct ring log = service->log;

	*life = left->life;
	life->deaths_us = deaths_us;
	life->deaths = 0;
	ring_begin_at(&log, left->service.log.end - left->log_bytes);
	ring_append(&log, left->log, left->log_bytes);
	*service = left->service;
	service->log = log;
	service->kmsg_from = log.end;
	service->carried = true;
	/* Its file has changed. If it runs, it is to run as the new file says. */
	service->doomed = left->digest != supervisor->set.entries[index].digest;
	supervisor->graph.asks[index] = (enum ask)left->ask;
	keep_service_open(service, false);
	service_watch(supervisor, index, true);
}

static void take(void *context, const struct state_service *left)
{
	struct supervisor *supervisor = context;
	int index = service_set_find(&supervisor->set, left->name);

	if (index < 0 || supervisor->set.entries[index].invalid)
		discard(left);
	else if (left->life.phase != PHASE_INVALID)
		take_over(supervisor, (uint32_t)index, left);
}

/* Reads the whole memfd. NULL if that is not possible; the caller frees it. */
static char *read_state(int fd, size_t *length)
{
	struct stat status;
	char *text;

	if (fstat(fd, &status) < 0 || status.st_size <= 0)
		return NULL;
	*length = (size_t)status.st_size;
	text = malloc(*length);
	if (text && pread(fd, text, *length, 0) != (ssize_t)*length) {
		free(text);
		text = NULL;
	}
	return text;
}

static void restart_changed(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];

		if (service->doomed && phase_alive(supervisor->lives[i].phase))
			service_event(supervisor, i, EVENT_RESTART, NULL);
		service->doomed = false;
	}
}

static void resume(struct image *image, const struct state *state)
{
	struct supervisor *supervisor = image->supervisor;

	supervisor->begun_us = state->begun_us;
	supervisor->ready_us = state->ready_us;
	supervisor->crashed_us = state->crashed_us;
	supervisor->reexecs = state->reexecs;
	supervisor->graph.booted = state->booted;
	supervisor->boot_reason = (enum boot_reason)state->boot_reason;
	supervisor->clients_refused = state->clients_refused;
	supervisor->messages_dropped = state->messages_dropped;
	image->notify_fd = state->notify_fd;
	image->control->fd = state->control_fd;
	image->health->watchdog_fd = state->watchdog_fd;
	supervisor->mounted_us = state->mounted_us;
	supervisor->loaded_us = state->loaded_us;
	keep_open(state->notify_fd, false);
	keep_open(state->control_fd, false);
	keep_open(state->watchdog_fd, false);
	restart_changed(supervisor);
	/* This has been said before; only what changes from here on is news. */
	supervisor->state = graph_node_state(&supervisor->graph);
	if (state->power)
		power_ask(image->power, supervisor, (enum power_request)state->power, false);
}

bool image_resume(struct image *image, int state_fd)
{
	struct supervisor *supervisor = image->supervisor;
	struct state state;
	size_t length = 0;
	char *text = read_state(state_fd, &length);
	bool whole = text && state_read(text, length, &state, take, supervisor);

	free(text);
	close(state_fd);
	if (whole) {
		resume(image, &state);
		return true;
	}
	kmsg(LEVEL_ERROR,
		"the state of the image before cannot be read; starting all services anew");
	if (supervisor->cgroups.fd >= 0)
		(void)cgroup_kill(supervisor->cgroups.fd);
	return false;
}
