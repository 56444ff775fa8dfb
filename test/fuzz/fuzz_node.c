/* SPDX-License-Identifier: MIT */
/* The node and its files. What it runs on is in fuzz_system.c. */
#include "fuzz_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "fuzz_system.h"
#include "pid1/load.h"
#include "pid1/rescan.h"
#include "pid1/service_watch.h"
#include "pid1/services.h"
#include "service/directory.h"
#include "service/link.h"
#include "service/program.h"

#define START_US UINT64_C(90000000)

struct file {
	const char *name;
	const char *text;
	unsigned variants; /* bit 1u << V: it is there in that variant of /etc/svc */
};

#define ALL     0xffu
#define BUT(v)  (ALL & ~(1u << (v)))
#define ONLY(v) (1u << (v))

static const struct file files[] = {
	{ "a-task", "exec = /bin/a\ntype = task\nneeds = net\nrestart = on-failure\n", BUT(1) },
	{ "bad", "exec = /bin/bad\nneeds = nobody\n", ALL },
	{ "broken", "exec\n", BUT(2) },
	{ "cond", "exec = /bin/cond\nwhen = cmdline:x=1\nlimit = 2/10s\nlog = null\n", BUT(3) },
	{ "job", "exec = /bin/job\ntype = task\nafter = web\nlog = kmsg\nlog-size = 1K\n", ALL },
	{ "late", "exec = /bin/late\nneeds = web net\nessential = yes\nbackoff = 0\n", BUT(4) },
	{ "net", "exec = /bin/net\nready = notify\nwatchdog = 10s\nessential = yes\n", BUT(5) },
	{ "net", "exec = /bin/net -x\nready = notify\nstop-timeout = 1h\n", ONLY(5) },
	{ "web", "exec = /bin/web\nready = fd:3\nneeds = net\nlimit = 3/1m\n", BUT(6) },
	{ "web", "exec = /bin/web\nneeds = web2\n", ONLY(6) },
	{ "web2", "exec = /bin/web2\nafter = web\nstart-timeout = 0\n", ONLY(6) | ONLY(7) },
};

struct fuzz_node *fuzz_node;

/* Each variant's set, read once: reading files is for the targets `service_file` and `service_set`. */
static struct service_set sets[FUZZ_VARIANTS];

static void read_files(
	struct service_set *set, unsigned variant, const struct service_report *report)
{
	for (size_t i = 0; i < COUNT(files); i++)
		if (files[i].variants >> variant & 1)
			expect(service_set_add(set, files[i].name, files[i].text,
				       strlen(files[i].text), report) == 0);
	expect(service_set_link(set, NULL, report) == 0);
}

/* Stands in for service_directory.c: a rescan finds the files of the variant that was chosen. */
int service_set_load(struct service_set *set, const char *directory, const char *const *roots,
	const struct service_report *report)
{
	struct service_set *read = &sets[fuzz_node->variant];

	(void)directory;
	expect(!roots);
	if (!read->entries)
		read_files(read, fuzz_node->variant, report);
	*set = *read;
	return 0;
}

void __real_service_set_free(struct service_set *set);
void __wrap_service_set_free(struct service_set *set);
void __wrap_service_set_free(struct service_set *set)
{
	for (size_t i = 0; i < FUZZ_VARIANTS; i++)
		if (set->entries == sets[i].entries)
			*set = (struct service_set){ .count = 0 };
	__real_service_set_free(set);
}

/* Stands in for service_program.c: every program is there. */
void service_check_program(struct service_entry *entry, const char *const *roots, bool may_come,
	const struct service_report *report)
{
	(void)entry;
	(void)roots;
	(void)may_come;
	(void)report;
}

void fuzz_node_begin(struct fuzz_node *node)
{
	struct supervisor *supervisor = &node->supervisor;

	memset(node, 0, sizeof(*node));
	fuzz_node = node;
	supervisor->now_us = supervisor->begun_us = START_US;
	supervisor->random = 1;
	supervisor->cgroups.fd = fuzz_open();
	strcpy(supervisor->cmdline, "console=ttyAMA0 svc.skip=broken");
	expect(services_load(supervisor, SERVICE_DIRECTORY, false) == 0);
	expect(supervisor->set.count <= FUZZ_SERVICES_MAX);
}

void fuzz_node_end(struct fuzz_node *node)
{
	struct supervisor *supervisor = &node->supervisor;

	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		struct service *service = &supervisor->services[i];
		int fds[] = { service->pidfd, service->step_fd, service->ready_fd, service->log_fd,
			service->log_write_fd, service->cgroup_fd, service->events_fd };

		for (size_t k = 0; k < COUNT(fds); k++)
			if (fds[k] >= 0)
				fuzz_close(fds[k]);
		load_release_service(&supervisor->lives[i], service);
	}
	fuzz_close(supervisor->cgroups.fd);
	for (size_t i = 0; i < FUZZ_FDS_MAX; i++)
		expect(!node->open[i]);
	load_release(supervisor);
	service_set_free(&supervisor->next);
	free(supervisor->changes);
	free(supervisor->moved);
	fuzz_node = NULL;
}

bool fuzz_node_turn(struct fuzz_node *node, uint64_t ms, uint32_t *count)
{
	struct supervisor *supervisor = &node->supervisor;
	bool moved;

	supervisor->now_us += ms * 1000;
	*count = supervisor->set.count;
	services_settle(supervisor);
	moved = rescan_turn(supervisor);
	expect(supervisor->set.count <= FUZZ_SERVICES_MAX);
	/* The scripts are of services that have other numbers now. */
	if (moved)
		memset(node->script, 0, sizeof(node->script));
	power_turn(&node->power, supervisor);
	return moved;
}

void fuzz_node_exec(struct fuzz_node *node, uint32_t index, enum step failed)
{
	struct fuzz_script *script = &node->script[index];

	script->exec_ended = true;
	script->report = (struct step_report){ .step = failed, .error = failed ? 2 : 0 };
	service_handle(&node->supervisor, SOURCE_STEP, index);
	script->exec_ended = false;
}

void fuzz_node_ready(struct fuzz_node *node, uint32_t index)
{
	struct fuzz_script *script = &node->script[index];

	/* It can only speak because exec succeeded. */
	script->says_ready = script->exec_ended = true;
	script->report.step = STEP_NONE;
	service_handle(&node->supervisor, SOURCE_READY, index);
	script->says_ready = script->exec_ended = false;
}

void fuzz_node_exit(struct fuzz_node *node, uint32_t index, int status, bool left)
{
	struct fuzz_script *script = &node->script[index];

	if (node->supervisor.services[index].pid <= 0)
		return;
	script->exited = script->exec_ended = true;
	script->status = status;
	script->left = left;
	if (index & 1) /* both ways it may come to light */
		services_reap(&node->supervisor);
	else
		service_handle(&node->supervisor, SOURCE_PROCESS, index);
	expect(!script->exited);
	script->exec_ended = false;
}

void fuzz_node_empty(struct fuzz_node *node, uint32_t index)
{
	node->script[index].left = false;
	/* While the main process lives its cgroup is not empty. */
	if (node->supervisor.services[index].pid <= 0)
		service_handle(&node->supervisor, SOURCE_CGROUP, index);
}

void fuzz_node_write(struct fuzz_node *node, uint32_t index, const char *text, size_t length)
{
	struct fuzz_script *script = &node->script[index];

	script->output = text;
	script->output_length = length;
	service_handle(&node->supervisor, SOURCE_LOG, index);
	script->output_length = 0;
}

void fuzz_node_check(const struct fuzz_node *node)
{
	const struct supervisor *supervisor = &node->supervisor;

	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		const struct service *service = &supervisor->services[i];
		enum phase phase = supervisor->lives[i].phase;
		bool process = phase_alive(phase) && phase != PHASE_CLEARING;

		expect((service->pid > 0) == process);
		expect((service->pidfd >= 0) == process);
		expect((phase == PHASE_INVALID) == supervisor->set.entries[i].invalid);
		expect(memchr(service->status, '\0', sizeof(service->status)));
	}
}
