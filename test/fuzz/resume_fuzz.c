/* SPDX-License-Identifier: MIT */
/*
 * A fresh image of PID 1 takes over whatever state it is left, and goes on with it: services end, time
 * passes, it is asked to stop. Descriptors are played: states that name others, or one twice, are for the
 * target `state`.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_node.h"
#include "fuzz_system.h"
#include "pid1/image.h"
#include "pid1/line.h"
#include "pid1/services.h"
#include "pid1/state.h"

/* Which of the played descriptors a state names. */
struct claims {
	bool claimed[FUZZ_FDS_MAX];
	bool good;
	const struct supervisor *supervisor;
	bool seen[FUZZ_SERVICES_MAX];
};

static void claim(struct claims *claims, int fd)
{
	int number = fd - FUZZ_FD_FIRST;

	if (fd == -1)
		return;
	/* The first is that of the node's cgroup. */
	if (number < 1 || number >= FUZZ_FDS_MAX || claims->claimed[number])
		claims->good = false;
	else
		claims->claimed[number] = true;
}

/*
 * No image leaves one end of a log's pipe alone, or the pipes of a start without its process, or anything
 * of an invalid service. What came of it would be a descriptor that is never closed.
 */
static bool tidy(const struct state_service *left)
{
	const struct service *service = &left->service;
	bool pipes = service->step_fd >= 0 || service->ready_fd >= 0;

	return (service->log_fd >= 0) == (service->log_write_fd >= 0) &&
	       (service->pid > 0 || !pipes) &&
	       (left->life.phase != PHASE_INVALID ||
		       (service->log_fd < 0 && service->cgroup_fd < 0 && service->events_fd < 0));
}

static void claim_service(void *context, const struct state_service *left)
{
	struct claims *claims = context;
	const struct service *service = &left->service;
	int index = service_set_find(&claims->supervisor->set, left->name);

	claim(claims, service->pidfd);
	claim(claims, service->step_fd);
	claim(claims, service->ready_fd);
	claim(claims, service->log_fd);
	claim(claims, service->log_write_fd);
	claim(claims, service->cgroup_fd);
	claim(claims, service->events_fd);
	/* Twice the same service would be twice its descriptors; and a process is one of ours. */
	if (index >= 0 && claims->seen[index])
		claims->good = false;
	if (index >= 0)
		claims->seen[index] = true;
	if (!tidy(left))
		claims->good = false;
	if (service->pid && (index < 0 || service->pid != FUZZ_PID_FIRST + index))
		claims->good = false;
}

/* True if the state is whole and its descriptors can be played; they are open then. */
static bool can_be_played(struct fuzz_node *node, const uint8_t *data, size_t size)
{
	struct claims claims = { .good = true, .supervisor = &node->supervisor };
	char *text = fuzz_bytes(data, size);
	struct state state;
	bool whole = state_read(text, size, &state, claim_service, &claims);

	free(text);
	if (!whole)
		return false;
	claim(&claims, state.control_fd);
	claim(&claims, state.notify_fd);
	claim(&claims, state.watchdog_fd);
	for (int i = 1; i < FUZZ_FDS_MAX && claims.good; i++)
		node->open[i] = claims.claimed[i];
	return claims.good;
}

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("state", 0);

	expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return fd;
}

static void look_at_lines(const struct supervisor *supervisor)
{
	char *line = malloc(PROTOCOL_LINE_MAX);

	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		expect(line_service(line, supervisor, i) <= PROTOCOL_LINE_MAX);
		expect(line_times(line, supervisor, i) <= PROTOCOL_LINE_MAX);
	}
	expect(line_node(line, supervisor) <= PROTOCOL_LINE_MAX);
	free(line);
}

static void go_on(struct fuzz_node *node)
{
	uint32_t count = node->supervisor.set.count;

	for (uint32_t i = 0; i < count; i++) {
		fuzz_node_write(node, i, "words\n", 6);
		fuzz_node_exec(node, i, STEP_NONE);
		fuzz_node_ready(node, i);
	}
	(void)fuzz_node_turn(node, 1000, &count);
	fuzz_node_check(node);
	look_at_lines(&node->supervisor);
	for (uint32_t i = 0; i < count; i++) {
		fuzz_node_exit(node, i, (int)i << 8, i % 2);
		fuzz_node_empty(node, i);
	}
	(void)fuzz_node_turn(node, 60 * 1000, &count);
	services_stop_all(&node->supervisor);
	(void)fuzz_node_turn(node, 1000, &count);
	fuzz_node_check(node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_node node;
	static struct control control;
	static struct health health;
	struct image image = {
		.supervisor = &node.supervisor,
		.control = &control,
		.power = &node.power,
		.health = &health,
		.notify_fd = -1,
	};

	control.fd = health.watchdog_fd = -1;
	fuzz_node_begin(&node);
	if (size > 0 && can_be_played(&node, data, size)) {
		expect(image_resume(&image, file_of(data, size)));
		fuzz_node_check(&node);
		go_on(&node);
		if (control.fd >= 0)
			fuzz_close(control.fd);
		if (image.notify_fd >= 0)
			fuzz_close(image.notify_fd);
		if (health.watchdog_fd >= 0)
			fuzz_close(health.watchdog_fd);
	}
	fuzz_node_end(&node);
	return 0;
}
