/* SPDX-License-Identifier: MIT */
/* Order among services. Every walk is one pass over the set in a fixed order: no recursion, no allocation. */
#include "graph.h"

#include <string.h>

static const struct service_entry *entry(const struct graph *graph, uint32_t index)
{
	return &graph->set->entries[index];
}

static enum phase phase(const struct graph *graph, uint32_t index)
{
	return graph->lives[index].phase;
}

static void clear_marks(const struct graph *graph)
{
	memset(graph->marks, 0, graph->set->count * sizeof(*graph->marks));
}

/* Whether all it needs or comes after is placed; `circles`: invalid ones count as placed. */
static bool may_be_placed(const struct graph *graph, uint32_t index, bool circles)
{
	const struct service_entry *e = entry(graph, index);

	for (uint16_t k = 0; k < e->needs_count; k++)
		if (!graph->marks[e->needs[k]] && !(circles && entry(graph, e->needs[k])->invalid))
			return false;
	for (uint16_t k = 0; k < e->after_count; k++)
		if (!graph->marks[e->after[k]] && !(circles && entry(graph, e->after[k])->invalid))
			return false;
	return true;
}

/* Kahn's algorithm without queues: rounds over the set, each placing what may be placed. */
static uint32_t place(struct graph *graph, uint32_t placed, bool circles)
{
	uint32_t before;

	do {
		before = placed;
		for (uint32_t i = 0; i < graph->set->count; i++) {
			if (graph->marks[i] || !may_be_placed(graph, i, circles))
				continue;
			graph->marks[i] = true;
			graph->order[placed++] = (uint16_t)i;
		}
	} while (placed != before);
	return placed;
}

static void sort(struct graph *graph)
{
	clear_marks(graph);
	/*
	 * Members of a circle are invalid and never start, so nothing is lost where they break the order.
	 * Services that only come after them do start, and need to be in order.
	 */
	place(graph, place(graph, 0, false), true);
}

void graph_init(struct graph *graph)
{
	graph->booted = graph->overdue = graph->stopping = false;
	sort(graph);
}

static bool satisfied(const struct graph *graph, uint32_t need)
{
	enum service_type type = entry(graph, need)->config.type;

	if (graph->asks[need] != ASK_NOTHING)
		return false;
	return phase(graph, need) == (type == SERVICE_TASK ? PHASE_DONE : PHASE_READY);
}

/* Whether a service has started, or failed to, so that those that only come after it may go. */
static bool had_its_try(const struct graph *graph, uint32_t other)
{
	/* With `backoff = 0` the next try begins in the same step that the first one ends in. */
	if (graph->lives[other].restarts > 0)
		return true;
	switch (phase(graph, other)) {
	case PHASE_WAITING:
	case PHASE_STARTING:
		return false;
	case PHASE_RUNNING: /* a task at work, or a daemon not ready yet */
		return false;
	default:
		return true;
	}
}

/*
 * Whether a waiting service waits for something that will not come by itself. Needs come earlier in
 * graph->order, so a walk in that order that keeps graph->marks finds whole chains.
 */
static bool hopeless(const struct graph *graph, uint32_t index)
{
	const struct service_entry *e = entry(graph, index);

	if (phase(graph, index) != PHASE_WAITING)
		return false;
	for (uint16_t k = 0; k < e->needs_count; k++) {
		uint32_t need = e->needs[k];

		if (graph->marks[need] ||
			(phase(graph, need) >= PHASE_DONE && !satisfied(graph, need)))
			return true;
	}
	return false;
}

static void mark_hopeless(const struct graph *graph)
{
	clear_marks(graph);
	for (uint32_t k = 0; k < graph->set->count; k++)
		graph->marks[graph->order[k]] = hopeless(graph, graph->order[k]);
}

/* graph->marks must say of every service that `index` comes after whether it is hopeless. */
static int blocker(const struct graph *graph, uint32_t index, bool *after)
{
	const struct service_entry *e = entry(graph, index);

	*after = false;
	for (uint16_t k = 0; k < e->needs_count; k++)
		if (!satisfied(graph, e->needs[k]))
			return e->needs[k];
	*after = true;
	for (uint16_t k = 0; k < e->after_count; k++)
		if (!had_its_try(graph, e->after[k]) && !graph->marks[e->after[k]])
			return e->after[k];
	return -1;
}

int graph_blocker(const struct graph *graph, uint32_t index, bool *after)
{
	if (phase(graph, index) != PHASE_WAITING)
		return -1;
	mark_hopeless(graph);
	return blocker(graph, index, after);
}

static void emit_starts(struct graph *graph, graph_emit *emit, void *context)
{
	bool after;

	/* One event can skip or fail a service at once, so hopelessness is found on the way. */
	clear_marks(graph);
	for (uint32_t k = 0; k < graph->set->count; k++) {
		uint32_t i = graph->order[k];

		graph->marks[i] = hopeless(graph, i);
		if (phase(graph, i) == PHASE_WAITING && graph->asks[i] == ASK_NOTHING &&
			blocker(graph, i, &after) < 0)
			emit(context, i, EVENT_GO);
	}
}

/*
 * Marks every service on which one that is going down still depends, also by way of others that are
 * already down: backwards through the order, a service comes before what it depends on.
 */
static void mark_held(struct graph *graph)
{
	clear_marks(graph);
	for (uint32_t k = graph->set->count; k-- > 0;) {
		uint32_t i = graph->order[k];
		const struct service_entry *e = entry(graph, i);
		bool goes_down =
			graph->asks[i] != ASK_NOTHING || phase(graph, i) >= PHASE_TERMINATING;

		if (!graph->marks[i] && !(phase_alive(phase(graph, i)) && goes_down))
			continue;
		for (uint16_t n = 0; n < e->needs_count; n++)
			graph->marks[e->needs[n]] = true;
		for (uint16_t n = 0; n < e->after_count; n++)
			graph->marks[e->after[n]] = true;
	}
}

static void emit_stops(struct graph *graph, graph_emit *emit, void *context)
{
	mark_held(graph);
	for (uint32_t i = 0; i < graph->set->count; i++) {
		enum ask ask = graph->asks[i];

		if (ask == ASK_NOTHING || graph->marks[i])
			continue;
		graph->asks[i] = ASK_NOTHING;
		if (ask == ASK_STOP)
			emit(context, i, EVENT_STOP);
		else if (phase_alive(phase(graph, i)))
			emit(context, i, EVENT_RESTART);
	}
}

void graph_settle(struct graph *graph, graph_emit *emit, void *context)
{
	emit_stops(graph, emit, context);
	if (!graph->stopping)
		emit_starts(graph, emit, context);
}

void graph_mark_needs(struct graph *graph)
{
	/* Backwards through the order every service comes before what it needs. */
	for (uint32_t k = graph->set->count; k-- > 0;) {
		const struct service_entry *e = entry(graph, graph->order[k]);

		if (!graph->marks[graph->order[k]])
			continue;
		for (uint16_t n = 0; n < e->needs_count; n++)
			graph->marks[e->needs[n]] = true;
	}
}

void graph_start(struct graph *graph, uint32_t index, graph_emit *emit, void *context)
{
	clear_marks(graph);
	graph->marks[index] = true;
	graph_mark_needs(graph);
	for (uint32_t i = 0; i < graph->set->count; i++) {
		if (!graph->marks[i])
			continue;
		/* A stop that has not begun is taken back; one that has is followed by a start. */
		graph->asks[i] = ASK_NOTHING;
		/* A task that is done is not run again for services that need it. */
		if (i == index || !satisfied(graph, i))
			emit(context, i, EVENT_START);
	}
}

/* A person is stopping it already; stepping down would make it come back. */
static bool stops_for_good(const struct graph *graph, uint32_t index)
{
	const struct life *life = &graph->lives[index];

	return life->phase >= PHASE_TERMINATING && life->cause == CAUSE_STOPPED && !life->again;
}

void graph_stop(struct graph *graph, uint32_t index)
{
	clear_marks(graph);
	graph->marks[index] = true;
	for (uint32_t k = 0; k < graph->set->count; k++) {
		uint32_t i = graph->order[k];
		const struct service_entry *e = entry(graph, i);

		for (uint16_t n = 0; n < e->needs_count; n++)
			if (graph->marks[e->needs[n]])
				graph->marks[i] = true;
		/* What is not alive waits already, or has ended. */
		if (graph->marks[i] && i != index && phase_alive(phase(graph, i)) &&
			graph->asks[i] == ASK_NOTHING && !stops_for_good(graph, i))
			graph->asks[i] = ASK_STEP_DOWN;
	}
	graph->asks[index] = ASK_STOP;
}

void graph_stop_all(struct graph *graph)
{
	graph->stopping = true;
	for (uint32_t i = 0; i < graph->set->count; i++) {
		enum phase p = phase(graph, i);

		/* What has ended goes on saying how. */
		if (phase_alive(p) || p == PHASE_WAITING || p == PHASE_BACKOFF)
			graph->asks[i] = ASK_STOP;
	}
}

static bool is_well(const struct graph *graph, uint32_t index)
{
	enum phase p = phase(graph, index);

	/* One that is only there on need may not be needed. */
	if (p == PHASE_STOPPED && entry(graph, index)->config.on_need)
		return true;
	return p == PHASE_READY || p == PHASE_DONE || p == PHASE_SKIPPED;
}

int graph_missing(const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->set->count; i++)
		if (entry(graph, i)->config.essential && !is_well(graph, i))
			return (int)i;
	return -1;
}

enum node_state graph_node_state(struct graph *graph)
{
	bool pending = false, bad = false;

	mark_hopeless(graph);
	for (uint32_t i = 0; i < graph->set->count; i++) {
		enum phase p = phase(graph, i);

		if (p == PHASE_FAILED || p == PHASE_INVALID)
			bad = true;
		if (p == PHASE_BACKOFF || phase_alive(p) || p == PHASE_WAITING)
			pending |= !is_well(graph, i) && !graph->marks[i];
	}
	if (graph->stopping)
		return NODE_STOPPING;
	if (bad)
		return NODE_DEGRADED;
	if (graph_missing(graph) >= 0 && (graph->booted || graph->overdue || !pending))
		return NODE_DEGRADED;
	if (pending && !graph->booted)
		return NODE_BOOTING;
	graph->booted = true;
	return NODE_READY;
}

bool graph_all_down(const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->set->count; i++)
		if (phase_alive(phase(graph, i)))
			return false;
	return true;
}

uint64_t graph_deadline(const struct graph *graph)
{
	uint64_t earliest_us = TIME_NEVER;

	for (uint32_t i = 0; i < graph->set->count; i++)
		if (graph->lives[i].deadline_us < earliest_us)
			earliest_us = graph->lives[i].deadline_us;
	return earliest_us;
}
