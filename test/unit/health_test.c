/* SPDX-License-Identifier: MIT */
/*
 * The hardware watchdog is fed as long as the node is worth it, and a boot has its time. systemd#7063: a
 * watchdog that is fed while everything that matters is down.
 */
#include "played_supervisor.h"

#include <errno.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "pid1/health.h"
#include "pid1/kmsg.h"

enum { SECOND = 1000 * 1000, WATCHDOG_FD = 900 };

/* What stands behind WATCHDOG_FD, and what was done to it. */
static struct {
	int longest; /* seconds it can be set to; 0: it cannot be set */
	int status; /* of the boot */
	int seconds; /* it is set to */
	int fed;
} watchdog;

static char said[1024]; /* to the kernel log, the last line */
static enum power_request asked;

long __wrap_syscall(long number, long fd, long request, int *value);

/* The loop's descriptors are of no interest here: only ioctl() of the watchdog comes by. */
long __wrap_syscall(long number, long fd, long request, int *value)
{
	assert_int_equal(number, SYS_ioctl);
	assert_int_equal(fd, WATCHDOG_FD);
	switch ((unsigned long)request) {
	case WDIOC_SETTIMEOUT:
		if (!watchdog.longest || *value > watchdog.longest)
			break;
		watchdog.seconds = *value;
		return 0;
	case WDIOC_GETTIMEOUT:
		if (!watchdog.longest)
			break;
		*value = watchdog.seconds = watchdog.longest;
		return 0;
	case WDIOC_GETBOOTSTATUS:
		*value = watchdog.status;
		return 0;
	case WDIOC_KEEPALIVE:
		watchdog.fed++;
		return 0;
	default:
		break;
	}
	errno = EOPNOTSUPP;
	return -1;
}

void kmsg(enum level level, const char *format, ...)
{
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vsnprintf(said, sizeof(said), format, arguments);
	va_end(arguments);
}

void power_ask(
	struct power *power, struct supervisor *supervisor, enum power_request request, bool now)
{
	(void)supervisor;
	assert_false(now);
	asked = request;
	power->phase = POWER_STOPPING;
	supervisor->graph.stopping = true;
}

struct play {
	struct stage *stage;
	struct supervisor *supervisor;
	struct health health;
	struct power power;
	uint64_t begun_us;
};

/* A node that began a moment ago, with that kernel command line. */
static struct play begin(struct stage *stage, const char *cmdline)
{
	struct supervisor *supervisor = &stage->supervisor;
	struct play play = {
		.stage = stage,
		.supervisor = supervisor,
		.health.watchdog_fd = WATCHDOG_FD,
		.begun_us = STAGE_NOW_US,
	};

	said[0] = '\0';
	asked = POWER_NONE;
	watchdog.fed = watchdog.status = 0;
	watchdog.longest = 60;
	supervisor->begun_us = STAGE_NOW_US;
	snprintf(supervisor->cmdline, sizeof(supervisor->cmdline), "%s", cmdline);
	health_begin(&play.health, supervisor);
	return play;
}

/* Turns the loop as the loop does, whenever something is due, until so many seconds after the beginning. */
static void pass(struct play *play, uint64_t seconds)
{
	uint64_t end_us = play->begun_us + seconds * SECOND, due_us;

	for (;;) {
		(void)graph_node_state(&play->supervisor->graph);
		health_turn(&play->health, play->supervisor, &play->power);
		due_us = health_deadline(&play->health, play->supervisor);
		assert_true(due_us > play->supervisor->now_us);
		if (due_us > end_us)
			break;
		play->supervisor->now_us = due_us;
	}
	play->supervisor->now_us = end_us;
}

static int fed_since(int *before)
{
	int fed = watchdog.fed - *before;

	*before = watchdog.fed;
	return fed;
}

#define VITAL                                                                                      \
	{                                                                                          \
		"vital", "essential = yes\nready = notify"                                         \
	}
#define OTHER                                                                                      \
	{                                                                                          \
		"other", ""                                                                        \
	}

static void it_is_fed_three_times_in_its_time(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "");

	assert_int_equal(watchdog.seconds, 15);
	pass(&play, 60);
	assert_in_range(watchdog.fed, 12, 13);
}

static void the_shorter_time_of_the_hardware_counts(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "");

	watchdog.longest = 6;
	health_begin(&play.health, play.supervisor);
	assert_int_equal(watchdog.seconds, 6);
	pass(&play, 60);
	assert_in_range(watchdog.fed, 30, 31);
}

static void one_that_cannot_be_set_is_taken_for_the_usual(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "");

	watchdog.longest = 0;
	health_begin(&play.health, play.supervisor);
	assert_int_equal(play.health.feed_every_us, 5 * SECOND);
}

static void a_reset_by_it_is_the_reason_of_the_boot(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "");

	assert_int_equal(play.supervisor->boot_reason, BOOT_UNKNOWN);
	watchdog.status = WDIOF_CARDRESET;
	health_begin(&play.health, play.supervisor);
	assert_int_equal(play.supervisor->boot_reason, BOOT_WATCHDOG);
}

static void it_is_left_alone_when_the_command_line_says_so(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "watchdog=off");

	play.health = (struct health){ .watchdog_fd = -1 };
	health_begin(&play.health, play.supervisor);
	pass(&play, 60);
	assert_int_equal(watchdog.fed, 0);
}

static void it_starves_when_an_essential_service_is_gone_for_a_minute(void **state)
{
	STAGE(VITAL, OTHER);
	struct play play = begin(stage, "");
	int before = 0;

	node_up(&stage->node);
	pass(&play, 10);
	assert_true(fed_since(&before) > 0);
	node_exit(&stage->node, "vital", 1);
	pass(&play, 65);
	assert_true(fed_since(&before) > 0);
	pass(&play, 90);
	fed_since(&before);
	pass(&play, 600);
	assert_int_equal(fed_since(&before), 0);
	assert_string_equal(
		said, "vital is essential and missing; the hardware watchdog is not fed any more");
	/* Should the hardware be that slow, it is not too late yet. */
	node_start(&stage->node, "vital");
	node_up(&stage->node);
	pass(&play, 620);
	assert_true(fed_since(&before) > 0);
}

/* Gone and there again in turns, for so many seconds each. */
static void come_and_go(struct play *play, uint64_t gone, uint64_t there)
{
	for (uint64_t seconds = 10; seconds < 600; seconds += gone + there) {
		node_exit(&play->stage->node, "vital", 1);
		pass(play, seconds + gone);
		node_start(&play->stage->node, "vital");
		node_up(&play->stage->node);
		pass(play, seconds + gone + there);
	}
}

static void one_that_is_there_more_often_than_not_is_not_gone(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "");
	int before = 0;

	node_up(&stage->node);
	pass(&play, 10);
	come_and_go(&play, 30, 30);
	assert_true(fed_since(&before) >= 100);
}

static void one_that_comes_back_only_to_die_is_gone(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "");
	int before = 0;

	node_up(&stage->node);
	pass(&play, 10);
	come_and_go(&play, 30, 1);
	assert_string_equal(
		said, "vital is essential and missing; the hardware watchdog is not fed any more");
	assert_true(fed_since(&before) < 40);
}

static void one_that_is_not_essential_may_be_gone(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "");
	int before = 0;

	node_up(&stage->node);
	node_stop(&stage->node, "other");
	pass(&play, 300);
	fed_since(&before);
	pass(&play, 600);
	assert_true(fed_since(&before) > 0);
}

static void while_it_boots_it_is_fed_until_that_takes_too_long(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "");
	int before = 0;

	pass(&play, 175);
	assert_true(fed_since(&before) >= 34);
	assert_false(play.supervisor->graph.overdue);
	pass(&play, 181);
	assert_true(play.supervisor->graph.overdue);
	/* Then it has as long as any that goes missing. */
	pass(&play, 235);
	assert_true(fed_since(&before) >= 10);
	pass(&play, 250);
	fed_since(&before);
	pass(&play, 400);
	assert_int_equal(fed_since(&before), 0);
	assert_int_equal(asked, POWER_NONE); /* and it is not rebooted unless that was asked for */
}

static void a_way_down_that_hangs_starves_it(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "");
	int before = 0;

	node_up(&stage->node);
	play.power.phase = POWER_STOPPING;
	pass(&play, 55);
	assert_true(fed_since(&before) >= 11);
	pass(&play, 70);
	fed_since(&before);
	pass(&play, 200);
	assert_int_equal(fed_since(&before), 0);
	assert_string_equal(said, "the way down hangs; the hardware watchdog is not fed any more");
}

static void a_boot_that_takes_too_long_is_told_once_and_tried_on(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "boot.timeout=20s watchdog=off");

	play.health.watchdog_fd = -1;
	pass(&play, 19);
	assert_string_equal(said, "");
	pass(&play, 21);
	assert_string_equal(
		said, "not ready after 20.0s: vital is essential and missing; trying on");
	said[0] = '\0';
	pass(&play, 1000);
	assert_string_equal(said, "");
	assert_int_equal(asked, POWER_NONE);
}

static void a_boot_timeout_of_0_is_never(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "boot.timeout=0");

	pass(&play, 100000);
	assert_false(play.supervisor->graph.overdue);
}

static void it_reboots_when_the_command_line_says_so(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "boot.reboot=5m");

	pass(&play, 299);
	assert_int_equal(asked, POWER_NONE);
	pass(&play, 301);
	assert_int_equal(asked, POWER_REBOOT);
	assert_string_equal(
		said, "not ready in the time of boot.reboot=: vital is missing; rebooting");
}

static void once_it_was_ready_it_is_not_rebooted(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "boot.reboot=5m");

	node_up(&stage->node);
	pass(&play, 200);
	node_exit(&stage->node, "vital", 1);
	pass(&play, 1000);
	assert_int_equal(asked, POWER_NONE);
}

static void without_an_essential_service_a_boot_may_take_its_time(void **state)
{
	STAGE(OTHER);
	struct play play = begin(stage, "boot.timeout=1s boot.reboot=2s");

	pass(&play, 1000);
	assert_int_equal(asked, POWER_NONE);
	assert_false(play.supervisor->graph.overdue);
}

static void a_time_that_is_none_is_told_and_passed_over(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "boot.reboot=soon");

	assert_string_equal(
		said, "boot.reboot=soon on the kernel command line is no time (try 3m)");
	pass(&play, 100000);
	assert_int_equal(asked, POWER_NONE);
}

static void a_time_that_is_too_large_is_called_that(void **state)
{
	STAGE(VITAL);
	struct play play = begin(stage, "boot.reboot=9999999h");

	assert_string_equal(said,
		"boot.reboot=9999999h on the kernel command line is too large: 1193h (49 days) is the most");
	pass(&play, 100000);
	assert_int_equal(asked, POWER_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(it_is_fed_three_times_in_its_time),
		STAGE_TEST(the_shorter_time_of_the_hardware_counts),
		STAGE_TEST(one_that_cannot_be_set_is_taken_for_the_usual),
		STAGE_TEST(a_reset_by_it_is_the_reason_of_the_boot),
		STAGE_TEST(it_is_left_alone_when_the_command_line_says_so),
		STAGE_TEST(it_starves_when_an_essential_service_is_gone_for_a_minute),
		STAGE_TEST(one_that_is_there_more_often_than_not_is_not_gone),
		STAGE_TEST(one_that_comes_back_only_to_die_is_gone),
		STAGE_TEST(one_that_is_not_essential_may_be_gone),
		STAGE_TEST(while_it_boots_it_is_fed_until_that_takes_too_long),
		STAGE_TEST(a_way_down_that_hangs_starves_it),
		STAGE_TEST(a_boot_that_takes_too_long_is_told_once_and_tried_on),
		STAGE_TEST(a_boot_timeout_of_0_is_never),
		STAGE_TEST(it_reboots_when_the_command_line_says_so),
		STAGE_TEST(once_it_was_ready_it_is_not_rebooted),
		STAGE_TEST(without_an_essential_service_a_boot_may_take_its_time),
		STAGE_TEST(a_time_that_is_none_is_told_and_passed_over),
		STAGE_TEST(a_time_that_is_too_large_is_called_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
