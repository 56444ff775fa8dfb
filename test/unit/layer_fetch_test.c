/* SPDX-License-Identifier: MIT */
/*
 * Fetching an image from a server that this test plays on the loopback, one connection after the other as it is
 * told: whole, cut off, changed, refused. Pauses are skipped.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "layer/fetch.h"

enum { SIZE = 200000, ANSWERS_MAX = 16 };

/* One connection: `head`, and `length` bytes of the file from `from` on; then it is closed. NULL: the last. */
struct answer {
	const char *head;
	size_t from, length;
	bool damaged;
};

static char content[SIZE];
static char requests[ANSWERS_MAX][2048];
static unsigned connections;
static unsigned pauses;
static char said[1024];
static int server;
static pthread_t thread;

int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
	(void)time;
	(void)rest;
	pauses++;
	return 0;
}

void __wrap_log_line(const char *about, const char *format, ...);
void __wrap_log_line(const char *about, const char *format, ...)
{
	size_t length = strlen(said);
	va_list arguments;

	(void)about;
	va_start(arguments, format);
	vsnprintf(said + length, sizeof(said) - length, format, arguments);
	va_end(arguments);
}

static void send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		bytes += sent;
		length -= (size_t)sent;
	}
}

static void serve_one(const struct answer *answer, char *request, size_t size)
{
	int fd = accept(server, NULL, NULL);
	size_t used = 0;
	char damaged = '!';

	while (used < size - 1 && !strstr(request, "\r\n\r\n")) {
		ssize_t got = recv(fd, request + used, size - 1 - used, 0);

		if (got <= 0)
			break;
		used += (size_t)got;
		request[used] = '\0';
	}
	send_all(fd, answer->head, strlen(answer->head));
	if (answer->damaged)
		send_all(fd, &damaged, 1);
	send_all(fd, content + answer->from + answer->damaged, answer->length - answer->damaged);
	close(fd);
}

static void *serve(void *context)
{
	for (const struct answer *answer = context; answer->head; answer++) {
		serve_one(answer, requests[connections], sizeof(requests[0]));
		connections++;
	}
	return NULL;
}

/* Fetches from a server that gives these answers. Returns what fetch_file() does. */
static int fetch(const struct answer *answers, struct fetch *fetch)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static struct description wanted;
	static struct notify notify;
	static struct url url;
	socklen_t length = sizeof(address);
	struct sha256 hash;
	char text[64];
	int result;

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (char)(i * 31 + i / 251);
	sha256_begin(&hash);
	sha256_add(&hash, content, SIZE);
	sha256_end(&hash, wanted.digest);
	wanted.size = SIZE;
	memset(requests, 0, sizeof(requests));
	connections = pauses = 0;
	said[0] = '\0';
	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(server, 8), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&address, &length), 0);
	snprintf(text, sizeof(text), "http://127.0.0.1:%u/images/x.erofs", ntohs(address.sin_port));
	assert_true(url_parse(&url, text));
	notify_open(&notify, NULL);
	assert_int_equal(pthread_create(&thread, NULL, serve, (void *)answers), 0);
	*fetch = (struct fetch){ .url = &url, .wanted = &wanted, .notify = &notify };
	fetch->file = memfd_create("image", MFD_CLOEXEC);
	result = fetch_file(fetch);
	pthread_join(thread, NULL);
	close(server);
	return result;
}

static void expect_whole(struct fetch *fetch)
{
	char *got = malloc(SIZE);

	assert_int_equal(pread(fetch->file, got, SIZE, 0), SIZE);
	assert_memory_equal(got, content, SIZE);
	assert_int_equal(lseek(fetch->file, 0, SEEK_END), SIZE);
	free(got);
	close(fetch->file);
}

#define WHOLE "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"

static void a_file_is_fetched_in_one_go(void **state)
{
	static const struct answer answers[] = { { WHOLE, 0, SIZE, false }, { .head = NULL } };
	struct fetch it;

	(void)state;
	assert_int_equal(fetch(answers, &it), 0);
	expect_whole(&it);
	assert_null(strstr(requests[0], "Range"));
	assert_non_null(strstr(requests[0], "GET /images/x.erofs HTTP/1.1\r\nHost: 127.0.0.1:"));
	assert_string_equal(said, "");
}

static void what_is_cut_off_goes_on_where_it_was(void **state)
{
	static const struct answer answers[] = {
		{ WHOLE, 0, 70000, false },
		{ "HTTP/1.1 206 x\r\nContent-Range: bytes 70000-199999/200000\r\n\r\n", 70000,
			30000, false },
		{ "HTTP/1.1 503 x\r\n\r\n", 0, 0, false },
		{ "HTTP/1.1 206 x\r\nContent-Range: bytes 100000-199999/200000\r\n\r\n", 100000,
			100000, false },
		{ .head = NULL },
	};
	struct fetch it;

	(void)state;
	assert_int_equal(fetch(answers, &it), 0);
	expect_whole(&it);
	assert_non_null(strstr(requests[1], "Range: bytes=70000-\r\n"));
	assert_non_null(strstr(requests[3], "Range: bytes=100000-\r\n"));
	assert_non_null(strstr(said, "cut off; trying again"));
	assert_int_equal(pauses, 3);
}

static void a_server_without_ranges_is_good_enough(void **state)
{
	static const struct answer answers[] = {
		{ WHOLE, 0, 70000, false },
		{ WHOLE, 0, SIZE, false },
		{ .head = NULL },
	};
	struct fetch it;

	(void)state;
	assert_int_equal(fetch(answers, &it), 0);
	expect_whole(&it);
}

static void a_file_damaged_on_the_way_is_fetched_again(void **state)
{
	static const struct answer answers[] = {
		{ WHOLE, 0, SIZE, true },
		{ WHOLE, 0, SIZE, false },
		{ .head = NULL },
	};
	struct fetch it;

	(void)state;
	assert_int_equal(fetch(answers, &it), 0);
	expect_whole(&it);
	assert_non_null(strstr(said, "its SHA-256 is "));
	assert_null(strstr(requests[1], "Range")); /* from the beginning */
}

/* The same answer as often as it takes to believe it. */
static void expect_refusal(struct answer answer, const char *reason)
{
	struct answer answers[FETCH_REFUSALS_MAX + 1];
	struct fetch it;

	for (size_t i = 0; i < FETCH_REFUSALS_MAX; i++)
		answers[i] = answer;
	answers[FETCH_REFUSALS_MAX] = (struct answer){ .head = NULL };
	assert_int_equal(fetch(answers, &it), -1);
	if (!strstr(it.reason, reason))
		fail_msg("%s is not in: %s", reason, it.reason);
	close(it.file);
}

static void what_does_not_get_better_is_told(void **state)
{
	(void)state;
	expect_refusal((struct answer){ .head = "HTTP/1.1 404 x\r\n\r\n" },
		"answers 404, it has no such file");
	expect_refusal(
		(struct answer){ .head = "HTTP/1.1 302 x\r\nLocation: /y\r\n\r\n" }, "answers 302");
	expect_refusal((struct answer){ .head = "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n" },
		"has a file of 5 bytes, and the layer's image has 200000");
	expect_refusal(
		(struct answer){ .head = "HTTP/1.1 200 x\r\nContent-Encoding: gzip\r\n\r\n" },
		"an encoding that was not asked for");
	expect_refusal(
		(struct answer){
			.head = "HTTP/1.1 206 x\r\nContent-Range: bytes 5-9/200000\r\n\r\n" },
		"another part than was asked for");
	expect_refusal((struct answer){ .head = "SSH-2.0-dropbear\r\n\r\n" },
		"does not answer in HTTP/1.1");
	expect_refusal((struct answer){ WHOLE, 0, SIZE, true }, "its SHA-256 is ");
	expect_refusal((struct answer){ "HTTP/1.1 200 x\r\n\r\nmore", 0, SIZE, false },
		"more bytes than the file has");
}

static void what_cannot_be_kept_is_told(void **state)
{
	struct fetch it;

	(void)state;
	/* A file that is not there; no server is asked. */
	assert_int_equal(
		fetch((const struct answer[]){ { WHOLE, 0, SIZE, false }, { .head = NULL } }, &it),
		0);
	close(it.file);
	it.file = -1;
	assert_int_equal(fetch_file(&it), -1);
	assert_non_null(strstr(it.reason, "cannot keep it: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_fetched_in_one_go),
		cmocka_unit_test(what_is_cut_off_goes_on_where_it_was),
		cmocka_unit_test(a_server_without_ranges_is_good_enough),
		cmocka_unit_test(a_file_damaged_on_the_way_is_fetched_again),
		cmocka_unit_test(what_does_not_get_better_is_told),
		cmocka_unit_test(what_cannot_be_kept_is_told),
	};

	return RUN("layer_fetch", tests);
}
