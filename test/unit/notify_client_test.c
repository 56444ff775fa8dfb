/* SPDX-License-Identifier: MIT */
/* sd_notify's protocol, over real sockets of both kinds; and waiting longer each time. */
#include "unit.h"

#include "basics/clock.h"
#include "control/notify_client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* PID 1's end: a socket at a path, or at @ and an abstract name. */
static int listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	strcpy(name.sun_path, path);
	if (path[0] == '@')
		name.sun_path[0] = '\0';
	assert_return_code(
		bind(descriptor, (struct sockaddr *)&name,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
		0);
	return descriptor;
}

static void expect(int descriptor, const char *expected)
{
	char text[1024];
	ssize_t length = recv(descriptor, text, sizeof(text) - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	assert_string_equal(text, expected);
}

static void is_told_everything_once(const char *path)
{
	struct notify notify;
	int descriptor = listen_at(path);

	notify_open(&notify, path);
	notify_state(&notify, false, "eth0: no carrier", 0);
	expect(descriptor, "STATUS=eth0: no carrier\n");
	notify_state(&notify, false, "eth0: no carrier", 0);
	expect(descriptor, "");
	notify_state(&notify, true, "eth0: 10.0.2.15/24", 0);
	expect(descriptor, "READY=1\nSTATUS=eth0: 10.0.2.15/24\n");
	notify_state(&notify, true, "eth0: 10.0.2.15/24", 0);
	expect(descriptor, "");
	/* Whoever was ready once stays so; only the words change. */
	notify_state(&notify, true, "eth0: no carrier", 0);
	expect(descriptor, "STATUS=eth0: no carrier\n");
	assert_true(notify.again_ms == CLOCK_NEVER);
	close(notify.socket);
	close(descriptor);
}

static void a_barrier_holds_until_all_is_read(void **state)
{
	struct timeval patience = { .tv_sec = 30 };
	char path[64], text[64];
	struct notify notify;
	int descriptor, status;
	pid_t child;

	(void)state;
	snprintf(path, sizeof(path), "@notify_barrier_%d", (int)getpid());
	descriptor = listen_at(path);
	notify_open(&notify, path);
	child = fork();
	if (child == 0) {
		notify_state(&notify, false, "done", 0);
		notify_barrier(&notify);
		_exit(0);
	}
	assert_int_equal(fcntl(descriptor, F_SETFL, 0), 0);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	expect(descriptor, "STATUS=done\n");
	/* It is there, and waits: the message is not read yet. */
	assert_int_equal(recv(descriptor, text, sizeof(text), MSG_PEEK), 9);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	expect(descriptor, "BARRIER=1");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(notify.socket);
	close(descriptor);
	/* Without anybody to tell there is nothing to wait for. */
	notify_open(&notify, NULL);
	notify_barrier(&notify);
}

static void a_path_is_told(void **state)
{
	char directory[] = "/tmp/netd_notify_XXXXXX";
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
	is_told_everything_once(path);
	unlink(path);
	rmdir(directory);
}

static void an_abstract_name_is_told(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "@netd_notify_%d", (int)getpid());
	is_told_everything_once(path);
}

static void nobody_to_tell_is_no_trouble(void **state)
{
	char overlong[300];
	const char *const paths[] = { NULL, "", "relative", overlong };
	struct notify notify;

	(void)state;
	memset(overlong, 'a', sizeof(overlong) - 1);
	overlong[0] = '/';
	overlong[sizeof(overlong) - 1] = '\0';
	for (size_t i = 0; i < COUNT(paths); i++) {
		notify_open(&notify, paths[i]);
		assert_int_equal(notify.socket, -1);
		notify_state(&notify, true, "x", 0);
		assert_true(notify.again_ms == CLOCK_NEVER);
	}
}

static void who_does_not_listen_is_told_later(void **state)
{
	struct notify notify;
	char path[64];
	int descriptor;

	(void)state;
	snprintf(path, sizeof(path), "@netd_notify_late_%d", (int)getpid());
	notify_open(&notify, path);
	notify_state(&notify, true, "x", 1000);
	assert_in_range(notify.again_ms, 1001, 2000);
	descriptor = listen_at(path);
	notify_state(&notify, true, "x", 2000);
	expect(descriptor, "READY=1\nSTATUS=x\n");
	assert_true(notify.again_ms == CLOCK_NEVER);
	close(notify.socket);
	close(descriptor);
}

static void an_overlong_status_is_cut(void **state)
{
	char path[64];
	char status[2 * NOTIFY_STATUS_MAX];
	char text[1024];
	struct notify notify;
	int descriptor;

	(void)state;
	snprintf(path, sizeof(path), "@netd_notify_long_%d", (int)getpid());
	descriptor = listen_at(path);
	notify_open(&notify, path);
	memset(status, 'a', sizeof(status) - 1);
	status[sizeof(status) - 1] = '\0';
	notify_state(&notify, true, status, 0);
	assert_int_equal(recv(descriptor, text, sizeof(text), 0),
		strlen("READY=1\nSTATUS=\n") + NOTIFY_STATUS_MAX - 1);
	close(notify.socket);
	close(descriptor);
}

static void waiting_grows_to_a_bound(void **state)
{
	struct retry retry = { 0 };

	(void)state;
	assert_int_equal(retry_later(&retry, 50, 1000, 5000), 1000);
	assert_int_equal(retry.at_ms, 1050);
	assert_int_equal(retry_later(&retry, 2000, 1000, 5000), 2000);
	assert_int_equal(retry_later(&retry, 5000, 1000, 5000), 4000);
	assert_int_equal(retry_later(&retry, 9000, 1000, 5000), 5000);
	assert_int_equal(retry_later(&retry, 20000, 1000, 5000), 5000);
	assert_int_equal(retry.at_ms, 25000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_barrier_holds_until_all_is_read),
		cmocka_unit_test(a_path_is_told),
		cmocka_unit_test(an_abstract_name_is_told),
		cmocka_unit_test(nobody_to_tell_is_no_trouble),
		cmocka_unit_test(who_does_not_listen_is_told_later),
		cmocka_unit_test(an_overlong_status_is_cut),
		cmocka_unit_test(waiting_grows_to_a_bound),
	};

	return RUN("netd: telling PID 1", tests);
}
