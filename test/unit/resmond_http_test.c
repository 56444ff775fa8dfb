/* SPDX-License-Identifier: MIT */
/* The monitor's requests, and its thresholds. */
#include "unit.h"

#include <stdlib.h>

#include "resmond/alert.h"
#include "resmond/http.h"

static int parse(const char *text, struct http_request *request)
{
	/* No byte to spare, so that a read beyond the end is seen. */
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	int found;

	assert_non_null(copy);
	memcpy(copy, text, length);
	found = http_parse(copy, length, request);
	free(copy);
	return found;
}

static void requests_are_understood(void **state)
{
	struct http_request request;

	(void)state;
	assert_int_equal(
		parse("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\nGET", &request),
		HTTP_REQUEST);
	assert_int_equal(request.method, HTTP_GET);
	assert_string_equal(request.path, "/metrics");
	assert_true(request.keep && !request.minor_0 && !request.body);
	assert_int_equal(request.length, 51);
	assert_int_equal(
		parse("\r\n\r\nHEAD http://a:9100/ HTTP/1.1\nhost:a\nconnection: Foo , CLOSE\n\n",
			&request),
		HTTP_REQUEST);
	assert_int_equal(request.method, HTTP_HEAD);
	assert_string_equal(request.path, "/");
	assert_false(request.keep);
	assert_int_equal(parse("GET http://a HTTP/1.0\r\n\r\n", &request), HTTP_REQUEST);
	assert_string_equal(request.path, "/");
	assert_true(request.minor_0 && !request.keep);
	assert_int_equal(
		parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &request), HTTP_REQUEST);
	assert_true(request.keep);
	assert_int_equal(parse("get / HTTP/1.9\r\nHost: a\r\n\r\n", &request), HTTP_REQUEST);
	assert_int_equal(request.method, HTTP_OTHER);
	assert_int_equal(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", &request), HTTP_REQUEST);
	assert_int_equal(parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", &request),
		HTTP_REQUEST);
	assert_false(request.body);
	assert_int_equal(parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", &request),
		HTTP_REQUEST);
	assert_true(request.body);
	assert_int_equal(
		parse("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", &request),
		HTTP_REQUEST);
	assert_true(request.body);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_request request;

	(void)state;
	for (size_t length = 0; length < strlen(text); length++)
		assert_int_equal(http_parse(text, length, &request), HTTP_MORE);
	assert_int_equal(http_parse(text, strlen(text), &request), HTTP_REQUEST);
}

static void what_is_no_request_is_refused(void **state)
{
	static const struct {
		int status;
		const char *text;
	} cases[] = {
		{ 400, "GET\r\n" },
		{ 400, "GET /\r\n" },
		{ 400, "GET / HTTP/1\r\n" },
		{ 400, "GET / http/1.1\r\n" },
		{ 400, "GET  / HTTP/1.1\r\n" },
		{ 400, "GET / HTTP/1.1 \r\n" },
		{ 400, "GET metrics HTTP/1.1\r\nHost: a\r\n\r\n" },
		{ 400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n" },
		{ 400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x02\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n" },
		{ 505, "GET / HTTP/2.0\r\n\r\n" },
		{ 505, "GET / HTTP/0.9\r\n\r\n" },
		{ 400, "\x16\x03\x01\r\n\r\n" },
	};
	struct http_request request;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = parse(cases[i].text, &request);

		if (status != cases[i].status)
			fail_msg("%d, not %d: %s", status, cases[i].status, cases[i].text);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	static char text[HTTP_REQUEST_MAX + 1];
	struct http_request request;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(parse(text, &request), 414);
	memcpy(text, "GET /", 5);
	memcpy(text + 5 + HTTP_TARGET_MAX - 1, " HTTP/1.1\r\nHost: a\r\n\r\n", 23);
	assert_int_equal(parse(text, &request), HTTP_REQUEST);
	assert_int_equal(strlen(request.path), HTTP_TARGET_MAX);
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	memcpy(text + 5 + HTTP_TARGET_MAX, " HTTP/1.1\r\nHost: a\r\n\r\n", 23);
	assert_int_equal(parse(text, &request), 414);
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	assert_int_equal(parse(text, &request), 431);
}

static void heads_say_what_follows(void **state)
{
	static char bytes[HTTP_HEAD_MAX];
	struct output output = { .bytes = bytes, .size = sizeof(bytes) };
	struct http_answer answer = { .status = 431,
		.type = "text/plain; version=0.0.4; charset=utf-8",
		.length = UINT64_MAX };

	(void)state;
	http_write_head(&output, &answer);
	assert_false(output.cut);
	assert_memory_equal(bytes, "HTTP/1.1 431 ", 13);
	assert_memory_equal(bytes + output.length - 4, "\r\n\r\n", 4);
	assert_non_null(strstr(bytes, "Connection: close"));
	answer = (struct http_answer){
		.status = 405, .type = "text/plain", .chunked = true, .keep = true
	};
	output.length = 0;
	memset(bytes, 0, sizeof(bytes));
	http_write_head(&output, &answer);
	assert_non_null(strstr(bytes, "\r\nAllow: GET, HEAD\r\n"));
	assert_non_null(strstr(bytes, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_null(strstr(bytes, "Content-Length"));
}

static void an_alert_is_raised_once_and_over_lower(void **state)
{
	struct alert alert = { 0 };

	(void)state;
	assert_int_equal(alert_level(&alert, 84, 85, 80, 1), ALERT_SAME);
	assert_int_equal(alert_level(&alert, 85, 85, 80, 2), ALERT_RAISED);
	assert_int_equal(alert_level(&alert, 90, 85, 80, 3), ALERT_SAME);
	assert_int_equal(alert_level(&alert, 81, 85, 80, 4), ALERT_SAME);
	assert_int_equal(alert_level(&alert, 85, 85, 80, 5), ALERT_SAME);
	assert_int_equal(alert_level(&alert, 80, 85, 80, 6), ALERT_OVER);
	assert_int_equal(alert_level(&alert, 84, 85, 80, 7), ALERT_SAME);
	assert_int_equal(alert_level(&alert, -40, 85, 80, 8), ALERT_SAME);
}

static void an_event_is_over_when_it_was_quiet(void **state)
{
	struct alert alert = { 0 };

	(void)state;
	assert_int_equal(alert_quiet(&alert, 60, 1000), ALERT_SAME);
	assert_int_equal(alert_event(&alert, 1000), ALERT_RAISED);
	assert_int_equal(alert_event(&alert, 1040), ALERT_SAME);
	assert_int_equal(alert_quiet(&alert, 60, 1099), ALERT_SAME);
	assert_int_equal(alert_quiet(&alert, 60, 1100), ALERT_OVER);
	assert_int_equal(alert_quiet(&alert, 60, 1200), ALERT_SAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_understood),
		cmocka_unit_test(a_request_may_come_byte_by_byte),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(heads_say_what_follows),
		cmocka_unit_test(an_alert_is_raised_once_and_over_lower),
		cmocka_unit_test(an_event_is_over_when_it_was_quiet),
	};

	return RUN("resmond's HTTP and alerts", tests);
}
