/* SPDX-License-Identifier: MIT */
/* Who stops when: what stands on a service goes first, and comes back with it. */
#include "played_node.h"

static void who_needs_it_goes_down_first(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "a");
	assert_did(node, "-c");
	node_exit(node, "c", 0);
	assert_did(node, "-b");
	node_exit(node, "b", 0);
	assert_did(node, "-a");
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped b=waiting c=waiting");
	assert_blocker(node, "c", "b");
	assert_blocker(node, "b", "a");
}

static void those_on_one_level_go_down_together(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = a\n" },
		{ "d", "needs = b c\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "a");
	assert_did(node, "-d");
	node_exit(node, "d", 0);
	assert_did(node, "-b -c");
	node_exit(node, "c", 0);
	assert_did(node, "");
	node_exit(node, "b", 0);
	assert_did(node, "-a");
}

static void the_order_holds_through_one_that_is_down(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_exit(node, "b", 1);
	assert_states(node, "a=ready b=backoff c=ready");
	node_did(node);
	node_stop(node, "a");
	assert_did(node, "-c");
	node_exit(node, "c", 0);
	assert_did(node, "-a");
}

static void they_come_back_when_it_does(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_stop(node, "a");
	node_exit(node, "c", 0);
	node_exit(node, "b", 0);
	node_exit(node, "a", 0);
	node_did(node);
	node_start(node, "a");
	node_up(node);
	assert_did(node, "+a +b +c");
}

static void they_do_not_come_back_by_themselves(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" });

	node_up(node);
	node_stop(node, "a");
	node_exit(node, "b", 0);
	node_exit(node, "a", 0);
	node_did(node);
	node_up(node);
	assert_did(node, "");
}

static void what_a_person_stopped_before_stays_stopped(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" });

	node_up(node);
	node_stop(node, "b");
	node_exit(node, "b", 0);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	node_start(node, "a");
	node_up(node);
	assert_states(node, "a=ready b=stopped");
}

static void what_a_person_is_stopping_ends_stopped(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" });

	node_up(node);
	node_stop(node, "b");
	assert_states(node, "a=ready b=stopping");
	node_stop(node, "a");
	node_exit(node, "b", 0);
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped b=stopped");
}

static void what_a_person_stops_while_it_steps_down_ends_stopped(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_stop(node, "a");
	node_stop(node, "b"); /* has not begun */
	node_stop(node, "c"); /* is under way */
	node_exit(node, "c", 0);
	node_exit(node, "b", 0);
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped b=stopped c=stopped");
}

static void what_a_person_is_about_to_stop_ends_stopped(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_stop(node, "b"); /* in its turn, when c is down */
	node_stop(node, "a");
	node_exit(node, "c", 0);
	node_exit(node, "b", 0);
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped b=stopped c=waiting");
}

static void a_stop_of_one_leaves_what_it_needs(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "b");
	node_exit(node, "b", 0);
	assert_did(node, "-b");
	assert_states(node, "a=ready b=stopped");
}

static void a_stop_leaves_those_who_only_come_after(void **state)
{
	BEGIN({ "a", "" }, { "b", "after = a\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	assert_did(node, "-a");
	assert_states(node, "a=stopped b=ready");
}

static void what_has_ended_keeps_saying_how(void **state)
{
	BEGIN({ "a", "" }, { "done", "type = task\nneeds = a\n" },
		{ "failed", "type = task\nneeds = a\n" }, { "skipped", "needs = a\n" });

	node->played[node_index(node, "skipped")].skipped = true;
	node_settle(node);
	node_send(node, "a", EVENT_EXEC_OK);
	node_send(node, "failed", EVENT_EXEC_OK);
	node_exit(node, "failed", 1);
	node_up(node);
	node_stop(node, "a");
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped done=done failed=failed skipped=skipped");
}

static void a_stop_of_what_waits_or_backs_off_is_done_at_once(void **state)
{
	BEGIN({ "a", "ready = notify\n" }, { "b", "needs = a\n" });

	node_settle(node);
	node_stop(node, "b");
	assert_states(node, "a=starting b=stopped");
	node_send(node, "a", EVENT_EXEC_OK);
	node_exit(node, "a", 1);
	node_stop(node, "a");
	assert_states(node, "a=stopped b=stopped");
}

static void a_stop_of_a_done_task_takes_down_who_needs_it(void **state)
{
	BEGIN({ "a", "needs = t\n" }, { "t", "type = task\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "t");
	assert_states(node, "a=stopping t=done");
	node_exit(node, "a", 0);
	assert_states(node, "a=waiting t=stopped");
	node_start(node, "t");
	node_up(node);
	assert_did(node, "-a +t +a");
}

static void a_stop_of_an_invalid_service_is_no_stop(void **state)
{
	BEGIN({ "a", "" }, { "bad", "exce = /bin/true\n" });

	node_up(node);
	node_stop(node, "bad");
	assert_states(node, "a=ready bad=invalid");
}

static void who_needs_it_by_way_of_one_that_is_down_goes_too(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_exit(node, "b", 1);
	assert_states(node, "a=ready b=backoff c=ready");
	node_stop(node, "a");
	node_exit(node, "c", 0);
	node_time_out(node, "b");
	node_exit(node, "a", 0);
	assert_states(node, "a=stopped b=waiting c=waiting");
}

static void a_start_takes_a_stop_back_that_has_not_begun(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "a");
	node_start(node, "a");
	node_exit(node, "b", 0);
	node_up(node);
	assert_did(node, "-b +b");
	assert_states(node, "a=ready b=ready");
}

static void a_start_follows_a_stop_that_has_begun(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" });

	node_up(node);
	node_stop(node, "a");
	node_exit(node, "b", 0);
	node_start(node, "b");
	assert_states(node, "a=stopping b=waiting");
	node_exit(node, "a", 0);
	node_up(node);
	assert_states(node, "a=ready b=ready");
}

static void nothing_starts_on_what_is_about_to_stop(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "needs = a\nbackoff = 0\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "a");
	node_exit(node, "c", 0);
	node_send(node, "c", EVENT_START);
	assert_states(node, "a=ready b=stopping c=waiting");
	assert_blocker(node, "c", "a");
	assert_did(node, "-b -c");
}

static void what_crashes_while_it_is_to_stop_is_not_started_again(void **state)
{
	BEGIN({ "a", "backoff = 0\n" }, { "b", "needs = a\n" });

	node_up(node);
	node_did(node);
	node_stop(node, "a");
	node_exit(node, "a", 1);
	assert_did(node, "-b");
	node_exit(node, "b", 0);
	assert_states(node, "a=stopped b=waiting");
}

/* ---- the node goes down ---- */

static void all_stop_in_reverse_order(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "after = b\n" },
		{ "d", "needs = c\nafter = a\n" }, { "e", "" });

	node_up(node);
	node_did(node);
	node_stop_all(node);
	assert_did(node, "-d -e");
	node_exit(node, "e", 0);
	assert_did(node, "");
	node_exit(node, "d", 0);
	assert_did(node, "-c");
	node_exit(node, "c", 0);
	assert_did(node, "-b");
	node_exit(node, "b", 0);
	assert_did(node, "-a");
	assert_false(graph_all_down(&node->graph));
	node_exit(node, "a", 0);
	assert_true(graph_all_down(&node->graph));
	assert_states(node, "a=stopped b=stopped c=stopped d=stopped e=stopped");
}

static void a_stop_of_all_leaves_what_has_ended(void **state)
{
	BEGIN({ "backoff", "" }, { "bad", "exce = /bin/true\n" }, { "done", "type = task\n" },
		{ "failed", "type = task\n" }, { "waiting", "needs = failed\n" });

	node_settle(node);
	node_send(node, "failed", EVENT_EXEC_OK);
	node_exit(node, "failed", 1);
	node_up(node);
	node_exit(node, "backoff", 1);
	node_stop_all(node);
	assert_states(node, "backoff=stopped bad=invalid done=done failed=failed waiting=stopped");
	assert_true(graph_all_down(&node->graph));
}

static void nothing_starts_while_the_node_goes_down(void **state)
{
	BEGIN({ "a", "ready = notify\n" }, { "b", "needs = a\n" }, { "c", "needs = b\n" });

	node_up(node);
	node_stop(node, "b"); /* so that c is to come back */
	node_did(node);
	node_stop_all(node);
	node_exit(node, "c", 1);
	node_exit(node, "b", 1);
	node_exit(node, "a", 1);
	node_settle(node);
	assert_did(node, "-b -a");
	assert_states(node, "a=stopped b=stopped c=stopped");
}

static void not_even_a_person_starts_anything_then(void **state)
{
	BEGIN({ "a", "" }, { "b", "" });

	node_up(node);
	node_stop_all(node);
	node_exit(node, "a", 0);
	node_did(node);
	node_start(node, "a");
	node_send(node, "b", EVENT_RESTART);
	node_exit(node, "b", 0);
	assert_did(node, "");
	assert_true(graph_all_down(&node->graph));
}

static void one_who_will_not_go_holds_only_what_it_stands_on(void **state)
{
	BEGIN({ "a", "" }, { "b", "needs = a\n" }, { "c", "" });

	node_up(node);
	node_did(node);
	node_stop_all(node);
	node_exit(node, "c", 0);
	node_time_out(node, "b");
	node_time_out(node, "b");
	assert_did(node, "-b -c !b !b");
	assert_states(node, "a=ready b=stopping c=stopped");
}

/* ---- circles ---- */

/* "m" and "n" wait for each other; c only comes after one of them, and runs. */
static void beside_a_circle_the_order_holds(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "needs = c\n" }, { "c", "after = m\n" },
		{ "m", "after = n\n" }, { "n", "after = m\n" });

	node_up(node);
	assert_did(node, "+c +b +a");
	assert_states(node, "a=ready b=ready c=ready m=invalid n=invalid");
	node_stop(node, "c");
	assert_did(node, "-a");
	node_exit(node, "a", 0);
	assert_did(node, "-b");
	node_exit(node, "b", 0);
	assert_did(node, "-c");
	node_exit(node, "c", 0);
	node_start(node, "a");
	node_up(node);
	assert_states(node, "a=ready b=ready c=ready m=invalid n=invalid");
}

static void who_needs_a_member_of_a_circle_holds_nobody_up(void **state)
{
	BEGIN({ "a", "needs = b\n" }, { "b", "needs = m\n" }, { "c", "after = a\n" },
		{ "m", "needs = n\n" }, { "n", "needs = m\n" });

	node_up(node);
	assert_states(node, "a=waiting b=waiting c=ready m=invalid n=invalid");
	assert_blocker(node, "b", "m");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NODE_TEST(who_needs_it_goes_down_first),
		NODE_TEST(those_on_one_level_go_down_together),
		NODE_TEST(the_order_holds_through_one_that_is_down),
		NODE_TEST(they_come_back_when_it_does),
		NODE_TEST(they_do_not_come_back_by_themselves),
		NODE_TEST(what_a_person_stopped_before_stays_stopped),
		NODE_TEST(what_a_person_is_stopping_ends_stopped),
		NODE_TEST(what_a_person_stops_while_it_steps_down_ends_stopped),
		NODE_TEST(what_a_person_is_about_to_stop_ends_stopped),
		NODE_TEST(a_stop_of_one_leaves_what_it_needs),
		NODE_TEST(a_stop_leaves_those_who_only_come_after),
		NODE_TEST(what_has_ended_keeps_saying_how),
		NODE_TEST(a_stop_of_what_waits_or_backs_off_is_done_at_once),
		NODE_TEST(a_stop_of_a_done_task_takes_down_who_needs_it),
		NODE_TEST(a_stop_of_an_invalid_service_is_no_stop),
		NODE_TEST(who_needs_it_by_way_of_one_that_is_down_goes_too),
		NODE_TEST(a_start_takes_a_stop_back_that_has_not_begun),
		NODE_TEST(a_start_follows_a_stop_that_has_begun),
		NODE_TEST(nothing_starts_on_what_is_about_to_stop),
		NODE_TEST(what_crashes_while_it_is_to_stop_is_not_started_again),
		NODE_TEST(all_stop_in_reverse_order),
		NODE_TEST(a_stop_of_all_leaves_what_has_ended),
		NODE_TEST(nothing_starts_while_the_node_goes_down),
		NODE_TEST(not_even_a_person_starts_anything_then),
		NODE_TEST(one_who_will_not_go_holds_only_what_it_stands_on),
		NODE_TEST(beside_a_circle_the_order_holds),
		NODE_TEST(who_needs_a_member_of_a_circle_holds_nobody_up),
	};

	return RUN("graph: stopping", tests);
}
