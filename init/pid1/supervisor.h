/* SPDX-License-Identifier: MIT */
/*
 * What PID 1 knows about this node and its services: the structure that its parts read and change. load.h fills it
 * and takes all memory; after that, nothing allocates. What happens to a service is in service_event.h,
 * service_watch.h and services.h.
 */
#ifndef PID1_SUPERVISOR_H
#define PID1_SUPERVISOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "basics/cmdline.h"
#include "boot_reason.h"
#include "cgroup.h"
#include "changes.h"
#include "graph.h"
#include "loop.h"
#include "ring.h"
#include "service/set.h"
#include "spawn.h"

enum {
	STATUS_MAX = 128, /* bytes kept of a service's sd_notify STATUS=, NUL included */
	LOG_READERS_MAX = 4, /* who can follow all logs at once (answer.h) */
};

/* What obituary.h still has to say about a death, as things were when it happened. */
struct obituary_due {
	const char *and_then; /* NULL: nothing is due */
	enum phase phase; /* what came of it */
	uint64_t delay_us; /* PHASE_BACKOFF: until the next start */
};

/* What a service has at run time besides its life (core.h). Descriptors are -1 when closed. */
struct service {
	pid_t pid; /* of the main process; 0: none */
	int pidfd;
	int step_fd; /* read ends of its pipes */
	int ready_fd;
	int log_fd;
	int log_write_fd; /* kept open, so that the pipe outlives the process */
	int cgroup_fd;
	bool cgroup_killed; /* cgroup.kill was, or may have been, written: see prepare() */
	int events_fd; /* cgroup.events, while what the main process left is on its way out */
	struct ring log;
	uint64_t log_from[LOG_READERS_MAX]; /* each one's position in the ring */
	uint64_t kmsg_from; /* log = kmsg: position in the ring of the next line to hand on */
	uint64_t oom_kills; /* of its cgroup, at its last death */
	struct step_report report; /* of the child under way */
	const char *left_out_by; /* skipped: "svc.skip" or "svc.only"; NULL: its own condition */
	struct obituary_due obituary; /* its last death, not told yet */
	uint64_t said_us; /* when its last death was written to the kernel log */
	uint32_t unsaid; /* deaths since then that were not */
	bool carried; /* a rescan left it as it was */
	bool doomed; /* a rescan is to replace or remove it, once it has stopped */
	bool resume; /* doomed: no person stopped it, so it goes on afterwards */
	pid_t killer; /* the child that kills each of its processes (process_kill_each()); 0: none */
	bool trim_due; /* there are cgroups below its own left to remove */
	bool reloading; /* it said RELOADING=1 and has not said READY=1 since */
	uint64_t first_start_us; /* of this boot, for the boot chart; 0: not yet */
	uint64_t first_exec_us;
	uint64_t first_ready_us; /* ready, or done */
	char status[STATUS_MAX];
};

/* One that has nothing open yet. */
#define SERVICE_CLOSED                                                                             \
	(struct service)                                                                           \
	{                                                                                          \
		.pidfd = -1, .step_fd = -1, .ready_fd = -1, .log_fd = -1, .log_write_fd = -1,      \
		.cgroup_fd = -1, .events_fd = -1                                                   \
	}

struct supervisor {
	struct service_set set;
	struct graph graph;
	struct life *lives;
	struct service *services; /* one for each entry of the set */
	struct cgroups cgroups;
	struct changes *changes;
	int epoll_fd;
	uint64_t now_us; /* when this turn of the loop began */
	uint64_t begun_us; /* when PID 1 began */
	uint64_t ready_us; /* when the node was ready first; 0: not yet */
	uint64_t mounted_us; /* when the node's file systems were there, its services read */
	uint64_t loaded_us;
	enum boot_reason boot_reason;
	uint64_t crashed_us; /* when an image of PID 1 crashed last; 0: none did */
	uint32_t reexecs; /* images before this one */
	uint64_t clients_refused; /* connections turned away for want of a slot */
	uint64_t messages_dropped; /* sd_notify: too long, or from no service's cgroup */
	bool reexec_asked; /* svctl reexec: at the end of this turn */
	enum node_state state;
	bool orphans; /* SIGCHLD came, or the last turn did not reap them all */
	bool trim_due; /* some service's trim_due is set */
	bool words_due; /* some service has an obituary due */
	bool unsettled; /* something ended during the last settle, or there was more to start */
	uint32_t started; /* during this settle */
	uint64_t log_changes; /* grows with all that may give those who follow all logs news */
	bool log_reader[LOG_READERS_MAX]; /* which of the places are taken */
	uint32_t random; /* state of the jitter's generator */
	bool rescanning; /* rescan.h: `next` waits for what is doomed to stop */
	struct service_set next;
	uint16_t *moved; /* rescan.h */
	char cmdline[CMDLINE_MAX];
};

/* The file of the service of that index. */
static inline const struct service_config *config_of(
	const struct supervisor *supervisor, uint32_t index)
{
	return &supervisor->set.entries[index].config;
}

#endif
