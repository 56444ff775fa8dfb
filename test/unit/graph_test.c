/* SPDX-License-Identifier: MIT */
/* Who starts when: needs, after, and what waits for what will not come. */
#include "played_node.h"

static void what_needs_nothing_starts_at_once(void **state)
{
	BEGIN({ "a", "" }, { "b", "type = task\n" }, { "c", "ready = notify\n" });

	node_settle(node);
	assert_did(node, "+a +b +c");
}

static void each_starts_when_what_it_needs_is_ready(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "needs = c\nready = notify\n" },
		{ "c", "ready = notify\n" });

	node_settle(node);
	node_send(node, "c", EVENT_EXEC_OK);
	assert_did(node, "+c");
	node_send(node, "c", EVENT_READY);
	assert_did(node, "+b");
	node_send(node, "b", EVENT_EXEC_OK);
	assert_did(node, "");
	node_send(node, "b", EVENT_READY);
	assert_did(node, "+a");
	assert_states(node, "a=starting b=ready c=ready");
}

static void all_needs_must_be_ready(void **state)
{
	BEGIN({ "a", "needs = b c\n" }, { "b", "" }, { "c", "" });

	node_settle(node);
	node_send(node, "c", EVENT_EXEC_OK);
	assert_did(node, "+b +c");
	assert_blocker(node, "a", "b");
	node_send(node, "b", EVENT_EXEC_OK);
	assert_did(node, "+a");
}

static void a_task_is_a_need_met_when_it_is_done(void **state)
{
	BEGIN({ "a", "needs = t\n" }, { "t", "type = task\n" });

	node_settle(node);
	node_send(node, "t", EVENT_EXEC_OK);
	assert_states(node, "a=waiting t=running");
	node_exit(node, "t", 0);
	assert_states(node, "a=starting t=done");
}

static void a_failed_need_leaves_who_needs_it_waiting_and_is_named(void **state)
{
	BEGIN({ "a", "needs = b t\n" }, { "b", "" }, { "c", "needs = a\n" },
		{ "t", "type = task\n" });

	node_settle(node);
	node_send(node, "b", EVENT_EXEC_OK);
	node_send(node, "t", EVENT_EXEC_OK);
	node_exit(node, "t", 1);
	assert_states(node, "a=waiting b=ready c=waiting t=failed");
	assert_blocker(node, "a", "t");
	assert_blocker(node, "c", "a");
}

static void a_daemon_that_is_done_is_no_need_met(void **state)
{
	BEGIN({ "a", "needs = d\n" }, { "d", "restart = never\nready = notify\n" });

	node_settle(node);
	node_send(node, "d", EVENT_EXEC_OK);
	node_exit(node, "d", 0);
	assert_states(node, "a=waiting d=done");
	assert_blocker(node, "a", "d");
}

static void who_needs_an_invalid_service_waits_for_ever(void **state)
{
	BEGIN({ "a", "needs = bad\n" }, { "bad", "exce = /bin/true\n" }, { "c", "" });

	node_up(node);
	assert_states(node, "a=waiting bad=invalid c=ready");
	assert_blocker(node, "a", "bad");
	node_start(node, "a");
	node_start(node, "bad");
	assert_states(node, "a=waiting bad=invalid c=ready");
}

static void a_need_in_backoff_is_waited_for(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "ready = notify\n" });

	node_settle(node);
	node_send(node, "b", EVENT_EXEC_OK);
	node_exit(node, "b", 1);
	assert_states(node, "a=waiting b=backoff");
	assert_blocker(node, "a", "b");
	node_time_out(node, "b");
	node_up(node);
	assert_states(node, "a=ready b=ready");
}

static void only_what_waits_has_a_blocker(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "" });

	node_up(node);
	assert_blocker(node, "a", "");
	node_stop(node, "b");
	assert_blocker(node, "b", "");
	assert_blocker(node, "a", "");
}

/* ---- after ---- */

static void after_waits_while_the_other_has_its_first_try(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "needs = c\nready = notify\n" },
		{ "c", "ready = notify\n" });

	node_settle(node);
	assert_blocker(node, "a", "after:b"); /* which waits */
	node_up(node);
	assert_did(node, "+c +b +a");
}

static void after_waits_until_the_other_is_ready(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "ready = notify\n" });

	node_settle(node);
	assert_blocker(node, "a", "after:b");
	node_send(node, "b", EVENT_EXEC_OK);
	assert_blocker(node, "a", "after:b");
	node_send(node, "b", EVENT_READY);
	assert_did(node, "+b +a");
}

static void after_a_task_waits_until_it_ended(void **state)
{
	static const int codes[] = { 0, 1 };

	for (size_t i = 0; i < COUNT(codes); i++) {
		BEGIN({ "a", "after = t\n" }, { "t", "type = task\n" });

		node_settle(node);
		node_send(node, "t", EVENT_EXEC_OK);
		assert_did(node, "+t");
		node_exit(node, "t", codes[i]);
		assert_did(node, "+a");
		node_end(node);
	}
}

static void after_does_not_wait_for_the_second_try(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "ready = notify\n" });

	node_settle(node);
	node_send(node, "b", EVENT_EXEC_OK);
	node_exit(node, "b", 1);
	assert_did(node, "+b +a");
}

/* Its second try begins in the step that its first one ends in: nobody sees it wait. */
static void after_does_not_wait_for_what_starts_again_at_once(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "ready = notify\nbackoff = 0\n" });

	node_settle(node);
	node_send(node, "b", EVENT_EXEC_OK);
	node_exit(node, "b", 1);
	assert_states(node, "a=starting b=starting");
}

static void after_a_new_start_waits_for_a_new_try(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "ready = notify\n" });

	node_settle(node);
	node_send(node, "b", EVENT_EXEC_OK);
	node_exit(node, "b", 1);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	node_time_out(node, "b");
	assert_int_equal(node_life(node, "b")->restarts, 1);
	node_start(node, "a"); /* b tries for the second time */
	assert_states(node, "a=starting b=starting");
	node_stop(node, "a");
	node_exit(node, "a", 0);
	node_stop(node, "b");
	node_exit(node, "b", 0);
	node_start(node, "b"); /* and now for the first time again */
	node_start(node, "a");
	assert_states(node, "a=waiting b=starting");
}

static void after_does_not_wait_for_an_invalid_one(void **state)
{
	BEGIN({ "a", "after = bad\n" }, { "bad", "exce = /bin/true\n" });

	node_settle(node);
	assert_states(node, "a=starting bad=invalid");
}

static void what_is_skipped_lets_others_go_in_the_same_pass(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "" }, { "c", "needs = b\n" }, { "d", "after = c\n" });

	node->played[node_index(node, "b")].skipped = true;
	node_settle_once(node);
	assert_states(node, "a=starting b=skipped c=waiting d=starting");
	assert_blocker(node, "c", "b");
}

static void after_does_not_wait_for_a_stopped_one(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "" });

	graph_stop(&node->graph, node_index(node, "b"));
	node_settle(node);
	node_settle(node);
	assert_states(node, "a=starting b=stopped");
}

static void after_what_is_not_there_is_no_wait(void **state)
{
	BEGIN({ "a", "after = nobody\n" });

	node_settle(node);
	assert_did(node, "+a");
}

static void after_does_not_start_the_other(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "" });

	graph_stop(&node->graph, node_index(node, "a"));
	graph_stop(&node->graph, node_index(node, "b"));
	node_settle(node);
	node_start(node, "a");
	assert_states(node, "a=starting b=stopped");
}

static void a_whole_chain_of_hopeless_ones_is_not_waited_for(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "needs = c\n" }, { "c", "needs = d\n" },
		{ "d", "needs = t\n" }, { "t", "type = task\n" });

	node_settle(node);
	node_send(node, "t", EVENT_EXEC_OK);
	assert_blocker(node, "a", "after:b");
	node_exit(node, "t", 1);
	assert_states(node, "a=starting b=waiting c=waiting d=waiting t=failed");
	assert_blocker(node, "b", "c");
}

/* ---- a person starts ---- */

static void a_start_takes_along_what_is_needed(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "needs = c\n" }, { "c", "" }, { "d", "" });

	for (uint32_t i = 0; i < node->set.count; i++)
		graph_stop(&node->graph, i);
	node_settle(node);
	assert_states(node, "a=stopped b=stopped c=stopped d=stopped");
	node_start(node, "a");
	node_up(node);
	assert_did(node, "+c +b +a");
	assert_states(node, "a=ready b=ready c=ready d=stopped");
}

static void a_start_gives_a_failed_need_another_try(void **state)
{
	BEGIN({ "a", "needs = t\n" }, { "t", "type = task\n" });

	node_settle(node);
	node_send(node, "t", EVENT_EXEC_OK);
	node_exit(node, "t", 1);
	node_start(node, "a");
	assert_states(node, "a=waiting t=starting");
	node_up(node);
	assert_states(node, "a=ready t=done");
}

static void a_start_does_not_repeat_a_task_that_is_done(void **state)
{
	BEGIN({ "a", "needs = t\n" }, { "t", "type = task\n" });

	node_up(node);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	node_did(node);
	node_start(node, "a");
	assert_did(node, "+a");
}

static void a_start_repeats_the_task_that_it_names(void **state)
{
	BEGIN({ "t", "type = task\n" });

	node_up(node);
	node_did(node);
	node_start(node, "t");
	assert_did(node, "+t");
}

static void a_start_brings_back_a_daemon_that_had_ended(void **state)
{
	BEGIN({ "a", "needs = d\n" }, { "d", "restart = on-failure\n" });

	node_up(node);
	node_exit(node, "d", 0);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped d=done");
	node_start(node, "a");
	node_up(node);
	assert_states(node, "a=ready d=ready");
}

static void a_start_of_what_runs_changes_nothing(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "" });

	node_up(node);
	node_did(node);
	node_start(node, "a");
	assert_did(node, "");
	assert_states(node, "a=ready b=ready");
}

static void a_start_looks_at_the_condition_again(void **state)
{
	BEGIN({ "a", "needs = s\n" }, { "s", "" });

	node->played[node_index(node, "s")].skipped = true;
	node_up(node);
	assert_states(node, "a=waiting s=skipped");
	node->played[node_index(node, "s")].skipped = false;
	node_start(node, "a");
	node_up(node);
	assert_states(node, "a=ready s=ready");
}

static void what_cannot_be_forked_does_not_hold_up_the_others(void **state)
{
	BEGIN({ "a", "after = b\n" }, { "b", "" }, { "c", "needs = b\n" });

	node->played[node_index(node, "b")].fails = STEP_FORK;
	node_settle(node);
	assert_did(node, "+b +a");
	assert_states(node, "a=starting b=backoff c=waiting");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NODE_TEST(what_needs_nothing_starts_at_once),
		NODE_TEST(each_starts_when_what_it_needs_is_ready),
		NODE_TEST(all_needs_must_be_ready),
		NODE_TEST(a_task_is_a_need_met_when_it_is_done),
		NODE_TEST(a_failed_need_leaves_who_needs_it_waiting_and_is_named),
		NODE_TEST(a_daemon_that_is_done_is_no_need_met),
		NODE_TEST(who_needs_an_invalid_service_waits_for_ever),
		NODE_TEST(a_need_in_backoff_is_waited_for),
		NODE_TEST(only_what_waits_has_a_blocker),
		NODE_TEST(after_waits_while_the_other_has_its_first_try),
		NODE_TEST(after_waits_until_the_other_is_ready),
		NODE_TEST(after_a_task_waits_until_it_ended),
		NODE_TEST(after_does_not_wait_for_the_second_try),
		NODE_TEST(after_does_not_wait_for_what_starts_again_at_once),
		NODE_TEST(after_a_new_start_waits_for_a_new_try),
		NODE_TEST(after_does_not_wait_for_an_invalid_one),
		NODE_TEST(what_is_skipped_lets_others_go_in_the_same_pass),
		NODE_TEST(after_does_not_wait_for_a_stopped_one),
		NODE_TEST(after_what_is_not_there_is_no_wait),
		NODE_TEST(after_does_not_start_the_other),
		NODE_TEST(a_whole_chain_of_hopeless_ones_is_not_waited_for),
		NODE_TEST(a_start_takes_along_what_is_needed),
		NODE_TEST(a_start_gives_a_failed_need_another_try),
		NODE_TEST(a_start_does_not_repeat_a_task_that_is_done),
		NODE_TEST(a_start_repeats_the_task_that_it_names),
		NODE_TEST(a_start_brings_back_a_daemon_that_had_ended),
		NODE_TEST(a_start_of_what_runs_changes_nothing),
		NODE_TEST(a_start_looks_at_the_condition_again),
		NODE_TEST(what_cannot_be_forked_does_not_hold_up_the_others),
	};

	return RUN("graph: starting", tests);
}
