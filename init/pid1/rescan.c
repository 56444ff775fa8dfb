/* SPDX-License-Identifier: MIT */
/* From one set of services to the next. */
#include "rescan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drop_ins.h"
#include "kmsg.h"
#include "load.h"
#include "service/directory.h"
#include "service_event.h"
#include "service_watch.h"

static bool unchanged(const struct service_entry *one, const struct service_entry *other)
{
	return one->digest == other->digest && one->invalid == other->invalid;
}

/* The entry of the coming set with the name of service `index`, if it means the same as now. */
static bool stays(const struct supervisor *supervisor, uint32_t index)
{
	const struct service_entry *now = &supervisor->set.entries[index];
	int next = service_set_find(&supervisor->next, now->config.name);

	return next >= 0 && unchanged(now, &supervisor->next.entries[next]);
}

/* Whether somebody wants it to run, or to have run: all but what a person stopped, or is stopping. */
static bool wanted(const struct supervisor *supervisor, uint32_t index)
{
	const struct life *life = &supervisor->lives[index];

	if (supervisor->graph.asks[index] == ASK_STOP)
		return false;
	if (phase_alive(life->phase) && life->phase >= PHASE_TERMINATING)
		return life->cause != CAUSE_STOPPED || life->again;
	return life->phase != PHASE_STOPPED;
}

int rescan_begin(struct supervisor *supervisor, const char *directory)
{
	const struct service_report report = { .error = load_report };
	struct service_set next = { .count = 0 };
	int error = service_set_load(&next, directory, NULL, &report);

	if (error)
		return error;
	drop_ins_add();
	service_set_free(&supervisor->next);
	supervisor->next = next;
	supervisor->rescanning = true;
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];

		/* One that an earlier rescan has begun to stop still has to start again. */
		if (service->doomed || stays(supervisor, i))
			continue;
		service->doomed = true;
		service->resume = wanted(supervisor, i);
		service_event(supervisor, i, EVENT_STOP, NULL);
	}
	return 0;
}

static bool may_change_over(const struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (supervisor->services[i].doomed && phase_alive(supervisor->lives[i].phase))
			return false;
	return true;
}

static void close_cgroup(struct supervisor *supervisor, struct service *service, const char *name)
{
	loop_close(supervisor->epoll_fd, &service->events_fd);
	loop_close(supervisor->epoll_fd, &service->events_fd);
	if (service->cgroup_fd < 0)
		return;
	close(service->cgroup_fd);
	service->cgroup_fd = -1;
	/* So that limits missing from its new file are not left over from the old one. */
	if (unlinkat(supervisor->cgroups.fd, name, AT_REMOVEDIR) == 0)
		service->cgroup_killed = false;
}

static void close_log(struct supervisor *supervisor, struct service *service)
{
	loop_close(supervisor->epoll_fd, &service->log_fd);
	if (service->log_write_fd >= 0)
		close(service->log_write_fd);
	service->log_write_fd = -1;
}

/* Nothing about it has changed but its place. */
static void carry(
	struct supervisor *supervisor, uint32_t index, struct supervisor *old, uint32_t from)
{
	struct life *life = &supervisor->lives[index];
	struct service *service = &supervisor->services[index];

	load_release_service(life, service);
	*life = old->lives[from];
	*service = old->services[from];
	service->carried = true;
	supervisor->graph.asks[index] = old->graph.asks[from];
	service_watch(supervisor, index, false);
}

/* It begins again as its new file says; what it wrote stays. */
static void renew(
	struct supervisor *supervisor, uint32_t index, struct supervisor *old, uint32_t from)
{
	struct life *life = &supervisor->lives[index];
	struct service *service = &supervisor->services[index];
	struct service *before = &old->services[from];
	uint64_t position = ring_start(&before->log);
	char bytes[1024];
	size_t length;

	ring_begin_at(&service->log, position);
	while ((length = ring_read(&before->log, &position, bytes, sizeof(bytes), NULL)) > 0)
		ring_append(&service->log, bytes, length);
	memcpy(service->log_from, before->log_from, sizeof(service->log_from));
	close_log(supervisor, before);
	close_cgroup(supervisor, before, supervisor->set.entries[index].config.name);
	service->cgroup_killed = before->cgroup_killed;
	service->killer = before->killer;
	life->death = old->lives[from].death;
	/* One that was asked for meanwhile waits, and only for this. */
	if (!before->resume && life->phase != PHASE_INVALID && !wanted(old, from))
		life->phase = PHASE_STOPPED;
	load_release_service(&old->lives[from], before);
}

static void remove_service(struct supervisor *supervisor, struct supervisor *old, uint32_t from)
{
	struct service *before = &old->services[from];

	close_log(supervisor, before);
	close_cgroup(supervisor, before, old->set.entries[from].config.name);
	load_release_service(&old->lives[from], before);
}

static void move_service(struct supervisor *supervisor, struct supervisor *old, uint32_t from)
{
	int index = service_set_find(&supervisor->set, old->set.entries[from].config.name);

	supervisor->moved[from] = index < 0 ? RESCAN_GONE : (uint16_t)index;
	if (index < 0)
		remove_service(supervisor, old, from);
	else if (old->services[from].doomed)
		renew(supervisor, (uint32_t)index, old, from);
	else
		carry(supervisor, (uint32_t)index, old, from);
}

/* Back to the old set: what was stopped for nothing starts again. */
static void stay(struct supervisor *supervisor, int error)
{
	kmsg(LEVEL_ERROR, "cannot take over the services of the rescan: %s; the old ones stay",
		strerror(-error));
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];

		if (service->doomed && service->resume)
			service_event(supervisor, i, EVENT_START, NULL);
		service->doomed = false;
	}
}

static int make_room(struct supervisor *supervisor, const struct supervisor *old)
{
	uint32_t count = old->set.count ? old->set.count : 1;
	int error;

	supervisor->set = supervisor->next;
	supervisor->next = (struct service_set){ .count = 0 };
	supervisor->lives = NULL;
	supervisor->services = NULL;
	supervisor->graph = (struct graph){ .set = NULL };
	supervisor->moved = calloc(count, sizeof(*supervisor->moved));
	if (!supervisor->moved)
		return -ENOMEM;
	error = load_fit_out(supervisor);
	if (error && supervisor->lives && supervisor->services)
		for (uint32_t i = 0; i < supervisor->set.count; i++)
			load_release_service(&supervisor->lives[i], &supervisor->services[i]);
	return error;
}

static void tell_watchers(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->set.count; i++)
		if (!supervisor->services[i].carried)
			changes_add(supervisor->changes,
				(struct change){
					.at_us = supervisor->now_us,
					.index = (uint16_t)i,
					.state = (uint8_t)phase_state(supervisor->lives[i].phase),
				});
	changes_add(supervisor->changes, (struct change){
						 .at_us = supervisor->now_us,
						 .index = CHANGE_OF_NODE,
						 .state = (uint8_t)supervisor->state,
					 });
}

static bool change_over(struct supervisor *supervisor)
{
	struct supervisor old = *supervisor;
	int error = make_room(supervisor, &old);

	if (error) {
		free(supervisor->moved);
		load_release(supervisor);
		*supervisor = old;
		supervisor->next = (struct service_set){ .count = 0 };
		stay(supervisor, error);
		return false;
	}
	supervisor->graph.booted = old.graph.booted;
	supervisor->graph.overdue = old.graph.overdue;
	supervisor->graph.stopping = old.graph.stopping;
	for (uint32_t i = 0; i < old.set.count; i++)
		move_service(supervisor, &old, i);
	changes_forget(supervisor->changes);
	load_choose(supervisor);
	tell_watchers(supervisor);
	free(old.moved);
	load_release(&old);
	return true;
}

bool rescan_turn(struct supervisor *supervisor)
{
	if (!supervisor->rescanning || !may_change_over(supervisor))
		return false;
	supervisor->rescanning = false;
	supervisor->unsettled = true;
	return change_over(supervisor);
}
