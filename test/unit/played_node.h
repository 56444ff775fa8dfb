/* SPDX-License-Identifier: MIT */
/*
 * For tests of the graph: a node whose services are made of text and whose processes the test plays. It
 * does what the supervisor does with the core and the graph, and keeps a record of it.
 */
#ifndef UNIT_PLAYED_NODE_H
#define UNIT_PLAYED_NODE_H

#include "pid1/graph.h"

#include "unit.h"

/* What there is of a service beside its life. */
struct played {
	bool process; /* its main process exists */
	bool left; /* processes of it exist beside the main one */
	bool skipped; /* its condition does not hold */
	enum step fails; /* the step at which PID 1 fails to start it; STEP_NONE: it does not */
};

struct node {
	struct service_set set;
	struct graph graph;
	struct life *lives;
	struct played *played;
	uint64_t now_us;
	uint32_t random;
	uint64_t events; /* that the core was handed */
	char record[4096]; /* of its actions: "+a" spawned, "-a" told to stop, "!a" killed */
	/* Called before each event and after it, if set. */
	void (*before)(struct node *node, uint32_t index, enum event event);
	void (*after)(struct node *node, uint32_t index, enum event event, unsigned actions);
	void *context;
};

/*
 * Makes a node of `count` pairs of a name and its file's text; an exec line is added to each. Free with
 * node_end(), which does no harm to one that is all zeros.
 */
void node_begin(struct node *node, const char *const (*files)[2], size_t count);
void node_end(struct node *node);

/* A test that begins with BEGIN(), and what it makes is freed behind it. */
#define NODE_TEST(test) cmocka_unit_test_setup_teardown(test, node_setup, node_teardown)
int node_setup(void **state);
int node_teardown(void **state);

/* BEGIN({ "name", "text" }, …): the node of this test. */
#define BEGIN(...)                                                                                 \
	static const char *const files[][2] = { __VA_ARGS__ };                                     \
	struct node *node = *state;                                                                \
	node_begin(node, files, COUNT(files))

uint32_t node_index(const struct node *node, const char *name);
struct life *node_life(struct node *node, const char *name);

/* Lets everything start and stop whose turn it is, as often as something comes of it. */
void node_settle(struct node *node);
void node_settle_once(struct node *node);

/* Hands the core one event. node_exit(): of the main process with that code; both settle afterwards. */
void node_event(struct node *node, uint32_t index, enum event event, const struct death *death);
void node_send(struct node *node, const char *name, enum event event);
void node_exit(struct node *node, const char *name, int code);

/* Programs run, daemons say that they are ready, tasks exit 0, until all is up that can be. */
void node_up(struct node *node);

/* The deadline of that service passes. */
void node_time_out(struct node *node, const char *name);

/* Orders of a person; they settle. */
void node_start(struct node *node, const char *name);
void node_stop(struct node *node, const char *name);
void node_stop_all(struct node *node);

/* "a=ready b=waiting", in the order of names. */
#define assert_states(node, states) assert_string_equal(node_states(node), states)
const char *node_states(const struct node *node);

/* What was done since the last time, in order: "+a +b -b". */
#define assert_did(node, actions) assert_string_equal(node_did(node), actions)
const char *node_did(struct node *node);

/* "b" or "after:b" if `name` waits for b, else "". */
#define assert_blocker(node, name, blocker) assert_string_equal(node_blocker(node, name), blocker)
const char *node_blocker(const struct node *node, const char *name);

#endif
