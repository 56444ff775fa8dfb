/* SPDX-License-Identifier: MIT */
/*
 * What one image of PID 1 leaves for the next. Whatever is accepted keeps its bounds, and when it is taken
 * over, saved and read again, it is the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "pid1/state.h"

enum { TAKEN_MAX = 64 };

/* What was read: the services, with logs of their own. */
struct taken {
	struct state state;
	struct state_service services[TAKEN_MAX];
	uint32_t count;
};

/* No target of ours looks at the clock; line.c does, for lines that are not of the state. */
uint64_t loop_now_us(void)
{
	return 0;
}

static void look_at_fd(int fd)
{
	expect(fd == -1 || fd >= 3);
}

static void look_at_service(const struct state_service *left)
{
	const struct service *service = &left->service;
	const struct life *life = &left->life;

	expect(service_name_valid(left->name));
	expect(life->phase < PHASE_COUNT);
	expect(!life->deaths_us && !service->log.bytes);
	expect(life->death.code >= -1 && life->death.code <= 255);
	expect(life->death.signal >= 0 && life->death.signal <= 64);
	expect(life->death.step < STEP_COUNT);
	expect(life->cause <= CAUSE_WATCHDOG && life->death.cause <= CAUSE_WATCHDOG);
	expect(left->ask >= ASK_NOTHING && left->ask <= ASK_STEP_DOWN);
	expect(memchr(service->status, '\0', sizeof(service->status)));
	expect(service->pid >= 0 && (service->pid > 0) == (service->pidfd >= 0));
	expect(left->log_bytes <= SERVICE_LOG_MAX);
	look_at_fd(service->pidfd);
	look_at_fd(service->step_fd);
	look_at_fd(service->ready_fd);
	look_at_fd(service->log_fd);
	look_at_fd(service->log_write_fd);
	look_at_fd(service->cgroup_fd);
	look_at_fd(service->events_fd);
}

static void take(void *context, const struct state_service *left)
{
	struct taken *taken = context;

	look_at_service(left);
	if (taken->count == TAKEN_MAX)
		return;
	taken->services[taken->count] = *left;
	taken->services[taken->count++].log = fuzz_bytes(left->log, left->log_bytes);
}

static bool read_state(struct taken *taken, const char *text, size_t length)
{
	char *copy = fuzz_bytes(text, length);
	bool whole;

	taken->count = 0;
	whole = state_read(copy, length, &taken->state, take, taken);
	free(copy);
	return whole;
}

static void release(struct taken *taken)
{
	for (uint32_t i = 0; i < taken->count; i++)
		free((char *)taken->services[i].log);
}

/* A supervisor that has taken the services over, each ring as large as what was in it. */
static void take_over(struct supervisor *supervisor, const struct taken *taken)
{
	supervisor->set.count = taken->count;
	for (uint32_t i = 0; i < taken->count; i++) {
		const struct state_service *left = &taken->services[i];
		struct service_entry *entry = &supervisor->set.entries[i];
		struct service *service = &supervisor->services[i];
		uint32_t size = left->log_bytes ? (uint32_t)left->log_bytes : 1;

		memcpy(entry->config.name, left->name, sizeof(left->name));
		entry->digest = left->digest;
		supervisor->lives[i] = left->life;
		supervisor->graph.asks[i] = (enum ask)left->ask;
		*service = left->service;
		ring_init(&service->log, malloc(size), size);
		service->log.end = left->service.log.end - left->log_bytes;
		ring_append(&service->log, left->log, left->log_bytes);
	}
}

/* Returns the text of what is saved, to be freed. */
static char *save(const struct taken *taken, size_t *length)
{
	static struct service_entry entries[TAKEN_MAX];
	static struct life lives[TAKEN_MAX];
	static struct service services[TAKEN_MAX];
	static enum ask asks[TAKEN_MAX];
	static struct supervisor supervisor;
	struct stat status;
	char *text;
	int fd;

	supervisor = (struct supervisor){
		.set.entries = entries,
		.lives = lives,
		.services = services,
		.graph.asks = asks,
	};
	take_over(&supervisor, taken);
	fd = state_save(&supervisor, &taken->state);
	expect(fd >= 0 && fstat(fd, &status) == 0);
	*length = (size_t)status.st_size;
	text = malloc(*length);
	expect(text && pread(fd, text, *length, 0) == status.st_size);
	close(fd);
	for (uint32_t i = 0; i < taken->count; i++)
		free(services[i].log.bytes);
	return text;
}

#define SAME(field) expect(one->field == other->field)

static void expect_same_state(const struct state *one, const struct state *other)
{
	SAME(begun_us);
	SAME(ready_us);
	SAME(crashed_us);
	SAME(reexecs);
	SAME(booted);
	SAME(control_fd);
	SAME(notify_fd);
	SAME(watchdog_fd);
	SAME(mounted_us);
	SAME(loaded_us);
	SAME(power);
}

static void expect_same_life(const struct life *one, const struct life *other)
{
	SAME(phase);
	SAME(since_us);
	SAME(deadline_us);
	SAME(started_us);
	SAME(up_us);
	SAME(restarts);
	SAME(delay_ms);
	SAME(again);
	SAME(cause);
	SAME(death.happened);
	SAME(death.oom);
	SAME(death.code);
	SAME(death.signal);
	SAME(death.step);
	SAME(death.error);
	SAME(death.cause);
}

static void expect_same_run(const struct service *one, const struct service *other)
{
	SAME(pid);
	SAME(pidfd);
	SAME(step_fd);
	SAME(ready_fd);
	SAME(log_fd);
	SAME(log_write_fd);
	SAME(cgroup_fd);
	SAME(events_fd);
	SAME(cgroup_killed);
	SAME(report.step);
	SAME(report.error);
	SAME(oom_kills);
	SAME(left_out_by);
	SAME(log.end);
	SAME(reloading);
	SAME(first_start_us);
	SAME(first_exec_us);
	SAME(first_ready_us);
	expect(strcmp(one->status, other->status) == 0);
}

static void expect_same(const struct state_service *one, const struct state_service *other)
{
	expect(strcmp(one->name, other->name) == 0);
	SAME(digest);
	SAME(ask);
	SAME(log_bytes);
	expect(memcmp(one->log, other->log, one->log_bytes) == 0);
	expect_same_life(&one->life, &other->life);
	expect_same_run(&one->service, &other->service);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct taken taken, again;
	size_t length;
	char *text;

	if (read_state(&taken, (const char *)data, size) && taken.count < TAKEN_MAX) {
		text = save(&taken, &length);
		expect(read_state(&again, text, length));
		expect_same_state(&taken.state, &again.state);
		expect(taken.count == again.count);
		for (uint32_t i = 0; i < taken.count; i++)
			expect_same(&taken.services[i], &again.services[i]);
		release(&again);
		free(text);
	}
	release(&taken);
	return 0;
}
