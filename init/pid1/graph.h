/* SPDX-License-Identifier: MIT */
/*
 * The services together: which may start, which must stop first, and the state of the node. Pure,
 * like core.h, and built on it: it reads the lives, and hands out the events that follow from them.
 *
 * Rules: a service starts when everything it needs is ready (a task: done) and everything it
 * comes after has been tried. It stops when all services that need it or come after it, and are to
 * stop as well, are down. A service whose need is being stopped goes down with it and waits, so
 * that it comes back when its need does; only a service that was named becomes `stopped`.
 */
#ifndef PID1_GRAPH_H
#define PID1_GRAPH_H

#include "core.h"
#include "service/set.h"

enum ask {
	ASK_NOTHING,
	ASK_STOP, /* to be stopped, in its turn */
	ASK_STEP_DOWN, /* something it needs is to be stopped: stop, then wait */
};

struct graph {
	const struct service_set *set;
	struct life *lives; /* one for each entry of the set */
	enum ask *asks; /* one for each entry */
	uint16_t *order; /* indexes, every service behind all it needs or comes after */
	bool *marks; /* scratch, one for each entry */
	bool booted; /* the node was ready once */
	bool overdue; /* booting has taken too long to go on being called that */
	bool stopping; /* the node goes down: nothing starts any more */
};

/* Called by graph_settle() for each event that is due; may call step() on that life at once. */
typedef void graph_emit(void *context, uint32_t index, enum event event);

/*
 * Prepares a graph whose `set`, `lives`, `asks` (all ASK_NOTHING), `order` and `marks` the caller has
 * set; the arrays have set->count elements and stay the caller's. The set must be linked.
 */
void graph_init(struct graph *graph);

/* Emits GO, STOP and RESTART for every service whose turn it is. Call it after any change. */
void graph_settle(struct graph *graph, graph_emit *emit, void *context);

/* A person asks: starts `index` and what it needs; stops it and takes down what needs it. */
void graph_start(struct graph *graph, uint32_t index, graph_emit *emit, void *context);
void graph_stop(struct graph *graph, uint32_t index);

/* The node goes down: everything stops in reverse order. */
void graph_stop_all(struct graph *graph);

/*
 * What a waiting service waits for: returns the index of the first such service, and sets *after to
 * whether the wait is for order only. -1: nothing (or it is not waiting).
 */
int graph_blocker(const struct graph *graph, uint32_t index, bool *after);

/* The node's state now; sets graph->booted when it is ready for the first time. */
enum node_state graph_node_state(struct graph *graph);

/* The first essential service that is neither ready nor done nor skipped, nor unneeded; -1 if there is none. */
int graph_missing(const struct graph *graph);

/* True when no service has a process any more. */
bool graph_all_down(const struct graph *graph);

/* The earliest deadline of any service, TIME_NEVER if there is none. */
uint64_t graph_deadline(const struct graph *graph);

/* Marks in graph->marks all that the marked services need, at any depth, in one pass. */
void graph_mark_needs(struct graph *graph);

#endif
