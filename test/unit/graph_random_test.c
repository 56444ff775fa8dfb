/* SPDX-License-Identifier: MIT */
/*
 * Core and graph under random services, random events and random orders: what must never happen does
 * not, and whatever went before, a node that is left in peace comes up, and goes down when told to. A
 * failure names the seed; the same seed makes the same run.
 */
#include "random_services.h"

#include <stdlib.h>

enum { SEEDS = 400, MOVES = 1200, PEACE_EVERY = 150, PEACE_MAX = 2000 };

struct run {
	struct node node;
	uint32_t seed;
	uint32_t random;
	struct life before; /* of the service that an event is applied to */
};

#define MUST(run, condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("seed %u, event %llu: %s", (run)->seed,                           \
				(unsigned long long)(run)->node.events, #condition);               \
	} while (0)

static uint32_t draw(struct run *run, uint32_t below)
{
	return random_draw(&run->random, below);
}

static const struct service_entry *entry(const struct run *run, uint32_t index)
{
	return &run->node.set.entries[index];
}

static enum phase phase(const struct run *run, uint32_t index)
{
	return run->node.lives[index].phase;
}

/* ---- what must hold ---- */

/* The rules once more, as slow and plain as they come. */
static bool met(const struct run *run, uint32_t need)
{
	bool task = entry(run, need)->config.type == SERVICE_TASK;

	return phase(run, need) == (task ? PHASE_DONE : PHASE_READY);
}

static bool will_not_come(const struct run *run, uint32_t index)
{
	const struct service_entry *e = entry(run, index);

	if (phase(run, index) >= PHASE_DONE) /* met, but about to be stopped, counts as well */
		return !met(run, index) || run->node.graph.asks[index] != ASK_NOTHING;
	if (phase(run, index) != PHASE_WAITING)
		return false;
	for (uint16_t k = 0; k < e->needs_count; k++) {
		if (will_not_come(run, e->needs[k]))
			return true;
	}
	return false;
}

static bool in_first_try(const struct run *run, uint32_t index)
{
	return phase(run, index) <= PHASE_RUNNING && run->node.lives[index].restarts == 0 &&
	       !will_not_come(run, index);
}

static void check_spawn(struct run *run, uint32_t index, enum event event)
{
	const struct service_entry *e = entry(run, index);

	MUST(run, event == EVENT_GO);
	MUST(run, run->before.phase == PHASE_WAITING);
	MUST(run, !run->node.played[index].process);
	MUST(run, !run->node.played[index].left);
	MUST(run, !run->node.graph.stopping);
	MUST(run, !e->invalid);
	for (uint16_t k = 0; k < e->needs_count; k++) {
		MUST(run, met(run, e->needs[k]));
		MUST(run, run->node.graph.asks[e->needs[k]] == ASK_NOTHING);
	}
	for (uint16_t k = 0; k < e->after_count; k++)
		MUST(run, !in_first_try(run, e->after[k]));
}

static void check_backoff(struct run *run, uint32_t index)
{
	const struct service_config *config = &entry(run, index)->config;
	const struct life *life = &run->node.lives[index];
	uint64_t delay_us = life->deadline_us - run->node.now_us;
	uint64_t least_us = (uint64_t)config->backoff_first_ms * 750;
	uint64_t most_us = (uint64_t)config->backoff_longest_ms * 1000;

	if (life->death.step != STEP_NONE) {
		least_us = least_us > START_FAILED_DELAY_US ? least_us : START_FAILED_DELAY_US;
		most_us = most_us > START_FAILED_DELAY_US ? most_us : START_FAILED_DELAY_US;
	}
	MUST(run, delay_us > 0);
	MUST(run, delay_us >= least_us);
	MUST(run, delay_us <= most_us);
	MUST(run, config->restart != RESTART_NEVER);
}

static void check_deadline(struct run *run, uint32_t index)
{
	const struct life *life = &run->node.lives[index];

	/* The deadline of a start goes on when exec succeeded, and may be due by then. */
	MUST(run, life->phase == PHASE_RUNNING || life->deadline_us >= run->node.now_us);
	switch (life->phase) {
	case PHASE_TERMINATING:
	case PHASE_KILLING:
	case PHASE_CLEARING:
	case PHASE_BACKOFF:
		MUST(run, life->deadline_us != TIME_NEVER);
		break;
	case PHASE_STARTING:
	case PHASE_RUNNING:
	case PHASE_READY:
		break;
	default:
		MUST(run, life->deadline_us == TIME_NEVER);
		break;
	}
}

static void before(struct node *node, uint32_t index, enum event event)
{
	struct run *run = node->context;

	run->before = node->lives[index];
	if (event != EVENT_STOP)
		return;
	for (uint32_t i = 0; i < node->set.count; i++) {
		for (uint16_t k = 0; k < entry(run, i)->needs_count; k++) {
			if (entry(run, i)->needs[k] == index)
				MUST(run, !phase_alive(phase(run, i)));
		}
	}
}

static void after(struct node *node, uint32_t index, enum event event, unsigned actions)
{
	struct run *run = node->context;
	const struct played *played = &node->played[index];

	if (actions & ACTION_SPAWN)
		check_spawn(run, index, event);
	if (actions & ACTION_TERMINATE)
		MUST(run, played->process && run->before.phase < PHASE_TERMINATING);
	if (actions & ACTION_KILL)
		MUST(run, played->process || played->left);
	if (phase(run, index) == PHASE_BACKOFF && run->before.phase != PHASE_BACKOFF)
		check_backoff(run, index);
	if (phase(run, index) != run->before.phase)
		check_deadline(run, index);
	MUST(run, entry(run, index)->invalid == (phase(run, index) == PHASE_INVALID));
}

static void check_all(struct run *run)
{
	for (uint32_t i = 0; i < run->node.set.count; i++) {
		const struct played *played = &run->node.played[i];

		MUST(run, phase_alive(phase(run, i)) == (played->process || played->left));
		MUST(run, played->process || phase(run, i) < PHASE_STARTING ||
				  phase(run, i) >= PHASE_CLEARING);
	}
}

/* ---- what happens ---- */

/* The main process ends; who stopped it can leave others behind as well. */
static void die(struct run *run, uint32_t index)
{
	static const struct death deaths[] = {
		{ .code = 0 },
		{ .code = 0 },
		{ .code = 1 },
		{ .code = -1, .signal = 9, .oom = true },
	};
	static const struct death before_exec[] = {
		{ .code = -1, .step = STEP_EXEC, .error = 2 },
		{ .code = -1, .step = STEP_CONDITION, .error = 2 },
		{ .code = -1, .signal = 9 },
	};
	const struct death *death = phase(run, index) == PHASE_STARTING
					    ? &before_exec[draw(run, COUNT(before_exec))]
					    : &deaths[draw(run, COUNT(deaths))];
	bool left = draw(run, 4) == 0;

	run->node.played[index].process = false;
	run->node.played[index].left = left;
	node_event(&run->node, index, left ? EVENT_EXITED_LEFT : EVENT_EXITED, death);
}

static void empty(struct run *run, uint32_t index)
{
	run->node.played[index].left = false;
	node_event(&run->node, index, EVENT_EMPTY, NULL);
}

static void pass_deadlines(struct run *run)
{
	for (uint32_t i = 0; i < run->node.set.count; i++) {
		if (run->node.lives[i].deadline_us <= run->node.now_us)
			node_event(&run->node, i, EVENT_TIMEOUT, NULL);
	}
}

static void let_time_go_by(struct run *run)
{
	uint64_t deadline_us = graph_deadline(&run->node.graph);

	if (draw(run, 2) || deadline_us == TIME_NEVER)
		run->node.now_us += draw(run, 1000 * 1000);
	else if (deadline_us > run->node.now_us)
		run->node.now_us = deadline_us;
	pass_deadlines(run);
}

static void something_of_a_process(struct run *run, uint32_t index)
{
	static const enum event events[] = { EVENT_EXEC_OK, EVENT_EXEC_OK, EVENT_READY, EVENT_ALIVE,
		EVENT_EMPTY };

	if (run->node.played[index].left)
		empty(run, index);
	else if (run->node.played[index].process && draw(run, 3) == 0)
		die(run, index);
	else
		node_event(&run->node, index, events[draw(run, COUNT(events))], NULL);
}

static void an_order(struct run *run, uint32_t index)
{
	const char *name = entry(run, index)->config.name;

	switch (draw(run, 3)) {
	case 0:
		node_start(&run->node, name);
		break;
	case 1:
		graph_stop(&run->node.graph, index);
		break;
	default: /* as service_restart() does */
		if (phase_alive(phase(run, index)))
			node_event(&run->node, index, EVENT_RESTART, NULL);
		else
			node_start(&run->node, name);
		break;
	}
}

static void move(struct run *run)
{
	uint32_t index = draw(run, run->node.set.count), what = draw(run, 20);

	run->node.random = draw(run, UINT32_MAX);
	if (what < 4)
		let_time_go_by(run);
	else if (what < 17)
		something_of_a_process(run, index);
	else if (what < 19)
		an_order(run, index);
	else if (draw(run, 2))
		run->node.played[index].skipped = draw(run, 4) == 0;
	else
		run->node.played[index].fails = draw(run, 4) == 0 ? STEP_FORK : STEP_NONE;
	if (draw(run, 2))
		node_settle_once(&run->node);
	else
		node_settle(&run->node);
	check_all(run);
	run->node.record[0] = '\0';
}

/* ---- peace ---- */

/* What a well-behaved service does next; also one that is told to stop. */
static void behave(struct run *run, uint32_t index)
{
	static const struct death well = { .code = 0 };
	struct played *played = &run->node.played[index];

	played->fails = STEP_NONE;
	switch (phase(run, index)) {
	case PHASE_STARTING:
		node_event(&run->node, index, EVENT_EXEC_OK, NULL);
		break;
	case PHASE_RUNNING:
		if (entry(run, index)->config.type == SERVICE_DAEMON) {
			node_event(&run->node, index, EVENT_READY, NULL);
			break;
		}
		/* fall through */
	case PHASE_TERMINATING:
	case PHASE_KILLING:
		played->process = played->left = false;
		node_event(&run->node, index, EVENT_EXITED, &well);
		break;
	case PHASE_CLEARING:
		empty(run, index);
		break;
	case PHASE_BACKOFF:
		if (run->node.lives[index].deadline_us > run->node.now_us)
			run->node.now_us = run->node.lives[index].deadline_us;
		node_event(&run->node, index, EVENT_TIMEOUT, NULL);
		break;
	default:
		break;
	}
}

/* Everybody behaves until nothing happens any more. */
static void peace(struct run *run)
{
	uint64_t events;
	int rounds = 0;

	do {
		events = run->node.events;
		node_settle(&run->node);
		for (uint32_t i = 0; i < run->node.set.count; i++)
			behave(run, i);
		check_all(run);
		MUST(run, ++rounds < PEACE_MAX);
	} while (run->node.events != events);
	run->node.record[0] = '\0';
}

/* Nobody is on the way, and who waits does so for a need that will not come, and says which. */
static void check_rest(struct run *run)
{
	for (uint32_t i = 0; i < run->node.set.count; i++) {
		bool after_only;
		int blocker = graph_blocker(&run->node.graph, i, &after_only);

		MUST(run, run->node.graph.asks[i] == ASK_NOTHING);
		MUST(run, phase(run, i) != PHASE_BACKOFF);
		MUST(run, !phase_alive(phase(run, i)) || phase(run, i) == PHASE_READY);
		MUST(run, (phase(run, i) == PHASE_WAITING) == (blocker >= 0));
		if (blocker >= 0) {
			MUST(run, !after_only);
			MUST(run, !met(run, (uint32_t)blocker));
			MUST(run, will_not_come(run, i));
		}
	}
	MUST(run, graph_node_state(&run->node.graph) != NODE_BOOTING);
}

/* One is stopped, with all that stands on it, and started again: all is as it was. */
static void check_stop_and_start(struct run *run)
{
	uint32_t index = draw(run, run->node.set.count);
	enum phase phases[RANDOM_SERVICES_MAX] = { PHASE_WAITING };

	for (uint32_t i = 0; i < run->node.set.count; i++) {
		run->node.played[i].skipped = phase(run, i) == PHASE_SKIPPED;
		phases[i] = phase(run, i);
	}
	graph_stop(&run->node.graph, index);
	peace(run);
	if (phases[index] == PHASE_INVALID)
		MUST(run, phase(run, index) == PHASE_INVALID);
	else
		MUST(run, phase(run, index) == PHASE_STOPPED);
	for (uint32_t i = 0; i < run->node.set.count; i++) {
		for (uint16_t k = 0; k < entry(run, i)->needs_count; k++)
			MUST(run, phase(run, i) != PHASE_READY ||
					  met(run, entry(run, i)->needs[k]) ||
					  phases[entry(run, i)->needs[k]] != PHASE_READY);
	}
	node_start(&run->node, entry(run, index)->config.name);
	peace(run);
	for (uint32_t i = 0; i < run->node.set.count; i++)
		MUST(run, phases[i] != PHASE_READY || phase(run, i) == PHASE_READY ||
				  will_not_come(run, i));
}

static void go_down(struct run *run)
{
	int rounds = 0;

	graph_stop_all(&run->node.graph);
	while (!graph_all_down(&run->node.graph)) {
		node_settle(&run->node);
		for (uint32_t i = 0; i < run->node.set.count; i++) {
			if (run->node.played[i].left)
				empty(run, i);
			else if (run->node.played[i].process && draw(run, 2))
				die(run, i);
		}
		let_time_go_by(run);
		check_all(run);
		MUST(run, ++rounds < PEACE_MAX);
	}
	MUST(run, graph_node_state(&run->node.graph) == NODE_STOPPING);
}

/* ---- the tests ---- */

static uint64_t allocations; /* by our own code; the linker is told to call these instead */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	allocations++;
	return __real_realloc(memory, size);
}

static uint64_t play(struct run *run, uint32_t seed)
{
	uint64_t before_count, events;

	*run = (struct run){ .seed = seed, .random = seed * UINT32_C(2654435761) | 1 };
	random_node_begin(&run->node, &run->random);
	run->node.before = before;
	run->node.after = after;
	run->node.context = run;
	before_count = allocations;
	for (int i = 1; i <= MOVES; i++) {
		move(run);
		if (i % PEACE_EVERY == 0) {
			peace(run);
			check_rest(run);
			check_stop_and_start(run);
		}
	}
	go_down(run);
	MUST(run, allocations == before_count);
	events = run->node.events;
	node_end(&run->node);
	return events;
}

static void whatever_happens_the_rules_hold(void **state)
{
	uint64_t events = 0;

	for (uint32_t seed = 1; seed <= SEEDS; seed++)
		events += play(*state, seed);
	print_message("%llu events\n", (unsigned long long)events);
	assert_true(allocations > 0); /* they are counted */
	assert_true(events > 200 * 1000);
}

static int make_run(void **state)
{
	*state = calloc(1, sizeof(struct run));
	return *state ? 0 : -1;
}

static int free_run(void **state)
{
	struct run *run = *state;

	node_end(&run->node);
	free(run);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			whatever_happens_the_rules_hold, make_run, free_run),
	};

	return RUN("graph: random", tests);
}
