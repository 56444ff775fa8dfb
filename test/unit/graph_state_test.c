/* SPDX-License-Identifier: MIT */
/* How the node is, and the other questions that are asked of all services together. */
#include "played_node.h"

#define assert_node(node, state) assert_int_equal(graph_node_state(&(node)->graph), NODE_##state)

static void a_node_boots_until_all_that_should_run_is_up(void **state)
{
	BEGIN({ "a", "ready = notify\n" }, { "skipped", "" }, { "t", "type = task\nneeds = a\n" });

	node->played[node_index(node, "skipped")].skipped = true;
	assert_node(node, BOOTING);
	node_settle(node);
	assert_node(node, BOOTING);
	node_send(node, "a", EVENT_EXEC_OK);
	node_send(node, "a", EVENT_READY);
	node_send(node, "t", EVENT_EXEC_OK);
	assert_states(node, "a=ready skipped=skipped t=running");
	assert_node(node, BOOTING);
	assert_false(node->graph.booted);
	node_exit(node, "t", 0);
	assert_node(node, READY);
	assert_true(node->graph.booted);
}

static void a_crash_on_the_way_up_is_part_of_booting(void **state)
{
	BEGIN({ "a", "ready = notify\nessential = yes\n" }, { "b", "needs = a\n" });

	node_settle(node);
	node_send(node, "a", EVENT_EXEC_OK);
	node_exit(node, "a", 1);
	assert_node(node, BOOTING);
	node_time_out(node, "a");
	node_up(node);
	assert_node(node, READY);
}

static void a_failed_service_degrades_the_node(void **state)
{
	BEGIN({ "a", "" }, { "b", "ready = notify\n" }, { "t", "type = task\n" });

	node_settle(node);
	node_send(node, "t", EVENT_EXEC_OK);
	node_exit(node, "t", 1);
	assert_node(node, DEGRADED);
	node_up(node);
	assert_states(node, "a=ready b=ready t=failed");
	assert_node(node, DEGRADED);
}

static void an_invalid_service_degrades_the_node(void **state)
{
	BEGIN({ "a", "" }, { "bad", "exce = /bin/true\n" });

	node_up(node);
	assert_node(node, DEGRADED);
}

static void a_failed_service_that_is_mended_degrades_no_more(void **state)
{
	BEGIN({ "a", "" }, { "t", "type = task\n" });

	node_settle(node);
	node_send(node, "a", EVENT_EXEC_OK);
	node_send(node, "t", EVENT_EXEC_OK);
	node_exit(node, "t", 1);
	assert_node(node, DEGRADED);
	node_start(node, "t");
	node_up(node);
	assert_node(node, READY);
}

static void a_failed_service_that_is_stopped_degrades_no_more(void **state)
{
	BEGIN({ "a", "" }, { "t", "type = task\n" });

	node_settle(node);
	node_send(node, "a", EVENT_EXEC_OK);
	node_send(node, "t", EVENT_EXEC_OK);
	node_exit(node, "t", 1);
	node_stop(node, "t");
	assert_node(node, READY);
}

static void an_essential_service_that_dies_degrades_the_node_until_it_is_back(void **state)
{
	BEGIN({ "a", "essential = yes\n" });

	node_up(node);
	assert_node(node, READY);
	node_exit(node, "a", 1);
	assert_node(node, DEGRADED);
	node_time_out(node, "a");
	assert_node(node, DEGRADED);
	node_up(node);
	assert_node(node, READY);
}

static void another_that_dies_does_not_once_the_node_was_ready(void **state)
{
	BEGIN({ "a", "" }, { "b", "essential = yes\n" });

	node_up(node);
	assert_node(node, READY);
	node_exit(node, "a", 1);
	assert_node(node, READY);
	node_time_out(node, "a");
	assert_node(node, READY);
}

static void an_essential_service_that_is_stopped_degrades_the_node(void **state)
{
	BEGIN({ "a", "essential = yes\n" });

	node_up(node);
	assert_node(node, READY);
	node_stop(node, "a");
	assert_node(node, DEGRADED);
	node_exit(node, "a", 0);
	assert_node(node, DEGRADED);
	node_start(node, "a");
	node_up(node);
	assert_node(node, READY);
}

static void one_that_is_stopped_is_none_that_should_run(void **state)
{
	BEGIN({ "a", "" }, { "b", "" });

	node_stop(node, "b");
	node_up(node);
	assert_states(node, "a=ready b=stopped");
	assert_node(node, READY);
}

static void a_skipped_essential_service_is_none_that_should_run(void **state)
{
	BEGIN({ "a", "essential = yes\n" });

	node->played[0].skipped = true;
	node_settle(node);
	assert_node(node, READY);
}

static void what_waits_for_a_skipped_one_does_not_hold_up_the_boot(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "needs = s\n" }, { "c", "" }, { "s", "" });

	node->played[node_index(node, "s")].skipped = true;
	node_up(node);
	assert_states(node, "a=waiting b=waiting c=ready s=skipped");
	assert_node(node, READY);
}

static void an_essential_one_that_cannot_come_up_degrades_the_node(void **state)
{
	BEGIN({ "a", "needs = s\nessential = yes\n" }, { "b", "ready = notify\n" }, { "s", "" });

	node->played[node_index(node, "s")].skipped = true;
	node_settle(node);
	assert_node(node, BOOTING); /* b may yet come */
	node_up(node);
	assert_states(node, "a=waiting b=ready s=skipped");
	assert_node(node, DEGRADED);
	assert_false(node->graph.booted);
}

static void what_waits_for_one_in_backoff_holds_up_the_boot(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "ready = notify\n" });

	node_settle(node);
	node_send(node, "b", EVENT_EXEC_OK);
	node_exit(node, "b", 1);
	assert_states(node, "a=waiting b=backoff");
	assert_node(node, BOOTING);
}

static void a_node_boots_once(void **state)
{
	BEGIN({ "a", "ready = notify\n" });

	node_up(node);
	assert_node(node, READY);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	node_start(node, "a");
	assert_states(node, "a=starting");
	assert_node(node, READY);
}

static void a_node_that_goes_down_is_stopping_whatever_else_it_is(void **state)
{
	BEGIN({ "a", "essential = yes\n" }, { "bad", "exce = /bin/true\n" });

	node_up(node);
	node_stop_all(node);
	assert_node(node, STOPPING);
	node_exit(node, "a", 0);
	assert_node(node, STOPPING);
	assert_false(node->graph.booted);
}

static void a_node_that_goes_down_on_its_way_up_was_never_ready(void **state)
{
	BEGIN({ "a", "" });

	node_stop_all(node);
	assert_node(node, STOPPING);
	assert_false(node->graph.booted);
}

/* ---- other questions ---- */

static void a_node_is_down_when_the_last_process_is_gone(void **state)
{
	BEGIN({ "a", "" }, { "b", "" });

	assert_true(graph_all_down(&node->graph));
	node_settle(node);
	assert_false(graph_all_down(&node->graph)); /* starting */
	node_up(node);
	node_stop_all(node);
	assert_false(graph_all_down(&node->graph)); /* terminating */
	node_time_out(node, "a");
	node_exit(node, "b", 0);
	assert_false(graph_all_down(&node->graph)); /* killing */
	node_event(node, 0, EVENT_EXITED_LEFT, &(struct death){ .code = -1, .signal = 9 });
	assert_false(graph_all_down(&node->graph)); /* clearing */
	node_send(node, "a", EVENT_EMPTY);
	assert_true(graph_all_down(&node->graph));
}

static void the_deadline_is_the_earliest_there_is(void **state)
{
	BEGIN({ "a", "start-timeout = 20s\n" }, { "b", "start-timeout = 10s\n" },
		{ "c", "start-timeout = 0\n" });

	assert_int_equal(graph_deadline(&node->graph), TIME_NEVER);
	node_settle(node);
	assert_int_equal(graph_deadline(&node->graph), node->now_us + UINT64_C(10000000));
	node_send(node, "b", EVENT_EXEC_OK);
	assert_int_equal(graph_deadline(&node->graph), node->now_us + UINT64_C(20000000));
	node_send(node, "a", EVENT_EXEC_OK);
	assert_int_equal(graph_deadline(&node->graph), TIME_NEVER);
}

/* The marks as one letter a service, '-' where there is none. */
static const char *marks(const struct node *node)
{
	static char text[64];

	for (uint32_t i = 0; i < node->set.count; i++)
		text[i] = node->graph.marks[i] ? node->set.entries[i].config.name[0] : '-';
	text[node->set.count] = '\0';
	return text;
}

static void needs_are_marked_with_all_their_needs_but_not_what_comes_before(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b d\n" }, { "d", "after = e\n" },
		{ "e", "" }, { "f", "needs = c\n" });

	memset(node->graph.marks, 0, node->set.count);
	node->graph.marks[node_index(node, "c")] = true;
	graph_mark_needs(&node->graph);
	assert_string_equal(marks(node), "abcd--");
}

static void marks_are_added_to_those_there_are(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "" }, { "d", "needs = c\n" },
		{ "e", "" });

	memset(node->graph.marks, 0, node->set.count);
	node->graph.marks[node_index(node, "d")] = true;
	node->graph.marks[node_index(node, "b")] = true;
	graph_mark_needs(&node->graph);
	assert_string_equal(marks(node), "abcd-");
}

static void the_order_has_each_service_once_and_behind_what_it_waits_for(void **state)
{
	BEGIN({ "a", "needs = z\nafter = m\n" }, { "b", "needs = a\n" }, { "m", "needs = x\n" },
		{ "x", "" }, { "z", "after = m\n" });
	uint32_t place[5] = { 9, 9, 9, 9, 9 };

	for (uint32_t k = 0; k < 5; k++) {
		assert_int_equal(place[node->graph.order[k]], 9);
		place[node->graph.order[k]] = k;
	}
	for (uint32_t i = 0; i < 5; i++) {
		const struct service_entry *entry = &node->set.entries[i];

		for (uint16_t k = 0; k < entry->needs_count; k++)
			assert_true(place[entry->needs[k]] < place[i]);
		for (uint16_t k = 0; k < entry->after_count; k++)
			assert_true(place[entry->after[k]] < place[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NODE_TEST(a_node_boots_until_all_that_should_run_is_up),
		NODE_TEST(a_crash_on_the_way_up_is_part_of_booting),
		NODE_TEST(a_failed_service_degrades_the_node),
		NODE_TEST(an_invalid_service_degrades_the_node),
		NODE_TEST(a_failed_service_that_is_mended_degrades_no_more),
		NODE_TEST(a_failed_service_that_is_stopped_degrades_no_more),
		NODE_TEST(an_essential_service_that_dies_degrades_the_node_until_it_is_back),
		NODE_TEST(another_that_dies_does_not_once_the_node_was_ready),
		NODE_TEST(an_essential_service_that_is_stopped_degrades_the_node),
		NODE_TEST(one_that_is_stopped_is_none_that_should_run),
		NODE_TEST(a_skipped_essential_service_is_none_that_should_run),
		NODE_TEST(what_waits_for_a_skipped_one_does_not_hold_up_the_boot),
		NODE_TEST(an_essential_one_that_cannot_come_up_degrades_the_node),
		NODE_TEST(what_waits_for_one_in_backoff_holds_up_the_boot),
		NODE_TEST(a_node_boots_once),
		NODE_TEST(a_node_that_goes_down_is_stopping_whatever_else_it_is),
		NODE_TEST(a_node_that_goes_down_on_its_way_up_was_never_ready),
		NODE_TEST(a_node_is_down_when_the_last_process_is_gone),
		NODE_TEST(the_deadline_is_the_earliest_there_is),
		NODE_TEST(needs_are_marked_with_all_their_needs_but_not_what_comes_before),
		NODE_TEST(marks_are_added_to_those_there_are),
		NODE_TEST(the_order_has_each_service_once_and_behind_what_it_waits_for),
	};

	return RUN("graph: state of the node", tests);
}
