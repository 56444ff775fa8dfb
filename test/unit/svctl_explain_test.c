/* SPDX-License-Identifier: MIT */
/* What svctl says of services: in a table, in an error, and as a story. */
#include "unit.h"

#include <stdlib.h>

#include "svctl/explain.h"

#define NODE "node state=ready now_ms=100000"

/* A snapshot of the node at 100 s and of these services' lines; the caller frees it. */
static struct snapshot taken(const char *const *lines)
{
	struct snapshot snapshot;

	snapshot_begin(&snapshot);
	snapshot_add_line(&snapshot, NODE);
	for (; *lines; lines++)
		snapshot_add_line(&snapshot, *lines);
	return snapshot;
}

#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* The detail of the first of the services. */
static void expect_detail(const char *const *lines, const char *expected)
{
	struct snapshot snapshot = taken(lines);
	struct text out = { 0 };

	explain_detail(&out, &snapshot, &snapshot.services[0]);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	snapshot_free(&snapshot);
}

static void expect_reason(const char *const *lines, const char *expected)
{
	struct snapshot snapshot = taken(lines);
	struct text out = { 0 };

	explain_reason(&out, &snapshot, &snapshot.services[0]);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	snapshot_free(&snapshot);
}

static void expect_story(const char *const *lines, const char *expected)
{
	struct snapshot snapshot = taken(lines);
	struct text out = { 0 };

	explain_whole(&out, &snapshot, &snapshot.services[0]);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	snapshot_free(&snapshot);
}

static void expect_death(const char *keys, const char *expected)
{
	struct snapshot snapshot;
	struct text line = { 0 }, out = { 0 };
	bool died;

	text_format(&line, "service name=a state=failed %s", keys);
	snapshot = taken(LINES(text_string(&line)));
	died = explain_death(&out, &snapshot.services[0]);
	assert_int_equal(died, expected != NULL);
	assert_string_equal(text_string(&out), expected ? expected : "");
	text_free(&out);
	text_free(&line);
	snapshot_free(&snapshot);
}

static void every_death_is_explained(void **state)
{
	(void)state;
	expect_death("", NULL);
	expect_death("oom=0", NULL);
	expect_death("exit_code=1 oom=0", "exited with code 1");
	expect_death("exit_code=0", "exited with code 0");
	expect_death("exit_signal=11", "was killed by SIGSEGV (Segmentation fault)");
	expect_death("exit_signal=40", "was killed by signal 40");
	expect_death("exit_signal=31", "was killed by SIGSYS (Bad system call)");
	expect_death("exit_signal=31 system_calls=1",
		"was killed by SIGSYS (Bad system call): it made a system call that its system-calls does not "
		"allow");
	expect_death("step=user errno=22", "could not be started: user: Invalid argument");
	expect_death("step=exec errno=2 exit_code=127",
		"could not be started: exec: No such file or directory");
	expect_death("step=user errno=2 user=www", "could not be started: there is no user 'www'");
	expect_death(
		"step=group errno=2 group=www", "could not be started: there is no group 'www'");
	expect_death(
		"step=group errno=2", "could not be started: group: No such file or directory");
	expect_death("step=cgroup", "could not be started: cgroup");
}

static void an_oom_kill_names_the_limit(void **state)
{
	(void)state;
	expect_death("exit_signal=9 oom=1 memory_max=16777216",
		"used more memory than its memory-max of 16M and was killed by the kernel");
	expect_death("exit_signal=9 oom=1", "was killed by the kernel: the node was out of memory");
	expect_death("exit_code=1 oom=1 memory_max=16777216",
		"exited with code 1 after the kernel had killed a process of it: it used more "
		"memory than its memory-max of 16M");
	expect_death("exit_code=1 oom=1",
		"exited with code 1 after the kernel had killed a process of it: the node was out "
		"of memory");
}

static void a_death_that_was_brought_about_says_by_what(void **state)
{
	(void)state;
	expect_death("exit_signal=15 exit_cause=start-timeout start_timeout_ms=30000",
		"was not ready within its start-timeout of 30.0s and was killed by SIGTERM "
		"(Terminated)");
	expect_death("exit_code=0 exit_cause=start-timeout",
		"was not ready within its start-timeout and exited with code 0");
	expect_death("exit_signal=9 exit_cause=watchdog",
		"did not send WATCHDOG=1 in time and was killed by SIGKILL (Killed)");
	expect_death("exit_signal=15 exit_cause=asked",
		"was told to stop and was killed by SIGTERM (Terminated)");
	expect_death("exit_code=3 exit_cause=later-word", "exited with code 3");
}

static void details_tell_what_matters(void **state)
{
	(void)state;
	expect_detail(LINES("service name=a state=waiting blocked_by=b blocked_state=failed"),
		"needs b (failed)");
	expect_detail(LINES("service name=a state=waiting blocked_by=after:b",
			      "service name=b state=starting"),
		"comes after b (starting)");
	expect_detail(LINES("service name=a state=backoff exit_code=1 next_start_ms=103400"),
		"exited with code 1, starts again in 3.4s");
	expect_detail(
		LINES("service name=a state=backoff next_start_ms=99000"), "starts again in 0ms");
	expect_detail(LINES("service name=a state=skipped when=path:/dev/x"), "there is no /dev/x");
	expect_detail(LINES("service name=a state=skipped when=cmdline:ntp"),
		"not on the kernel command line: ntp");
	expect_detail(LINES("service name=a state=skipped when=svc.skip"),
		"left out by svc.skip on the kernel command line");
	expect_detail(LINES("service name=a state=invalid error=line%203:%20no"), "line 3: no");
	expect_detail(LINES("service name=a state=running ready_wait=notify description=A"),
		"has not said that it is ready");
	expect_detail(
		LINES("service name=a state=running ready_wait=fd status=loading"), "loading");
	expect_detail(LINES("service name=a state=ready status=fine description=A"), "fine");
	expect_detail(LINES("service name=a state=ready restarts=1 exit_code=2 description=A"),
		"before: exited with code 2");
	expect_detail(LINES("service name=a state=ready restarts=0 description=The%20A"), "The A");
	expect_detail(LINES("service name=a state=ready"), "");
	expect_detail(LINES("service name=a state=dancing description=A"), "A");
}

static void what_services_say_is_escaped(void **state)
{
	(void)state;
	expect_detail(LINES("service name=a state=ready status=%1B[2J%0Ax"), "\\x1b[2J\\x0ax");
}

static void a_reason_names_the_root(void **state)
{
	(void)state;
	expect_reason(
		LINES("service name=a state=failed exit_code=1"), "failed: exited with code 1");
	expect_reason(LINES("service name=a state=waiting blocked_by=b",
			      "service name=b state=waiting blocked_by=c",
			      "service name=c state=invalid error=line%201:%20no"),
		"waiting: needs b (waiting); c is invalid: line 1: no");
	expect_reason(LINES("service name=a state=stopped"), "stopped");
}

static void chains_are_followed_to_their_root(void **state)
{
	struct snapshot snapshot = taken(LINES("service name=a state=waiting blocked_by=b",
		"service name=b state=waiting blocked_by=after:c", "service name=c state=running"));

	(void)state;
	assert_string_equal(explain_root(&snapshot, &snapshot.services[0])->name, "c");
	assert_string_equal(explain_root(&snapshot, &snapshot.services[2])->name, "c");
	assert_false(explain_hopeless(&snapshot, &snapshot.services[0]));
	snapshot.services[2].state = STATE_FAILED;
	assert_true(explain_hopeless(&snapshot, &snapshot.services[0]));
	assert_false(explain_hopeless(&snapshot, &snapshot.services[2]));
	snapshot_free(&snapshot);
}

static void circles_and_gaps_in_a_chain_do_no_harm(void **state)
{
	struct snapshot snapshot = taken(LINES("service name=a state=waiting blocked_by=b",
		"service name=b state=waiting blocked_by=a",
		"service name=c state=waiting blocked_by=gone blocked_state=stopped",
		"service name=d state=waiting"));
	struct text out = { 0 };

	(void)state;
	assert_non_null(explain_root(&snapshot, &snapshot.services[0]));
	assert_false(explain_hopeless(&snapshot, &snapshot.services[0]));
	assert_true(explain_hopeless(&snapshot, &snapshot.services[2]));
	assert_false(explain_hopeless(&snapshot, &snapshot.services[3]));
	for (size_t i = 0; i < snapshot.count; i++)
		explain_whole(&out, &snapshot, &snapshot.services[i]);
	assert_true(out.length < 4096);
	text_free(&out);
	snapshot_free(&snapshot);
}

static void expect_node(const char *node, const char *const *lines, const char *expected)
{
	struct snapshot snapshot = taken(lines);
	struct text out = { 0 };

	snapshot_add_line(&snapshot, node);
	explain_node(&out, &snapshot);
	assert_string_equal(text_string(&out), expected);
	text_free(&out);
	snapshot_free(&snapshot);
}

static void a_node_that_is_not_well_names_its_services(void **state)
{
	const char *const *lines =
		LINES("service name=a state=failed", "service name=b state=ready essential=1",
			"service name=c state=waiting essential=1",
			"service name=d state=waiting essential=0", "service name=e state=skipped");

	(void)state;
	expect_node("node state=ready", lines, "");
	expect_node("node state=degraded", lines, "a (failed), c (waiting)");
	expect_node("node state=booting", lines, "a (failed), c (waiting), d (waiting)");
	expect_node("node state=degraded",
		LINES("service name=a state=failed", "service name=b state=failed",
			"service name=c state=failed", "service name=d state=invalid",
			"service name=e state=failed", "service name=f state=failed"),
		"a (failed), b (failed), c (failed), d (invalid) and 2 more");
}

static void a_boot_is_not_held_up_by_who_waits_for_what_is_left_out(void **state)
{
	const char *const *lines = LINES("service name=net state=skipped",
		"service name=ntp state=waiting blocked_by=net",
		"service name=clock state=waiting blocked_by=ntp",
		"service name=vital state=waiting blocked_by=net essential=1",
		"service name=db state=running", "service name=web state=waiting blocked_by=db",
		"service name=last state=waiting blocked_by=after:web",
		"service name=gone state=waiting blocked_by=x blocked_state=stopped");

	(void)state;
	expect_node("node state=booting", lines,
		"vital (waiting), db (running), web (waiting), last (waiting)");
	expect_node("node state=degraded", lines, "vital (waiting)");
}

static void stories_of_services_that_are_up(void **state)
{
	(void)state;
	expect_story(LINES("service name=a state=ready since_ms=40000 pid=7 status=serving%2012"),
		"a has been ready for 1m00s (process 7).\n"
		"It says: serving 12\n");
	expect_story(LINES("service name=a state=ready since_ms=90000 restarts=2 exit_code=1"),
		"a has been ready for 10.0s.\n"
		"The last time it ended, it exited with code 1.\n"
		"It has been started again 2 times.\n");
	expect_story(LINES("service name=a state=running since_ms=90000 pid=7 type=daemon "
			   "ready_wait=notify start_timeout_ms=30000"),
		"a has been running for 10.0s (process 7), but has not said that it is ready.\n"
		"It is to say so by sending READY=1 to $NOTIFY_SOCKET.\n"
		"If it does not, it is stopped in 20.0s (start-timeout).\n");
	expect_story(LINES("service name=a state=running since_ms=90000 type=task ready_wait=fd"),
		"a has been at work for 10.0s.\n"
		"It is a task: it is done when it exits with code 0.\n");
	expect_story(LINES("service name=a state=stopping since_ms=90000 pid=7 "
			   "stop_timeout_ms=5000"),
		"a has been stopping for 10.0s (process 7).\n"
		"What is left of it is killed any moment now (stop-timeout).\n");
	expect_story(LINES("service name=a state=starting since_ms=99980 pid=7"),
		"a has been starting for 20ms (process 7); its program does not run yet.\n");
}

static void stories_of_services_that_are_not(void **state)
{
	(void)state;
	expect_story(LINES("service name=a state=backoff since_ms=98800 next_start_ms=103400 "
			   "restarts=1 step=exec errno=13 exec=/bin/a%20-v"),
		"a died 1.2s ago and is started again in 3.4s.\n"
		"It could not be started: exec: Permission denied.\n"
		"What was to be run: /bin/a -v\n"
		"Is it executable, and may its user reach it?\n"
		"It has been started again 1 time.\n");
	expect_story(LINES("service name=a state=failed since_ms=90000 exit_signal=6"),
		"a failed 10.0s ago and is not started again by itself.\n"
		"It was killed by SIGABRT (Aborted).\n"
		"To try again: svctl start a\n");
	expect_story(LINES("service name=a state=done since_ms=90000 exit_code=0"),
		"a finished its work 10.0s ago and is not to run again.\n"
		"The last time it ended, it exited with code 0.\n");
	expect_story(LINES("service name=a state=stopped since_ms=90000"),
		"a was stopped 10.0s ago because somebody asked for it.\n"
		"To try again: svctl start a\n");
	expect_story(LINES("service name=a state=skipped when=path:/dev/x"),
		"a is left out on this node.\n"
		"Its file says 'when = path:/dev/x', and there is no such path.\n");
	expect_story(LINES("service name=a state=skipped when=cmdline:ntp"),
		"a is left out on this node.\n"
		"Its file says 'when = cmdline:ntp', and the kernel was not started with that "
		"(cat /proc/cmdline).\n");
	expect_story(LINES("service name=a state=skipped when=svc.only"),
		"a is left out on this node.\n"
		"The kernel command line asks for that: svc.only (cat /proc/cmdline).\n"
		"To run it all the same: svctl start a\n");
	expect_story(LINES("service name=a state=invalid error=line%203:%20unknown%20key"),
		"a never runs: its file has an error.\n"
		"/etc/svc/a: line 3: unknown key\n"
		"All its errors: svctl check /etc/svc/a\n");
}

static void a_story_follows_needs_to_what_can_be_done(void **state)
{
	(void)state;
	expect_story(LINES("service name=a state=waiting since_ms=90000 blocked_by=b",
			     "service name=b state=waiting blocked_by=after:c",
			     "service name=c state=backoff exit_code=1"),
		"a has been waiting for 10.0s to be started.\n"
		"It needs b, which waits as well.\n"
		"b comes after c, which keeps dying.\n"
		"c exited with code 1.\n"
		"More about it: svctl why c\n");
	expect_story(LINES("service name=a state=waiting since_ms=90000 blocked_by=b",
			     "service name=b state=stopped"),
		"a has been waiting for 10.0s to be started.\n"
		"It needs b, which was stopped.\n"
		"Nothing goes on by itself here. When that is repaired: svctl start b\n");
}

static void a_reload_is_told(void **state)
{
	(void)state;
	expect_detail(LINES("service name=a state=ready reloading=1 description=x"), "reloading");
	expect_detail(
		LINES("service name=a state=ready reloading=1 status=90%25"), "reloading; 90%");
	expect_detail(LINES("service name=a state=ready reloading=0 description=x"), "x");
	expect_story(LINES("service name=a state=ready since_ms=90000 pid=5 reloading=1"),
		"a has been ready for 10.0s (process 5).\n"
		"It is reading its settings again, and has not said that it is done.\n");
}

static void what_a_log_dropped_is_told(void **state)
{
	(void)state;
	expect_story(LINES("service name=a state=ready since_ms=90000 log_bytes=4096 "
			   "log_dropped=2097152"),
		"a has been ready for 10.0s.\n"
		"Its log keeps the newest 4K; 2M before that are dropped.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_death_is_explained),
		cmocka_unit_test(an_oom_kill_names_the_limit),
		cmocka_unit_test(a_death_that_was_brought_about_says_by_what),
		cmocka_unit_test(details_tell_what_matters),
		cmocka_unit_test(what_services_say_is_escaped),
		cmocka_unit_test(a_reason_names_the_root),
		cmocka_unit_test(chains_are_followed_to_their_root),
		cmocka_unit_test(circles_and_gaps_in_a_chain_do_no_harm),
		cmocka_unit_test(a_node_that_is_not_well_names_its_services),
		cmocka_unit_test(a_boot_is_not_held_up_by_who_waits_for_what_is_left_out),
		cmocka_unit_test(stories_of_services_that_are_up),
		cmocka_unit_test(stories_of_services_that_are_not),
		cmocka_unit_test(a_story_follows_needs_to_what_can_be_done),
		cmocka_unit_test(a_reload_is_told),
		cmocka_unit_test(what_a_log_dropped_is_told),
	};

	return RUN("svctl explain", tests);
}
